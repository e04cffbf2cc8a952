// Answers that never come, never end, break off, are too long or are no HTTP, over real sockets.
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import type { Arrival } from '../kit/scripted-server.ts';
import { assertFailed, wireBench } from '../kit/wire-bench.ts';

describe('the transport, facing a bad answer,', () => {
  const bench = wireBench();

  const hangs: Record<string, (arrival: Arrival) => void> = {
    'hangs before the headers': () => undefined,
    'drips headers': ({ socket }) => drip(socket, 'HTTP/1.1 200 X\r\n', 'x-a: b\r\n'),
    'drips the body': ({ socket }) => drip(socket, 'HTTP/1.1 200 X\r\ncontent-length: 9999\r\n\r\n', ' '),
    'announces more than it sends': ({ socket }) =>
      socket.write('HTTP/1.1 200 X\r\ncontent-length: 9\r\n\r\n{}'),
  };
  for (const [what, answer] of Object.entries(hangs)) {
    it(`times out, hard, when the server ${what}`, async () => {
      const { port } = await bench.start(answer);
      assertFailed(await bench.send(port, { timeoutMs: 60 }), 'timeout');
    });
  }

  function drip(socket: Socket, first: string, rest: string): void {
    socket.write(first);
    const timer = setInterval(() => socket.write(rest), 5);
    socket.on('close', () => clearInterval(timer));
  }

  for (const connection of ['keep-alive', 'close']) {
    it(`is broken when the body ends half-way (connection: ${connection})`, async () => {
      const head = `HTTP/1.1 200 X\r\nconnection: ${connection}\r\ncontent-length: 99\r\n\r\n`;
      const { port } = await bench.start(({ socket }) => socket.end(`${head}{"To`));
      assertFailed(await bench.send(port), 'broken', false);
    });

    it(`cuts an answer of 1 MB off (connection: ${connection})`, async () => {
      const head = `HTTP/1.1 200 X\r\nconnection: ${connection}\r\n`;
      const megabyte = 'x'.repeat(1_000_000);
      const { port } = await bench.start(({ socket, connection: nth }) =>
        socket.write(
          nth === 0
            ? `${head}content-length: 1000000\r\n\r\n${megabyte}`
            : `${head}transfer-encoding: chunked\r\n\r\nf4240\r\n${megabyte}\r\n0\r\n\r\n`,
        ),
      );
      for (const framing of ['length', 'chunks']) {
        const result = await bench.send(port);
        assertFailed(result, 'unreadable');
        assert.equal(result.kind === 'failure' && result.detail, 'ANSWER_TOO_LARGE', framing);
      }
    });
  }

  it('is unreadable when the answer is no HTTP', async () => {
    const { port } = await bench.start(({ socket }) => socket.write('SSH-2.0-server\r\n'));
    assertFailed(await bench.send(port), 'unreadable');
  });

  it('is unreadable when the headers are endless', async () => {
    const { port } = await bench.start(({ socket }) =>
      socket.write(`HTTP/1.1 200 X\r\nx: ${'y'.repeat(200_000)}\r\n\r\n`),
    );
    assertFailed(await bench.send(port), 'unreadable');
  });
});
