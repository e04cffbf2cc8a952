// `check --live` as a program: its output may lose its reader (`| head`), and DEBUG may be set around it.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSandbox, type Sandbox } from '../../src/sandbox/world.ts';
import { runProgram } from '../kit/program.ts';

describe('a live check of the program', () => {
  let sandbox: Sandbox;
  let directory: string;
  before(async () => {
    sandbox = await startSandbox();
    directory = await mkdtemp(join(tmpdir(), 'token-proxy-live-check-'));
  });
  after(async () => {
    await sandbox.close();
    await rm(directory, { recursive: true });
  });

  async function configured(): Promise<string> {
    const key = { accessKey: sandbox.accessKey, secret: { env: 'LIVE_CHECK_SECRET' } };
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
    return file;
  }

  it('revokes its token when its reader is gone, and shows no stack', async () => {
    const file = await configured();
    // The next line is due only when the reader has left.
    sandbox.gateway.faults.set({ kind: 'delay', ms: 300, actions: ['ApplyToken'], count: 1 });
    const check = runProgram(['check', '--live', '--config', file], { LIVE_CHECK_SECRET: sandbox.secret });
    await check.says(/instance post-/);
    check.child.stdout?.destroy();
    assert.equal(await check.ended, 0, check.stderr());
    assert.equal(check.stderr(), '');
    const { ApplyToken: applied, RevokeToken: revoked } = sandbox.gateway.stats().byAction;
    assert.deepEqual([applied, revoked], [1, 1]);
  });

  it("has nothing print a signature or a header, the vendor's client neither, whatever DEBUG says", async () => {
    const env = { LIVE_CHECK_SECRET: 'wrong', DEBUG: '*' };
    // A wrong secret is refused, and the vendor's client is asked as well.
    const check = runProgram(['check', '--live', '--config', await configured()], env);
    assert.equal(await check.ended, 1);
    assert.match(check.stdout(), /second opinion/);
    assert.doesNotMatch(check.stdout() + check.stderr(), /httpx|Signature=|authorization/i);
  });
});
