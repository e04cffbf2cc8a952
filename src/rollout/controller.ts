// Drives the rollout: observe, decide, apply one effect, record. Thin: what to do is decided in advance.ts, and whether
// the gateway fails in the guard. Every replica has one; the one with the lease moves on by itself, each carries out
// orders and each may abort.

/*
 * In which order things happen makes a restart harmless. A status is kept before its weight is raised, and the weight is
 * raised only on the dial that the status was decided on: whoever dies between the two leaves an order that the next
 * driver gives again, and whoever is slow raises nothing after somebody else has lowered. An abort is the other way
 * round: the dial goes back at once, kept or not, and the status follows as soon as the store works; until then the
 * rollout counts as aborted here.
 */
import type { RolloutChange } from './change.ts';
import { advance } from './advance.ts';
import type { Decision, DialOrder, RolloutEvent } from './decision.ts';
import type { Facts } from './facts.ts';
import { createGuard } from './guard.ts';
import { createKeptStatus, statusDocument } from './kept-status.ts';
import { createLease } from './lease.ts';
import type { Plan } from './plan.ts';
import type { RolloutSurroundings } from './ports.ts';
import type { Rollout } from './rollout.ts';
import { isUnderway, type Status } from './status.ts';
import { createTrouble, messageOf } from './trouble.ts';
import type { Failure } from './verdict.ts';
import { viewOf, type RolloutView } from './view.ts';

/** Each conflict means that somebody else's transition was kept. */
const mostAttempts = 10;

/** A store that fails is no reason not to begin: there is no rollout until it can be read. */
export async function openRollout(firstPlan: Plan, surroundings: RolloutSurroundings): Promise<Rollout> {
  const { store, dial, health, misfitsAt, now, transitioned, log } = surroundings;
  const kept = createKeptStatus(store, log);
  const guard = createGuard(store, firstPlan.abortWhen);
  const lease = createLease(surroundings);
  const trouble = createTrouble(log);
  let plan = firstPlan;
  /** An abort in force here that is not kept yet, or that waits for the old service and is not kept yet. */
  let unkept: { readonly event: RolloutEvent; readonly status: Status; readonly from: number } | undefined;
  let queue: Promise<unknown> = Promise.resolve();

  const current = (): Status => unkept?.status ?? kept.current();

  function facts(): Facts {
    const breakerOpen = health.gatewayBreakerOpen();
    const oldService = health.oldService();
    return { nowMs: now(), dial: dial.state(), breakerOpen, oldService, misfitsAt, ...guard.reading() };
  }

  function serially<Value>(work: () => Promise<Value>): Promise<Value> {
    const result = queue.then(work);
    queue = result.catch(() => undefined);
    return result;
  }

  async function turnDial(
    order: DialOrder,
    { by, reason }: Pick<RolloutChange, 'by' | 'reason'>,
  ): Promise<void> {
    // Whoever has turned the dial meanwhile, this replica's own guard included, knows better.
    if (order.kind === 'weight' && (unkept !== undefined || dial.state().version !== order.ifVersion)) return;
    try {
      await dial.order(order, { by: 'rollout', reason: by === 'rollout' ? reason : `${reason} (${by})` });
    } catch (error) {
      log('error', `the dial did not take the rollout's order yet: ${messageOf(error)}`);
    }
  }

  async function read(): Promise<void> {
    await kept.read();
    guard.follow(current());
  }

  /** Decides anew on what somebody else has kept meanwhile. */
  async function commit(event: RolloutEvent): Promise<Decision> {
    for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
      const decision = advance(plan, kept.current(), event, facts());
      if (decision.kind !== 'moved') return decision;
      const { status, dial: order } = decision;
      // The dial of an abort in force has gone back already: what it came from was seen then.
      const change = unkept?.event === event ? { ...decision.change, from: unkept.from } : decision.change;
      if (await kept.write(status, change)) {
        // Whoever has turned the dial since an abort that was in force before it was kept knows better.
        const isDone = unkept?.event === event && unkept.status.state === 'aborted';
        forget(event);
        transitioned(change);
        if (order !== undefined && !isDone) await turnDial(order, change);
        return decision;
      }
      await read();
    }
    throw new Error('the rollout could not be kept: others kept changing it');
  }

  async function keepUnkept(): Promise<Decision | undefined> {
    if (unkept === undefined) return undefined;
    const { event } = unkept;
    const decision = await commit(event);
    forget(event);
    return decision;
  }

  /** It is kept, or what is kept makes it void. */
  function forget(event: RolloutEvent): void {
    if (unkept?.event === event) unkept = undefined;
    guard.follow(current());
  }

  /** What an abort does to the dial happens before this returns. @returns whether there is something to keep */
  function abortAtOnce(event: RolloutEvent): boolean {
    const decision = advance(plan, current(), event, facts());
    if (decision.kind !== 'moved') return false;
    if (decision.dial !== undefined) void turnDial(decision.dial, decision.change);
    unkept = { event, status: decision.status, from: decision.change.from };
    guard.follow(current());
    return true;
  }

  function tripped(failure: Failure): void {
    if (!abortAtOnce({ kind: 'tripped', run: current().run, failure })) return;
    void serially(keepUnkept).then(trouble.over, troubled);
  }

  function troubled(error: unknown): void {
    trouble.met(error, unkept && `the rollout is ${unkept.status.state}: ${unkept.status.reason}`);
  }

  async function look(): Promise<void> {
    await read();
    await keepUnkept();
    if (!isUnderway(current())) return;
    const failure = await guard.share();
    if (failure !== undefined) tripped(failure);
    // What was just tripped is kept by its own turn in the queue.
    if (unkept === undefined && (await lease.hold())) await commit({ kind: 'tick' });
  }

  const view = (): RolloutView => {
    const { evidence } = guard.reading();
    return viewOf(plan, current(), { evidence, drives: lease.isHeld(), problem: trouble.present() });
  };
  const unsubscribe = store.onDocument(statusDocument, () => void serially(read).catch(troubled));
  await serially(read).catch(troubled);

  return {
    view,
    outcome(backend, outcome) {
      const failure = guard.outcome(backend, outcome);
      if (failure !== undefined) tripped(failure);
    },
    async order(order) {
      const event: RolloutEvent = { kind: 'order', ...order };
      const isInForce = order.order === 'abort' && abortAtOnce(event);
      return serially(async () => {
        try {
          await read();
          const earlier = await keepUnkept();
          const decision = isInForce ? earlier : await commit(event);
          trouble.over();
          if (decision?.kind === 'refused') return decision;
        } catch (error) {
          if (!isInForce) throw error;
          troubled(error);
        }
        return { kind: 'done', view: view() };
      });
    },
    configure(next) {
      plan = next;
      guard.configure(next.abortWhen);
    },
    tick: () => serially(look).then(trouble.over, troubled),
    async close() {
      unsubscribe();
      await serially(async () => {
        await keepUnkept();
        await guard.share();
        await lease.release();
      }).catch(troubled);
    },
  };
}
