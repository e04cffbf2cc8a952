// Starting and closing a whole sandbox, also when something is in the way.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { listenOnLoopback } from '../../src/sandbox/listen.ts';
import { SandboxPortError, startSandbox } from '../../src/sandbox/world.ts';
import { rawExchange, until, vendorClient } from './peers.ts';

describe('startSandbox', () => {
  it('gives the published credentials and one token book for all services', async () => {
    const sandbox = await startSandbox();
    try {
      assert.equal(sandbox.accessKey, 'LTAISANDBOX0001');
      assert.equal(sandbox.secret, 'sandboxSecret0123456789abcdefgh');
      assert.equal(sandbox.instanceId, 'post-cn-0pp12gl0001');
      const call = vendorClient(sandbox.gateway.endpoint);
      const ExpireTime = String(Date.now() + 3_600_000);
      const query = { Actions: 'R', Resources: 'a', ExpireTime, InstanceId: sandbox.instanceId };
      const { Token } = await call('ApplyToken', query);
      assert.equal(sandbox.book.find(String(Token))?.issuer, 'gateway');
    } finally {
      await sandbox.close();
    }
  });

  it('says which service could not have which port, and leaves nothing running', async () => {
    const taken = createServer();
    const port = await listenOnLoopback(taken, 0);
    const legacyPort = await freePort();
    try {
      for (const service of ['gateway', 'mqtt'] as const) {
        await assert.rejects(startSandbox({ ports: { legacy: legacyPort, [service]: port } }), (error) => {
          assert.ok(error instanceof SandboxPortError);
          assert.deepEqual([error.service, error.port, error.code], [service, port, 'EADDRINUSE']);
          return true;
        });
        const socket = connect({ port: legacyPort, host: '127.0.0.1' });
        const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
        assert.equal(error.code, 'ECONNREFUSED');
      }
    } finally {
      taken.close();
    }
  });

  it('closes with connections open, calls hanging and bytes dripping', async () => {
    const sandbox = await startSandbox();
    sandbox.legacy.faults.set({ kind: 'hang', count: 1 }, { kind: 'slow-body', intervalMs: 3_600_000 });
    sandbox.gateway.faults.set({ kind: 'delay', ms: 3_600_000 });
    const request = 'GET /token/query HTTP/1.1\r\nHost: x\r\n\r\n';
    const { legacy, gateway, broker } = sandbox;
    const open = [legacy.port, legacy.port, gateway.port, broker.port].map((port) =>
      rawExchange(port, request),
    );
    await until(() => legacy.faults.injected === 2 && gateway.faults.injected === 1);
    await sandbox.close();
    for (const { ended } of await Promise.all(open)) assert.notEqual(ended, 'left open');
  });

  it('leaves nothing behind that keeps a process alive', async () => {
    const world = new URL('../../src/sandbox/world.ts', import.meta.url).href;
    const script = `
      const { startSandbox } = await import(${JSON.stringify(world)});
      const sandbox = await startSandbox();
      await fetch(sandbox.legacy.url);
      await sandbox.close();
      console.log(process.getActiveResourcesInfo().filter((name) => name.startsWith('TCPSERVER')).length);`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
    });
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    const [code] = (await once(child, 'exit')) as [number];
    assert.deepEqual([code, printed.trim()], [0, '0']);
  }).timeout(60_000);
});

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listenOnLoopback(server, 0);
  await new Promise((resolve) => server.close(resolve));
  return port;
}
