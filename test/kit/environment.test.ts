// What every test relies on without saying so: that a promise which nobody watches cannot fail in silence, and that what a
// test leaves open is found where it was opened.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const mocha = fileURLToPath(import.meta.resolve('mocha/bin/mocha.js'));

describe('the suite', () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'token-proxy-suite-'));
  });
  after(() => rm(directory, { recursive: true }));

  async function run(mode: string, name: string, text: string): Promise<string> {
    const file = join(directory, `${name}.test.cjs`);
    await writeFile(file, text);
    return new Promise((resolve) => {
      execFile(process.execPath, [mocha, mode, file], { cwd: root }, (error, stdout) =>
        resolve(`${error === null ? 'passed' : 'failed'}\n${stdout}`),
      );
    });
  }

  for (const mode of ['--no-parallel', '--parallel']) {
    it(`fails upon a rejection that nobody handles, with ${mode}`, async () => {
      const rejects = `it('rejects', () => { void Promise.reject(new Error('planted')); return new Promise(setImmediate); });`;
      assert.match(await run(mode, 'rejects', rejects), /^failed[^]*Uncaught Error: planted/);
    });
  }

  it('fails upon a server that is left open, and says where', async () => {
    const leaves = `describe('it', () => it('leaves', (done) => void require('net').createServer().listen(0, done)));`;
    assert.match(
      await run('--parallel', 'leaves', leaves),
      /^failed[^]*was left open in [^]*leaves\.test\.cjs/,
    );
  });
});
