// How the programs beside which the proxy is measured tell their parent where they listen. They do their work as it is
// usually done, and nothing else.
import { Server as HttpServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';

/** Listens on a free port of 127.0.0.1, tells it, and ends with its parent. */
export function announce(server: Server): void {
  if (server instanceof HttpServer) server.keepAliveTimeout = 65_000;
  server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
  process.once('disconnect', () => process.exit());
}
