// Every order in every state: what it comes to.
import assert from 'node:assert/strict';
import { advance } from '../../src/rollout/advance.ts';
import { orderNames, type Decision, type Order, type OrderName } from '../../src/rollout/decision.ts';
import type { Facts } from '../../src/rollout/facts.ts';
import { idle, type Status } from '../../src/rollout/status.ts';
import { common, factsWith, minute, misfit, plan, position, startMs } from './kit.ts';

const held = { ...common, ...position, state: 'holding' } as const;
const manual: Status = { ...held, step: 3, gatewayPercent: 50, cause: 'manual' };
const states = {
  idle: idle(0),
  progressing: { ...common, ...position, state: 'progressing' },
  'holding (manual)': manual,
  'holding (data)': { ...held, cause: 'data' },
  'holding (breaker)': { ...held, cause: 'breaker' },
  'holding (quota)': { ...held, cause: 'quota' },
  'holding (old-service)': { ...held, cause: 'old-service', due: 'ten faults' },
  paused: { ...common, ...position, state: 'paused' },
  aborted: { ...common, ...position, state: 'aborted' },
  completed: { ...common, ...position, step: 4, gatewayPercent: 100, state: 'completed' },
} as const satisfies Record<string, Status>;
type Named = keyof typeof states;

/** All is well, and the weight of the status is in force. */
function around(status: Status, different: Partial<Facts> = {}): Facts {
  const isAtOld = status.state === 'idle' || status.state === 'aborted';
  const gatewayPercent = isAtOld ? 0 : status.gatewayPercent;
  return factsWith({
    nowMs: startMs + minute,
    dial: { version: 8, gatewayPercent, forced: status.state === 'aborted' },
    ...different,
  });
}

function decide(
  status: Status,
  order: OrderName,
  { force = false, reason, ...different }: Partial<Facts> & Partial<Order> = {},
): Decision {
  const given = {
    kind: 'order',
    order,
    by: 'alice',
    force,
    ...(reason !== undefined && { reason }),
  } as const;
  return advance(plan, status, given, around(status, different));
}

/** `paused at 5 % → weight 5`, or why it was refused. */
function brief(decision: Decision): string {
  if (decision.kind !== 'moved')
    return decision.kind === 'refused' ? `refused: ${decision.why}` : decision.kind;
  const { status, dial } = decision;
  const where = status.state === 'idle' ? '' : ` at ${status.gatewayPercent} %`;
  const cause = status.state === 'holding' ? ` (${status.cause})` : '';
  const then =
    dial === undefined ? '' : dial.kind === 'weight' ? `, weight ${dial.gatewayPercent}` : `, ${dial.kind}`;
  return `${status.state}${cause}${where}${then}`;
}

const underWay = /^refused: a rollout is under way/;
const noneUnderWay = /^refused: no rollout is under way/;
const abortFirst = /^refused: an abort waits for the old service/;

const table: Record<OrderName, Record<Named, string | RegExp>> = {
  start: {
    idle: 'progressing at 1 %, weight 1',
    progressing: underWay,
    'holding (manual)': underWay,
    'holding (data)': underWay,
    'holding (breaker)': underWay,
    'holding (quota)': underWay,
    'holding (old-service)': underWay,
    paused: underWay,
    aborted: /^refused: the last rollout was aborted: cooling down for another 9 min; force overrides/,
    completed: /^refused: the weight is 100 % and the last step is 100 %/,
  },
  pause: {
    idle: noneUnderWay,
    progressing: 'paused at 5 %',
    'holding (manual)': 'paused at 50 %',
    'holding (data)': 'paused at 5 %',
    'holding (breaker)': 'paused at 5 %',
    'holding (quota)': 'paused at 5 %',
    'holding (old-service)': abortFirst,
    paused: /^refused: the rollout is paused already/,
    aborted: noneUnderWay,
    completed: noneUnderWay,
  },
  resume: {
    idle: noneUnderWay,
    progressing: /^refused: the rollout is progressing/,
    'holding (manual)': /^refused: the rollout is not paused but holds \(manual\): promote goes on at once/,
    'holding (data)': /^refused: .* holds \(data\)/,
    'holding (breaker)': /^refused: .* holds \(breaker\)/,
    'holding (quota)': 'progressing at 25 %, weight 25',
    'holding (old-service)': 'progressing at 5 %',
    paused: 'progressing at 5 %',
    aborted: noneUnderWay,
    completed: noneUnderWay,
  },
  promote: {
    idle: noneUnderWay,
    progressing: 'progressing at 25 %, weight 25',
    'holding (manual)': 'progressing at 100 %, weight 100',
    'holding (data)': 'progressing at 25 %, weight 25',
    'holding (breaker)': 'progressing at 25 %, weight 25',
    'holding (quota)': 'progressing at 25 %, weight 25',
    'holding (old-service)': abortFirst,
    paused: /^refused: the rollout is paused: resume it first/,
    aborted: noneUnderWay,
    completed: noneUnderWay,
  },
  abort: {
    idle: noneUnderWay,
    progressing: 'aborted at 5 %, all-back',
    'holding (manual)': 'aborted at 50 %, all-back',
    'holding (data)': 'aborted at 5 %, all-back',
    'holding (breaker)': 'aborted at 5 %, all-back',
    'holding (quota)': 'aborted at 5 %, all-back',
    'holding (old-service)': 'aborted at 5 %, all-back',
    paused: 'aborted at 5 %, all-back',
    aborted: noneUnderWay,
    completed: 'aborted at 100 %, all-back',
  },
};

describe('an order', () => {
  for (const order of orderNames) {
    for (const [name, status] of Object.entries(states)) {
      const expected = table[order][name as Named];
      it(`${order}, ${name}: ${expected instanceof RegExp ? expected.source : expected}`, () => {
        const came = brief(decide(status, order));
        if (expected instanceof RegExp) assert.match(came, expected);
        else assert.equal(came, expected);
      });
    }
  }

  it('is remembered with who gave it and why', () => {
    const decision = decide(states.progressing, 'pause', { reason: 'lunch' });
    assert.ok(decision.kind === 'moved');
    const { version, evidence: _, ...change } = decision.change;
    assert.equal(version, 4);
    assert.deepEqual(change, {
      atMs: startMs + minute,
      by: 'alice',
      reason: 'lunch',
      kind: 'rollout-pause',
      from: 5,
      to: 5,
      fromState: 'progressing',
      toState: 'paused',
      step: 1,
      urgent: false,
    });
    assert.deepEqual([decision.status.by, decision.status.reason], ['alice', 'lunch']);
  });
});

describe('start', () => {
  const refusal = (different: Parameters<typeof decide>[2]) => brief(decide(states.idle, 'start', different));

  it('needs an old service, a closed breaker, and room within the quotas', () => {
    assert.match(refusal({ oldService: 'none' }), /^refused: there is no old service/);
    assert.match(refusal({ breakerOpen: true }), /^refused: the gateway’s breaker is open/);
    assert.equal(
      refusal({ misfitsAt: () => [misfit] }),
      'refused: step 1 of 5 (1 %) would not fit: account shop: 140 apply calls/s, 90 fit; force goes on',
    );
  });

  it('is forced past the quotas and the cool-down, but not past the breaker', () => {
    const force = true;
    assert.equal(refusal({ force, misfitsAt: () => [misfit] }), 'progressing at 1 %, weight 1');
    assert.equal(brief(decide(states.aborted, 'start', { force })), 'progressing at 1 %, weight 1');
    assert.match(refusal({ force, breakerOpen: true }), /^refused/);
  });

  it('needs no force once the cool-down is over', () => {
    const nowMs = states.aborted.sinceMs + plan.coolDownMs;
    assert.match(brief(decide(states.aborted, 'start', { nowMs: nowMs - 1 })), /another 1 s; force/);
    assert.equal(brief(decide(states.aborted, 'start', { nowMs })), 'progressing at 1 %, weight 1');
  });

  it('begins at the first step that is not below the weight in force, so that it moves nobody back', () => {
    const from = (gatewayPercent: number) => refusal({ dial: { version: 8, gatewayPercent, forced: false } });
    assert.equal(from(0.5), 'progressing at 1 %, weight 1');
    assert.equal(from(1), 'progressing at 1 %');
    assert.equal(from(7.25), 'progressing at 25 %, weight 25');
    assert.equal(from(50), 'holding (manual) at 50 %');
    assert.match(from(100), /^refused: the weight is 100 %/);
  });

  it('takes a forced dial for a weight of 0, and turns it only as it is now', () => {
    const decision = decide(states.idle, 'start', { dial: { version: 8, gatewayPercent: 1, forced: true } });
    assert.ok(decision.kind === 'moved');
    assert.deepEqual(decision.dial, { kind: 'weight', gatewayPercent: 1, ifVersion: 8 });
    assert.equal(decision.change.from, 0);
  });

  it('begins a new run with each start, for the evidence', () => {
    const nowMs = states.aborted.run;
    const first = decide(states.aborted, 'start', { force: true, nowMs });
    assert.ok(first.kind === 'moved');
    assert.ok(first.status.run > states.aborted.run);
  });
});

describe('promote', () => {
  const promoted = (different: Parameters<typeof decide>[2]) =>
    brief(decide(states.progressing, 'promote', different));

  it('goes on though the hold is not over and data are lacking', () => {
    const verdict = { kind: 'need-more-data', cause: 'few', calls: 40 } as const;
    assert.equal(promoted({ verdict }), 'progressing at 25 %, weight 25');
  });

  it('raises nothing while the breaker is open, force or not', () => {
    for (const force of [false, true])
      assert.match(promoted({ breakerOpen: true, force }), /^refused: .*breaker/);
  });

  it('goes into quotas that do not fit only when forced', () => {
    const misfitsAt = () => [misfit];
    assert.match(promoted({ misfitsAt }), /^refused: step 3 of 5 \(25 %\) would not fit: account shop/);
    assert.equal(promoted({ misfitsAt, force: true }), 'progressing at 25 %, weight 25');
    assert.match(
      brief(decide(states['holding (quota)'], 'resume', { misfitsAt })),
      /^refused: .* would not fit/,
    );
    const forced = brief(decide(states['holding (quota)'], 'resume', { misfitsAt, force: true }));
    assert.equal(forced, 'progressing at 25 %, weight 25');
  });

  it('completes the last step', () => {
    const last = { ...states.progressing, step: 4, gatewayPercent: 100 };
    assert.equal(brief(decide(last, 'promote')), 'completed at 100 %');
  });

  it('waits for the weight of the present step, and does not go over somebody else’s', () => {
    const dial = { version: 7, gatewayPercent: 1, forced: false };
    assert.match(promoted({ dial }), /^refused: step 2 of 5 \(5 %\) is not in force yet/);
    assert.match(promoted({ dial: { ...dial, version: 6 } }), /not in force yet/);
    assert.match(promoted({ dial: { ...dial, version: 9 } }), /^refused: the weight was set otherwise/);
  });
});

describe('resume', () => {
  const resumed = (different: Parameters<typeof decide>[2]) => decide(states.paused, 'resume', different);

  it('goes on with what was left of the hold', () => {
    const decision = resumed({ nowMs: startMs + 3 * minute });
    assert.ok(decision.kind === 'moved' && decision.status.state === 'progressing');
    assert.equal(decision.status.enteredAtMs, startMs + 3 * minute);
    assert.equal(decision.status.entry, position.entry);
  });

  it('goes on from the weight that somebody set meanwhile, at the first step that is not below it', () => {
    const from = (gatewayPercent: number, different: Parameters<typeof decide>[2] = {}) =>
      brief(resumed({ dial: { version: 9, gatewayPercent, forced: false }, ...different }));
    assert.equal(from(0), 'progressing at 1 %, weight 1');
    assert.equal(from(12), 'progressing at 25 %, weight 25');
    assert.equal(from(50), 'holding (manual) at 50 %');
    assert.match(from(12, { breakerOpen: true }), /^refused: .*breaker/);
    assert.match(from(12, { misfitsAt: () => [misfit] }), /^refused: .* would not fit/);
    assert.equal(from(12, { misfitsAt: () => [misfit], force: true }), 'progressing at 25 %, weight 25');
    assert.equal(from(50, { breakerOpen: true }), 'holding (manual) at 50 %');
  });

  it('is refused above every step, and where there is no old service', () => {
    const low = { ...plan, steps: plan.steps.slice(0, 2) };
    const facts = around(states.paused, { dial: { version: 9, gatewayPercent: 60, forced: false } });
    const event = { kind: 'order', order: 'resume', by: 'alice', force: false } as const;
    assert.match(
      brief(advance(low, states.paused, event, facts)),
      /^refused: the weight is 60 %, above every/,
    );
    assert.match(brief(resumed({ oldService: 'none' })), /^refused: there is no old service/);
  });

  it('overrules an abort that waits for the old service: what the guard has seen counts no longer', () => {
    const decision = decide(states['holding (old-service)'], 'resume');
    assert.ok(decision.kind === 'moved');
    assert.equal(decision.status.run, common.run + 1);
    assert.equal(decision.dial, undefined);
  });
});

describe('abort', () => {
  it('does not move clients to an old service that does not answer, and says so urgently', () => {
    const decision = decide(states.progressing, 'abort', { oldService: 'silent', reason: 'errors' });
    assert.equal(brief(decision), 'holding (old-service) at 5 %');
    assert.ok(decision.kind === 'moved' && decision.change.urgent);
    assert.match(decision.status.reason, /^must be aborted, but .* old service .*: errors$/);
    const again = decide(states['holding (old-service)'], 'abort', { oldService: 'silent' });
    assert.match(brief(again), /^refused: the abort waits/);
  });

  it('is refused where there is no old service to move calls back to, in whatever state', () => {
    for (const name of ['progressing', 'completed'] as const) {
      const decision = decide(states[name], 'abort', { oldService: 'none' });
      assert.equal(
        brief(decision),
        'refused: there is no old service (backends.legacy) to move calls back to',
      );
    }
  });

  it('does so when forced', () => {
    const forced = { oldService: 'silent', force: true } as const;
    for (const name of ['progressing', 'holding (old-service)', 'paused'] as const) {
      assert.equal(brief(decide(states[name], 'abort', forced)), `aborted at 5 %, all-back`);
    }
  });

  it('works whatever else is wrong', () => {
    const dial = { version: 2, gatewayPercent: 33, forced: false };
    const misfitsAt = () => [misfit];
    const verdict = { kind: 'need-more-data', cause: 'few', calls: 9 } as const;
    for (const name of ['progressing', 'holding (manual)', 'paused'] as const) {
      assert.match(
        brief(decide(states[name], 'abort', { dial, misfitsAt, verdict, breakerOpen: true })),
        /^aborted/,
      );
    }
  });
});
