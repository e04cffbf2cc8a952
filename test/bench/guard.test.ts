// Keeps the price of a call where it is: CPU time of the real server for a request, beside a bare forwarder that is
// loaded in turn with it. The bounds are generous and a noisy round is tried again, so that only a real change fails.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { figureOf } from './figures.ts';
import { createCaller, type Caller } from './load.ts';
import { compileReferences, cpuMs, end, startReference, type Reference } from './processes.ts';
import { benchDocument, startProxy, type MeasuredProxy } from './proxy.ts';
import { benchAccounts, writeCalls } from './requests.ts';

/** Half more than was measured (README, "Performance"), of the cost of Express with http-proxy-middleware. */
const bounds = {
  'old leg': { gatewayPercent: 0, most: 1.2 },
  'gateway leg': { gatewayPercent: 100, most: 1.35 },
};

const connections = 16;
/** Before V8 has compiled what is called often, calls cost up to three times as much. */
const warmCalls = 6_000;
const callsPerRound = 1_500;
const rounds = 5;
const tries = 3;

describe('the CPU time of a call, beside Express with http-proxy-middleware', function () {
  // On a loaded machine the calls themselves take this long; what is measured is not.
  this.timeout(600_000);
  const accounts = benchAccounts(3);
  const started: (Reference | MeasuredProxy)[] = [];
  let directory = '';
  let calls = '';
  let backend: Reference;
  let reference: Reference;
  let referenceCaller: Caller;
  const callers: Caller[] = [];

  before(async function () {
    if (process.platform !== 'linux') return this.skip();
    directory = mkdtempSync(join(tmpdir(), 'token-proxy-guard-'));
    compileReferences(directory);
    calls = writeCalls(directory, accounts, 1_000).genuine;
    backend = await startReference(directory, 'stand-in', []);
    reference = await startReference(directory, 'http-proxy', [`http://127.0.0.1:${backend.port}`]);
    started.push(backend, reference);
    referenceCaller = callerOf(reference.port);
    await referenceCaller.count(warmCalls);
  });
  after(async () => {
    await Promise.all(callers.map((caller) => caller.close()));
    await Promise.all(started.map(({ child }) => end(child)));
    if (directory !== '') rmSync(directory, { recursive: true });
  });

  function callerOf(port: number): Caller {
    const caller = createCaller(port, calls, connections);
    callers.push(caller);
    return caller;
  }

  async function cpuPerCall({ pid }: { readonly pid: number }, caller: Caller): Promise<number> {
    const beforeMs = cpuMs(pid);
    const { errors } = await caller.count(callsPerRound);
    assert.equal(errors, 0, 'every call is answered');
    return (cpuMs(pid) - beforeMs) / callsPerRound;
  }

  async function medianRatio(proxy: MeasuredProxy, caller: Caller): Promise<number> {
    const ratios: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const ours = await cpuPerCall(proxy, caller);
      ratios.push(ours / (await cpuPerCall(reference, referenceCaller)));
    }
    return figureOf(ratios).median;
  }

  for (const [leg, { gatewayPercent, most }] of Object.entries(bounds)) {
    it(`of the ${leg} is at most ${most} times as much`, async () => {
      const backends = { oldService: backend.port, gateway: backend.port };
      const document = benchDocument(accounts, backends, { split: { gatewayPercent } });
      const proxy = await startProxy(directory, leg, document);
      started.push(proxy);
      const caller = callerOf(proxy.port);
      await caller.count(warmCalls);
      const ratios: number[] = [];
      while (ratios.length < tries && !ratios.some((ratio) => ratio <= most)) {
        ratios.push(await medianRatio(proxy, caller));
      }
      const found = ratios.map((ratio) => ratio.toFixed(2)).join(', ');
      if (process.env['TOKEN_PROXY_BENCH_VERBOSE'] !== undefined) process.stderr.write(`${leg}: ${found}\n`);
      assert.ok(Math.min(...ratios) <= most, `${found} times as much`);
    });
  }
});
