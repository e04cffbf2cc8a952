// Signs calls, sends them over our transport and reads the answers. Of the vendor's client its user agent and credentials
// are kept; its HTTP is not, as that has no hard time-out, no bound on connections, and shows tokens in its messages; nor
// are its signing, its objects of parameters and its errors, for what they cost. What an answer means is judged elsewhere.
import { fieldValue } from '../wire/headers.ts';
import { Acs3Signer } from './acs3-signing.ts';
import { openApiLibrary } from './alicloud.ts';
import { boundedWait } from './bounded-wait.ts';
import {
  CredentialsError,
  type Credential,
  type Credentials,
  type CredentialsFailure,
} from './credentials.ts';
import type { CallOptions, GatewayAction } from './gateway.ts';
import type { ApiAnswer } from './outcome.ts';
import type { WireAnswer, WireFailure } from './round-trip.ts';
import type { Transport } from './transport.ts';

/** How a call ended. */
export type Asked =
  | {
      readonly kind: 'answer';
      readonly answer: ApiAnswer;
      /** What no message may hold. */
      readonly secrets: readonly string[];
    }
  | WireFailure
  | { readonly kind: 'no-credentials'; readonly failure: CredentialsFailure };

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

export class SignedClient {
  readonly #credentials: Credentials;
  readonly #transport: Transport;
  readonly #origin: string;
  readonly #signer: Acs3Signer;

  constructor({ endpoint, protocol, credentials, transport }: SignedClientOptions) {
    this.#credentials = credentials;
    this.#transport = transport;
    this.#origin = `${protocol}://${endpoint}`;
    const { default: OpenApiClient, Config: OpenApiConfig } = openApiLibrary();
    const agent = new OpenApiClient(new OpenApiConfig({ endpoint, protocol })).getUserAgent();
    this.#signer = new Acs3Signer({ host: endpoint, version: '2020-04-20', agent });
  }

  /**
   * Signs and sends one RPC-style call without a body. Rejects with nothing but what nobody expects.
   * @param query from `queryOf`
   */
  async ask(action: GatewayAction, query: string, given: CallOptions): Promise<Asked> {
    let [credential, options] = [this.#credentials.atHand(), given];
    if (credential === undefined) {
      const startedAt = performance.now();
      const fetched = await this.#fetchCredential(given);
      if (fetched.kind !== 'credential') return fetched;
      credential = fetched.credential;
      options = { ...given, timeoutMs: given.timeoutMs - (performance.now() - startedAt) };
    }
    const { head, signature } = this.#signer.sign(action, query, credential);
    const request = { origin: this.#origin, path: `/?${query}`, head };
    const result = await this.#transport.send(request, options);
    if (result.kind === 'failure') return result;
    const { accessKeySecret, securityToken = '' } = credential;
    return {
      kind: 'answer',
      answer: readAnswer(result),
      secrets: [accessKeySecret, signature, securityToken],
    };
  }

  async #fetchCredential({
    timeoutMs,
    signal,
  }: CallOptions): Promise<
    Exclude<Asked, { kind: 'answer' }> | { kind: 'credential'; credential: Credential }
  > {
    try {
      const wait = await boundedWait(this.#credentials.getCredential(), timeoutMs, signal);
      if (wait.kind === 'settled') return { kind: 'credential', credential: wait.value };
      if (wait.kind === 'timeout') return { kind: 'no-credentials', failure: lateCredentials };
      return { kind: 'failure', cause: wait.kind, detail: 'CREDENTIALS' };
    } catch (error) {
      if (error instanceof CredentialsError) return { kind: 'no-credentials', failure: error.failure };
      throw error;
    }
  }
}

/** Status, fields and date of an answer; never throws on its body. */
function readAnswer({ status, rawHeaders, body }: WireAnswer): ApiAnswer {
  const date = fieldValue(rawHeaders, 'date');
  return { status, fields: jsonObject(body), serverDateMs: date === undefined ? undefined : dateMs(date) };
}

let lastDate = '';
let lastDateMs: number | undefined;

/** A server says the same date for a whole second, and reading one is not free. */
function dateMs(date: string): number | undefined {
  if (date !== lastDate) {
    const read = Date.parse(date);
    lastDate = date;
    lastDateMs = Number.isNaN(read) ? undefined : read;
  }
  return lastDateMs;
}

function jsonObject(body: string): ApiAnswer['fields'] {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
