// Binding a server to loopback, the only place a sandbox ever listens.
import type { Server } from 'node:net';

/**
 * Listens on 127.0.0.1.
 * @param port 0 takes a free one
 * @returns the port; rejects with the system's error when it cannot be had
 */
export function listenOnLoopback(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
