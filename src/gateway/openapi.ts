// The gateway over its OpenAPI: three calls, each one outcome. Made once per account key and endpoint.
// No quota, retry or breaker here: those wrap it from outside.
import type {
  CallOptions,
  FailureCause,
  Gateway,
  GatewayAction,
  GatewayFailure,
  GatewayOutcome,
  OutcomeClass,
} from './gateway.ts';
import { isRefusal, refusalOf, requestIdOf, unreadable, wireFailureOf } from './outcome.ts';
import type { ApiAnswer, CallFacts } from './outcome.ts';
import { queryOf } from './query.ts';
import { SignedClient, type Asked } from './signed-client.ts';
import type { SignedClientOptions } from './signed-client.ts';

/** One finished call, for metrics. */
export interface GatewayObservation {
  readonly action: GatewayAction;
  readonly class: OutcomeClass;
  /** Undefined with `ok`. */
  readonly cause: FailureCause | undefined;
  readonly durationMs: number;
  /** The answer's `Date` header, ms since epoch, in whole seconds. */
  readonly serverDateMs: number | undefined;
}

export interface GatewayOptions extends SignedClientOptions {
  /** Called after each call, never awaited. */
  readonly observe?: (observation: GatewayObservation) => void;
  /** Wall clock, ms since epoch. */
  readonly now?: () => number;
}

/** The value of a successful answer; undefined where the expected field is missing. */
type Read<Value> = (fields: Readonly<Record<string, unknown>>) => Value | undefined;

interface Call<Value> {
  readonly action: GatewayAction;
  /** Names of the parameters in alphabetical order, as the signature wants them. */
  readonly names: readonly string[];
  readonly read: Read<Value>;
}

const readToken: Read<{ token: string }> = ({ Token: token }) =>
  typeof token === 'string' && token !== '' ? { token } : undefined;
const readRevoked: Read<object> = ({ RequestId: id }) => (typeof id === 'string' ? {} : undefined);
const readStatus: Read<{ valid: boolean }> = ({ TokenStatus: valid }) =>
  typeof valid === 'boolean' ? { valid } : undefined;

const applyToken: Call<{ token: string }> = {
  action: 'ApplyToken',
  names: ['Actions', 'ExpireTime', 'InstanceId', 'Resources'],
  read: readToken,
};
const revokeToken: Call<object> = {
  action: 'RevokeToken',
  names: ['InstanceId', 'Token'],
  read: readRevoked,
};
const queryToken: Call<{ valid: boolean }> = {
  action: 'QueryToken',
  names: ['InstanceId', 'Token'],
  read: readStatus,
};

/** A gateway for one account key at one endpoint. Its failures are outcomes; it never throws. */
export function createGateway(options: GatewayOptions): Gateway {
  const client = new SignedClient(options);
  const now = options.now ?? Date.now;
  const { credentials, observe } = options;
  let underWay = 0;
  let closed = false;
  const whenIdle: (() => void)[] = [];

  /** @param token what no message may hold, where the call carries one */
  async function make<Value>(
    { action, names, read }: Call<Value>,
    values: readonly string[],
    callOptions: CallOptions,
    token?: string,
  ): Promise<GatewayOutcome<Value>> {
    if (closed) return wireFailureOf({ kind: 'failure', cause: 'unconnected', detail: 'CLOSED' });
    const unsendable = values.findIndex((value) => !value.isWellFormed());
    if (unsendable >= 0) return notWellFormed(names[unsendable] ?? '');
    const startedAt = performance.now();
    underWay += 1;
    const asked = await client.ask(action, queryOf(names, values), callOptions).catch(() => unexpected);
    const outcome = outcomeOf(asked, token, now, read);
    if (outcome.class !== 'ok' && outcome.code.startsWith('InvalidSecurityToken')) credentials.distrust();
    underWay -= 1;
    if (underWay === 0) for (const tell of whenIdle) tell();
    observe?.({
      action,
      class: outcome.class,
      cause: outcome.class === 'ok' ? undefined : outcome.cause,
      durationMs: performance.now() - startedAt,
      serverDateMs: asked.kind === 'answer' ? asked.answer.serverDateMs : undefined,
    });
    return outcome;
  }

  return {
    apply: ({ actions, resources, expireTimeMs, instanceId }, callOptions) =>
      make(applyToken, [actions, String(expireTimeMs), instanceId, resources.join(',')], callOptions),
    revoke: ({ token, instanceId }, callOptions) =>
      make(revokeToken, [instanceId, token], callOptions, token),
    query: ({ token, instanceId }, callOptions) => make(queryToken, [instanceId, token], callOptions, token),
    close: async () => {
      closed = true;
      if (underWay > 0) await new Promise<void>((resolve) => whenIdle.push(resolve));
    },
  };
}

/** Nothing else is known to be thrown; whatever it is, its message may hold the call's URL. */
const unexpected = { kind: 'failure', cause: 'unconnected', detail: 'UNKNOWN' } as const satisfies Asked;

function outcomeOf<Value>(
  asked: Asked,
  token: string | undefined,
  now: () => number,
  read: Read<Value>,
): GatewayOutcome<Value> {
  switch (asked.kind) {
    case 'failure':
      return wireFailureOf(asked);
    case 'no-credentials':
      return { ...asked.failure, cause: 'credentials' };
    case 'answer': {
      const { answer, secrets } = asked;
      return judge(
        answer,
        { secrets: token === undefined ? secrets : [token, ...secrets], nowMs: now() },
        read,
      );
    }
  }
}

function judge<Value>(answer: ApiAnswer, facts: CallFacts, read: Read<Value>): GatewayOutcome<Value> {
  if (isRefusal(answer)) return refusalOf(answer, facts);
  const value = answer.fields === undefined ? undefined : read(answer.fields);
  if (value === undefined) return unreadable(answer, facts);
  return { class: 'ok', value, requestId: requestIdOf(answer, facts) };
}

/** Half a character cannot be encoded, so nothing is sent; the gateway itself could only say the same. */
function notWellFormed(name: string): GatewayFailure {
  return {
    class: 'rejected',
    cause: 'answered',
    code: `InvalidParameter.${name}`,
    message: `${name} is not well-formed Unicode.`,
  };
}
