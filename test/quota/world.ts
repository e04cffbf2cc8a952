// A quota on virtual time, with the calls that ask for their turn, and what became of each.
import type { Budgets } from '../../src/quota/budgets.ts';
import { createQuota } from '../../src/quota/create.ts';
import type { Lane, Waiter } from '../../src/quota/lane.ts';
import { createOwnBudgets } from '../../src/quota/own-budgets.ts';
import type { BudgetUse, NoTurnReason, Quota, QuotaAction, QuotaMode, Turn } from '../../src/quota/quota.ts';
import type { QuotaEvents, QuotaRules } from '../../src/quota/quota.ts';
import { Simulation } from './simulation.ts';

/** The published limits, and the headroom that is the default. */
export const publishedRules: QuotaRules = {
  accountLimit: (_account, action) => (action === 'revoke' ? 5 : 100),
  perAddress: { apply: 300, query: 300, revoke: 300 },
  headroomPercent: 10,
  replicas: 1,
};

/** One account without headroom, and an address that is never in the way. */
export function limitOf(callsPerSecond: number): QuotaRules {
  const perAddress = { apply: 100_000, query: 100_000, revoke: 100_000 };
  return { accountLimit: () => callsPerSecond, perAddress, headroomPercent: 0, replicas: 1 };
}

export type Said =
  | { readonly what: 'waited'; readonly action: QuotaAction; readonly ms: number }
  | { readonly what: 'refused'; readonly account: string; readonly action: QuotaAction; reason: NoTurnReason }
  | ({ readonly what: 'nearlyUsed' } & BudgetUse)
  | {
      readonly what: 'heldBack' | 'released';
      readonly account: string;
      readonly action: QuotaAction;
      readonly limit: number;
    };

export interface Call {
  readonly account: string;
  readonly action: QuotaAction;
  readonly askedMs: number;
  readonly forMs: number;
  /** How often it was answered, and the number of its answer among those of all. */
  answers: number;
  answerNumber: number;
  /** Its permit was given back. */
  isUnused: boolean;
  turn?: Turn;
  answeredMs?: number;
  sentMs?: number;
}

export interface CallOptions {
  readonly action?: QuotaAction;
  /** 4,000 unless told. */
  readonly forMs?: number;
  readonly signal?: AbortSignal;
  /** From the permit to the wire, ms; never, where the permit is given back or kept. */
  readonly sendsInMs?: number | 'unused' | 'keeps';
}

export interface WorldOptions {
  readonly rules?: QuotaRules;
  readonly mostWaiting?: number;
  /** Added to each timer, ms, as a busy process does. */
  readonly timerLagMs?: () => number;
  /** How long the books take to answer, ms; at once unless told. */
  readonly roundTripMs?: () => number;
  /** Whether the books are those of a fleet, which need not be told of its replicas. */
  readonly isShared?: boolean;
  /** Of the books, whether an answer tells which of the two limits was in the way. */
  readonly tellsAccount?: boolean;
}

export interface World {
  readonly simulation: Simulation;
  readonly quota: Quota;
  readonly budgets: Budgets;
  readonly calls: Call[];
  readonly said: Said[];
  /** Changes the rules of the quota and of the books. */
  readonly configure: (rules: QuotaRules) => void;
  readonly call: (account: string, options?: CallOptions) => Call;
  /** Calls of an account, one after the other. @param gapMs from each to the next */
  readonly stream: (account: string, gapMs: () => number, forMs: number, options?: () => CallOptions) => void;
}

export function openWorld(options: WorldOptions = {}): World {
  const { timerLagMs = () => 0, mostWaiting, isShared = false } = options;
  let { rules = publishedRules } = options;
  const simulation = new Simulation();
  const replicas = (): number => (isShared ? 1 : rules.replicas);
  const own = createOwnBudgets({ monotonicMs: simulation.now, replicas });
  const mode = (): QuotaMode => (isShared ? 'shared' : 'own');
  const budgets = distant({ ...own, mode }, simulation, options);
  const said: Said[] = [];
  const calls: Call[] = [];
  let answered = 0;
  const quota = createQuota({
    budgets,
    rules,
    events: tellTo(said),
    monotonicMs: simulation.now,
    schedule: (ms, work) => simulation.schedule(ms + timerLagMs(), work),
    ...(mostWaiting !== undefined && { mostWaiting }),
  });

  const send = (call: Call, { sendsInMs = 0 }: CallOptions): void => {
    if (call.turn?.kind !== 'turn' || sendsInMs === 'keeps') return;
    const { permit } = call.turn;
    if (sendsInMs === 'unused') {
      call.isUnused = true;
      permit.unused();
      return;
    }
    const sent = (): void => {
      permit.sent();
      call.sentMs = simulation.now();
    };
    if (sendsInMs > 0) simulation.schedule(sendsInMs, sent);
    else sent();
  };

  const world: World = {
    simulation,
    quota,
    budgets,
    calls,
    said,
    configure(next) {
      rules = next;
      quota.configure(next);
    },
    call(account, given = {}) {
      const { action = 'apply', forMs = 4_000, signal } = given;
      const call: Call = {
        account,
        action,
        askedMs: simulation.now(),
        forMs,
        answers: 0,
        answerNumber: 0,
        isUnused: false,
      };
      calls.push(call);
      void quota.turn(account, action, { forMs, ...(signal && { signal }) }).then((turn) => {
        call.answers += 1;
        call.answerNumber = answered += 1;
        call.turn = turn;
        call.answeredMs = simulation.now();
        send(call, given);
      });
      return call;
    },
    stream(account, gapMs, forMs, given = () => ({})) {
      const endMs = simulation.now() + forMs;
      const next = (): void => {
        if (simulation.now() >= endMs) return;
        world.call(account, given());
        simulation.schedule(gapMs(), next);
      };
      simulation.schedule(gapMs(), next);
    },
  };
  return world;
}

/** Books that answer after a while, as those of a fleet do. */
function distant(books: Budgets, simulation: Simulation, options: WorldOptions): Budgets {
  const { roundTripMs, tellsAccount = true } = options;
  const after = (ms: number) => new Promise<void>((resolve) => void simulation.schedule(ms, resolve));
  return {
    ...books,
    async take(asks) {
      const ms = roundTripMs?.() ?? 0;
      if (ms > 0) await after(ms / 2);
      const decision = await books.take(asks);
      if (ms > 0) await after(ms / 2);
      const { granted, retryInMs } = decision;
      return tellsAccount ? decision : { granted, retryInMs };
    },
  };
}

function tellTo(said: Said[]): QuotaEvents {
  return {
    waited: (action, ms) => void said.push({ what: 'waited', action, ms }),
    refused: (account, action, reason) => void said.push({ what: 'refused', account, action, reason }),
    nearlyUsed: (use) => void said.push({ what: 'nearlyUsed', ...use }),
    heldBack: (account, action, limit) => void said.push({ what: 'heldBack', account, action, limit }),
    released: (account, action, limit) => void said.push({ what: 'released', account, action, limit }),
    modeChanged: () => undefined,
  };
}

/** How long a call waited for its answer, ms. */
export function waitedMs({ askedMs, answeredMs = NaN }: Call): number {
  return answeredMs - askedMs;
}

/** The moments at which calls were sent, of those that a test picks. */
export function sends(calls: readonly Call[], pick: (call: Call) => boolean = () => true): number[] {
  return calls.filter(pick).flatMap(({ sentMs }) => sentMs ?? []);
}

export function refusalOf({ turn }: Call): NoTurnReason | undefined {
  return turn?.kind === 'none' ? turn.reason : undefined;
}

/** A call in a lane, for tests of what stands behind the queue. */
export function waiterIn(lane: Lane, number: number): Waiter {
  return {
    lane,
    number,
    sinceMs: 0,
    endsAtMs: Infinity,
    signal: undefined,
    ahead: 0,
    departedBefore: 0,
    resolve: () => undefined,
    onAbort: undefined,
    state: 'waiting',
    place: -1,
    previous: undefined,
    next: undefined,
  };
}
