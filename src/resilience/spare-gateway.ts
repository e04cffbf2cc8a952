// A gateway for calls that no client waits for: called only while its breaker is closed and out of spare turns, once.
// What comes of such a call opens no breaker: experiments must not take the gateway away from clients. Only what the
// gateway says of an account's rate is passed on, since real calls would meet it too.
import type { CallOptions, Gateway, GatewayFailure, GatewayOutcome } from '../gateway/gateway.ts';
import type { Action, ActionBreakers } from './breakers.ts';
import { circuitOpen, nothingToSpare, unexpected } from './own-failures.ts';
import { ticketFor, type Permit } from './ticket.ts';

/** Gives what real calls leave unused; the `Quota` of quota/quota.ts is one. */
export interface SpareTurnGiver {
  /** At once or not at all. Never rejects. */
  spareTurn(account: string, action: Action): Promise<Permit | undefined>;
  /** The gateway refused a call of the account for its rate. */
  overflowed(account: string, action: Action): void;
}

export interface SpareGuards {
  readonly account: string;
  readonly quota: SpareTurnGiver;
  /** Of the gateway's address; only looked at. */
  readonly breakers: ActionBreakers;
}

/** What was not made has cause `circuit` or `quota`. Failures are outcomes; it never rejects. */
export function spareGateway(gateway: Gateway, { account, quota, breakers }: SpareGuards): Gateway {
  async function guarded<Value>(
    action: Action,
    call: (options: CallOptions) => Promise<GatewayOutcome<Value>>,
    options: CallOptions,
  ): Promise<GatewayOutcome<Value>> {
    try {
      const refusal = whyNot(action);
      if (refusal !== undefined) return refusal;
      const permit = await quota.spareTurn(account, action);
      return permit === undefined ? nothingToSpare(account) : await ask(action, call, options, permit);
    } catch (error) {
      return unexpected(error);
    }
  }

  async function ask<Value>(
    action: Action,
    call: (options: CallOptions) => Promise<GatewayOutcome<Value>>,
    options: CallOptions,
    permit: Permit,
  ): Promise<GatewayOutcome<Value>> {
    const ticket = ticketFor(permit);
    const onSend = () => {
      ticket.send();
      options.onSend?.();
    };
    try {
      const outcome = await call({ ...options, onSend });
      if (outcome.class === 'throttled' && outcome.cause === 'answered') quota.overflowed(account, action);
      return outcome;
    } finally {
      ticket.end();
    }
  }

  /** A half open breaker's one probe is for a real call. */
  function whyNot(action: Action): GatewayFailure | undefined {
    const isClosed = breakers[action].reading().state === 'closed';
    return isClosed ? undefined : circuitOpen(breakers[action].retryAfterMs());
  }

  return {
    apply: (request, options) => guarded('apply', (given) => gateway.apply(request, given), options),
    revoke: (request, options) => guarded('revoke', (given) => gateway.revoke(request, given), options),
    query: (request, options) => guarded('query', (given) => gateway.query(request, given), options),
    close: () => gateway.close(),
  };
}
