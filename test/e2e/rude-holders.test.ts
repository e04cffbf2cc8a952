// Clients that connect in thousands and then do nothing, or do it a byte at a time: the others are served all the same.
import assert from 'node:assert/strict';
import { applyFields, signedParameters } from '../kit/old-clients.ts';
import { startProxiedWorld, type ProxiedWorld } from '../kit/proxied-world.ts';
import { sendRaw } from '../kit/raw-http.ts';
import { dial, eventually, handles, statusesIn, type RudeClient } from '../kit/rude-client.ts';

describe('a crowd of clients', () => {
  let world: ProxiedWorld;
  const crowd: RudeClient[] = [];
  before(async () => {
    world = await startProxiedWorld({
      sandbox: { limits: { gateway: { perAccount: null, perAddress: null } } },
    });
  });
  afterEach(() => {
    for (const { socket } of crowd.splice(0)) socket.destroy();
  });
  after(() => world.close());

  const head = () => {
    const query = new URLSearchParams(signedParameters(applyFields(world.instanceId), world)).toString();
    return `GET /token/apply?${query} HTTP/1.1\r\nHost: p\r\n\r\n`;
  };
  const connectMany = async (count: number, bytes: string) => {
    for (let connected = 0; connected < count; connected += 100) {
      crowd.push(...(await Promise.all(Array.from({ length: 100 }, () => dial(world.url, bytes)))));
    }
  };
  const isServed = async () => {
    const { json } = await sendRaw(world.url, head());
    assert.equal(json.code, 200, json.message);
  };

  it('that keeps 2,000 connections idle costs little memory and nobody else their answers', async () => {
    await isServed();
    const before = { sockets: handles().sockets, memory: process.memoryUsage().rss };
    await connectMany(2_000, '');
    await Promise.all(Array.from({ length: 20 }, isServed));
    // Half of it is this test's own.
    const perConnection = (process.memoryUsage().rss - before.memory) / crowd.length;
    assert.ok(perConnection < 64_000, `${Math.round(perConnection / 1_000)} kB for each connection`);
    for (const { socket } of crowd) socket.destroy();
    await eventually('their connections are closed', () => handles().sockets <= before.sockets + 20);
    await isServed();
  }).timeout(120_000);

  it('that stays connected after its calls is served again over the same connections', async () => {
    await connectMany(200, head());
    await Promise.all(crowd.map((client) => client.until((text) => text.includes('"code":200'))));
    await isServed();
    for (const { socket } of crowd) socket.write(head());
    const texts = await Promise.all(
      crowd.map((client) => client.until((text) => statusesIn(text).length === 2 && text.endsWith('}'))),
    );
    assert.ok(texts.every((text) => text.split('"code":200').length === 3));
  }).timeout(60_000);

  it('that dribbles its requests is served no later than it asks, and holds up nobody', async () => {
    await connectMany(100, '');
    const whole = Buffer.from(head());
    let at = 0;
    while (at < whole.length) {
      for (const { socket } of crowd) socket.write(whole.subarray(at, at + 60));
      at += 60;
      if (at % 180 === 0) await isServed();
    }
    const texts = await Promise.all(crowd.map((client) => client.until((text) => text.includes('"code":'))));
    assert.ok(texts.every((text) => text.includes('"code":200')));
  }).timeout(60_000);
});
