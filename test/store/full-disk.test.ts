import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { beside, directories } from './kit.ts';

describe('the embedded store on a full disk', () => {
  const directory = directories();

  it('stays in service, keeps records in memory, and writes them when there is room again', async function () {
    // Needs Linux's way of changing the limits of a running process.
    // Part of every Debian; elsewhere there is nothing to limit a file's size with. CI must not do without.
    if (process.env['CI'] !== 'true' && spawnSync('prlimit', ['--version']).status !== 0) return this.skip();
    this.timeout(30_000);
    const limited = ['bash', '-c', 'ulimit -S -f 300 && exec "$@"', 'bash'];
    const { child, lines } = beside('store/full-disk.program.ts', [await directory()], limited);
    await once(child, 'close');
    const said = lines.map((line): unknown => JSON.parse(line));
    assert.equal(said.length, 4, lines.join('\n'));
    assert.deepEqual(said[0], { level: 'error' });
    assert.match(lines[1] ?? '', /"down":".*(too large|Input\/output)/i);
    assert.match(lines[1] ?? '', /"waiting":true/);
    assert.deepEqual(said[2], { level: 'info' });
    assert.deepEqual(said[3], { missing: 0, waiting: 0 });
    assert.equal(child.exitCode, 0);
  });
});
