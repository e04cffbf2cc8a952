// A client that writes what it likes and leaves when it likes, and what is left in the process when it has gone.
import { connect, type Socket } from 'node:net';

export interface RudeClient {
  readonly socket: Socket;
  /** What came back so far, as latin1. */
  readonly text: () => string;
  /** Resolves with all that came back once `enough` holds, or the connection has ended. */
  until(enough: (text: string) => boolean): Promise<string>;
  /** Resolves with all that came back once the server has ended the connection. */
  readonly ended: Promise<string>;
}

/**
 * Connects and writes.
 * @param politely whether to end our side when the server ends its own
 */
export async function dial(url: string, bytes: string | Buffer = '', politely = true): Promise<RudeClient> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: !politely });
  let text = '';
  let over = false;
  let heard = (): void => undefined;
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
    heard();
  });
  const ended = new Promise<string>((resolve) => {
    const end = (): void => {
      over = true;
      heard();
      resolve(text);
    };
    socket.once('end', end);
    socket.once('close', end);
  });
  // A server may reset whom it has refused.
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
  if (bytes.length > 0) socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  return {
    socket,
    text: () => text,
    ended,
    until: (enough) =>
      new Promise((resolve) => {
        heard = () => {
          if (over || enough(text)) resolve(text);
        };
        heard();
      }),
  };
}

/** The statuses of all answers in a text, interim ones included. */
export function statusesIn(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}

/** Resolves once a condition holds; fails when it does not within the time, ms. */
export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
  withinMs = 20_000,
): Promise<void> {
  const giveUpAt = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > giveUpAt) throw new Error(`never came true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Sockets and timers that keep this process alive now, both ends of its connections to itself included. */
export function handles(): { readonly sockets: number; readonly timers: number } {
  const names = process.getActiveResourcesInfo();
  const count = (wanted: string): number => names.filter((name) => name === wanted).length;
  return { sockets: count('TCPSocketWrap'), timers: count('Timeout') };
}
