// Failures of our own making, in the shape of a gateway's: calls that were held back or given up on this side. Pure.
import type { GatewayFailure } from '../gateway/gateway.ts';

/** Codes of calls for which this server had no connection to give, whatever the state of the gateway. */
const ours: ReadonlySet<string> = new Set(['TooManyCalls', 'ConnectionClosed']);

/** Whether a call was not connected because our own side refused. */
export function refusedByUs({ cause, code }: Partial<Pick<GatewayFailure, 'cause' | 'code'>>): boolean {
  return cause === 'unconnected' && code !== undefined && ours.has(code);
}

export function circuitOpen(retryAfterMs: number): GatewayFailure {
  return {
    class: 'fault',
    cause: 'circuit',
    code: 'CircuitOpen',
    message:
      'The gateway failed again and again, so this server does not ask it for the moment; one call at a time is let through to see whether it works again.',
    retryAfterMs,
  };
}

/** Why the quota gave no turn; the reasons of `Turn` in quota/quota.ts. */
export interface NoTurn {
  readonly reason: 'too-late' | 'full' | 'left' | 'closed';
  readonly retryAfterMs: number;
}

export function noTurn({ reason, retryAfterMs }: NoTurn, account: string): GatewayFailure {
  switch (reason) {
    case 'too-late':
    case 'full': {
      const why =
        reason === 'full' ? 'too many calls wait for their turn' : 'its turn would have come too late';
      return {
        class: 'throttled',
        cause: 'quota',
        code: 'QuotaExceeded',
        message: `This server holds back a call of account ${account}, to stay within the gateway's limits: ${why}. The gateway was not asked.`,
        retryAfterMs,
      };
    }
    case 'left':
      return {
        class: 'rejected',
        cause: 'aborted',
        code: 'RequestAborted',
        message: 'The call was given up before it was sent, as nobody waits for its answer.',
      };
    case 'closed':
      return {
        class: 'fault',
        cause: 'unconnected',
        code: 'ConnectionClosed',
        message: 'This server is stopping and makes no new calls to the gateway.',
      };
  }
}

/** For a call that no client waits for. */
export function nothingToSpare(account: string): GatewayFailure {
  return {
    class: 'throttled',
    cause: 'quota',
    code: 'QuotaExceeded',
    message: `Nothing of the gateway's limits is to spare for account ${account} now. The gateway was not asked.`,
  };
}

/** Class `throttled`, since nothing is wrong with the gateway: the time went by before it could be asked. */
export function noTimeLeft(account: string): GatewayFailure {
  return {
    class: 'throttled',
    cause: 'quota',
    code: 'RequestTooLate',
    message: `No time was left to call the gateway for account ${account}. The gateway was not asked.`,
  };
}

/** For a defect of ours; names the kind of error, since its message may hold anything. */
export function unexpected(error: unknown): GatewayFailure {
  const kind = error instanceof Error ? error.name : typeof error;
  return {
    class: 'fault',
    cause: 'broken',
    code: 'UnexpectedFailure',
    message: `The call to the gateway failed in a way that this server does not know (${kind}).`,
  };
}
