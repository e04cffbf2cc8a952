import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { endWith } from '../../src/wire/end-with.ts';

const request = (method: string) => `${method} / HTTP/1.1\r\nHost: x\r\n\r\n`;

describe('ending a response with a body', () => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  async function receive(
    requests: readonly string[],
    answer: RequestListener,
    until: string,
  ): Promise<string> {
    server = createServer(answer).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.setEncoding('utf8').write(requests.join(''));
    let received = '';
    for await (const text of socket as AsyncIterable<string>) {
      received += text;
      const answers = received.split('HTTP/1.1 ').length - 1;
      if (answers === requests.length && received.endsWith(until)) break;
    }
    return received;
  }

  const bodies = [
    ['in ASCII', '{"a":1}', 'latin1'],
    ['in UTF-8', '{"a":"界"}', 'utf8'],
    ['of a megabyte, more than a socket takes at once', 'x'.repeat(1_000_000), 'latin1'],
    ['that is empty', '', 'latin1'],
  ] as const;
  for (const [what, body, encoding] of bodies) {
    it(`sends a body ${what}, and the next answer behind it`, async () => {
      let finished = 0;
      const received = await receive(
        [request('GET'), request('GET')],
        ({ url }, response) => {
          assert.equal(url, '/');
          response.on('finish', () => (finished += 1));
          response.writeHead(200, ['Content-Length', String(Buffer.byteLength(body)), 'X-End', 'yes']);
          endWith(response, body, encoding);
        },
        body === '' ? '\r\n\r\n' : body,
      );
      const answers = received.split('HTTP/1.1 200 OK\r\n').slice(1);
      assert.equal(answers.length, 2);
      for (const answer of answers) assert.ok(answer.endsWith(`\r\n\r\n${body}`));
      assert.ok(finished > 0);
    });
  }

  it('sends no body to HEAD', async () => {
    const received = await receive(
      [request('HEAD'), request('GET')],
      (_request, response) => {
        response.writeHead(200, ['Content-Length', '4']);
        endWith(response, 'body', 'latin1');
      },
      'body',
    );
    assert.deepEqual(
      received.split('HTTP/1.1 200 OK\r\n').map((answer) => answer.split('\r\n\r\n')[1]),
      [undefined, '', 'body'],
    );
  });

  it('closes the connection where the head says so', async () => {
    const received = await receive(
      [request('GET')],
      (_request, response) => {
        response.writeHead(200, ['Content-Length', '4', 'Connection', 'close']);
        endWith(response, 'body', 'latin1');
      },
      'never',
    );
    assert.match(received, /\r\n\r\nbody$/);
  });
});
