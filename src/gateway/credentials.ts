// Whose credentials a gateway call is signed with: fixed ones, read afresh at each call, or temporary ones from the
// vendor's library behind a cache. Signs nothing itself.
import type { GatewayCredentials, Secret } from '../config/config.ts';
import { classOfCode } from './codes.ts';
import { buildFromLibrary } from './credential-library.ts';
import { Refreshing } from './refreshing.ts';
import type { CredentialSource, Fetched } from './refreshing.ts';
import { safeText } from './safe-text.ts';

/** Credentials in the shape that the vendor's client reads. */
export interface Credential {
  readonly type: string;
  readonly providerName: string;
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken?: string;
}

/** Why there are no credentials: `denied` when the cloud refused them, `fault` when they could not be fetched. */
export interface CredentialsFailure {
  readonly class: 'denied' | 'throttled' | 'fault';
  readonly code: string;
  /** Safe to log and to show. */
  readonly message: string;
}

/** What `getCredential` rejects with, since the vendor's client knows no failures as values. */
export class CredentialsError extends Error {
  readonly failure: CredentialsFailure;

  constructor(failure: CredentialsFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

export interface Credentials {
  /** As the vendor's client calls it. Rejects with nothing but a {@link CredentialsError}. */
  getCredential(): Promise<Credential>;
  /** Those that nobody has to wait for, where there are such: waiting takes a promise, a timer and a listener. Never throws. */
  atHand(): Credential | undefined;
  /** Fetches once, for start-up. @returns what is wrong, if anything */
  warm(): Promise<CredentialsFailure | undefined>;
  /** To be told when the gateway called the credentials expired. */
  distrust(): void;
}

/** The configured credentials; `caller` comes with the key that the old client named. */
export type CredentialsDescription =
  | Exclude<GatewayCredentials, { type: 'caller' }>
  | { readonly type: 'caller'; readonly accessKeyId: string; readonly accessKeySecret: Secret };

export interface CredentialsOptions {
  /** Clock of the cache, ms. */
  readonly now: () => number;
  /** Called after each failed fetch, also while older credentials still serve. */
  readonly log: (failure: CredentialsFailure) => void;
  /** Builds the vendor's object; tests give their own. */
  readonly build?: (description: DynamicDescription) => CredentialSource;
}

type StaticDescription = Extract<CredentialsDescription, { type: 'caller' | 'access_key' | 'sts' }>;
export type DynamicDescription = Exclude<CredentialsDescription, StaticDescription>;

const headerSafe = /^[\x21-\x7e]+$/;

/** Credentials for gateway calls; made once per key, as the cache lives in the object. */
export function createCredentials(
  description: CredentialsDescription,
  options: CredentialsOptions,
): Credentials {
  switch (description.type) {
    case 'caller':
    case 'access_key':
    case 'sts': {
      const read = staticReader(description);
      return withFetch({ fetch: () => Promise.resolve(read()), atHand: read });
    }
    case 'ram_role_arn':
    case 'ecs_ram_role':
    case 'oidc_role_arn':
    case 'default': {
      const build = options.build ?? buildFromLibrary;
      const secretOf = (): string =>
        description.type === 'ram_role_arn' ? description.accessKeySecret.reveal() : '';
      const refreshing = new Refreshing({
        build: () => build(description),
        version: secretOf,
        now: options.now,
        read: (given) => check(description.type, { type: description.type, providerName: '', ...given }),
        explain: (error) => explain(description.type, error, secretOf),
        failed: options.log,
      });
      return withFetch({
        fetch: () => refreshing.current(),
        atHand: () => refreshing.atHand(),
        distrust: () => refreshing.distrust(),
      });
    }
  }
}

interface Ways {
  readonly fetch: () => Promise<Fetched>;
  readonly atHand: () => Fetched | undefined;
  readonly distrust?: () => void;
}

function withFetch({ fetch, atHand, distrust = () => undefined }: Ways): Credentials {
  return {
    atHand: () => {
      const fetched = atHand();
      return fetched?.kind === 'credential' ? fetched.credential : undefined;
    },
    getCredential: async () => {
      const fetched = await fetch();
      if (fetched.kind === 'failure') throw new CredentialsError(fetched.failure);
      return fetched.credential;
    },
    warm: async () => {
      const fetched = await fetch();
      return fetched.kind === 'failure' ? fetched.failure : undefined;
    },
    distrust,
  };
}

/** Reads the secrets anew, so that a rotated file takes effect with the next call; the same ones give the same object. */
function staticReader(description: StaticDescription): () => Fetched {
  const { type, accessKeyId } = description;
  let last:
    { readonly secret: string; readonly token: string | undefined; readonly fetched: Fetched } | undefined;
  return () => {
    try {
      const secret = description.accessKeySecret.reveal();
      const token = type === 'sts' ? description.securityToken.reveal() : undefined;
      if (last?.secret === secret && last.token === token) return last.fetched;
      const given =
        token === undefined
          ? { type: 'access_key', providerName: 'static_ak', accessKeyId, accessKeySecret: secret }
          : {
              type: 'sts',
              providerName: 'static_sts',
              accessKeyId,
              accessKeySecret: secret,
              securityToken: token,
            };
      const fetched = check(type, given);
      last = { secret, token, fetched };
      return fetched;
    } catch (error) {
      return { kind: 'failure', failure: explain(type, error, () => '') };
    }
  };
}

/** Both key parts present, and what travels in a header fit for it. */
function check(
  type: string,
  given: Partial<Credential> & Pick<Credential, 'type' | 'providerName'>,
): Fetched {
  const { accessKeyId = '', accessKeySecret = '', securityToken } = given;
  const usable =
    headerSafe.test(accessKeyId) &&
    accessKeySecret !== '' &&
    (!securityToken || headerSafe.test(securityToken));
  if (usable) return { kind: 'credential', credential: { ...given, accessKeyId, accessKeySecret } };
  const message = `The credentials (${type}) are incomplete or hold characters that cannot be sent.`;
  return { kind: 'failure', failure: { class: 'fault', code: 'InvalidCredentials', message } };
}

const codeInText = /"Code"\s*:\s*"([\w.-]{1,100})"/;

/** The library tells failures by message only: an error code of the token service, a system code, or mere text. */
function explain(type: string, error: unknown, secretOf: () => string): CredentialsFailure {
  const text = error instanceof Error ? error.message : String(error);
  const code = codeInText.exec(text)?.[1];
  const message = `No credentials (${type}): ${safeText(text, secretsFrom(secretOf))}`.slice(0, 300);
  if (text.includes('access key secret is invalid')) {
    return { class: 'denied', code: 'SignatureDoesNotMatch', message };
  }
  if (code === undefined) return { class: 'fault', code: 'CredentialsUnavailable', message };
  const judged = classOfCode(code, 400);
  return { class: judged === 'rejected' ? 'denied' : judged, code, message };
}

/** An unreadable secret may be the very reason for the failure. */
function secretsFrom(secretOf: () => string): string[] {
  try {
    return [secretOf()];
  } catch {
    return [];
  }
}
