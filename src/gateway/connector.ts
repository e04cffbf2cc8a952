// Opens one connection, TCP or TLS, within a time limit. It hands out the socket while it is still connecting, so that a
// call that has given up can drop it at once.
import net from 'node:net';
import tls from 'node:tls';
import { lentReads } from '../wire/lent-reads.ts';

/** Where to connect to. */
export interface Destination {
  readonly protocol: string;
  readonly hostname: string;
  readonly port: string;
  /** For TLS; empty with an address. */
  readonly servername: string;
}

type Connected = (error: Error | null) => void;

/**
 * Starts connecting and returns the socket at once; `connected` is called exactly once, `read` with all that arrives, in
 * bytes that are only lent.
 */
export type Connector = (
  destination: Destination,
  connected: Connected,
  read: (bytes: Buffer) => void,
) => net.Socket;

/**
 * A connector for one origin: TLS sessions are resumed, certificates always verified.
 * @param options `connectTimeoutMs` covers name lookup, TCP and TLS handshake; `ca` (PEM) replaces the trusted roots
 */
export function createConnector(options: {
  readonly connectTimeoutMs: number;
  readonly ca?: string;
}): Connector {
  let session: Buffer | undefined;

  const open = (
    { protocol, hostname, port, servername }: Destination,
    read: (bytes: Buffer) => void,
  ): net.Socket => {
    if (protocol !== 'https:')
      return net.connect({ host: hostname, port: Number(port || 80), ...lentReads(read) });
    const socket = tls.connect({
      host: hostname,
      port: Number(port || 443),
      servername,
      session,
      ca: options.ca,
      ALPNProtocols: ['http/1.1'],
      ...lentReads(read),
    });
    return socket.on('session', (issued: Buffer) => {
      session = issued;
    });
  };

  return (destination, connected, read) => {
    const socket = open(destination, read);
    let done = false;
    const finish: Connected = (error) => {
      clearTimeout(timer);
      if (done) return;
      done = true;
      connected(error);
    };
    const timer = setTimeout(() => {
      socket.destroy(Object.assign(new Error('connect time-out'), { code: 'ETIMEDOUT' }));
    }, options.connectTimeoutMs);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
    socket.once(destination.protocol === 'https:' ? 'secureConnect' : 'connect', () => finish(null));
    socket.on('error', (error) => finish(error));
    return socket;
  };
}
