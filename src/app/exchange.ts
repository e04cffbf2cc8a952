// The journey of a request, top to bottom: read it, whose is it, is it genuine, which backend serves it.
// Speaks the words of the domain only: no answer is written, counted or logged here.
import type { Config } from '../config/config.ts';
import { single, topicsOf, type Parameters } from '../legacy/parameters.ts';
import { readParameters } from '../legacy/read.ts';
import { verify } from '../legacy/signature.ts';
import type { Accounts, Caller } from './accounts.ts';
import { applyCall, type ApplyDependencies } from './apply-call.ts';
import type { Incoming, KnownCall } from './incoming.ts';
import { issuedTokenCall, type IssuedTokenDependencies } from './issued-token-call.ts';
import { servedByLegacy } from './legacy-leg.ts';
import type { OldServices } from './old-services.ts';
import type { ReadinessWatch } from './readiness-watch.ts';
import { unknownKeyMessage } from './refusals.ts';
import { refused, servedAs, type Served } from './served.ts';

export interface ExchangeDependencies extends ApplyDependencies, IssuedTokenDependencies {
  readonly accounts: Accounts;
  readonly oldServices: OldServices;
  readonly unknownAccounts: Config['split']['unknownAccounts'];
  readonly metrics: ApplyDependencies['metrics'] & IssuedTokenDependencies['metrics'];
  readonly watch: ReadinessWatch;
}

/** Answers one call of an old client. Never rejects for anything that a client or a backend does. */
export async function exchange(incoming: Incoming, house: ExchangeDependencies): Promise<Served> {
  const reading = readParameters(incoming.raw);
  const parameters = reading instanceof Promise ? await reading : reading;
  if ('kind' in parameters) return refused(parameters.code, parameters.message);

  const accessKey = single(parameters, 'accessKey');
  const caller = accessKey === undefined ? undefined : house.accounts.find(accessKey);
  if (caller === undefined) return unknownAccount(incoming, accessKey, house);

  const call = known(incoming, parameters, caller);
  house.watch.arrived(call);
  const legacyUrl = house.oldServices.of(caller.account);
  const served =
    call.operation === 'apply'
      ? await applyCall(call, legacyUrl, house)
      : await issuedTokenCall(call, legacyUrl, house);
  house.watch.served(call, served);
  const { account, accessKey: key } = caller;
  return servedAs(served.answer, served.code, served, { account: account.name, accessKey: key, parameters });
}

/** Accounts are brought over one by one: who is not configured is the old service's business, untouched. */
async function unknownAccount(
  incoming: Incoming,
  accessKey: string | undefined,
  { accounts, oldServices, unknownAccounts, legacyLeg, metrics }: ExchangeDependencies,
): Promise<Served> {
  const legacyUrl = oldServices.at(incoming.request.headers.host);
  if (legacyUrl === undefined || unknownAccounts === 'reject')
    return refused(400, unknownKeyMessage(accessKey, accounts.isSecret));
  const reason = 'unknown-account';
  metrics.decided('legacy', reason);
  return servedByLegacy(incoming, await legacyLeg.attempt(incoming, legacyUrl), { reason });
}

function known(incoming: Incoming, parameters: Parameters, caller: Caller): KnownCall {
  const { operation, raw, request, deadline, signal, requestId, clientAddress } = incoming;
  const verdict = verify(operation, parameters, caller.secret.reveal());
  return {
    operation,
    raw,
    request,
    deadline,
    signal,
    requestId,
    clientAddress,
    parameters,
    topics: topicsOf(parameters),
    caller,
    verdict,
  };
}
