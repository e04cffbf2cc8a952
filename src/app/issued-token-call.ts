// Revoke and query: they go to whoever issued the token, whatever the weight is now, and never fall back.
// A token that nobody has a record of: the old service is asked first, then the account's instances (SPEC section 4).
import { hashToken, type Ledger, type TokenRecord } from '../ledger/ledger.ts';
import type { QueryCall, RevokeCall } from '../legacy/call.ts';
import { operations } from '../legacy/operations.ts';
import { single } from '../legacy/parameters.ts';
import { parseCall } from '../legacy/parse.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { badToken, unknownToken } from '../translate/to-legacy.ts';
import { mayName } from './accounts.ts';
import type { Search } from './find-issuer.ts';
import type { GatewayLeg, GatewayServed } from './gateway-leg.ts';
import type { KnownCall } from './incoming.ts';
import { servedByLegacy, type LegacyLeg, type LegacyTry } from './legacy-leg.ts';
import { signatureMessage } from './refusals.ts';
import { refused, replied, type Served } from './served.ts';
import type { ShadowTap } from './shadow-tap.ts';

export interface IssuedTokenDependencies {
  readonly gatewayLeg: GatewayLeg;
  readonly legacyLeg: LegacyLeg;
  readonly ledger: Ledger;
  readonly shadow: ShadowTap;
  readonly metrics: Pick<Metrics, 'decided'>;
  /** ms since epoch. */
  readonly now: () => number;
}

/** @param legacyUrl the account's old service, when there is one */
export async function issuedTokenCall(
  call: KnownCall,
  legacyUrl: string | undefined,
  house: IssuedTokenDependencies,
): Promise<Served> {
  const record = await recordOf(call, house.ledger);
  if (record?.backend === 'gateway') {
    const { instanceId } = record;
    // Nobody knows which region to ask for an instance that the account's list holds no more.
    return mayName(call.caller.account, instanceId)
      ? atIssuer(call, record, house)
      : atGoneIssuer(call, record, `instance ${instanceId}`, house);
  }
  if (legacyUrl === undefined) {
    return record === undefined
      ? atUnknownIssuer(call, undefined, house)
      : atGoneIssuer(call, record, 'the old service', house);
  }
  const reason = record === undefined ? 'no-record' : 'issuer';
  house.metrics.decided('legacy', reason);
  const old = await house.legacyLeg.attempt(call, legacyUrl);
  const isFinal = record !== undefined || finalCodes[call.operation].includes(old.code);
  if (!isFinal) return atUnknownIssuer(call, old, house);
  return house.shadow.follow(call, old, servedByLegacy(call, old, { reason }), record?.instanceId);
}

/** A record of a token that belongs to another account counts as none. */
async function recordOf({ parameters, caller }: KnownCall, ledger: Ledger): Promise<TokenRecord | undefined> {
  const token = single(parameters, 'token');
  const record = token === undefined ? undefined : await ledger.find(hashToken(token));
  return record?.account === caller.account.name ? record : undefined;
}

type Facts = Pick<Served, 'reason'>;

async function atIssuer(
  call: KnownCall,
  record: TokenRecord,
  { gatewayLeg, metrics, now }: IssuedTokenDependencies,
): Promise<Served> {
  const parsed = judged(call, now());
  if ('answer' in parsed) return parsed;
  metrics.decided('gateway', 'issuer');
  const { caller } = call;
  const gateway =
    parsed.operation === 'revoke'
      ? await gatewayLeg.revoke(parsed, caller, call, { instanceId: record.instanceId, record })
      : await gatewayLeg.query(parsed, caller, call, record);
  return byGateway(gateway, { reason: 'issuer' });
}

/** Whoever issued the token is configured no more: what the record says is all that is known. */
function atGoneIssuer(
  call: KnownCall,
  record: TokenRecord,
  issuer: string,
  { now }: IssuedTokenDependencies,
): Served {
  const parsed = judged(call, now());
  if ('answer' in parsed) return parsed;
  const expired = record.expiresAtMs <= now();
  const revoked = record.revokedAtMs !== undefined;
  const facts = { reason: 'issuer', backend: 'none' } as const;
  if (parsed.operation === 'query' && (expired || revoked)) {
    return replied(badToken({ expired, revoked }), { ...facts, outcome: 'ok' });
  }
  const message = `${issuer} issued this token, and is not configured here any more`;
  const code = operations[parsed.operation].failureCode;
  return replied({ kind: 'failed', code, message }, { ...facts, outcome: 'denied' });
}

/**
 * Codes with which the old service ends the matter: it knows the token, or refuses the request as such. With any other
 * it does not know the token, or failed.
 */
const finalCodes: Readonly<Record<KnownCall['operation'], readonly (number | undefined)[]>> = {
  apply: [],
  revoke: [200, 400, 407],
  query: [200, 2, 3, 400, 407],
};

async function atUnknownIssuer(
  call: KnownCall,
  old: LegacyTry | undefined,
  { gatewayLeg, metrics, now }: IssuedTokenDependencies,
): Promise<Served> {
  const facts = { reason: 'no-record' } as const;
  const parsed = judged(call, now());
  // What the old service answered to a request that we would refuse stays its answer.
  if ('answer' in parsed) return old?.answer === undefined ? parsed : servedByLegacy(call, old, facts);
  if (old === undefined) metrics.decided('gateway', 'no-record');
  const { caller } = call;
  const search = await gatewayLeg.search(parsed.token, caller, call);
  if (search.kind === 'found') {
    const { instanceId } = search;
    if (parsed.operation === 'query') {
      return replied({ kind: 'valid' }, { ...facts, outcome: 'ok', backend: 'gateway', instanceId });
    }
    return byGateway(await gatewayLeg.revoke(parsed, caller, call, { instanceId }), facts);
  }
  return notFound(call, search, old, facts);
}

/** Nobody said that the token is theirs. Bad is called only what everybody, having answered, does not know. */
function notFound(
  call: KnownCall,
  search: Exclude<Search, { kind: 'found' }>,
  old: LegacyTry | undefined,
  facts: Facts,
): Served {
  const everybodyAnswered = search.kind === 'unknown' && old?.outcome !== 'fault';
  if (
    old?.answer !== undefined &&
    old.outcome !== 'fault' &&
    (everybodyAnswered || call.operation === 'revoke')
  ) {
    return servedByLegacy(call, old, facts);
  }
  if (everybodyAnswered) {
    return call.operation === 'query'
      ? replied(badToken({ expired: false, revoked: false }), { ...facts, outcome: 'ok', backend: 'gateway' })
      : replied(unknownToken, { ...facts, outcome: 'rejected', backend: 'gateway' });
  }
  const message =
    search.kind === 'undecided'
      ? search.message
      : `${old?.problem ?? 'the old service failed'}; no instance of this account knows the token`;
  const failure = search.kind === 'undecided' ? search.failure : undefined;
  const reply = { kind: 'failed', code: operations[call.operation].failureCode, message } as const;
  const outcome = failure?.class ?? (old?.outcome === 'fault' ? 'fault' : 'rejected');
  return replied(reply, { ...facts, outcome, backend: 'gateway', ...(failure && { failure }) });
}

/** The signature before the parameters, both before the gateway is asked. */
function judged(call: KnownCall, nowMs: number): RevokeCall | QueryCall | Served {
  const { operation, parameters, verdict } = call;
  if (!verdict.genuine) return refused(407, signatureMessage(operation, parameters, verdict.why));
  const parsed = parseCall(operation, parameters, nowMs);
  if ('kind' in parsed) return refused(parsed.code, parsed.message);
  if (parsed.operation === 'apply') throw new Error('a call for an issued token was parsed as apply');
  return parsed;
}

function byGateway({ reply, asked, outcome, instanceId, failure }: GatewayServed, { reason }: Facts): Served {
  return replied(reply, { outcome, backend: asked ? 'gateway' : 'none', reason, instanceId, failure });
}
