// The gateway over the vendor's OpenAPI client: three calls, each one outcome. Made once per account key and endpoint.
// No quota, retry or breaker here: those wrap it from outside.
import { OpenApiParams, OpenApiRequest } from './alicloud.ts';
import { CredentialsError } from './credentials.ts';
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
import type { ApiAnswer } from './outcome.ts';
import { answerIn, CallRuntime, SignedClient, WireError } from './signed-client.ts';
import type { SignedClientOptions } from './signed-client.ts';

/** One finished call, for metrics. */
export interface GatewayObservation {
  readonly action: GatewayAction;
  readonly class: OutcomeClass;
  /** Undefined with `ok`. */
  readonly cause: FailureCause | undefined;
  readonly durationMs: number;
  /** The answer's `Date` header, ms since epoch, in whole seconds. */
  readonly serverDateMs?: number;
}

export interface GatewayOptions extends SignedClientOptions {
  /** Called after each call, never awaited. */
  readonly observe?: (observation: GatewayObservation) => void;
  /** Wall clock, ms since epoch. */
  readonly now?: () => number;
}

type Parameters = Readonly<Record<string, string>>;
/** The value of a successful answer; undefined where the expected field is missing. */
type Read<Value> = (fields: Readonly<Record<string, unknown>>) => Value | undefined;

const paramsOf = (action: GatewayAction): OpenApiParams =>
  new OpenApiParams({
    action,
    version: '2020-04-20',
    pathname: '/',
    method: 'POST',
    authType: 'AK',
    style: 'RPC',
    reqBodyType: 'formData',
    bodyType: 'json',
  });

const actions = {
  ApplyToken: paramsOf('ApplyToken'),
  RevokeToken: paramsOf('RevokeToken'),
  QueryToken: paramsOf('QueryToken'),
} as const satisfies Record<GatewayAction, OpenApiParams>;

const readToken: Read<{ token: string }> = ({ Token: token }) =>
  typeof token === 'string' && token !== '' ? { token } : undefined;
const readRevoked: Read<object> = ({ RequestId: id }) => (typeof id === 'string' ? {} : undefined);
const readStatus: Read<{ valid: boolean }> = ({ TokenStatus: valid }) =>
  typeof valid === 'boolean' ? { valid } : undefined;

/** A gateway for one account key at one endpoint. Its failures are outcomes; it never throws. */
export function createGateway(options: GatewayOptions): Gateway {
  const client = new SignedClient(options);
  const now = options.now ?? Date.now;
  const underWay = new Set<Promise<unknown>>();
  let closed = false;

  /** The answer of one call, or how it failed without one that can be judged. */
  async function ask(
    action: GatewayAction,
    query: Parameters,
    runtime: CallRuntime,
  ): Promise<ApiAnswer | GatewayFailure> {
    try {
      return await client.doRequest(actions[action], new OpenApiRequest({ query }), runtime);
    } catch (error) {
      return answerIn(error) ?? failureIn(error);
    }
  }

  async function perform<Value>(
    action: GatewayAction,
    query: Parameters,
    callOptions: CallOptions,
    read: Read<Value>,
  ): Promise<GatewayOutcome<Value>> {
    const startedAt = performance.now();
    const secrets = query['Token'] === undefined ? [] : [query['Token']];
    const answer = await ask(action, query, new CallRuntime(callOptions, secrets));
    const outcome = 'class' in answer ? answer : judge(answer, { secrets, nowMs: now() }, read);
    if (outcome.class !== 'ok' && outcome.code.startsWith('InvalidSecurityToken')) {
      options.credentials.distrust();
    }
    options.observe?.({
      action,
      class: outcome.class,
      cause: outcome.class === 'ok' ? undefined : outcome.cause,
      durationMs: performance.now() - startedAt,
      ...('serverDateMs' in answer ? { serverDateMs: answer.serverDateMs } : {}),
    });
    return outcome;
  }

  async function call<Value>(
    action: GatewayAction,
    query: Parameters,
    callOptions: CallOptions,
    read: Read<Value>,
  ): Promise<GatewayOutcome<Value>> {
    if (closed) return wireFailureOf({ kind: 'failure', cause: 'unconnected', detail: 'CLOSED' });
    const unsendable = Object.keys(query).find((name) => query[name]?.isWellFormed() === false);
    if (unsendable !== undefined) return notWellFormed(unsendable);
    const outcome = perform(action, query, callOptions, read);
    underWay.add(outcome);
    try {
      return await outcome;
    } finally {
      underWay.delete(outcome);
    }
  }

  return {
    apply: ({ actions: permissions, resources, expireTimeMs, instanceId }, callOptions) => {
      const query = {
        Actions: permissions,
        Resources: resources.join(','),
        ExpireTime: String(expireTimeMs),
        InstanceId: instanceId,
      };
      return call('ApplyToken', query, callOptions, readToken);
    },
    revoke: ({ token, instanceId }, callOptions) =>
      call('RevokeToken', { Token: token, InstanceId: instanceId }, callOptions, readRevoked),
    query: ({ token, instanceId }, callOptions) =>
      call('QueryToken', { Token: token, InstanceId: instanceId }, callOptions, readStatus),
    close: async () => {
      closed = true;
      await Promise.allSettled(underWay);
    },
  };
}

function judge<Value>(
  answer: ApiAnswer,
  facts: { readonly secrets: readonly string[]; readonly nowMs: number },
  read: Read<Value>,
): GatewayOutcome<Value> {
  if (isRefusal(answer)) return refusalOf(answer, facts);
  const value = answer.fields === undefined ? undefined : read(answer.fields);
  if (value === undefined) return unreadable(answer, facts);
  return { class: 'ok', value, requestId: requestIdOf(answer, facts) };
}

function failureIn(error: unknown): GatewayFailure {
  if (error instanceof WireError) return wireFailureOf(error.failure);
  if (error instanceof CredentialsError) return { ...error.failure, cause: 'credentials' };
  // Nothing else is known to be thrown; whatever it is, its message may hold the call's URL.
  return wireFailureOf({ kind: 'failure', cause: 'unconnected', detail: 'UNKNOWN' });
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
