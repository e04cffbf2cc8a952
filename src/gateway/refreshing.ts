// Keeps temporary credentials at hand: one fetch at a time, a short cache, the last good ones while fetching fails.
// Cures what the vendor's library does not do; knows nothing of where credentials come from.
import { boundedWait } from './bounded-wait.ts';
import type { Credential, CredentialsFailure } from './credentials.ts';

/** The part of the vendor's library object that is used. */
export interface CredentialSource {
  getCredential(): Promise<{
    readonly accessKeyId?: string;
    readonly accessKeySecret?: string;
    readonly securityToken?: string;
    readonly type?: string;
    readonly providerName?: string;
  }>;
}

export type Fetched =
  | { readonly kind: 'credential'; readonly credential: Credential }
  | { readonly kind: 'failure'; readonly failure: CredentialsFailure };

export interface RefreshingOptions {
  /** Builds the library object; called again after a failure and when `version` changes. May throw. */
  readonly build: () => CredentialSource;
  /** Whatever the object was built from that may change, such as a secret in a file. */
  readonly version: () => string;
  /** ms, monotonic or wall clock. */
  readonly now: () => number;
  /** Checks what the library gave, or explains what it threw. */
  readonly read: (given: Awaited<ReturnType<CredentialSource['getCredential']>>) => Fetched;
  readonly explain: (error: unknown) => CredentialsFailure;
  readonly failed: (failure: CredentialsFailure) => void;
}

const freshForMs = 30_000;
const usableForMs = 10 * 60_000;
const retryAfterMs = 1_000;
const fetchTimeoutMs = 10_000;

export class Refreshing {
  readonly #options: RefreshingOptions;
  #source: CredentialSource | undefined;
  #builtFrom: string | undefined;
  #good: { readonly credential: Credential; readonly atMs: number } | undefined;
  #failure: { readonly fetched: Fetched; readonly atMs: number } | undefined;
  #fetching: Promise<Fetched> | undefined;

  constructor(options: RefreshingOptions) {
    this.#options = options;
  }

  /** The credentials to use now. Waits only where there are none that may still serve. */
  async current(): Promise<Fetched> {
    const nowMs = this.#options.now();
    const ageMs = this.#good === undefined ? Infinity : nowMs - this.#good.atMs;
    if (this.#good !== undefined && ageMs < freshForMs) return this.#asFetched(this.#good.credential);
    const latest = this.#refresh(nowMs);
    if (this.#good !== undefined && ageMs < usableForMs) return this.#asFetched(this.#good.credential);
    return latest;
  }

  /** The credentials to use now, where they are fresh enough for nothing to be fetched. */
  atHand(): Fetched | undefined {
    if (this.#good === undefined || this.#options.now() - this.#good.atMs >= freshForMs) return undefined;
    return this.#asFetched(this.#good.credential);
  }

  /** The gateway does not accept what was handed out: the next call fetches anew, at most once a second. */
  distrust(): void {
    if (this.#good === undefined || this.#options.now() - this.#good.atMs < retryAfterMs) return;
    this.#good = undefined;
    this.#source = undefined;
  }

  #asFetched(credential: Credential): Fetched {
    return { kind: 'credential', credential };
  }

  #refresh(nowMs: number): Promise<Fetched> {
    if (this.#fetching !== undefined) return this.#fetching;
    if (this.#failure !== undefined && nowMs - this.#failure.atMs < retryAfterMs) {
      return Promise.resolve(this.#failure.fetched);
    }
    this.#fetching = this.#fetch()
      .then((fetched) => this.#keep(fetched))
      .finally(() => (this.#fetching = undefined));
    return this.#fetching;
  }

  async #fetch(): Promise<Fetched> {
    try {
      const version = this.#options.version();
      if (this.#source === undefined || this.#builtFrom !== version) {
        this.#source = this.#options.build();
        this.#builtFrom = version;
      }
      const wait = await boundedWait(this.#source.getCredential(), fetchTimeoutMs);
      if (wait.kind === 'settled') return this.#options.read(wait.value);
      throw Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' });
    } catch (error) {
      return { kind: 'failure', failure: this.#options.explain(error) };
    }
  }

  #keep(fetched: Fetched): Fetched {
    const atMs = this.#options.now();
    if (fetched.kind === 'credential') {
      this.#good = { credential: fetched.credential, atMs };
      this.#failure = undefined;
    } else {
      // The library's default chain never recovers from a total failure: the next fetch starts with a new object.
      this.#source = undefined;
      this.#failure = { fetched, atMs };
      this.#options.failed(fetched.failure);
    }
    return fetched;
  }
}
