// A command whose output nobody reads any more, as with `| head`: it ends in order, and leaves no token behind.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSandbox, type Sandbox } from '../../src/sandbox/world.ts';
import { runProgram } from '../kit/program.ts';

describe('a command whose reader is gone', () => {
  let sandbox: Sandbox;
  let directory: string;
  before(async () => {
    sandbox = await startSandbox();
    directory = await mkdtemp(join(tmpdir(), 'token-proxy-reader-'));
  });
  after(async () => {
    await sandbox.close();
    await rm(directory, { recursive: true });
  });

  it('revokes the token of a live check, and shows no stack', async () => {
    const key = { accessKey: sandbox.accessKey, secret: { env: 'READER_GONE_SECRET' } };
    const gateway = { endpoint: sandbox.gateway.endpoint, protocol: 'http' };
    const file = join(directory, 'proxy.yaml');
    await writeFile(
      file,
      JSON.stringify({
        accounts: [{ name: 'shop', keys: [key], instances: [sandbox.instanceId] }],
        backends: { gateway },
        store: { type: 'memory' },
      }),
    );
    // The next line is due only when the reader has left.
    sandbox.gateway.faults.set({ kind: 'delay', ms: 300, actions: ['ApplyToken'] });
    const check = runProgram(['check', '--live', '--config', file], { READER_GONE_SECRET: sandbox.secret });
    await check.says(/instance post-/);
    check.child.stdout?.destroy();
    assert.equal(await check.ended, 0, check.stderr());
    assert.equal(check.stderr(), '');
    const { ApplyToken: applied, RevokeToken: revoked } = sandbox.gateway.stats().byAction;
    assert.deepEqual([applied, revoked], [1, 1]);
  });
});
