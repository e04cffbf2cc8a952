// What a rollout does by itself: at ticks, and when a guard trips.
import assert from 'node:assert/strict';
import { advance } from '../../src/rollout/advance.ts';
import type { RolloutEvent } from '../../src/rollout/decision.ts';
import { describeMisfits, type Facts, type OldService } from '../../src/rollout/facts.ts';
import type { Plan } from '../../src/rollout/plan.ts';
import { idle, type Status, type Underway } from '../../src/rollout/status.ts';
import type { Verdict } from '../../src/rollout/verdict.ts';
import { common, factsWith, minute, misfit, plan, position, startMs } from './kit.ts';

const progressing: Underway = { ...common, ...position, state: 'progressing' };
const paused: Underway = { ...common, ...position, state: 'paused' };
const holding = (cause: 'manual' | 'data' | 'breaker' | 'quota'): Underway => ({
  ...common,
  ...position,
  state: 'holding',
  cause,
});
const waiting: Underway = {
  ...common,
  ...position,
  state: 'holding',
  cause: 'old-service',
  due: 'ten faults',
};
const over = { nowMs: startMs + 10 * minute };
const fails: Verdict = { kind: 'fails', cause: 'outage', faultsInARow: 10 };
const tripped: RolloutEvent = { kind: 'tripped', run: common.run, failure: fails };

function brief(
  status: Status,
  different: Partial<Facts> = {},
  event: RolloutEvent = { kind: 'tick' },
  by: Plan = plan,
) {
  const decision = advance(by, status, event, factsWith(different));
  if (decision.kind !== 'moved') return decision.kind;
  const after = decision.status;
  const where = after.state === 'idle' ? '' : ` at ${after.gatewayPercent} %`;
  const cause = after.state === 'holding' ? ` (${after.cause})` : '';
  const order = decision.dial === undefined ? '' : `, ${JSON.stringify(decision.dial)}`;
  return `${after.state}${cause}${where}${order}: ${after.reason}`;
}

describe('a rollout by itself', () => {
  it('does nothing when none is under way', () => {
    const ended = (state: 'aborted' | 'completed') => ({ ...common, ...position, state });
    for (const status of [idle(1), ended('aborted'), ended('completed')]) {
      assert.equal(brief(status, { ...over, verdict: fails }), 'unchanged');
    }
  });

  it('stays at a step until its hold is over', () => {
    assert.equal(brief(progressing, { nowMs: over.nowMs - 1 }), 'unchanged');
    assert.equal(
      brief(progressing, over),
      'progressing at 25 %, {"kind":"weight","gatewayPercent":25,"ifVersion":8}: step 3 of 5 (25 %): the step before held',
    );
  });

  it('stays at a step until there is enough data, and calls that by its name', () => {
    const few: Verdict = { kind: 'need-more-data', cause: 'few', calls: 40 };
    const expected = 'holding (data) at 5 %: need more data: about 40 more calls of the gateway are needed';
    assert.equal(brief(progressing, { ...over, verdict: few }), expected);
    assert.equal(brief(progressing, { verdict: few }), 'unchanged');
    assert.equal(brief(holding('data'), { ...over, verdict: few }), 'unchanged');
    assert.match(brief(holding('data'), over), /^progressing at 25 %/);
    const suspicious: Verdict = { kind: 'need-more-data', cause: 'suspicious', calls: 70 };
    assert.match(brief(progressing, { ...over, verdict: suspicious }), /to outweigh its errors$/);
  });

  it('stays at a step while the breaker is open', () => {
    const open = { ...over, breakerOpen: true };
    assert.equal(brief(progressing, open), 'holding (breaker) at 5 %: the gateway’s breaker is open');
    assert.equal(brief(holding('breaker'), open), 'unchanged');
    assert.match(brief(holding('breaker'), over), /^progressing at 25 %/);
  });

  it('stays at a step when the next would not fit, with the figures', () => {
    const asked: number[] = [];
    const misfitsAt = (percent: number) => (asked.push(percent), [misfit]);
    assert.equal(
      brief(progressing, { ...over, misfitsAt }),
      'holding (quota) at 5 %: step 3 of 5 (25 %) would not fit: account shop: 140 apply calls/s, 90 fit; force goes on',
    );
    assert.deepEqual(asked, [25]);
    assert.equal(brief(holding('quota'), { ...over, misfitsAt }), 'unchanged');
    assert.match(brief(holding('quota'), over), /^progressing at 25 %/);
  });

  it('waits at a manual hold for as long as it takes', () => {
    const third = { ...progressing, step: 2, gatewayPercent: 25 };
    const dial = { version: 8, gatewayPercent: 25, forced: false };
    const after = { nowMs: startMs + 30 * minute, dial };
    assert.match(brief(third, after), /^holding \(manual\) at 50 %, .*"gatewayPercent":50/);
    const manual = { ...holding('manual'), step: 3, gatewayPercent: 50 };
    const years = { nowMs: startMs + 1e12, dial: { ...dial, gatewayPercent: 50 } };
    assert.equal(brief(manual, years), 'unchanged');
  });

  it('completes the last step with enough data only', () => {
    const last = { ...progressing, step: 4, gatewayPercent: 100 };
    const dial = { version: 8, gatewayPercent: 100, forced: false };
    const few: Verdict = { kind: 'need-more-data', cause: 'few', calls: 1 };
    assert.match(brief(last, { dial, verdict: few }), /^holding \(data\) at 100 %/);
    assert.equal(brief(last, { dial }), 'completed at 100 %: the last step held');
  });

  it('does nothing by itself while it is paused', () => {
    for (const different of [
      over,
      { ...over, breakerOpen: true },
      { dial: { version: 9, gatewayPercent: 3, forced: false } },
    ]) {
      assert.equal(brief(paused, different), 'unchanged');
    }
  });
});

describe('the guard', () => {
  const armed = {
    progressing,
    paused,
    manual: holding('manual'),
    data: holding('data'),
    breaker: holding('breaker'),
  };
  for (const [name, status] of Object.entries(armed)) {
    it(`ends a rollout that is ${name}, with a tick or when it trips`, () => {
      const expected = 'aborted at 5 %, {"kind":"all-back"}: 10 gateway calls failed in a row';
      assert.equal(brief(status, { verdict: fails }), expected);
      assert.equal(brief(status, {}, tripped), expected);
    });

    it(`keeps the weight of one that is ${name} while the old service does not answer`, () => {
      for (const oldService of ['silent', 'none'] as const satisfies OldService[]) {
        assert.match(
          brief(status, { oldService }, tripped),
          /^holding \(old-service\) at 5 %: must be aborted, but .*: 10 gateway calls failed in a row$/,
        );
      }
    });
  }

  it('goes back when the old service answers again, and not before', () => {
    assert.equal(brief(waiting, { oldService: 'silent', verdict: fails }), 'unchanged');
    assert.equal(brief(waiting, { oldService: 'silent' }, tripped), 'unchanged');
    const expected = 'aborted at 5 %, {"kind":"all-back"}: the old service answers again; ten faults';
    assert.equal(brief(waiting), expected);
  });

  it('ends a rollout that has just been completed, and none that was aborted or began since', () => {
    const ended = (state: 'aborted' | 'completed') => ({ ...common, ...position, state });
    assert.match(brief(ended('completed'), {}, tripped), /^aborted/);
    assert.equal(brief(ended('aborted'), {}, tripped), 'unchanged');
    assert.equal(brief({ ...progressing, run: common.run + 1 }, {}, tripped), 'unchanged');
    assert.equal(brief(idle(1), {}, tripped), 'unchanged');
  });
});

describe('a dial that does not say what the step says', () => {
  const dial = { version: 7, gatewayPercent: 1, forced: false };

  it('is waited for while the order may be on its way, and then given the order again', () => {
    assert.equal(brief(progressing, { dial }), 'unchanged');
    assert.match(
      brief(progressing, { dial, nowMs: startMs + 2_000 }),
      /^progressing at 5 %, .*"gatewayPercent":5,"ifVersion":7.*: its weight did not reach the dial/,
    );
    assert.match(brief(progressing, { dial, nowMs: startMs - minute }), /ordered again/);
  });

  it('is not raised while the breaker is open', () => {
    assert.equal(brief(progressing, { dial, nowMs: startMs + minute, breakerOpen: true }), 'unchanged');
  });

  it('is waited for when this replica has not heard of the last change', () => {
    const stale = { ...dial, version: 6, gatewayPercent: 33 };
    assert.equal(brief(progressing, { dial: stale, ...over }), 'unchanged');
  });

  it('was turned by somebody else, who knows better: the rollout pauses and says so', () => {
    for (const turned of [
      { version: 9, gatewayPercent: 7, forced: false },
      { version: 9, gatewayPercent: 5, forced: true },
    ]) {
      const weight = turned.forced ? 0 : 7;
      assert.equal(
        brief(progressing, { dial: turned, ...over }),
        `paused at 5 %: the weight was set to ${weight} % meanwhile, not by this rollout; resume goes on from there`,
      );
    }
  });

  it('does not stop the rollout when only its version changed: accounts have weights of their own', () => {
    assert.equal(
      brief(progressing, { dial: { version: 12, gatewayPercent: 5, forced: false } }),
      'unchanged',
    );
  });
});

describe('a configuration that was changed', () => {
  const after = (different: Partial<Plan>, facts: Partial<Facts> = {}, status: Underway = progressing) =>
    brief(status, facts, { kind: 'tick' }, { ...plan, ...different });

  it('pauses a rollout whose step is gone', () => {
    const steps = [{ gatewayPercent: 10, hold: minute }, { gatewayPercent: 100 }];
    const expected = /^paused at 5 %: the configuration has no step of 5 % any more/;
    assert.match(after({ steps }), expected);
    const dial = { version: 7, gatewayPercent: 1, forced: false };
    assert.match(after({ steps }, { dial, nowMs: startMs + minute }), expected);
  });

  it('finds the step of the same weight, under whatever number', () => {
    const steps = plan.steps.slice(1);
    assert.match(after({ steps }), /^progressing at 5 %: .* step 1 of 4 \(5 %\)/);
  });

  it('goes on with a longer hold', () => {
    const steps = plan.steps.map((step) => ({
      ...step,
      ...(step.hold !== 'manual' && { hold: 60 * minute }),
    }));
    assert.match(
      after({ steps }, over, holding('data')),
      /^progressing at 5 %: the hold of this step goes on/,
    );
  });

  it('pauses a rollout when there is no old service any more', () => {
    assert.match(after({}, { oldService: 'none' }), /^paused at 5 %: there is no old service any more/);
  });
});

describe('figures that do not fit', () => {
  it('are told with the worst first, and not all of them', () => {
    const misfits = [100, 400, 200, 300].map((projected) => ({
      ...misfit,
      account: `a${projected}`,
      projected,
    }));
    const address = { scope: 'address', action: 'query', projected: 2_000, limit: 270 } as const;
    assert.equal(
      describeMisfits([...misfits, address]),
      'this address: 2000 query calls/s, 270 fit; account a400: 400 apply calls/s, 90 fit; ' +
        'account a300: 300 apply calls/s, 90 fit; and 2 more',
    );
  });
});
