import assert from 'node:assert/strict';
import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { lentReads } from '../../src/wire/lent-reads.ts';

describe('lent reads', () => {
  let server: net.Server;
  const sent = [1, 2].map((mark) => Buffer.alloc(1_000_000, `${mark}${'0123456789abcdef'.repeat(mark)}`));

  before(async () => {
    let connections = 0;
    server = net.createServer((socket) => socket.end(sent[connections++] ?? '')).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => server.close());

  function receive(): { socket: Socket; whole: Promise<Buffer> } {
    const { port } = server.address() as AddressInfo;
    const pieces: Buffer[] = [];
    const onto = lentReads((bytes) => pieces.push(Buffer.from(bytes)));
    const socket = net.connect({ port, host: '127.0.0.1', ...onto });
    return { socket, whole: once(socket, 'end').then(() => buffer(Readable.from(pieces))) };
  }

  it('bring what several connections receive at once, each its own, and tell the end', async () => {
    const [first, second] = [receive(), receive()];
    const received = await Promise.all([first.whole, second.whole]);
    const marks = (bytes: Buffer | undefined) => bytes?.subarray(0, 20).toString();
    assert.deepEqual(received.map(marks).sort(), sent.map(marks).sort());
    for (const bytes of received) assert.ok(sent.some((whole) => whole.equals(bytes)));
  });
});
