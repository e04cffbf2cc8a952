// A request of an old client on its way through the house.
import type { GiveUpSignal } from '../gateway/gateway.ts';
import type { IncomingMessage } from 'node:http';
import type { Operation } from '../legacy/operations.ts';
import type { Parameters } from '../legacy/parameters.ts';
import type { RawRequest } from '../legacy/read.ts';
import type { Verdict } from '../legacy/signature.ts';
import type { Deadline } from '../resilience/deadline.ts';
import type { Caller } from './accounts.ts';

export interface Incoming {
  readonly operation: Operation;
  /** What is read of it. */
  readonly raw: RawRequest;
  /** Node's own, for handing it on as it came. */
  readonly request: IncomingMessage;
  readonly deadline: Deadline;
  /** Aborted when the client hangs up: calls that wait to be sent for it are given up. */
  readonly signal: GiveUpSignal;
  readonly requestId: string;
  readonly clientAddress: string;
}

/** A request that was read, whose account is known and whose signature has been judged. */
export interface KnownCall extends Incoming {
  readonly parameters: Parameters;
  /** The topics of `resources`, as `topicsOf` gives them. */
  readonly topics: readonly string[];
  readonly caller: Caller;
  readonly verdict: Verdict;
}
