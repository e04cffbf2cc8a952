// What clients were told is true after kill -9 at any moment: every token they hold has its record, every revocation too.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSandbox, type Sandbox } from '../../src/sandbox/world.ts';
import { applyFields, callOld } from '../kit/old-clients.ts';
import { runProgram, type RunningProgram } from '../kit/program.ts';
import { describeRedis, startRedis, type RedisServer } from '../kit/redis.ts';

/** What clients were told in one round. */
interface Told {
  readonly valid: string[];
  readonly revoked: string[];
}

const kills = 3;
/** Some of them may tell nothing; see `isSheltered`. */
const mostRounds = 12;
const clients = 6;

describe('the program killed under load', () => {
  survives('lmdb', () => 'store: {type: lmdb, path: data}');
});

describeRedis('the program killed under load, with Redis', () => {
  let redis: RedisServer;
  before(async () => {
    redis = await startRedis();
  });
  after(() => redis.stop());
  survives('redis', () => `store: {type: redis, url: "${redis.url}", whenDown: refuse}`);
});

/**
 * Whether records were waiting in memory when the program ended. On a busy machine a Redis may not have answered in time,
 * and what is kept in memory meanwhile is lost with the process, as the log has said.
 */
function isSheltered({ stdout }: RunningProgram): boolean {
  const said = [...stdout().matchAll(/the store (cannot be written|can be written again)/g)];
  return said.at(-1)?.[1] === 'cannot be written';
}

/** @param store the configuration's section, once the tests run */
function survives(name: string, store: () => string): void {
  let directory: string;
  let sandbox: Sandbox;
  let program: RunningProgram | undefined;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'token-proxy-'));
    sandbox = await startSandbox({ limits: { gateway: { perAccount: null, perAddress: null } } });
  });
  after(async () => {
    program?.child.kill('SIGKILL');
    await program?.ended;
    await sandbox.close();
    await rm(directory, { recursive: true });
  });

  async function serve(): Promise<{ program: RunningProgram; url: string; admin: string }> {
    const file = join(directory, 'proxy.yaml');
    await writeFile(
      file,
      `
listen: {host: 127.0.0.1, port: 0}
admin: {host: 127.0.0.1, port: 0}
accounts:
  - name: shop
    keys: [{accessKey: ${sandbox.accessKey}, secret: {env: SHOP_SECRET}}]
    instances: [${sandbox.instanceId}]
backends: {gateway: {endpoint: "${sandbox.gateway.endpoint}", protocol: http}}
limits: {perAccount: {apply: 10000, query: 10000, revoke: 10000}, perAddress: {apply: 10000, query: 10000, revoke: 10000}}
${store()}
`,
    );
    const started = runProgram(['serve', '--config', file], { SHOP_SECRET: sandbox.secret });
    program = started;
    await started.says(/ready/);
    const [first, second] = [...started.stdout().matchAll(/"port":(\d+)/g)].map(([, port]) => port);
    return { program: started, url: `http://127.0.0.1:${first}`, admin: `http://127.0.0.1:${second}` };
  }

  /** Asks for each token. A Redis that does not answer in time, on a busy machine, is asked again. */
  async function findsAll(valid: readonly string[], revoked: readonly string[]): Promise<void> {
    for (let attempt = 0; attempt < mostRounds; attempt += 1) {
      const { program: witness, url, admin } = await serve();
      const ask = async (token: string) => (await callOld(url, '/token/query', { token }, sandbox)).body.code;
      const codes: number[] = [];
      for (const token of [...valid, ...revoked]) codes.push(await ask(token));
      const metrics = await (await fetch(`${admin}/metrics`)).text();
      witness.child.kill('SIGKILL');
      await witness.ended;
      if (witness.stdout().includes('the store cannot be read')) continue;

      assert.deepEqual(codes, [...valid.map(() => 200), ...revoked.map(() => 3)]);
      // Without a record the gateway would have been asked as well, and would have known the token.
      const decided = (reason: string) =>
        Number(new RegExp(`decisions_total\\{[^}]*reason="${reason}"\\} (\\d+)`).exec(metrics)?.[1] ?? 0);
      assert.deepEqual([decided('issuer'), decided('no-record')], [codes.length, 0]);
      return;
    }
    assert.fail('the store could never be read');
  }

  it(`has every token and every revocation that a client was told of: ${name}`, async function () {
    this.timeout(150_000);
    const valid: string[] = [];
    const revoked: string[] = [];

    /** Until the proxy is gone. What was asked and not answered may be either way, and is not counted. */
    async function client(url: string, told: Told): Promise<void> {
      for (let call = 0; ; call += 1) {
        const { body } = await callOld(url, '/token/apply', applyFields(sandbox.instanceId), sandbox);
        assert.equal(body.code, 200, body.message);
        const token = body.tokenData ?? '';
        if (call % 3 !== 0) {
          told.valid.push(token);
          continue;
        }
        const answer = await callOld(url, '/token/revoke', { token }, sandbox);
        assert.equal(answer.body.code, 200, answer.body.message);
        told.revoked.push(token);
      }
    }

    for (let round = 0, killed = 0; killed < kills; round += 1) {
      assert.ok(round < mostRounds, 'the store was hardly ever up');
      const { program: victim, url } = await serve();
      const told: Told = { valid: [], revoked: [] };
      const calls = Array.from({ length: clients }, () => client(url, told).catch((error: unknown) => error));
      while (told.valid.length < 10) await Promise.race([sleep(5), victim.ended]);
      await sleep(randomInt(400));
      victim.child.kill('SIGKILL');
      await victim.ended;
      for (const error of await Promise.all(calls)) {
        // A connection that broke off is what the kill does to them, an answer of another kind is not.
        assert.ok(error instanceof TypeError || error instanceof SyntaxError, String(error));
      }
      if (isSheltered(victim)) continue;
      killed += 1;
      valid.push(...told.valid);
      revoked.push(...told.revoked);
    }

    await findsAll(valid, revoked);
    assert.ok(revoked.length > kills, `${revoked.length} revoked`);
  });
}
