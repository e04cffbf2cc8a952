// What holds for the reducer whatever happens in whatever order.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { advance } from '../../src/rollout/advance.ts';
import { orderNames, type DialOrder, type RolloutEvent } from '../../src/rollout/decision.ts';
import type { DialReading, Facts, OldService } from '../../src/rollout/facts.ts';
import { weightOf } from '../../src/rollout/moves.ts';
import { decodeStatus, encodeStatus } from '../../src/rollout/status-document.ts';
import { idle, type Status } from '../../src/rollout/status.ts';
import type { Verdict } from '../../src/rollout/verdict.ts';
import { factsWith, minute, misfit, plan, startMs } from './kit.ts';

type Act =
  | {
      readonly do: 'tell';
      readonly event: RolloutEvent['kind'];
      readonly order: number;
      readonly force: boolean;
    }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'breaker'; readonly open: boolean }
  | { readonly do: 'old'; readonly service: OldService }
  | { readonly do: 'verdict'; readonly kind: Verdict['kind'] }
  | { readonly do: 'room'; readonly fits: boolean }
  | { readonly do: 'turn'; readonly gatewayPercent: number }
  | { readonly do: 'force back' }
  | { readonly do: 'lose'; readonly next: boolean };

const record = <Shape extends Record<string, unknown>>(shape: {
  [Key in keyof Shape]: fc.Arbitrary<Shape[Key]>;
}) => fc.record(shape, { noNullPrototype: true });
const acts: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 8,
    arbitrary: record({
      do: fc.constant('tell' as const),
      event: fc.constantFrom('tick' as const, 'order' as const),
      order: fc.nat(4),
      force: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: record({
      do: fc.constant('tell' as const),
      event: fc.constant('tripped' as const),
      order: fc.constant(0),
      force: fc.constant(false),
    }),
  },
  {
    weight: 4,
    arbitrary: record({
      do: fc.constant('pass' as const),
      ms: fc.constantFrom(500, 3_000, 10 * minute, 40 * minute),
    }),
  },
  record({ do: fc.constant('breaker' as const), open: fc.boolean() }),
  record({
    do: fc.constant('old' as const),
    service: fc.constantFrom('answers' as const, 'answers' as const, 'silent' as const, 'none' as const),
  }),
  record({
    do: fc.constant('verdict' as const),
    kind: fc.constantFrom(
      'healthy-so-far' as const,
      'healthy-so-far' as const,
      'need-more-data' as const,
      'fails' as const,
    ),
  }),
  record({ do: fc.constant('room' as const), fits: fc.boolean() }),
  record({ do: fc.constant('turn' as const), gatewayPercent: fc.constantFrom(0, 1, 3, 5, 60, 100) }),
  fc.constant({ do: 'force back' as const }),
  record({ do: fc.constant('lose' as const), next: fc.boolean() }),
);

const verdicts = {
  'healthy-so-far': { kind: 'healthy-so-far' },
  'need-more-data': { kind: 'need-more-data', cause: 'few', calls: 7 },
  fails: { kind: 'fails', cause: 'outage', faultsInARow: 10 },
} as const satisfies Record<Verdict['kind'], Verdict>;

/** One thing that was decided, and what was the case then. */
interface Step {
  readonly event: RolloutEvent;
  readonly before: Status;
  readonly after: Status;
  readonly dial?: DialOrder;
  readonly facts: Facts;
}

/** Plays a life through: operators, time, both backends, other replicas; orders for the dial may be lost on the way. */
function live(life: readonly Act[]): Step[] {
  const steps: Step[] = [];
  let status: Status = idle(0);
  let dial: DialReading = { version: 1, gatewayPercent: 0, forced: false };
  let [nowMs, breakerOpen, oldService, fits, loses]: [number, boolean, OldService, boolean, boolean] = [
    startMs,
    false,
    'answers',
    true,
    false,
  ];
  let verdict: Verdict = verdicts['healthy-so-far'];
  const turn = (gatewayPercent: number, forced = false): void => {
    dial = { version: dial.version + 1, gatewayPercent, forced };
  };
  const tell = (event: RolloutEvent): void => {
    const misfits = fits ? [] : [misfit];
    const facts = factsWith({ nowMs, dial, breakerOpen, oldService, verdict, misfitsAt: () => misfits });
    const decision = advance(plan, status, event, facts);
    if (decision.kind !== 'moved') return;
    const { dial: order } = decision;
    steps.push({ event, before: status, after: decision.status, ...(order && { dial: order }), facts });
    ({ status } = decision);
    if (order?.kind === 'all-back') turn(0, true);
    else if (order !== undefined && !loses && order.ifVersion === dial.version) turn(order.gatewayPercent);
    loses = false;
  };
  for (const act of life) {
    switch (act.do) {
      case 'tell':
        if (act.event === 'tick') tell({ kind: 'tick' });
        else if (act.event === 'tripped') tell({ kind: 'tripped', run: status.run, failure: verdicts.fails });
        else tell({ kind: 'order', order: orderNames[act.order] ?? 'abort', by: 'alice', force: act.force });
        break;
      case 'pass':
        nowMs += act.ms;
        break;
      case 'breaker':
        breakerOpen = act.open;
        break;
      case 'old':
        oldService = act.service;
        break;
      case 'verdict':
        verdict = verdicts[act.kind];
        break;
      case 'room':
        ({ fits } = act);
        break;
      case 'turn':
        turn(act.gatewayPercent);
        break;
      case 'force back':
        turn(0, true);
        break;
      case 'lose':
        loses = act.next;
        break;
    }
  }
  return steps;
}

function eachStep(check: (step: Step) => void): void {
  fc.assert(
    fc.property(fc.array(acts, { maxLength: 60 }), (life) => live(life).forEach(check)),
    { numRuns: 2_000 },
  );
}

const planned = plan.steps.map(({ gatewayPercent }) => gatewayPercent);
const raises = ({ dial, facts }: Step): boolean =>
  dial?.kind === 'weight' && dial.gatewayPercent > weightOf(facts.dial);

describe('whatever happens', () => {
  it('the weight moves to a planned step, upwards, or to 0 with the word that beats every override', () => {
    eachStep((step) => {
      const { dial } = step;
      if (dial?.kind === 'weight') assert.ok(planned.includes(dial.gatewayPercent) && raises(step));
    });
  });

  it('nothing raises the weight while the breaker is open', () => {
    eachStep((step) => assert.ok(!(raises(step) && step.facts.breakerOpen)));
  });

  it('nothing raises the weight after an end but a start', () => {
    eachStep((step) => {
      const isStart = step.event.kind === 'order' && step.event.order === 'start';
      if (['idle', 'aborted', 'completed'].includes(step.before.state)) assert.ok(!raises(step) || isStart);
    });
  });

  it('nothing raises the weight into quotas that do not fit, or over lacking data, but an operator', () => {
    eachStep((step) => {
      const { event, facts } = step;
      // An order that was lost on its way was decided on before.
      const isAgain =
        step.after.state !== 'idle' && step.before.state !== 'idle' && step.after.step === step.before.step;
      if (!raises(step) || isAgain) return;
      if (facts.misfitsAt(100).length > 0) assert.ok(event.kind === 'order' && event.force);
      if (facts.verdict.kind !== 'healthy-so-far') assert.ok(event.kind === 'order');
    });
  });

  it('everything goes back when, and only when, the rollout is aborted', () => {
    eachStep(({ dial, before, after }) => {
      assert.equal(dial?.kind === 'all-back', after.state === 'aborted' && before.state !== 'aborted');
    });
  });

  it('nothing goes back to an old service that does not answer, unless it is forced', () => {
    eachStep(({ dial, facts, event }) => {
      if (dial?.kind !== 'all-back' || facts.oldService === 'answers') return;
      assert.ok(event.kind === 'order' && event.order === 'abort' && event.force);
    });
  });

  it('a gateway that fails is given up at the next look, or waits for the old service', () => {
    eachStep(({ event, facts, after }) => {
      if (event.kind !== 'tick' || facts.verdict.kind !== 'fails') return;
      assert.ok(after.state === 'aborted' || (after.state === 'holding' && after.cause === 'old-service'));
    });
  });

  it('each transition raises the version by one, and can be kept and read', () => {
    eachStep(({ before, after }) => {
      assert.equal(after.version, before.version + 1);
      assert.deepEqual(decodeStatus(encodeStatus(after), after.version), after);
    });
  });

  it('a life goes somewhere: the properties above are not true of nothing', () => {
    const reached = new Set<string>();
    fc.assert(
      fc.property(fc.array(acts, { minLength: 40, maxLength: 60 }), (life) => {
        for (const step of live(life)) {
          reached.add(step.after.state === 'holding' ? step.after.cause : step.after.state);
          if (raises(step)) reached.add(step.event.kind === 'tick' ? 'raised by itself' : 'raised by order');
        }
      }),
      { numRuns: 2_000, seed: 11 },
    );
    for (const expected of [
      'progressing',
      'paused',
      'aborted',
      'completed',
      'manual',
      'data',
      'breaker',
      'quota',
      'old-service',
      'raised by itself',
      'raised by order',
    ]) {
      assert.ok(reached.has(expected), expected);
    }
  });
});
