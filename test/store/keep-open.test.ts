import assert from 'node:assert/strict';
import { keepOpen, pauseAfter, type Openable } from '../../src/store/keep-open.ts';
import { eventually } from './kit.ts';

/** Connections that are opened, refused and ended by the test. */
function connections(refusal?: Error) {
  const opened: (Openable & { end: (reason: unknown) => void; destroyed: boolean })[] = [];
  const told: string[] = [];
  let attempts = 0;
  const kept = keepOpen({
    open: () => {
      attempts += 1;
      if (refusal !== undefined) return Promise.reject(refusal);
      let end: (reason: unknown) => void = () => undefined;
      const ended = new Promise<unknown>((resolve) => (end = resolve));
      const connection = { ended, end, destroyed: false, destroy: () => void (connection.destroyed = true) };
      opened.push(connection);
      return Promise.resolve(connection);
    },
    opened: () => told.push('opened'),
    failed: (reason) => told.push(reason instanceof Error ? reason.message : String(reason)),
    random: () => 0,
  });
  return { kept, opened, told, allow: () => (refusal = undefined), attempts: () => attempts };
}

describe('a connection that is kept open', () => {
  it('is opened again when it ends', async () => {
    const { kept, opened, told } = connections();
    await kept.tried;
    opened[0]?.end('gone');
    await eventually(() => opened.length === 2);
    assert.deepEqual(told, ['opened', 'gone', 'opened']);
    assert.equal(opened[0]?.destroyed, true);
    kept.close();
    assert.equal(opened[1]?.destroyed, true);
  });

  it('is tried again for as long as it cannot be opened', async () => {
    const { kept, told, allow, attempts } = connections(new Error('refused'));
    await kept.tried;
    await eventually(() => attempts() >= 3);
    allow();
    await eventually(() => told.at(-1) === 'opened');
    assert.deepEqual(told.slice(0, 3), ['refused', 'refused', 'refused']);
    kept.close();
  });

  it('is tried again after pauses that grow up to a limit, and differ between replicas', () => {
    const pauses = [0, 1, 2, 3, 4, 5, 100].map((failures) => [
      pauseAfter(failures, 0),
      pauseAfter(failures, 1),
    ]);
    assert.deepEqual(pauses, [
      [50, 100],
      [100, 200],
      [200, 400],
      [400, 800],
      [800, 1600],
      [1000, 2000],
      [1000, 2000],
    ]);
  });

  it('is not opened any more once closed, and one that comes late is let go of', async () => {
    const { kept, opened, told, attempts } = connections();
    kept.close();
    await kept.tried;
    const [late] = opened;
    assert.equal(late?.destroyed, true);
    late.end('destroyed');
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([told, attempts()], [[], 1]);
  });
});
