// The connections of one emulated service: counted, and cut in the rude ways that tests want to see.
// It knows nothing of what travels over them.
import type { Server } from 'node:net';
import type { Socket } from 'node:net';

/** How many connections there were since the start and are now. */
export interface ConnectionCounts {
  readonly opened: number;
  readonly open: number;
}

/** Keeps hold of the TCP sockets of a server, also where TLS runs over them. */
export class Sockets {
  // By remote end: a TLS socket cannot be reset itself, but it has the same remote end as the TCP socket under it.
  readonly #open = new Map<string, Socket>();
  #opened = 0;

  watch(server: Server): void {
    server.on('connection', (socket: Socket) => {
      const end = remoteEnd(socket);
      this.#opened += 1;
      this.#open.set(end, socket);
      socket.once('close', () => this.#open.delete(end));
    });
  }

  /** Sends RST on the connection that `socket` runs over. */
  reset(socket: Socket): void {
    const raw = this.#open.get(remoteEnd(socket));
    if (raw === undefined || raw.destroyed) socket.destroy();
    else raw.resetAndDestroy();
  }

  /** Resets every connection from an address. */
  resetFrom(address: string): void {
    for (const socket of this.#open.values()) {
      if (addressOf(socket) === address) socket.resetAndDestroy();
    }
  }

  destroyAll(): void {
    for (const socket of this.#open.values()) socket.destroy();
  }

  counts(): ConnectionCounts {
    return { opened: this.#opened, open: this.#open.size };
  }
}

/** Source address of a connection; empty once it is closed. */
export function addressOf(socket: Socket): string {
  return socket.remoteAddress ?? '';
}

function remoteEnd(socket: Socket): string {
  return `${socket.remoteAddress ?? ''} ${socket.remotePort ?? ''}`;
}
