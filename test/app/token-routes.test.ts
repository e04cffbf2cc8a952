// The token routes by themselves: what cannot be brought about from outside.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { createTokenRoutes, type House } from '../../src/app/token-routes.ts';

const deadlineMs = 5;

describe('the token routes', () => {
  it('do not begin a call whose time was over before its turn came', async () => {
    const begun: string[] = [];
    const house = {
      deadlineMs,
      clientAddress: () => '127.0.0.1',
      admits: () => true,
      failureStatus: 200,
      announcements: {},
      accounts: { find: (key: string) => void begun.push(key), isSecret: () => false },
    } as unknown as House;
    const defects: unknown[] = [];
    const routes = createTokenRoutes({
      house: () => house,
      record: () => undefined,
      monotonicMs: () => performance.now(),
      onDefect: (error) => defects.push(error),
    });
    const server = createServer((request: IncomingMessage, response) => {
      // Of timers as long, the first set is the first to fire, and nothing comes between the two.
      setTimeout(() => request.emit('end'), deadlineMs);
      routes.handle(request, response, () => undefined);
      const untilMs = performance.now() + 2 * deadlineMs;
      while (performance.now() < untilMs);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.write('POST /token/apply?accessKey=k HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    await routes.whenIdle();
    socket.destroy();
    server.close();
    assert.match(String(answer), /no answer within 5 ms/);
    assert.deepEqual([begun, defects], [[], []]);
  });
});
