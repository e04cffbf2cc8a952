// The vendor's own client, asked for one token where our own call was refused: it tells a defect of ours from a refusal
// that is meant. Slow, unbounded in what it reads, and loaded when it is asked: nothing that serves requests calls it.
// Its messages hold URLs, and with them tokens: none leaves this file.
import { openApiLibrary } from './alicloud.ts';
import { boundedWait } from './bounded-wait.ts';
import { CredentialsError, type Credential, type Credentials } from './credentials.ts';
import type { ApplyTokenRequest, GatewayAction } from './gateway.ts';
import { isRefusal, refusalOf, type ApiAnswer } from './outcome.ts';

/** What came of the vendor's client asking. Holds no token, secret or signature that could show. */
export type SecondOpinion =
  /** The gateway's `Code`, cleaned as in our own outcomes. */
  | { readonly kind: 'refused'; readonly code: string; readonly requestId: string | undefined }
  /** `revoke` gives the token back, by one call of the same client; resolves to whether that was done, never rejects. */
  | { readonly kind: 'served'; readonly revoke: () => Promise<boolean> }
  | { readonly kind: 'throttled' }
  /** `detail` is a code of the system. */
  | { readonly kind: 'unreachable'; readonly detail: string }
  | { readonly kind: 'timeout' }
  /** An answer came that the client, or we, can make nothing of. */
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'no-credentials' }
  /** The client failed with nothing but a message: it is not installed, cannot sign, or got JSON that is no object. */
  | { readonly kind: 'failed' };

/**
 * Asks once and never again. Never rejects.
 * @param timeoutMs hard limit for the whole question, and for revoking what it brought
 */
export type AskVendor = (request: ApplyTokenRequest, timeoutMs: number) => Promise<SecondOpinion>;

export interface VendorClientOptions {
  /** `host[:port]`. */
  readonly endpoint: string;
  readonly protocol: 'https' | 'http';
  readonly credentials: Credentials;
}

type Library = ReturnType<typeof openApiLibrary>;
type Call = (action: GatewayAction, query: Record<string, string>) => Promise<ApiAnswer>;

/** Loads nothing yet. */
export function vendorClient(options: VendorClientOptions): AskVendor {
  return async (request, timeoutMs) => {
    try {
      // Before the clock starts: loading takes its time.
      const library = openApiLibrary();
      const wait = await boundedWait(ask(library, options, request, timeoutMs), timeoutMs);
      return wait.kind === 'settled' ? wait.value : { kind: 'timeout' };
    } catch (error) {
      return opinionOnError(error);
    }
  };
}

async function ask(
  library: Library,
  options: VendorClientOptions,
  { instanceId, actions, resources, expireTimeMs }: ApplyTokenRequest,
  timeoutMs: number,
): Promise<SecondOpinion> {
  const credential = await options.credentials.getCredential();
  const call = callWith(library, options, credential, timeoutMs);
  const answer = await call('ApplyToken', {
    Actions: actions,
    ExpireTime: String(expireTimeMs),
    InstanceId: instanceId,
    Resources: resources.join(','),
  });
  if (isRefusal(answer)) return opinionOnRefusal(answer, credential);
  const token = answer.fields?.['Token'];
  if (typeof token !== 'string' || token === '') return { kind: 'unreadable' };
  const revoked = () => call('RevokeToken', { InstanceId: instanceId, Token: token });
  return { kind: 'served', revoke: () => isDone(revoked, timeoutMs) };
}

/** The client as its documentation shows it. It retries nothing unless told to. */
function callWith(
  { default: Client, Config, OpenApiRequest, Params }: Library,
  { endpoint, protocol }: VendorClientOptions,
  fetched: Credential,
  timeoutMs: number,
): Call {
  const credential = { getCredential: () => Promise.resolve(fetched) };
  const client = new Client(new Config({ endpoint, protocol, credential }));
  const limits = { connectTimeout: timeoutMs, readTimeout: timeoutMs, autoretry: false };
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- its class comes with a package of its own, and the client reads nothing but fields
  const runtime = limits as Parameters<typeof client.callApi>[2];
  return async (action, query) => {
    const params = new Params({
      action,
      version: '2020-04-20',
      pathname: '/',
      method: 'POST',
      authType: 'AK',
      style: 'RPC',
      reqBodyType: 'formData',
      bodyType: 'json',
    });
    try {
      const { statusCode, body }: Answered = await client.callApi(
        params,
        new OpenApiRequest({ query }),
        runtime,
      );
      return { status: statusCode ?? 0, fields: body };
    } catch (error) {
      if (!isRefused(error)) throw error;
      return { status: error.statusCode, fields: error.data };
    }
  };
}

/** What the client resolves to with `bodyType: 'json'`. */
interface Answered {
  readonly statusCode?: number;
  readonly body?: Readonly<Record<string, unknown>>;
}

/** What it rejects with when the gateway refused; other rejections have no status. */
interface Refused extends Error {
  readonly statusCode: number;
  readonly data: Readonly<Record<string, unknown>>;
}

function isRefused(error: unknown): error is Refused {
  if (!(error instanceof Error && 'statusCode' in error && 'data' in error)) return false;
  return typeof error.statusCode === 'number' && typeof error.data === 'object' && error.data !== null;
}

/** The client does not tell its signature, so it cannot be searched for where a gateway echoes it. */
const signatureLike = /[0-9a-f]{40}/i;

function opinionOnRefusal(answer: ApiAnswer, credential: Credential): SecondOpinion {
  const secrets = [credential.accessKeySecret, credential.securityToken ?? ''];
  const refusal = refusalOf(answer, { secrets, nowMs: Date.now() });
  if (refusal.class === 'throttled') return { kind: 'throttled' };
  if (refusal.cause === 'unreadable') return { kind: 'unreadable' };
  const { code, requestId } = refusal;
  if (signatureLike.test(`${code} ${requestId ?? ''}`)) return { kind: 'unreadable' };
  return { kind: 'refused', code, requestId };
}

const networkCode =
  /^(E(?!RR_)|ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_)[A-Z0-9_]+$/;

/** From names and codes alone: messages are not safe to show. */
function opinionOnError(error: unknown): SecondOpinion {
  if (error instanceof CredentialsError) return { kind: 'no-credentials' };
  // Its own name for all its time-outs, and all that is left of an answer that is no JSON.
  if (error instanceof Error && error.name.startsWith('RequestTimeout')) return { kind: 'timeout' };
  if (error instanceof SyntaxError) return { kind: 'unreadable' };
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code.startsWith('HPE_')) return { kind: 'unreadable' };
  return networkCode.test(code) ? { kind: 'unreachable', detail: code } : { kind: 'failed' };
}

async function isDone(revoke: () => Promise<ApiAnswer>, timeoutMs: number): Promise<boolean> {
  try {
    const wait = await boundedWait(revoke(), timeoutMs);
    return wait.kind === 'settled' && !isRefusal(wait.value);
  } catch {
    return false;
  }
}
