// What is known of the connection of one call: whether anything can have left, and whether it had served before.
// A retry that must not repeat a call depends on it. It watches only; it closes nothing.
import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { LegacyOutcome } from './old-service.ts';

type Failure = Omit<Extract<LegacyOutcome, { kind: 'failure' }>, 'durationMs'>;

const systemCode = /^[A-Z0-9_]{1,64}$/;
/** Node's HTTP parser: what came back is no HTTP, or its head is too long. */
const parserCode = /^HPE_/;

export class ConnectionWatch {
  readonly #used: WeakSet<Socket>;
  #socket: Socket | undefined;
  #sent = false;
  #reused = false;
  #bytesBefore = 0;

  /** @param used every connection that ever carried a call; Node's own mark misses those that never were idle */
  constructor(used: WeakSet<Socket>) {
    this.#used = used;
  }

  follow(outgoing: ClientRequest): void {
    outgoing.once('socket', (socket) => {
      this.#socket = socket;
      this.#reused = this.#used.has(socket);
      this.#used.add(socket);
      this.#bytesBefore = socket.bytesRead;
      if (isReady(socket)) this.#sent = true;
      else {
        const ready = socket instanceof TLSSocket ? 'secureConnect' : 'connect';
        socket.once(ready, () => (this.#sent = true));
      }
    });
  }

  /** How a call ended whose connection failed, or that could not be sent. */
  failure(error: unknown): Failure {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const detail = systemCode.test(code) ? code : 'UNKNOWN';
    if (!this.#sent) return { kind: 'failure', cause: 'unconnected', detail };
    if (parserCode.test(detail)) return { kind: 'failure', cause: 'unreadable', detail };
    const silent = this.#socket?.bytesRead === this.#bytesBefore;
    return { kind: 'failure', cause: 'broken', detail, reusedConnection: this.#reused && silent };
  }

  /** How a call ended that took too long. */
  timeout(): Failure {
    return { kind: 'failure', cause: 'timeout', detail: this.#sent ? 'TIMEOUT' : 'CONNECT_TIMEOUT' };
  }
}

/** Whether what is written leaves at once: over TLS, only once the certificate has been accepted. */
function isReady(socket: Socket): boolean {
  return socket instanceof TLSSocket ? socket.authorized : !socket.connecting;
}
