// The steps of a live check at one instance: apply, query, connect, revoke, query again; and what to do about failures.
// Takes the gateway as its seam, so it also runs against a fake. No step shows a token.
import type { ApplyTokenRequest, Gateway, GatewayFailure } from '../gateway/gateway.ts';
import type { AskVendor } from '../gateway/vendor-client.ts';
import { deservesSecondOpinion, opinionText } from './second-opinion.ts';

export interface LiveStep {
  readonly name: string;
  readonly ok: boolean;
  /** What came of it. */
  readonly detail?: string;
  /** What to do about a failure. */
  readonly advice?: string;
}

/** What was found out about a step that failed: neither a success nor a failure of its own. */
export interface LiveFinding {
  readonly name: string;
  readonly finding: string;
}

export interface InstanceCheck {
  readonly gateway: Gateway;
  readonly instanceId: string;
  readonly timeoutMs: number;
  /** ms since epoch. */
  readonly now: () => number;
  /** Resolves when the next revocation may be sent. */
  readonly beforeRevoke: () => Promise<void>;
  readonly report: (entry: LiveStep | LiveFinding) => void;
  /** Connects to the broker with the token; resolves to what was wrong, or nothing. */
  readonly connect?: (token: string) => Promise<string | undefined>;
  /** Asked once, where the gateway refuses the token. */
  readonly secondOpinion?: AskVendor;
  /** Once aborted no second opinion is asked for: it would be billed, and the person has left. */
  readonly stop?: AbortSignal | undefined;
}

/** The shortest life that the gateway takes is 60 s; the rest is for a clock that is a little off, ms. */
const lifetimeMs = 70_000;
const expiry = `expires by itself in ${lifetimeMs / 1000} s`;
/** Need not exist: nothing is published or subscribed. */
const topic = 'token-proxy-check';

/** Goes through the steps and reports each as it ends. A token that was issued is revoked whatever fails in between. */
export async function checkInstance(check: InstanceCheck): Promise<void> {
  const { gateway, instanceId, report, connect } = check;
  const limits = { timeoutMs: check.timeoutMs };
  const applied = await gateway.apply(question(check), limits);
  if (applied.class !== 'ok') {
    report(failed('apply', applied));
    return reportSecondOpinion(check, applied);
  }
  report({ name: 'apply', ok: true });
  const request = { instanceId, token: applied.value.token };

  const before = await gateway.query(request, limits);
  if (before.class !== 'ok') report(failed('query', before));
  else if (before.value.valid) report({ name: 'query', ok: true, detail: 'the token is valid' });
  else report({ name: 'query', ok: false, detail: 'the gateway calls its own new token invalid' });

  if (connect !== undefined) report(connected(await connect(request.token)));

  await check.beforeRevoke();
  const revoked = await gateway.revoke(request, limits);
  if (revoked.class !== 'ok') {
    return report({
      ...failed('revoke', revoked),
      detail: `${describe(revoked)}; the token ${expiry}`,
    });
  }
  report({ name: 'revoke', ok: true });

  const name = 'query after revoke';
  const after = await gateway.query(request, limits);
  // A parameter code is how the gateway may speak of a token that it does not know any more (PROTOCOL section 2).
  if (after.class !== 'ok' && after.class !== 'rejected') report(failed(name, after));
  else if (after.class === 'ok' && after.value.valid)
    report({ name, ok: false, detail: 'the token is still valid' });
  else report({ name, ok: true, detail: 'the token is not valid any more' });
}

/** Anew for each call, as the gateway counts the life from its own present. */
function question({ instanceId, now }: InstanceCheck): ApplyTokenRequest {
  return { instanceId, actions: 'R,W', resources: [topic], expireTimeMs: now() + lifetimeMs };
}

/** Whether the proxy's request is at fault; a token that this brings is revoked. */
async function reportSecondOpinion(check: InstanceCheck, failure: GatewayFailure): Promise<void> {
  const { secondOpinion, report, stop } = check;
  if (secondOpinion === undefined || stop?.aborted === true || !deservesSecondOpinion(failure)) return;
  const opinion = await secondOpinion(question(check), check.timeoutMs);
  const name = 'second opinion';
  report({ name, finding: opinionText(opinion, failure) });
  if (opinion.kind !== 'served') return;
  await check.beforeRevoke();
  const isRevoked = await opinion.revoke();
  report({ name, finding: isRevoked ? 'its token is revoked' : `its token was not revoked; it ${expiry}` });
}

function connected(problem: string | undefined): LiveStep {
  const name = 'mqtt connect';
  if (problem === undefined) return { name, ok: true };
  const advice =
    'The broker decides by user name, token and client id: the address must be the instance’s own endpoint, and with ' +
    'gateway credentials other than the caller’s it may not admit the key.';
  return { name, ok: false, detail: problem, advice };
}

function failed(name: string, failure: GatewayFailure): LiveStep {
  const advice = adviceOn(failure);
  return { name, ok: false, detail: describe(failure), ...(advice === undefined ? {} : { advice }) };
}

const ipv4 = /\b(?:\d{1,3}\.){3}\d{1,3}\b/;

function describe({ code, message, requestId }: GatewayFailure): string {
  const address = ipv4.exec(message)?.[0];
  const parts = [
    message === '' ? code : `${code}: ${message}`,
    ...(requestId === undefined ? [] : [`RequestId ${requestId}`]),
    ...(address === undefined ? [] : [`address named by the gateway: ${address}`]),
  ];
  return parts.join('; ');
}

/** By the beginning of the gateway's code, the first that fits (PROTOCOL section 2). */
const adviceByCode: readonly (readonly [start: string, advice: string])[] = [
  ['InvalidTimeStamp', "Correct this machine's clock: the gateway takes 15 min of difference at most."],
  ['InvalidParameter.ExpireTime', "Correct this machine's clock: it is behind the gateway's."],
  [
    'InvalidAccessKeyId',
    'The gateway does not know this access key: it is mistyped, deleted, or of another site.',
  ],
  ['SignatureDoesNotMatch', 'The secret of this access key is wrong.'],
  [
    'InvalidSecurityToken',
    'The STS token is stale: renew it, or let the proxy assume the role itself (ram_role_arn).',
  ],
  [
    'InstancePermissionCheckFailed',
    'Either the instance id or its region is wrong, or the permission is missing: see token-proxy ram-policy.',
  ],
  ['PermissionCheckFailed', 'The permission for the topic is missing: see token-proxy ram-policy.'],
  ['NoPermission', 'The RAM policy denies it: attach what token-proxy ram-policy prints.'],
  ['Forbidden', 'The RAM policy denies it: attach what token-proxy ram-policy prints.'],
  [
    'CheckAccountInfoFailed',
    "The gateway cannot read the account behind these credentials: check the role's trust.",
  ],
  ['ApiNotSupport', 'This endpoint does not offer the API: check backends.gateway.regionId and endpoint.'],
  ['InvalidParameter.InstanceId', 'The gateway does not know this instance: check its id and its regionId.'],
  ['MissingInstanceId', 'The gateway does not know this instance: check its id and its regionId.'],
  ['ParameterCheckFailed', 'A parameter is refused, probably the instance: check its id and its regionId.'],
  ['InvalidParameter', 'A parameter is refused, probably the instance: check its id and its regionId.'],
];

function adviceOn({ class: outcome, cause, code }: GatewayFailure): string | undefined {
  const byCode = adviceByCode.find(([start]) => code.startsWith(start))?.[1];
  if (byCode !== undefined) return byCode;
  if (cause === 'credentials') return 'No credentials could be had: check accounts[].gateway.credentials.';
  if (cause === 'unconnected' || cause === 'timeout' || cause === 'broken') {
    return 'Check that this machine reaches the endpoint: region, DNS, firewall.';
  }
  switch (outcome) {
    case 'throttled':
      return 'Other callers of this account use up its quota: try again later.';
    case 'denied':
      return 'A permission is missing: see token-proxy ram-policy.';
    case 'fault':
      return 'The gateway has a fault of its own: try again later.';
    case 'rejected':
      return undefined;
  }
}
