import assert from 'node:assert/strict';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answersAtAll } from '../../src/legacy/probe.ts';

describe('a sign of life of an old service', () => {
  let server: Server | undefined;
  const serve = async (answer: RequestListener): Promise<string> => {
    server = createServer(answer);
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
    server = undefined;
  });

  it('is any answer that does not say that it is broken', async () => {
    const asked: (string | undefined)[] = [];
    const url = await serve((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.statusCode = 400;
      response.end('{"success":false}');
    });
    assert.equal(await answersAtAll(`${url}/old`, 5_000), true);
    assert.deepEqual(asked, ['POST /old/token/query']);
  });

  it('is not an answer of 500 and above', async () => {
    const url = await serve((_request, response) => {
      response.statusCode = 502;
      response.end();
    });
    assert.equal(await answersAtAll(url, 5_000), false);
  });

  it('is missing where nobody listens, where the connection dies, and where no answer comes in time', async () => {
    const dying = await serve((request) => request.socket.destroy());
    assert.equal(await answersAtAll(dying, 5_000), false);
    server?.close();
    assert.equal(await answersAtAll('http://127.0.0.1:1', 5_000), false);
    const silent = await serve(() => undefined);
    assert.equal(await answersAtAll(silent, 30), false);
  });

  it('does not wait for the end of the answer', async () => {
    const url = await serve((_request, response) => void response.write('{'));
    assert.equal(await answersAtAll(url, 5_000), true);
  });
});
