// A gateway that is called with care: not while its breaker is open, only in turn, and once more where that is safe.
// Knows no protocol: whose calls they are, and when somebody else should try, is decided elsewhere.
import type {
  CallOptions,
  Gateway,
  GatewayFailure,
  GatewayOutcome,
  GiveUpSignal,
} from '../gateway/gateway.ts';
import type { Action, ActionBreakers } from './breakers.ts';
import { timeWithin } from './deadline.ts';
import { withOneRetry, type Tried } from './one-retry.ts';
import { circuitOpen, noTimeLeft, noTurn, unexpected, type NoTurn } from './own-failures.ts';
import { leastCallMs, leftMs, type Patience } from './patience.ts';
import { mayRetry, type RetryCause } from './retry.ts';
import { ticketFor, type Permit, type Ticket } from './ticket.ts';
import { underBreaker } from './under-breaker.ts';
import { verdictOf } from './verdict.ts';

/** Gives calls their turn; the `Quota` of quota/quota.ts is one. */
export interface TurnGiver {
  /** Never rejects. `forMs` is how long the caller can wait. */
  turn(
    account: string,
    action: Action,
    waiting: { readonly forMs: number; readonly signal: GiveUpSignal },
  ): Promise<{ readonly kind: 'turn'; readonly permit: Permit } | ({ readonly kind: 'none' } & NoTurn)>;
  /** The gateway refused a call of the account for its rate. */
  overflowed(account: string, action: Action): void;
}

export interface GatewayGuards {
  /** In whose name the gateway is called: the quota and its messages go by it. */
  readonly account: string;
  readonly quota: TurnGiver;
  /** Of the gateway's address. */
  readonly breakers: ActionBreakers;
  /** A second try begins; after `reused-connection` an apply may have made a token too many. */
  readonly retried: (action: Action, cause: RetryCause) => void;
}

type Call<Value> = (options: CallOptions) => Promise<GatewayOutcome<Value>>;

/** Its failures are outcomes; it never rejects, whatever the gateway inside does. */
export function guardGateway(gateway: Gateway, guards: GatewayGuards): Gateway<Patience> {
  const { account, quota, breakers, retried } = guards;

  async function guarded<Value>(action: Action, call: Call<Value>, patience: Patience) {
    try {
      const tryOnce = (begins: () => void) => tryInTurn(action, call, patience, begins);
      return await withOneRetry(tryOnce, patience, (cause) => retried(action, cause));
    } catch (error) {
      return unexpected(error);
    }
  }

  async function tryInTurn<Value>(
    action: Action,
    call: Call<Value>,
    patience: Patience,
    begins: () => void,
  ): Promise<Tried<GatewayOutcome<Value>>> {
    // Nobody queues for a call that could not be made then.
    if (breakers[action].isOpen()) return refused(action);
    const forMs = Math.max(0, leftMs(patience) - leastCallMs(patience));
    const turn = await quota.turn(account, action, { forMs, signal: patience.signal });
    if (turn.kind === 'none') return { kind: 'held', outcome: noTurn(turn, account) };
    const ticket = ticketFor(turn.permit);
    try {
      const asking: Call<Value> = (options) => {
        begins();
        return call(options);
      };
      return await ask(action, asking, patience, ticket);
    } finally {
      ticket.end();
    }
  }

  async function ask<Value>(
    action: Action,
    call: Call<Value>,
    patience: Patience,
    ticket: Ticket,
  ): Promise<Tried<GatewayOutcome<Value>>> {
    if (leftMs(patience) < 1) return { kind: 'held', outcome: noTimeLeft(account) };
    const { deadline, signal, callMs, reserveMs } = patience;
    const timeoutMs = timeWithin(deadline, callMs, reserveMs);
    const hadTime = timeoutMs >= leastCallMs(patience);
    const outcome = await underBreaker(
      breakers[action],
      () => call({ timeoutMs, signal, onSend: ticket.send }),
      (ended) => verdictOf(ended, { sent: ticket.wasSent(), hadTime, fromStranger: false }),
    );
    if (outcome === undefined) return refused(action);
    if (outcome.class === 'throttled' && outcome.cause === 'answered') quota.overflowed(account, action);
    const made = !hadTime && isTimeout(outcome) ? { ...outcome, inHaste: true as const } : outcome;
    return { kind: 'made', outcome: made, retry: made.class === 'ok' ? undefined : mayRetry(made) };
  }

  function refused(action: Action): Tried<GatewayOutcome<never>> {
    return { kind: 'held', outcome: circuitOpen(breakers[action].retryAfterMs()) };
  }

  return {
    apply: (request, patience) => guarded('apply', (options) => gateway.apply(request, options), patience),
    revoke: (request, patience) => guarded('revoke', (options) => gateway.revoke(request, options), patience),
    query: (request, patience) => guarded('query', (options) => gateway.query(request, options), patience),
    close: () => gateway.close(),
  };
}

function isTimeout<Value>(outcome: GatewayOutcome<Value>): outcome is GatewayFailure {
  return outcome.class === 'fault' && outcome.cause === 'timeout';
}
