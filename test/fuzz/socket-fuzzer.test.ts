// The running server under the socket fuzzer: some seconds with a seed that stays, and some with a new one.
// `node --import tsx test/fuzz/run.ts --seconds 300 --seed N` goes on for longer.
import assert from 'node:assert/strict';
import { startProxiedWorld, type ProxiedWorld } from '../kit/proxied-world.ts';
import { freshSeed } from './seeds.ts';
import { fuzz, fuzzedConfig, fuzzedSandbox } from './socket-fuzzer.ts';

describe('the running server, among rude clients,', () => {
  let world: ProxiedWorld;
  beforeEach(async () => {
    world = await startProxiedWorld({
      sandbox: fuzzedSandbox,
      config: ({ legacy, gateway }) => fuzzedConfig(legacy.url, gateway.endpoint),
    });
  });
  afterEach(() => world.close());

  for (const seed of [1, freshSeed]) {
    it(`answers the honest ones, counts every call and keeps its secrets: seed ${seed}`, async () => {
      const { findings, rudeRequests, honestCalls } = await fuzz(world, { seed, milliseconds: 6_000 });
      assert.deepEqual(findings, []);
      assert.ok(rudeRequests > 0 && honestCalls > 0);
    }).timeout(120_000);
  }
});
