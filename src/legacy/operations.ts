// The table of the old token service: one row per operation (PROTOCOL section 1).
// It only states facts; reading, signing and answering live in the files beside it.

/** What an old client can ask for. */
export type Operation = 'apply' | 'revoke' | 'query';

/** The facts of one operation of the old service. */
export interface OperationFacts {
  /** Path of the route, without a trailing slash. */
  readonly path: string;
  /** Parameters that the documentation says are signed, when present. */
  readonly signed: readonly string[];
  /** Parameters that must be present, `accessKey` and `signature` aside. */
  readonly required: readonly string[];
  /** Code for a failure that is neither the caller's mistake nor a bad token. */
  readonly failureCode: 409 | 410;
}

export const operations = {
  apply: {
    path: '/token/apply',
    signed: ['actions', 'resources', 'expireTime', 'serviceName', 'instanceId'],
    required: ['actions', 'resources', 'expireTime'],
    failureCode: 409,
  },
  revoke: { path: '/token/revoke', signed: ['token'], required: ['token'], failureCode: 410 },
  query: { path: '/token/query', signed: ['token'], required: ['token'], failureCode: 409 },
} as const satisfies Record<Operation, OperationFacts>;

/** Parameters that may hold several values, joined by `,` or sent by repeating the name. */
export const listParameters = ['actions', 'resources'] as const;

/** Every name the old protocol knows. */
export const protocolParameters = [
  ...operations.apply.signed,
  'accessKey',
  'proxyType',
  'token',
  'signature',
] as const;

const byPath = new Map<string, Operation>(
  (Object.keys(operations) as Operation[]).map((operation) => [operations[operation].path, operation]),
);

/**
 * The operation that a path addresses, in whatever spelling a servlet container would have understood: doubled and
 * trailing slashes (clients join a `tokenServerUrl` that ends in `/` with `/token/apply`), escapes, `;jsessionid=…`, dot
 * segments, a fragment. None of these must be a way around the split.
 * @param path as received, undecoded, without query string
 */
export function operationAt(path: string): Operation | undefined {
  return byPath.get(path) ?? byPath.get(normalised(path));
}

function normalised(path: string): string {
  const kept: string[] = [];
  for (const part of path.split('#', 1).join('').split('/')) {
    const segment = decoded(part.split(';', 1)[0] ?? '');
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  return `/${kept.join('/')}`;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
