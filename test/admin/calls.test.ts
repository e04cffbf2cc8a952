// The stream of calls: what a listener is sent, what it is not, and that it ends.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import request from 'supertest';
import { createCallFeed, mostListeners, type CallEvent } from '../../src/admin/call-feed.ts';
import { streamCalls, usualRules, type EventSink } from '../../src/admin/call-stream.ts';
import { house, tokens } from './kit.ts';

const call: CallEvent = {
  at: '2026-11-20T08:14:58.030Z',
  requestId: 'r-1',
  route: 'apply',
  backend: 'gateway',
  outcome: 'ok',
  code: 200,
  durationMs: 1,
  client: '192.0.2.7',
  parameters: {},
};

/** A response that never drains until it is told to. */
function slowSink() {
  const written: string[] = [];
  let leave: () => void = () => undefined;
  const sink: EventSink & { writableNeedDrain: boolean } = {
    writableNeedDrain: false,
    writeHead: () => undefined,
    write: (text) => written.push(text),
    end: (text = '') => written.push(text),
    once: (_event, listener) => (leave = listener),
  };
  return { sink, written, leave: () => leave() };
}

const fast = { ...usualRules, batchMs: 1 };

/** Resolves once the sink was written something that matches. */
async function writtenTo(written: readonly string[], pattern: RegExp): Promise<string> {
  while (!pattern.test(written.join(''))) await new Promise(setImmediate);
  return written.join('');
}

describe('the feed of calls', () => {
  it('asks for no description while nobody listens', () => {
    const feed = createCallFeed();
    feed.publish(() => assert.fail('described for nobody'));
    const stop = feed.listen({ call: () => undefined, end: () => undefined });
    stop?.();
    feed.publish(() => assert.fail('described for somebody who has left'));
  });

  it('describes a call once for all who listen', () => {
    const feed = createCallFeed();
    const heard: string[] = [];
    for (let count = 0; count < 3; count += 1) {
      feed.listen({ call: (event) => heard.push(event), end: () => undefined });
    }
    let described = 0;
    feed.publish(() => {
      described += 1;
      return call;
    });
    assert.equal(described, 1);
    assert.deepEqual(
      heard.map((text) => JSON.parse(text) as unknown),
      [call, call, call],
    );
  });

  it('lets no more listen than there is room for', () => {
    const feed = createCallFeed();
    const listener = { call: () => undefined, end: () => undefined };
    const stops = Array.from({ length: mostListeners }, () => feed.listen({ ...listener }));
    assert.equal(feed.listen(listener), undefined);
    stops[0]?.();
    assert.notEqual(feed.listen(listener), undefined);
  });
});

describe('the stream of calls', () => {
  it('drops what a slow reader cannot take, and says how many', async () => {
    const feed = createCallFeed();
    const { sink, written } = slowSink();
    streamCalls(feed, sink, { ...fast, mostWaiting: 3 });
    sink.writableNeedDrain = true;
    for (let count = 0; count < 10; count += 1) feed.publish(() => call);
    assert.equal(written.join('').includes('event: call'), false);
    sink.writableNeedDrain = false;
    const text = await writtenTo(written, /dropped/);
    assert.equal(text.match(/event: call/g)?.length, 3);
    assert.match(text, /event: dropped\ndata: \{"count":7\}\n\n/);
    feed.close();
  });

  it('ends with what was waiting when the feed closes, and writes nothing after', () => {
    const feed = createCallFeed();
    const { sink, written } = slowSink();
    streamCalls(feed, sink);
    feed.publish(() => call);
    feed.close();
    assert.match(written.join(''), /event: call\n.*\n\nevent: end\ndata: \{\}\n\n$/);
    feed.publish(() => assert.fail('published after the end'));
    assert.equal(streamCalls(feed, sink), false);
  });

  it('ends after its time, so that a withdrawn token does not listen for ever', async () => {
    const feed = createCallFeed();
    const { sink, written } = slowSink();
    streamCalls(feed, sink, { ...fast, longestMs: 1 });
    assert.match(await writtenTo(written, /event: end/), /event: end/);
  });

  it('gives its place back when the reader leaves', () => {
    const feed = createCallFeed(1);
    const { sink, leave } = slowSink();
    assert.equal(streamCalls(feed, sink), true);
    assert.equal(streamCalls(feed, slowSink().sink), false);
    leave();
    assert.equal(streamCalls(feed, sink), true);
    feed.close();
  });

  it('sends a sign of life while nothing happens', async () => {
    const feed = createCallFeed();
    const { sink, written } = slowSink();
    streamCalls(feed, sink, { ...fast, heartbeatMs: 1 });
    assert.match(await writtenTo(written, /: still here/), /: still here\n\n/);
    feed.close();
  });
});

describe('GET /api/calls', () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
    server = undefined;
  });

  it('streams calls as events to whoever has a token', async () => {
    const feed = createCallFeed();
    server = createServer(house({ calls: feed }).app).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const [answer] = (await once(get({ port, path: '/api/calls' }), 'response')) as [IncomingMessage];
    assert.equal(answer.statusCode, 200);
    assert.equal(answer.headers['content-type'], 'text/event-stream');
    assert.equal(answer.headers['cache-control'], 'no-store');
    let text = '';
    answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    feed.publish(() => call);
    feed.close();
    await once(answer, 'end');
    assert.ok(text.includes(`event: call\ndata: ${JSON.stringify(call)}\n\n`), text);
    assert.ok(text.endsWith('event: end\ndata: {}\n\n'), text);
  });

  it('answers HEAD without a stream, 401 without a token and 503 without room', async () => {
    const { app } = house({ calls: createCallFeed() });
    await request(app)
      .head('/api/calls')
      .expect(200)
      .expect('content-type', /event-stream/);
    await request(house({ tokens, calls: createCallFeed() }).app)
      .get('/api/calls')
      .expect(401);
    await request(house({ calls: createCallFeed(0) }).app)
      .get('/api/calls')
      .expect(503);
  });
});
