import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { inBatches } from '../../src/app/log-batches.ts';

const program = fileURLToPath(new URL('./logging.program.ts', import.meta.url));

/** What a program that logs has written when it has ended. */
function loggedBy(way: 'flush' | 'throw' | 'return'): Promise<string> {
  return new Promise((resolve) => {
    const options = { maxBuffer: 16 * 1024 * 1024 };
    execFile(process.execPath, ['--import', 'tsx', program, way], options, (_error, stdout) =>
      resolve(stdout),
    );
  });
}

const info = (text: string) => `{"level":30,"msg":"${text}"}\n`;
const warning = (text: string) => `{"level":40,"msg":"${text}"}\n`;

describe('the log', () => {
  for (const way of ['flush', 'throw', 'return'] as const) {
    it(`is complete when the process ends by ${way}`, async () => {
      const lines = (await loggedBy(way)).split('\n');
      assert.equal(lines.pop(), '');
      assert.deepEqual(
        lines.map((line) => (JSON.parse(line) as { line: number }).line),
        Array.from({ length: 1_000 }, (_, line) => line),
      );
    }).timeout(20_000);
  }
});

describe('batches of log lines', () => {
  it('go out together soon, without another line', async () => {
    const written = await new Promise((resolve) => {
      const batches = inBatches(resolve);
      batches.write(info('one'));
      batches.write(info('two'));
    });
    assert.equal(written, info('one') + info('two'));
  });

  it('go out at once with a warning, behind what was before it', () => {
    const written: string[] = [];
    const batches = inBatches((text) => written.push(text));
    batches.write(info('one'));
    assert.deepEqual(written, []);
    batches.write(warning('two'));
    assert.deepEqual(written, [info('one') + warning('two')]);
    batches.close();
  });

  it('go out at once when there are many', () => {
    const written: string[] = [];
    const batches = inBatches((text) => written.push(text));
    const line = info('x'.repeat(1_000));
    for (let count = 0; count < 9; count += 1) batches.write(line);
    assert.deepEqual(written, [line.repeat(9).slice(0, written[0]?.length)]);
    assert.ok((written[0]?.length ?? 0) <= 9_216);
    batches.close();
  });

  it('hand back what is not written when they are closed, and write nothing any more', () => {
    const written: string[] = [];
    const batches = inBatches((text) => written.push(text));
    batches.write(info('one'));
    assert.equal(batches.close(), info('one'));
    batches.write(warning('two'));
    assert.deepEqual(written, []);
  });
});
