// The vendor's client over our transport: its credentials, user agent and errors are kept, its HTTP is not, as that has
// no hard time-out, no bound on connections, and shows tokens in its messages; nor its signing, for what that costs.
import { newError, OpenApiClient, OpenApiConfig, RuntimeOptions } from './alicloud.ts';
import type { OpenApiParams, OpenApiRequest } from './alicloud.ts';
import { canonicalQuery, signedHeaders } from './acs3-signing.ts';
import { boundedWait } from './bounded-wait.ts';
import { CredentialsError, type Credential, type Credentials } from './credentials.ts';
import type { CallOptions } from './gateway.ts';
import type { ApiAnswer } from './outcome.ts';
import type { WireAnswer, WireFailure } from './round-trip.ts';
import type { Transport } from './transport.ts';

/** Carries our call options through the library's `runtime` argument, and the secrets of the call back. */
export class CallRuntime extends RuntimeOptions {
  readonly call: CallOptions;
  /** Filled while the call is signed: what no message may hold. */
  readonly secrets: string[];

  constructor(call: CallOptions, secrets: string[]) {
    super();
    this.call = call;
    this.secrets = secrets;
  }
}

/** Thrown through the library where a call ends without an answer. */
export class WireError extends Error {
  readonly failure: WireFailure;

  constructor(failure: WireFailure) {
    super(failure.detail);
    this.failure = failure;
  }
}

/** Not the gateway's fault, so it must not look like a call that the gateway left unanswered. */
const lateCredentials = {
  class: 'fault',
  code: 'CredentialsTimeout',
  message: 'The credentials of this account could not be fetched in time; nothing was sent.',
} as const;

export interface SignedClientOptions {
  /** `host[:port]`. */
  readonly endpoint: string;
  readonly protocol: 'https' | 'http';
  readonly credentials: Credentials;
  readonly transport: Transport;
}

export class SignedClient extends OpenApiClient {
  readonly #credentials: Credentials;
  readonly #transport: Transport;
  readonly #origin: string;
  readonly #agent: string;

  constructor({ endpoint, protocol, credentials, transport }: SignedClientOptions) {
    super(new OpenApiConfig({ endpoint, protocol, credential: credentials }));
    this.#credentials = credentials;
    this.#transport = transport;
    this.#origin = `${protocol}://${endpoint}`;
    this.#agent = this.getUserAgent();
  }

  /**
   * Signs and sends one RPC-style call; parameters in `request.query`, no body.
   * @param runtime must be a {@link CallRuntime}
   * @returns an {@link ApiAnswer}. Throws the library's own error for 4xx and 5xx with a JSON object,
   *   {@link WireError} where no answer came, `CredentialsError` without credentials.
   */
  override async doRequest(
    params: OpenApiParams,
    request: OpenApiRequest,
    runtime: RuntimeOptions,
  ): Promise<ApiAnswer> {
    if (!(runtime instanceof CallRuntime)) throw new TypeError('runtime must be a CallRuntime');
    const startedAt = performance.now();
    const credential = this.#credentials.atHand() ?? (await this.#credential(runtime));
    const query = canonicalQuery(request.query ?? {});
    const { action, version } = params;
    const call = { host: this._endpoint, action, version, query, agent: this.#agent };
    const headers = signedHeaders(call, credential, runtime.secrets);
    const result = await this.#transport.send(
      { origin: this.#origin, path: `/?${query}`, method: 'POST', headers },
      { ...runtime.call, timeoutMs: runtime.call.timeoutMs - (performance.now() - startedAt) },
    );
    if (result.kind === 'failure') throw new WireError(result);
    const answer = readAnswer(result);
    if (answer.status >= 400 && answer.fields !== undefined) throw libraryError(answer);
    return answer;
  }

  async #credential({ call: { timeoutMs, signal } }: CallRuntime): Promise<Credential> {
    const wait = await boundedWait(this.#credentials.getCredential(), timeoutMs, signal);
    if (wait.kind === 'settled') return wait.value;
    if (wait.kind === 'timeout') throw new CredentialsError(lateCredentials);
    throw new WireError({ kind: 'failure', cause: wait.kind, detail: 'CREDENTIALS' });
  }
}

/** Status, fields and date of an answer; never throws on its body. */
function readAnswer({ status, headers, body }: WireAnswer): ApiAnswer {
  const date = headers['date'];
  const serverDateMs = typeof date === 'string' ? Date.parse(date) : NaN;
  return {
    status,
    fields: jsonObject(body),
    ...(Number.isNaN(serverDateMs) ? {} : { serverDateMs }),
  };
}

function jsonObject(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** The error that the library's `doRequest` makes of such an answer, with the answer's date beside its data. */
function libraryError({ status, fields, serverDateMs }: ApiAnswer): Error {
  return newError({
    code: String(fields?.['Code']),
    message: `code: ${status}, ${String(fields?.['Message'])} request id: ${String(fields?.['RequestId'])}`,
    data: { ...fields, statusCode: status, serverDateMs },
  });
}

/** The answer inside an error of the library; undefined for any other error. */
export function answerIn(error: unknown): ApiAnswer | undefined {
  if (!(error instanceof Error) || !('statusCode' in error) || !('data' in error)) return undefined;
  const { statusCode, data } = error;
  if (typeof statusCode !== 'number' || typeof data !== 'object' || data === null) return undefined;
  const { serverDateMs, ...fields }: Record<string, unknown> = { ...data };
  return { status: statusCode, fields, ...(typeof serverDateMs === 'number' ? { serverDateMs } : {}) };
}
