// The steps of a live check at one instance: apply, query, connect, revoke, query again; and what to do about failures.
// Takes the gateway as its seam, so it also runs against a fake. No step shows a token.
import type { Gateway, GatewayFailure } from '../gateway/gateway.ts';

export interface LiveStep {
  readonly name: string;
  readonly ok: boolean;
  /** What came of it. */
  readonly detail?: string;
  /** What to do about a failure. */
  readonly advice?: string;
}

export interface InstanceCheck {
  readonly gateway: Gateway;
  readonly instanceId: string;
  readonly timeoutMs: number;
  /** ms since epoch. */
  readonly now: () => number;
  /** Resolves when the next revocation may be sent. */
  readonly beforeRevoke: () => Promise<void>;
  readonly report: (step: LiveStep) => void;
  /** Connects to the broker with the token; resolves to what was wrong, or nothing. */
  readonly connect?: (token: string) => Promise<string | undefined>;
}

/** The shortest life that the gateway takes is 60 s; the rest is for a clock that is a little off, ms. */
const lifetimeMs = 70_000;
/** Need not exist: nothing is published or subscribed. */
const topic = 'token-proxy-check';

/** Goes through the steps and reports each as it ends. A token that was issued is revoked whatever fails in between. */
export async function checkInstance(check: InstanceCheck): Promise<void> {
  const { gateway, instanceId, report, connect } = check;
  const limits = { timeoutMs: check.timeoutMs };
  const applied = await gateway.apply(
    { instanceId, actions: 'R,W', resources: [topic], expireTimeMs: check.now() + lifetimeMs },
    limits,
  );
  if (applied.class !== 'ok') return report(failed('apply', applied));
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
      detail: `${describe(revoked)}; the token expires by itself in ${lifetimeMs / 1000} s`,
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
