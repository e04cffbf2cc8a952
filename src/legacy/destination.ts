// Where a request goes at the old service: address, `Host` and request target, from the configured base address.
// The target is taken as received; nothing is decoded, joined up or tidied. Pure.

export interface Destination {
  readonly secure: boolean;
  /** As sockets want it: an IPv6 address without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** Value of the `Host` field. */
  readonly host: string;
  /** Request target, the path of the base address in front. */
  readonly target: string;
}

/**
 * @param baseUrl http or https, perhaps with a path, without a trailing slash; from the configuration
 * @param received request target as received, in origin, absolute or asterisk form
 */
export function destinationOf(baseUrl: string, received: string): Destination {
  const base = new URL(baseUrl);
  const secure = base.protocol === 'https:';
  const prefix = base.pathname.endsWith('/') ? base.pathname.slice(0, -1) : base.pathname;
  return {
    secure,
    hostname: base.hostname.startsWith('[') ? base.hostname.slice(1, -1) : base.hostname,
    port: base.port === '' ? (secure ? 443 : 80) : Number(base.port),
    host: base.host,
    target: received === '*' ? received : prefix + originForm(received),
  };
}

const absoluteForm = /^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i;

function originForm(received: string): string {
  if (received.startsWith('/')) return received;
  const rest = received.replace(absoluteForm, '');
  return rest.startsWith('/') ? rest : `/${rest}`;
}
