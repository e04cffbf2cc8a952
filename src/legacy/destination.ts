// Where a request goes at the old service: address, `Host` and request target, from the configured base address.
// The target is taken as received; nothing is decoded, joined up or tidied. Pure.

/** What is the same for every request to one old service. */
export interface Base {
  readonly secure: boolean;
  /** As sockets want it: an IPv6 address without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** Value of the `Host` field. */
  readonly host: string;
  /** Path of the base address, without a slash at its end. */
  readonly prefix: string;
}

export interface Destination extends Base {
  /** Request target, the path of the base address in front. */
  readonly target: string;
}

/** @param baseUrl http or https, perhaps with a path; from the configuration */
export function baseOf(baseUrl: string): Base {
  const base = new URL(baseUrl);
  const secure = base.protocol === 'https:';
  return {
    secure,
    hostname: base.hostname.startsWith('[') ? base.hostname.slice(1, -1) : base.hostname,
    port: base.port === '' ? (secure ? 443 : 80) : Number(base.port),
    host: base.host,
    prefix: base.pathname.endsWith('/') ? base.pathname.slice(0, -1) : base.pathname,
  };
}

/** @param received request target as received, in origin, absolute or asterisk form */
export function targetAt({ prefix }: Base, received: string): string {
  return received === '*' ? received : prefix + originForm(received);
}

/** Both in one. */
export function destinationOf(baseUrl: string, received: string): Destination {
  const base = baseOf(baseUrl);
  return { ...base, target: targetAt(base, received) };
}

const absoluteForm = /^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i;

function originForm(received: string): string {
  if (received.startsWith('/')) return received;
  const rest = received.replace(absoluteForm, '');
  return rest.startsWith('/') ? rest : `/${rest}`;
}
