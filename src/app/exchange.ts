// The journey of a request, top to bottom: read it, whose is it, is it genuine, is it well formed, serve it.
// Speaks the words of the domain only: no HTTP, no metrics, no log.
import type { LegacyCode, Rejection } from '../legacy/call.ts';
import { envelope } from '../legacy/envelope.ts';
import type { Operation } from '../legacy/operations.ts';
import { single } from '../legacy/parameters.ts';
import { parseCall } from '../legacy/parse.ts';
import { readParameters, type RawRequest } from '../legacy/read.ts';
import { verify } from '../legacy/signature.ts';
import type { Deadline } from '../resilience/deadline.ts';
import type { Accounts, Caller } from './accounts.ts';
import type { GatewayLeg, Served } from './gateway-leg.ts';
import { signatureMessage, unknownKeyMessage } from './refusals.ts';

export interface Incoming {
  readonly operation: Operation;
  readonly request: RawRequest;
  readonly deadline: Deadline;
}

/** What the client is told, and what there is to count and log about it. */
export interface Exchanged extends Served {
  readonly code: LegacyCode;
  readonly account?: string;
  readonly accessKey?: string;
}

export interface ExchangeDependencies {
  readonly accounts: Accounts;
  readonly serveByGateway: GatewayLeg;
  /** ms since epoch. */
  readonly now: () => number;
}

/** Answers one call of an old client. Never rejects for anything that a client or the gateway does. */
export async function exchange(incoming: Incoming, house: ExchangeDependencies): Promise<Exchanged> {
  const { operation, request, deadline } = incoming;

  const parameters = await readParameters(request);
  if ('kind' in parameters) return refuse(parameters);

  const accessKey = single(parameters, 'accessKey');
  const caller = accessKey === undefined ? undefined : house.accounts.find(accessKey);
  if (caller === undefined)
    return refuse({ kind: 'rejection', code: 400, message: unknownKeyMessage(accessKey) });

  const verdict = verify(operation, parameters, caller.secret.reveal());
  if (!verdict.genuine) {
    const message = signatureMessage(operation, parameters, verdict.why);
    return refuse({ kind: 'rejection', code: 407, message }, caller);
  }

  const call = parseCall(operation, parameters, house.now());
  if ('kind' in call) return refuse(call, caller);

  const served = await house.serveByGateway(call, caller, deadline);
  return { ...served, ...identityOf(caller), code: envelope(served.reply).code };
}

function refuse({ code, message }: Rejection, caller?: Caller): Exchanged {
  const reply = { kind: 'failed', code, message } as const;
  return { reply, code, outcome: 'rejected', backend: 'none', ...(caller && identityOf(caller)) };
}

function identityOf({ account, accessKey }: Caller): Pick<Exchanged, 'account' | 'accessKey'> {
  return { account: account.name, accessKey };
}
