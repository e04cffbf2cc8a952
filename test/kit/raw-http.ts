// Requests written byte for byte over a socket, and the raw answer: for what HTTP libraries would tidy up.
import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  /** Status line and headers. */
  readonly head: string;
  readonly body: string;
  /** The body as JSON, where it is. */
  readonly json: { success?: boolean; code?: number; message?: string; tokenData?: string };
}

/** Sends `bytes` and reads one answer; resolves when it is complete or the server closes. */
export function sendRaw(url: string, bytes: string | Buffer): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let received = Buffer.alloc(0);
    const finish = (): void => {
      const answer = parseAnswer(received);
      socket.destroy();
      if (answer === undefined) reject(new Error(`no complete answer, only: ${received.toString('latin1')}`));
      else resolve(answer);
    };
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (parseAnswer(received) !== undefined) finish();
    });
    socket.once('end', finish);
    socket.once('error', reject);
    socket.write(bytes);
  });
}

/** The last answer in the bytes, interim ones skipped; nothing while it is incomplete. */
function parseAnswer(bytes: Buffer): RawAnswer | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const head = bytes.subarray(0, end).toString('latin1');
  const rest = bytes.subarray(end + 4);
  const status = Number(head.slice(9, 12));
  if (status < 200) return parseAnswer(rest);
  const length = Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0);
  if (rest.length < length) return undefined;
  const body = rest.subarray(0, length).toString('utf8');
  let json: RawAnswer['json'] = {};
  try {
    json = JSON.parse(body) as RawAnswer['json'];
  } catch {
    // Not every answer is JSON; the test looks at `body` then.
  }
  return { status, head, body, json };
}
