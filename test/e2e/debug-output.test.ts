// DEBUG in the environment: it makes libraries print what they send, and is kept from them.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSandbox, type Sandbox } from '../../src/sandbox/world.ts';
import { runProgram } from '../kit/program.ts';

describe('DEBUG in the environment', () => {
  let sandbox: Sandbox;
  let directory: string;
  before(async () => {
    sandbox = await startSandbox();
    directory = await mkdtemp(join(tmpdir(), 'token-proxy-debug-'));
  });
  after(async () => {
    await sandbox.close();
    await rm(directory, { recursive: true });
  });

  it("makes nothing print a signature or a header, the vendor's client neither", async () => {
    const key = { accessKey: sandbox.accessKey, secret: { env: 'WRONG_SECRET' } };
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
    // A wrong secret is refused, and the vendor's client is asked as well.
    const check = runProgram(['check', '--live', '--config', file], { WRONG_SECRET: 'wrong', DEBUG: '*' });
    assert.equal(await check.ended, 1);
    assert.match(check.stdout(), /second opinion/);
    assert.doesNotMatch(check.stdout() + check.stderr(), /httpx|Signature=|authorization/i);
  });
});
