// What the tests of the rollout share: a plan, facts, statuses, and a fleet of replicas on one store, one dial and one
// clock that only moves when told to.
import type { RolloutChange } from '../../src/rollout/change.ts';
import { openRollout } from '../../src/rollout/controller.ts';
import type { DialOrder, Order, OrderName } from '../../src/rollout/decision.ts';
import { noEvidence } from '../../src/rollout/evidence.ts';
import type { DialReading, Facts, Misfit, OldService } from '../../src/rollout/facts.ts';
import type { Backend, JudgedClass } from '../../src/rollout/outcome.ts';
import type { Plan } from '../../src/rollout/plan.ts';
import type { RolloutStore } from '../../src/rollout/ports.ts';
import type { Position } from '../../src/rollout/status.ts';
import type { Rollout } from '../../src/rollout/rollout.ts';
import { summarise } from '../../src/rollout/summary.ts';
import { rulesFor } from '../../src/rollout/verdict.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { StoreError } from '../../src/store/store.ts';

export const minute = 60_000;
export const startMs = 1_700_000_000_000;

/** The defaults of the configuration. */
export const plan: Plan = {
  steps: [
    { gatewayPercent: 1, hold: 10 * minute },
    { gatewayPercent: 5, hold: 10 * minute },
    { gatewayPercent: 25, hold: 30 * minute },
    { gatewayPercent: 50, hold: 'manual' },
    { gatewayPercent: 100 },
  ],
  abortWhen: { errorPercent: 2, minRequests: 50 },
  coolDownMs: 10 * minute,
};

export const position: Position = {
  step: 1,
  gatewayPercent: 5,
  entry: 2,
  enteredAtMs: startMs,
  dialVersion: 7,
};
export const common = { version: 3, run: startMs, sinceMs: startMs, by: 'alice', reason: 'because' };

export const misfit: Misfit = {
  scope: 'account',
  account: 'shop',
  action: 'apply',
  projected: 140.04,
  limit: 90,
};

export const grounds = { rules: rulesFor(plan.abortWhen), stepCalls: 100, allCalls: 100 };

/** All is well, the step of `position` is in force and has just begun. */
export function factsWith(different: Partial<Facts> = {}): Facts {
  return {
    nowMs: startMs,
    dial: { version: 8, gatewayPercent: 5, forced: false },
    breakerOpen: false,
    oldService: 'answers',
    verdict: { kind: 'healthy-so-far' },
    evidence: summarise(noEvidence, grounds),
    misfitsAt: () => [],
    ...different,
  };
}

/** A dial as `Dial` of split/dial.ts is one, whose orders can be made to wait. */
export function fakeDial(first: Partial<DialReading> = {}) {
  let state: DialReading = { version: 1, gatewayPercent: 0, forced: false, ...first };
  let gate: Promise<void> = Promise.resolve();
  let failing = false;
  const orders: DialOrder[] = [];
  const turn = (next: Pick<DialReading, 'gatewayPercent' | 'forced'>): void => {
    if (next.gatewayPercent !== state.gatewayPercent || next.forced !== state.forced) {
      state = { ...next, version: state.version + 1 };
    }
  };
  return {
    orders,
    state: () => state,
    async order(order: DialOrder): Promise<DialReading> {
      if (order.kind === 'all-back') {
        orders.push(order);
        turn({ gatewayPercent: 0, forced: true });
        return state;
      }
      await gate;
      if (failing) throw new StoreError('no space left on device');
      orders.push(order);
      if (order.ifVersion === state.version) turn({ gatewayPercent: order.gatewayPercent, forced: false });
      return state;
    },
    /** An operator sets the weight. */
    set: (gatewayPercent: number) => turn({ gatewayPercent, forced: false }),
    fail: (fails: boolean) => void (failing = fails),
    /** Raising orders wait until the returned function is called. */
    stall(): () => void {
      let release = (): void => undefined;
      gate = new Promise((resolve) => (release = resolve));
      return release;
    },
  };
}

export type Mood = 'well' | 'full' | 'gone';

export interface Replica {
  readonly rollout: Rollout;
  readonly changes: RolloutChange[];
  readonly lines: string[];
  /** How this replica sees the world. */
  readonly sees: { breakerOpen: boolean; oldService: OldService; misfits: readonly Misfit[] };
  /** What the store does for this replica. */
  be(mood: Mood): void;
  order(order: OrderName, more?: Partial<Order>): ReturnType<Rollout['order']>;
  /** Many first choices with the same outcome. */
  feed(count: number, outcome: JudgedClass, backend?: Backend): void;
}

/** Replicas on one memory store and one dial. */
export function fleet(options: { plan?: Plan; dial?: ReturnType<typeof fakeDial> } = {}) {
  const { dial = fakeDial() } = options;
  let clock = startMs;
  let born = 0;
  const memory = createMemoryStore({ now: () => clock });

  async function replica(skewMs = 0): Promise<Replica> {
    const changes: RolloutChange[] = [];
    const lines: string[] = [];
    const sees: Replica['sees'] = { breakerOpen: false, oldService: 'answers', misfits: [] };
    let mood: Mood = 'well';
    const works = async <Value>(needed: readonly Mood[], work: () => Promise<Value>): Promise<Value> => {
      if (!needed.includes(mood)) throw new StoreError(`the store is ${mood}`);
      return work();
    };
    const store: RolloutStore = {
      readDocument: (name) => works(['well', 'full'], () => memory.readDocument(name)),
      writeDocument: (...write) => works(['well'], () => memory.writeDocument(...write)),
      onDocument: (name, listener) => memory.onDocument(name, listener),
    };
    const rollout = await openRollout(options.plan ?? plan, {
      store,
      dial,
      health: { gatewayBreakerOpen: () => sees.breakerOpen, oldService: () => sees.oldService },
      misfitsAt: () => sees.misfits,
      now: () => clock + skewMs,
      monotonicMs: () => clock,
      replicaId: `replica ${(born += 1)}`,
      transitioned: (change) => void changes.push(change),
      log: (level, message) => void lines.push(`${level}: ${message}`),
    });
    return {
      rollout,
      changes,
      lines,
      sees,
      be: (next) => void (mood = next),
      order: (order, more = {}) => rollout.order({ order, by: 'alice', force: false, ...more }),
      feed(count, outcome, backend = 'gateway') {
        for (let index = 0; index < count; index += 1) rollout.outcome(backend, outcome);
      },
    };
  }

  return {
    memory,
    dial,
    replica,
    /** Time passes, and then each of the replicas looks. */
    async pass(ms: number, ...replicas: readonly Replica[]): Promise<void> {
      clock += ms;
      for (const { rollout } of replicas) await rollout.tick();
    },
    /** Time passes in steps of a second, and after each the replicas look. */
    async live(ms: number, ...replicas: readonly Replica[]): Promise<void> {
      for (let passed = 0; passed < ms; passed += 1_000) await this.pass(1_000, ...replicas);
    },
    history: async () => (await memory.readHistory(100)).map((text): unknown => JSON.parse(text)),
  };
}
