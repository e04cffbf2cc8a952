// What a token costs in a store: bytes, time and CPU, measured by writing many. Run by hand, in a quiet hour:
//   npx tsx test/bench/store-bytes.ts --tokens 10000000 --store redis
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { open } from 'lmdb';
import { encodeRecord } from '../../src/ledger/record-bytes.ts';
import { openLmdb } from '../../src/store/lmdb.ts';
import { openRedis } from '../../src/store/redis.ts';
import type { Backing } from '../../src/store/backing.ts';
import { startRedis } from '../kit/redis.ts';
import { lookInto } from '../store/redis-kit.ts';

/** A store, and what is known of it from outside. */
interface Measured {
  readonly backing: Backing;
  /** Bytes now, by what they are. */
  readonly bytes: () => Promise<Record<string, number>>;
  /** CPU of the store's own process so far, ms; nothing where it has none. */
  readonly serverCpuMs: () => Promise<number>;
  readonly close: () => Promise<void>;
}

const { values } = parseArgs({
  options: {
    tokens: { type: 'string', default: '1000000' },
    store: { type: 'string', default: 'redis' },
    /** Length of account and instance id together. */
    names: { type: 'string', default: '23' },
    inflight: { type: 'string', default: '200' },
  },
});
const tokens = Number(values.tokens);
const inflight = Number(values.inflight);
const names = Number(values.names);
const dayMs = 24 * 3_600_000;
const environment = { now: Date.now, log: (_: string, message: string) => say(message) };

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function onRedis(): Promise<Measured> {
  const server = await startRedis();
  const backing = await openRedis({
    ...environment,
    url: () => server.url,
    prefix: 'tokenproxy',
    whenDown: 'refuse',
    timeoutMs: 60_000,
  });
  const behind = await lookInto(server.url);
  const fact = async (section: string, name: string) =>
    Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(String(await behind.ask('INFO', section)))?.[1]);
  return {
    backing,
    bytes: async () => ({
      used: await fact('memory', 'used_memory'),
      resident: await fact('memory', 'used_memory_rss'),
    }),
    serverCpuMs: async () =>
      1000 * ((await fact('cpu', 'used_cpu_user')) + (await fact('cpu', 'used_cpu_sys'))),
    close: async () => {
      behind.close();
      await backing.close();
      await server.stop();
    },
  };
}

async function onLmdb(): Promise<Measured> {
  const path = await mkdtemp(join(tmpdir(), 'token-proxy-bytes-'));
  const backing = await openLmdb({ ...environment, path });
  const root = open(path, { noSubdir: false, maxDbs: 8, readOnly: true });
  interface PageCounts {
    readonly [name: string]: number;
  }
  const pagesOf = (name: string) => {
    const stats = root.openDB({ name, encoding: 'binary', keyEncoding: 'binary' }).getStats() as PageCounts;
    const { treeBranchPageCount = 0, treeLeafPageCount = 0, overflowPages = 0, pageSize = 4096 } = stats;
    return (treeBranchPageCount + treeLeafPageCount + overflowPages) * pageSize;
  };
  return {
    backing,
    bytes: async () => {
      root.resetReadTxn();
      const { size } = await stat(join(path, 'data.mdb'));
      return { file: size, records: pagesOf('records'), expiry: pagesOf('expiry') };
    },
    serverCpuMs: () => Promise.resolve(0),
    close: async () => {
      await root.close();
      await backing.close();
      await rm(path, { recursive: true });
    },
  };
}

/** Time and CPU of a task, per token. */
async function timed(store: Measured, what: string, count: number, task: () => Promise<void>): Promise<void> {
  const [wall, own, server] = [performance.now(), process.cpuUsage(), await store.serverCpuMs()];
  await task();
  const { user, system } = process.cpuUsage(own);
  const each = (ms: number) => `${((1000 * ms) / count).toFixed(1)} µs`;
  const serverMs = (await store.serverCpuMs()) - server;
  say(
    `${what}: ${each(performance.now() - wall)} each, CPU here ${each((user + system) / 1000)}, there ${each(serverMs)}`,
  );
}

/** What one call waits for when nothing else is asked. */
async function waits(what: string, call: (index: number) => Promise<unknown>): Promise<void> {
  const took: number[] = [];
  for (let index = 0; index < 2_000; index += 1) {
    const began = performance.now();
    await call(index);
    took.push(performance.now() - began);
  }
  took.sort((one, other) => one - other);
  const at = (share: number) => `${(took[Math.floor(share * took.length)] ?? 0).toFixed(2)} ms`;
  say(`${what}, one at a time: median ${at(0.5)}, p99 ${at(0.99)}, longest ${at(0.9999)}`);
}

const salt = randomBytes(8).toString('hex');
const keyOf = (index: number) => createHash('sha256').update(`${salt}${index}`).digest('base64url');
const put = (backing: Backing, index: number) => {
  // As if they had come evenly over 30 days, each for 30 days.
  const expiresAtMs = Date.now() + 60_000 + (index % 1000) * 0.03 * dayMs;
  const instanceId = 'i'.repeat(Math.ceil(names * 0.8));
  const account = 'a'.repeat(names - instanceId.length);
  const value = encodeRecord({ account, instanceId, backend: 'gateway', expiresAtMs });
  return backing.putRecord(keyOf(index), value, expiresAtMs + 3_600_000);
};

async function many(from: number, to: number, call: (index: number) => Promise<unknown>): Promise<void> {
  for (let index = from; index < to; index += inflight) {
    const size = Math.min(inflight, to - index);
    await Promise.all(Array.from({ length: size }, (_, offset) => call(index + offset)));
  }
}

const store = values.store === 'lmdb' ? await onLmdb() : await onRedis();
const { backing } = store;
const before = await store.bytes();
await timed(store, `${tokens} writes`, tokens, () => many(0, tokens, (index) => put(backing, index)));
const after = await store.bytes();
for (const [name, bytes] of Object.entries(after)) {
  say(`${name}: ${((bytes - (before[name] ?? 0)) / tokens).toFixed(1)} bytes a token (${bytes} in all)`);
}
const reads = Math.min(tokens, 200_000);
await timed(store, `${reads} reads`, reads, () => many(0, reads, (index) => backing.getRecord(keyOf(index))));
await waits('a write', (index) => put(backing, tokens + index));
await waits('a read', (index) => backing.getRecord(keyOf(index)));
await store.close();
