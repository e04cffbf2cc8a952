// What each function costs when it is switched on or off, and how the cost of a call grows with what is configured and
// kept. Each variant beside the usual configuration, in the same rounds.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { encodeRecord } from '../../src/ledger/record-bytes.ts';
import { openLmdb } from '../../src/store/lmdb.ts';
import { byWrk, contest, ratioOf, type ContestOptions } from './contest.ts';
import { figureOf, figureText, tableText } from './figures.ts';
import type { Document, MeasuredProxy } from './proxy.ts';
import { benchAccounts, type BenchAccount } from './requests.ts';
import type { BenchWorld } from './world.ts';

interface Variant {
  readonly name: string;
  readonly sections?: Document;
  readonly accounts?: readonly BenchAccount[];
  /** Tokens that the ledger holds beforehand. */
  readonly tokens?: number;
  /** Somebody watches `GET /api/calls` all the while. */
  readonly watched?: true;
  /** The variant that it is held against, where that is another than the usual one. */
  readonly beside?: string;
}

const gatewayOnly = { gatewayPercent: 100 };
const oldOnly = { gatewayPercent: 0 };
const oldLeg = 'old leg';
const usual: Variant = { name: 'as usual: ledger lmdb, log info' };

export const features = (world: BenchWorld, options: ContestOptions): Promise<string> =>
  compare(world, options, [
    usual,
    { name: 'ledger in memory', sections: { store: { type: 'memory' } } },
    { name: 'no log', sections: { log: { level: 'silent', format: 'json' } } },
    { name: 'reuse on', sections: { reuse: { enabled: true, tolerance: '5m' } } },
    { name: '1,000 accounts', accounts: benchAccounts(1_000) },
    { name: 'stream of calls open', watched: true },
    { name: oldLeg, sections: { split: oldOnly } },
    { name: 'old leg, shadow 10 %', sections: { split: oldOnly, shadow: { percent: 10 } }, beside: oldLeg },
  ]);

export const growth = (world: BenchWorld, options: ContestOptions): Promise<string> =>
  compare(world, options, [
    usual,
    { name: '100 accounts', accounts: benchAccounts(100) },
    { name: '5,000 accounts', accounts: benchAccounts(5_000) },
    { name: '100 overrides', sections: { split: { ...gatewayOnly, overrides: overrides(100) } } },
    { name: '10,000 overrides', sections: { split: { ...gatewayOnly, overrides: overrides(10_000) } } },
    { name: '10,000 tokens in the ledger', tokens: 10_000 },
    { name: '1,000,000 tokens in the ledger', tokens: 1_000_000 },
  ]);

async function compare(
  world: BenchWorld,
  options: ContestOptions,
  variants: readonly Variant[],
): Promise<string> {
  const contestants = [];
  for (const [index, { name, sections, accounts, tokens = 0, watched }] of variants.entries()) {
    const home = `variant-${index}`;
    if (tokens > 0) await fill(join(world.directory, home, 'data'), tokens);
    const proxy = await world.proxy(home, { split: gatewayOnly, ...sections }, accounts);
    if (watched) await watch(proxy);
    contestants.push(byWrk(proxy, name, world.calls.genuine, world.wrkScript));
  }
  const results = await contest(contestants, options);
  const rows = variants.map(({ name, beside = usual.name }) => {
    const [result, base] = [results.get(name), results.get(beside)];
    if (result === undefined || base === undefined) throw new Error(`not measured: ${name}, ${beside}`);
    return [
      name,
      figureText(figureOf(result.cpuUs), 0),
      `${figureText(ratioOf(result, base), 2)} × ${beside}`,
    ];
  });
  return tableText(['gateway leg, if not said otherwise', 'CPU per request, µs', 'ratio'], rows);
}

/** Reads the stream of calls until the proxy ends. */
async function watch({ adminPort }: MeasuredProxy): Promise<void> {
  const { status, body } = await fetch(`http://127.0.0.1:${adminPort}/api/calls`);
  if (status !== 200 || body === null) throw new Error(`the stream of calls answers ${status}`);
  void body.pipeTo(new WritableStream()).catch(() => undefined);
}

/** For instances that nobody names, so that all of them are looked at for each call. */
function overrides(count: number): object[] {
  return Array.from({ length: count }, (_, index) => ({
    instanceId: `post-cn-none${index}`,
    gatewayPercent: 0,
  }));
}

const atATime = 1_000;

async function fill(path: string, tokens: number): Promise<void> {
  const backing = await openLmdb({ path, now: Date.now, log: () => undefined });
  const expiresAtMs = Date.now() + 24 * 3_600_000;
  const value = encodeRecord({
    account: 'account-0',
    instanceId: 'post-cn-bench',
    backend: 'gateway',
    expiresAtMs,
  });
  for (let from = 0; from < tokens; from += atATime) {
    const keys = Array.from({ length: atATime }, (_, index) =>
      createHash('sha256')
        .update(`${from + index}`)
        .digest('base64url'),
    );
    await Promise.all(keys.map((key) => backing.putRecord(key, value, expiresAtMs)));
  }
  await backing.close();
}
