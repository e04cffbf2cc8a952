// The largest number told lately.
import assert from 'node:assert/strict';
import { LargestLately } from '../../src/quota/largest-lately.ts';

describe('LargestLately', () => {
  it('remembers the largest number for ten minutes at least, and for twenty at most', () => {
    const largest = new LargestLately();
    assert.equal(largest.value, 0);
    largest.note(3, 0);
    largest.note(9, 500_000);
    for (let atMs = 500_000; atMs < 1_100_000; atMs += 1_000) {
      largest.note(3, atMs);
      assert.equal(largest.value, 9);
    }
    for (let atMs = 1_100_000; atMs <= 1_700_000; atMs += 1_000) largest.note(3, atMs);
    assert.equal(largest.value, 3);
  });

  it('forgets nothing while it is told nothing', () => {
    const largest = new LargestLately();
    largest.note(9, 0);
    largest.note(3, 86_400_000);
    assert.equal(largest.value, 9);
  });
});
