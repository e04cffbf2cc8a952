// A stand-in for the old service as companies host one themselves: it speaks the old protocol, and grants whatever it is
// asked for, however many topics or short-lived, and whoever signed it.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface LenientOldService {
  readonly url: string;
  close(): Promise<void>;
}

export async function startLenientOldService(): Promise<LenientOldService> {
  let issued = 0;
  const server = createServer((request, response) => {
    request.resume().once('end', () => {
      const token = request.url?.startsWith('/token/apply') ? { tokenData: `OLD${(issued += 1)}` } : {};
      response.writeHead(200, { 'Content-Type': 'application/json;charset=UTF-8' });
      response.end(JSON.stringify({ success: true, message: 'success', code: 200, ...token }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
