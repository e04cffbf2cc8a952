import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../src/store/open.ts';
import { StoreError } from '../../src/store/store.ts';
import type { StoreConfig } from '../../src/config/config.ts';
import { describeRedis, startRedis, type RedisServer } from '../kit/redis.ts';
import { makeIdentity } from '../legacy/forward-kit.ts';
import { beside, eventually, keyOf, notebook } from './kit.ts';
import { lookInto, newPrefix, openShared } from './redis-kit.ts';

const soon = () => Date.now() + 3_600_000;
const nowhere = 'redis://:hunter2@127.0.0.1:1';

function configured(url: string, whenDown: 'degrade' | 'refuse' = 'refuse'): StoreConfig {
  return { type: 'redis', url: { reveal: () => url, toJSON: () => '***' }, prefix: newPrefix(), whenDown };
}

/** The message with which opening fails. */
async function refusalOf(config: StoreConfig): Promise<string> {
  const opening = openStore(config, { now: Date.now, log: () => undefined });
  const error: unknown = await opening.then(
    (store) => store.close().then(() => undefined),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof StoreError, String(error));
  assert.doesNotMatch(error.message, /hunter2|alice/);
  return error.message;
}

async function listening(server: Server): Promise<{ port: number; close: () => Promise<void> }> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return { port: (server.address() as AddressInfo).port, close };
}

describe('a Redis that cannot be used at the start', () => {
  it('is refused by key, host and reason, where the configuration says so', async () => {
    assert.equal(
      await refusalOf(configured(nowhere)),
      'store.url: Redis at 127.0.0.1:1: nobody listens there (ECONNREFUSED)',
    );
  });

  it('is done without, where the configuration says so, and the log and the health tell it', async () => {
    const { lines, log } = notebook();
    const store = await openStore(configured(nowhere, 'degrade'), { now: Date.now, log });
    assert.equal(
      lines[0],
      'error: store.url: Redis at 127.0.0.1:1: nobody listens there (ECONNREFUSED); trying again and again',
    );
    await store.putRecord(keyOf('a'), Uint8Array.of(1), soon());
    assert.deepEqual([...((await store.getRecord(keyOf('a'))) ?? [])], [1]);
    assert.match(store.health().problem ?? '', /nobody listens there/);
    await store.close();
    assert.doesNotMatch(lines.join(), /hunter2/);
  });

  it('is told apart from something that is no Redis', async () => {
    const http = await listening(createHttpServer((_, response) => response.end('hello')));
    assert.match(
      await refusalOf(configured(`redis://127.0.0.1:${http.port}`)),
      /what listens there is not a Redis/,
    );
    await http.close();
    const rude = await listening(createServer((socket) => socket.destroy()));
    assert.match(await refusalOf(configured(`redis://127.0.0.1:${rude.port}`)), /the connection was closed/);
    await rude.close();
  });
});

describeRedis('the start with Redis', () => {
  const servers: RedisServer[] = [];
  const start = async (...options: string[]) => {
    const server = await startRedis(options);
    servers.push(server);
    return server;
  };
  afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));

  it('begins without Redis and goes over to it when it comes', async () => {
    const server = await start();
    await server.kill();
    const { store, redis } = await openShared(server.url, { whenDown: 'degrade' });
    await store.putRecord(keyOf('a'), Uint8Array.of(1), soon());
    await server.start();
    await eventually(() => store.health().up);
    assert.notEqual(await redis.getRecord(keyOf('a')), undefined);
    await store.close();
  });

  it('says of passwords and users what is wrong, and takes the right ones', async () => {
    const { port } = await start('--requirepass', 'hunter2');
    const at = (login: string) => `redis://${login}127.0.0.1:${port}`;
    assert.match(
      await refusalOf(configured(at(''))),
      /store\.url: Redis at 127\.0\.0\.1:\d+: it demands a password/,
    );
    assert.match(await refusalOf(configured(at(':hunter22@'))), /it refuses the user name or the password/);
    assert.match(
      await refusalOf(configured(at('alice:hunter2@'))),
      /it refuses the user name or the password/,
    );
    const behind = await lookInto(at(':hunter2@'));
    await behind.ask('ACL', 'SETUSER', 'alice', 'on', '>hunter22', '~*', '&*', '+@all');
    behind.close();
    for (const login of [':hunter2@', 'default:hunter2@', 'alice:hunter22@']) {
      const { store } = await openShared(at(login));
      await store.putRecord(keyOf('a'), Uint8Array.of(1), soon());
      assert.deepEqual([...((await store.getRecord(keyOf('a'))) ?? [])], [1]);
      assert.equal(store.health().up, true);
      await store.close();
    }
    const open = await start();
    assert.match(
      await refusalOf(configured(`redis://:hunter2@127.0.0.1:${open.port}`)),
      /it has no password/,
    );
  });

  it('takes up a password that is rotated, without a restart', async () => {
    const server = await start('--requirepass', 'first');
    let password = 'first';
    const { store } = await openShared('', { url: () => `redis://:${password}@127.0.0.1:${server.port}` });
    const behind = await lookInto(`redis://:first@127.0.0.1:${server.port}`);
    await behind.ask('CONFIG', 'SET', 'requirepass', 'second');
    await behind.ask('CLIENT', 'KILL', 'SKIPME', 'yes');
    await eventually(() => /refuses the user name or the password/.test(store.health().problem ?? ''));
    password = 'second';
    await eventually(() => store.health().up);
    behind.close();
    await store.close();
  });

  it('uses the database that the URL names, and says when there is none of that number', async () => {
    const server = await start('--databases', '4');
    const { store } = await openShared(`${server.url}/3`);
    const behind = await lookInto(`${server.url}/3`);
    assert.equal(await behind.ask('DBSIZE'), 1);
    behind.close();
    await store.close();
    assert.match(await refusalOf(configured(`${server.url}/9`)), /no database of the number/);
  });

  it('warns, of a Redis that forgets when it is full, at the start and after each return', async () => {
    const server = await start('--maxmemory-policy', 'allkeys-lru');
    const { store, lines } = await openShared(server.url);
    const warnings = () =>
      lines.filter((line) => /^warn: .*maxmemory-policy to noeviction, not allkeys-lru/.test(line));
    assert.equal(warnings().length, 1);
    await server.kill();
    await server.start();
    await eventually(() => warnings().length === 2);
    await store.close();
    const kept = await start('--maxmemory-policy', 'noeviction');
    const well = await openShared(kept.url);
    assert.deepEqual(well.lines, []);
    await well.store.close();
  });

  it('goes on for a user who may not ask for the policy, nor load scripts ahead, nor subscribe', async () => {
    const server = await start();
    const behind = await lookInto(server.url);
    const granted =
      '+get +set +mget +lrange +hget +hset +hlen +hgetall +hdel +hincrby +pttl +pexpire +time +lpush +ltrim';
    const user = ['ACL', 'SETUSER', 'bob', 'on', '>pw', '~*', 'resetchannels', '-@all'];
    await behind.ask(...user, ...granted.split(' '), '+evalsha', '+eval', '+ping', '+client');
    const { store, lines, prefix } = await openShared(`redis://bob:pw@127.0.0.1:${server.port}`);
    const other = await openShared(server.url, { prefix });
    assert.deepEqual(lines, [
      'warn: Redis does not tell its maxmemory-policy: see to it that it is noeviction',
    ]);
    await store.putRecord(keyOf('a'), Uint8Array.of(1), soon());
    assert.notEqual(await store.getRecord(keyOf('a')), undefined);
    assert.equal(await store.writeDocument('dial', 'one', 0, ['entry']), true);
    let heard = 0;
    store.onDocument('dial', () => (heard += 1));
    await other.store.writeDocument('dial', 'two', 1);
    await eventually(() => heard > 0);
    assert.equal(store.health().up, true);
    behind.close();
    await other.store.close();
    await store.close();
  });

  it('refuses a Sentinel, and does without one of its replicas', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'token-proxy-sentinel-'));
    const file = join(directory, 'sentinel.conf');
    await writeFile(file, 'sentinel resolve-hostnames no\n');
    const sentinel = await startRedis([], [file, '--sentinel']);
    assert.match(await refusalOf(configured(sentinel.url, 'degrade')), /names a Redis Sentinel/);
    await sentinel.stop();
    await rm(directory, { recursive: true });
    const replica = await start('--replicaof', '127.0.0.1 1');
    assert.match(await refusalOf(configured(replica.url)), /it is a replica, which cannot be written/);
  });
});

describeRedis('Redis behind TLS', () => {
  let server: RedisServer;
  let directory: string;
  before(async () => {
    const { key, cert } = makeIdentity();
    directory = await mkdtemp(join(tmpdir(), 'token-proxy-tls-'));
    await writeFile(join(directory, 'key.pem'), key);
    await writeFile(join(directory, 'cert.pem'), cert);
    const files = [
      '--tls-cert-file',
      join(directory, 'cert.pem'),
      '--tls-key-file',
      join(directory, 'key.pem'),
    ];
    server = await startRedis([
      '--tls-port',
      '{port}',
      '--tls-auth-clients',
      'no',
      '--requirepass',
      'pw',
      ...files,
    ]);
  });
  after(async () => {
    await server.stop();
    await rm(directory, { recursive: true });
  });
  const url = () => `rediss://:pw@localhost:${server.port}`;

  it('does not trust a certificate that nobody vouches for, and says how to', async () => {
    assert.match(await refusalOf(configured(url())), /its certificate is not trusted; NODE_EXTRA_CA_CERTS/);
  });

  it('is used by a process that knows its authority, password included', async function () {
    this.timeout(30_000);
    const authority = `NODE_EXTRA_CA_CERTS=${join(directory, 'cert.pem')}`;
    const program = beside('store/redis-tls.program.ts', [url()], ['env', authority]);
    await eventually(() => program.lines.length > 0 || program.child.exitCode !== null);
    await program.kill();
    assert.deepEqual(program.lines, ['found again']);
  });

  it('says so when one side speaks TLS and the other does not', async () => {
    assert.match(
      await refusalOf(configured(`redis://:pw@localhost:${server.port}`)),
      /closed; does it want TLS \(rediss:\/\/\)/,
    );
    const plain = await startRedis();
    assert.match(
      await refusalOf(configured(`rediss://127.0.0.1:${plain.port}`)),
      /does it speak TLS|TLS cannot be agreed upon/,
    );
    await plain.stop();
  }).timeout(20_000);
});
