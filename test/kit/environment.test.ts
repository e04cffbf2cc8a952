// What every test relies on without saying so: that a promise which nobody watches cannot fail in silence.
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

  for (const mode of ['--no-parallel', '--parallel']) {
    it(`fails upon a rejection that nobody handles, with ${mode}`, async () => {
      const file = join(directory, 'rejects.test.cjs');
      await writeFile(
        file,
        `it('rejects', () => { void Promise.reject(new Error('planted')); return new Promise(setImmediate); });`,
      );
      const output = await new Promise<string>((resolve) => {
        execFile(process.execPath, [mocha, mode, file], { cwd: root }, (error, stdout) =>
          resolve(`${error === null ? 'passed' : 'failed'}\n${stdout}`),
        );
      });
      assert.match(output, /^failed[^]*Uncaught Error: planted/);
    });
  }
});
