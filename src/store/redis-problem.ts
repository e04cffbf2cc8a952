// What is wrong with a Redis, in words for whoever runs it. Names the host, and never the user, the password or a key.
import { StoreError } from './store.ts';

/** Redis is there, and must not be used for as long as it is as it is: not even a proxy that degrades begins with it. */
export class RedisRefusal extends StoreError {}

/** `cache.example.com:6379`, of a URL that may hold a password. */
function addressOf(url: string): string {
  if (!URL.canParse(url)) return 'an address that is no URL';
  const { hostname, port } = new URL(url);
  return `${hostname}:${port === '' ? '6379' : port}`;
}

/** Looked for in an error's code and message, first match first. */
const explanations: readonly (readonly [RegExp, string])[] = [
  [/^WRONGPASS|invalid password/, 'it refuses the user name or the password'],
  [/^NOAUTH/, 'it demands a password; the URL has room for it: redis://:<password>@<host>'],
  [/^ERR AUTH .*without any password/, 'it has no password, and refuses the one in the URL'],
  [/^NOPERM/, 'its access list forbids the user in the URL what is needed'],
  [/^ERR (invalid )?DB index/, 'it has no database of the number at the end of the URL'],
  [/^ERR SELECT is not allowed/, 'it is a Redis Cluster, which has no numbered databases'],
  [/^LOADING/, 'it is still loading its data'],
  [/^READONLY/, 'it is a replica, which cannot be written; name the primary'],
  [/^OOM/, 'its memory is full'],
  [/ECONNREFUSED/, 'nobody listens there'],
  [/ENOTFOUND|EAI_AGAIN/, 'the host name cannot be resolved'],
  [/Unknown RESP type/, 'what listens there is not a Redis'],
  [/Connection timeout/, 'it does not answer; does it speak TLS (rediss://), or not (redis://)?'],
  [/ERR_SSL|EPROTO/, 'TLS cannot be agreed upon; does it speak TLS? Without, write redis://'],
  [
    /CERT|UNABLE_TO|ERR_TLS/,
    'its certificate is not trusted; NODE_EXTRA_CA_CERTS names a file with the certificate of an authority of your own',
  ],
  [/ECONNRESET|EPIPE|Socket closed/, 'the connection was closed; does it want TLS (rediss://)?'],
];

/** Why a connection cannot be opened. @param url as configured; never part of the message as a whole */
export function openingProblem(error: unknown, url: string): StoreError {
  if (error instanceof StoreError) return error;
  const reason = reasonOf(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const known = explanations.find(([pattern]) => pattern.test(code) || pattern.test(reason));
  const text = known === undefined ? reason : `${known[1]} (${code === '' ? reason : code})`;
  return new StoreError(`store.url: Redis at ${addressOf(url)}: ${text}`, { cause: error });
}

/** Why a connection ended, or what a command was answered instead of a result. */
export function problemInUse(error: unknown, url: string): StoreError {
  if (error instanceof StoreError) return error;
  return new StoreError(`Redis at ${addressOf(url)}: ${reasonOf(error)}`, { cause: error });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
