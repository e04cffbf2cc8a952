// The program as operators run it: start, reload, drain, wrong input, the sandbox as a newcomer meets it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startSandbox, type Sandbox } from '../../src/sandbox/world.ts';
import { applyFields, callOld } from '../kit/old-clients.ts';
import { runProgram, type RunningProgram } from '../kit/program.ts';

const run = promisify(execFile);

async function takePort(): Promise<{ port: number; release: () => Promise<void> }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, release: () => new Promise((resolve) => server.close(() => resolve())) };
}

describe('the sandbox command', () => {
  it('prints one line of JSON once ready, its curl works when pasted, and Ctrl-C ends it', async () => {
    const program = runProgram(['sandbox', '--json', '--port', '0']);
    await program.says(/\n/);
    const facts = JSON.parse(program.stdout()) as Record<string, string>;
    assert.deepEqual(Object.keys(facts), [
      'proxy',
      'admin',
      'legacy',
      'gateway',
      'mqtt',
      'accessKey',
      'secret',
      'instanceId',
      'curl',
    ]);
    assert.match(facts['mqtt'] ?? '', /^mqtt:\/\/127\.0\.0\.1:\d+$/);
    const pasted = await run('bash', ['-c', facts['curl'] ?? '']);
    const answer = JSON.parse(pasted.stdout) as { code: number; tokenData: string };
    assert.equal(answer.code, 200);
    assert.ok(answer.tokenData);
    program.child.kill('SIGINT');
    assert.equal(await program.ended, 0);
    assert.equal(program.stdout().trim().split('\n').length, 1);
  });

  it('keeps simulated calls going with --load', async () => {
    const program = runProgram(['sandbox', '--json', '--port', '0', '--load', '50']);
    await program.says(/\n/);
    const { admin } = JSON.parse(program.stdout()) as { admin: string };
    const answered = async () => {
      const text = await (await fetch(`${admin}/metrics`)).text();
      return Number(/token_proxy_answers_total\{route="apply",code="200"\} (\d+)/.exec(text)?.[1] ?? 0);
    };
    while ((await answered()) < 10) await new Promise((resolve) => setTimeout(resolve, 50));
    program.child.kill('SIGINT');
    assert.equal(await program.ended, 0);
  });

  it('says which port is taken and how to choose another', async () => {
    const { port, release } = await takePort();
    const program = runProgram(['sandbox', '--port', String(port)]);
    assert.equal(await program.ended, 1);
    assert.match(program.stderr(), new RegExp(`127.0.0.1:${port} is in use.*--port`));
    await release();
  });
});

describe('the serve command', () => {
  let directory: string;
  let sandbox: Sandbox;
  let program: RunningProgram | undefined;
  const file = () => join(directory, 'proxy.yaml');
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'token-proxy-'));
    sandbox = await startSandbox();
    await writeFile(join(directory, 'secret'), `${sandbox.secret}\n`);
  });
  afterEach(async () => {
    program?.child.kill('SIGKILL');
    await program?.ended;
    await sandbox.close();
    await rm(directory, { recursive: true });
  });

  const config = (extra = '', keys = '') => `
listen: {host: 127.0.0.1, port: 0}
admin: {host: 127.0.0.1, port: 0}
accounts:
  - name: shop
    keys:
      - {accessKey: ${sandbox.accessKey}, secret: {file: secret}}
${keys}    instances: [${sandbox.instanceId}]
backends:
  gateway: {endpoint: "${sandbox.gateway.endpoint}", protocol: http}
store: {type: memory}
${extra}`;

  const serve = async (): Promise<{ url: string; admin: string; program: RunningProgram }> => {
    const started = runProgram(['serve', '--config', file()]);
    program = started;
    await started.says(/ready/);
    const ports = [...started.stdout().matchAll(/"port":(\d+)/g)].map(([, port]) => port);
    return { url: `http://127.0.0.1:${ports[0]}`, admin: `http://127.0.0.1:${ports[1]}`, program: started };
  };
  const apply = (url: string, secret = sandbox.secret, accessKey = sandbox.accessKey) =>
    callOld(url, '/token/apply', applyFields(sandbox.instanceId), { accessKey, secret });

  it('serves, and after SIGTERM finishes the call in flight and exits with 0', async () => {
    await writeFile(file(), config());
    const { url, program: server } = await serve();
    sandbox.gateway.faults.set({ kind: 'delay', ms: 700 });
    const slow = apply(url);
    while (sandbox.gateway.stats().faultsInjected === 0)
      await new Promise((resolve) => setTimeout(resolve, 10));
    server.child.kill('SIGTERM');
    assert.equal((await slow).body.code, 200);
    assert.equal(await server.ended, 0);
    assert.match(server.stdout(), /draining/);
  });

  it('takes over a changed file at SIGHUP, and keeps the old one when the new one is broken', async () => {
    await writeFile(file(), config());
    const { url, admin, program: server } = await serve();
    const key = '      - {accessKey: LTAINEW, secret: brandNewSecret}\n';
    assert.equal((await apply(url, 'brandNewSecret', 'LTAINEW')).body.code, 400);

    await writeFile(file(), config('', key));
    server.child.kill('SIGHUP');
    await server.says(/configuration reloaded/);
    // The emulated gateway does not know the new key: that it is asked at all shows that the proxy does.
    assert.match((await apply(url, 'brandNewSecret', 'LTAINEW')).body.message, /InvalidAccessKeyId/);

    await writeFile(file(), config('deadlin: 3s', key));
    server.child.kill('SIGHUP');
    const [refusal] = await server.says(/.*configuration refused.*/);
    assert.ok(refusal);
    assert.match(server.stdout(), /deadlin.*deadline/);
    assert.match((await apply(url, 'brandNewSecret', 'LTAINEW')).body.message, /InvalidAccessKeyId/);
    const metrics = await (await fetch(`${admin}/metrics`)).text();
    assert.match(metrics, /token_proxy_config_last_reload_successful 0/);
    assert.match(metrics, /token_proxy_config_reloads_total\{result="refused"\} 1/);
    assert.match(metrics, /token_proxy_config_reloads_total\{result="ok"\} 2/);
  });

  it('reloads by itself when the file changes and reload.watch says so', async () => {
    await writeFile(file(), config('reload: {watch: true}'));
    const { url, program: server } = await serve();
    await writeFile(file(), config('reload: {watch: true}\nanswers: {failureStatus: mirror}'));
    await server.says(/configuration reloaded/);
    sandbox.gateway.faults.set({ kind: 'answer', code: 'InternalError', status: 500 });
    assert.equal((await apply(url)).status, 409);
  });

  it('keeps what was ordered through kill -9, until the file says something else', async () => {
    const store = `store: {type: lmdb, path: data}\n`;
    const legacy = config()
      .replace('  gateway:', `  legacy: {url: "${sandbox.legacy.url}"}\n  gateway:`)
      .replace('store: {type: memory}', store);
    const percent = async (admin: string) => {
      const split = (await (await fetch(`${admin}/api/split`)).json()) as { gatewayPercent: number };
      return split.gatewayPercent;
    };
    await writeFile(file(), `${legacy}split: {gatewayPercent: 10}\n`);
    const first = await serve();
    assert.equal(await percent(first.admin), 10);
    const ordered = runProgram([
      'split',
      '--admin',
      first.admin,
      '--gateway',
      '33.33',
      '--reason',
      'canary',
      '--json',
    ]);
    assert.equal(await ordered.ended, 0, ordered.stderr());
    const token = (await apply(first.url)).body.tokenData ?? '';
    first.program.child.kill('SIGKILL');
    await first.program.ended;

    const second = await serve();
    assert.equal(await percent(second.admin), 33.33);
    const { body } = await callOld(second.url, '/token/query', { token }, sandbox);
    assert.equal(body.code, 200);
    assert.match(
      await (await fetch(`${second.admin}/metrics`)).text(),
      /decisions_total\{[^}]*reason="issuer"\} 1/,
    );
    await writeFile(file(), `${legacy}split: {gatewayPercent: 50}\n`);
    second.program.child.kill('SIGHUP');
    await second.program.says(/configuration reloaded/);
    assert.equal(await percent(second.admin), 50);
    const history = (await (await fetch(`${second.admin}/api/history`)).json()) as Record<string, unknown>[];
    assert.deepEqual(
      history.map(({ who, from, to, why }) => [who, from, to, why]),
      [
        ['file', 33.33, 50, null],
        ['admin', 10, 33.33, 'canary'],
      ],
    );
  });

  it('goes on answering, and ends in time, when nobody reads its log', async () => {
    await writeFile(file(), config());
    const { url, program: server } = await serve();
    server.child.stdout?.removeAllListeners('data').pause();
    const wrong = { accessKey: 'x'.repeat(60), secret: 'x' };
    for (let round = 0; round < 20; round += 1) {
      const calls = Array.from({ length: 25 }, () =>
        callOld(url, '/token/apply', applyFields(undefined), wrong),
      );
      for (const { body } of await Promise.all(calls)) assert.equal(body.code, 400);
    }
    server.child.kill('SIGTERM');
    const code = await Promise.race([
      once(server.child, 'exit').then(([exitCode]) => exitCode as number | null),
      new Promise<string>((resolve) => setTimeout(resolve, 15_000, 'still running').unref()),
    ]);
    assert.equal(code, 0);
  }).timeout(30_000);

  it('follows a secret that is rotated in its file, without a reload', async () => {
    await writeFile(file(), config());
    const { url } = await serve();
    await writeFile(join(directory, 'secret'), 'rotatedSecret');
    const code = async () => (await apply(url, 'rotatedSecret')).body.code;
    while ((await code()) === 407) await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal((await apply(url)).body.code, 407);
  }).timeout(20_000);

  it('refuses to start on a broken file, one line per mistake, exit code 1', async () => {
    await writeFile(file(), 'acounts: []\ndeadline: soon\n');
    const broken = runProgram(['serve', '--config', file()]);
    assert.equal(await broken.ended, 1);
    assert.match(broken.stderr(), /acounts.*accounts/);
    assert.match(broken.stderr(), /deadline \(line 2\)/);
  });

  it('says which listener cannot be opened when a port is in use', async () => {
    const { port, release } = await takePort();
    await writeFile(file(), config().replace('port: 0', `port: ${port}`));
    const blocked = runProgram(['serve', '--config', file()]);
    assert.equal(await blocked.ended, 1);
    assert.match(blocked.stderr(), new RegExp(`listen\\[0\\]: 127.0.0.1:${port} is in use`));
    await release();
  });
});

describe('the command line', () => {
  const wrong: [string, string[], RegExp][] = [
    ['an unknown command', ['serv'], /unknown command 'serv'.*serve/s],
    ['an unknown option', ['sandbox', '--prot', '1'], /unknown option '--prot'.*--port/s],
    ['a missing option', ['serve'], /required option '--config <file>'/],
    ['a port that is none', ['sandbox', '--port', 'x'], /a port number from 0 to 65535/],
    ['an argument too many', ['sandbox', 'now'], /too many arguments/],
  ];
  for (const [what, args, says] of wrong) {
    it(`answers ${what} with exit code 2 and says what is wrong`, async () => {
      const program = runProgram(args);
      assert.equal(await program.ended, 2);
      assert.match(program.stderr(), says);
    });
  }

  it('shows its help with exit code 0', async () => {
    const program = runProgram(['--help']);
    assert.equal(await program.ended, 0);
    for (const command of [
      'serve',
      'sandbox',
      'check',
      'apply',
      'revoke',
      'query',
      'explain',
      'ram-policy',
    ]) {
      assert.match(program.stdout(), new RegExp(`^  ${command}\\b`, 'm'));
    }
  });
});
