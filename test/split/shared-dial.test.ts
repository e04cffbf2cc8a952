import assert from 'node:assert/strict';
import type { DialOrder } from '../../src/split/dial-state.ts';
import { openDial } from '../../src/split/stored-dial.ts';
import { describeRedis, startRedis, type RedisServer } from '../kit/redis.ts';
import { eventually } from '../store/kit.ts';
import { newPrefix, openShared, patientMs } from '../store/redis-kit.ts';

const alice = { by: 'alice' };
const weight = (gatewayPercent: number): DialOrder => ({ kind: 'weight', gatewayPercent });
const allBack: DialOrder = { kind: 'all-back' };

describeRedis('dials of several replicas on one Redis', () => {
  let server: RedisServer;
  beforeEach(async () => {
    server = await startRedis();
  });
  afterEach(() => server.stop());

  async function replica(prefix: string, timeoutMs = patientMs) {
    const { store } = await openShared(server.url, { prefix, timeoutMs });
    const options = { filePercent: 50, filePercentIsSet: false, now: Date.now, log: () => undefined };
    const dial = await openDial(store, { ...options, retryMs: 20 });
    const seen: number[] = [];
    dial.onChange(({ gatewayPercent }) => seen.push(gatewayPercent));
    const close = async () => {
      await dial.close();
      await store.close();
    };
    return { dial, store, seen, close };
  }

  async function two() {
    const prefix = newPrefix();
    return [await replica(prefix), await replica(prefix)] as const;
  }

  it('follow each other, each change once and in order', async () => {
    const [one, other] = await two();
    for (const percent of [10, 20, 30]) {
      await one.dial.order(weight(percent), alice);
      await eventually(() => other.dial.state().gatewayPercent === percent);
    }
    await other.dial.order(allBack, alice);
    await eventually(() => one.dial.state().forced);
    assert.deepEqual(one.seen, [10, 20, 30, 0]);
    assert.deepEqual(other.seen, [10, 20, 30, 0]);
    await one.close();
    await other.close();
  });

  it('come to one state, the last order given, however they are turned at the same time', async () => {
    const [one, other] = await two();
    const orders = Array.from({ length: 15 }, (_, index) => index);
    await Promise.all([
      ...orders.map((index) => one.dial.order(weight(index), alice)),
      ...orders.map((index) => other.dial.order(weight(50 + index), alice)),
    ]);
    await eventually(() => one.dial.state().version === other.dial.state().version);
    assert.deepEqual(one.dial.state(), other.dial.state());
    const [newest] = await one.dial.history(1);
    assert.equal(newest?.to, one.dial.state().gatewayPercent);
    const versions = (await one.dial.history(100)).map(({ version }) => version);
    assert.deepEqual(
      versions,
      [...new Set(versions)].sort((a, b) => b - a),
    );
    assert.deepEqual(one.seen.at(-1), other.seen.at(-1));
    await one.close();
    await other.close();
  });

  it('go back at once while Redis is gone, raise nothing, and agree when it returns', async () => {
    const [one, other] = await two();
    await one.dial.order(weight(60), alice);
    await eventually(() => other.dial.state().gatewayPercent === 60);
    await server.kill();
    await one.dial.order(weight(20), alice);
    assert.equal(one.dial.state().gatewayPercent, 20);
    await assert.rejects(other.dial.order(weight(90), alice), { name: 'StoreError' });
    assert.equal(other.dial.state().gatewayPercent, 60);
    await other.dial.order(allBack, alice);
    assert.equal(other.dial.state().forced, true);

    // What Redis held is gone with it: the replicas know it.
    await server.start();
    const agree = () =>
      one.dial.problem() === undefined &&
      other.dial.problem() === undefined &&
      one.dial.state().version === other.dial.state().version;
    await eventually(agree);
    assert.deepEqual(one.dial.state(), other.dial.state());
    assert.ok(one.dial.state().gatewayPercent <= 20);
    await one.close();
    await other.close();
  });

  it('keep once what was ordered while Redis was frozen, though it was taken for lost and tried again', async () => {
    const prefix = newPrefix();
    const one = await replica(prefix, 100);
    const other = await replica(prefix);
    server.freeze();
    await one.dial.order(allBack, alice);
    assert.equal(one.dial.state().forced, true);
    assert.match(one.dial.problem() ?? '', /no answer/);
    server.thaw();
    await eventually(() => other.dial.state().forced && one.dial.problem() === undefined);
    assert.equal((await other.dial.history(10)).filter(({ kind }) => kind === 'all-back').length, 1);
    assert.deepEqual(one.seen, [0]);
    await one.close();
    await other.close();
  });
});
