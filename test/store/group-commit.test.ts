// Writes that come while others are being committed share the next commit.
import assert from 'node:assert/strict';
import { createGroupCommit } from '../../src/store/group-commit.ts';

/** Commits that end when the test says so. */
function slowCommits() {
  const groups: number[] = [];
  const ends: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const commit = (writes: readonly (() => void)[]): Promise<void> => {
    groups.push(writes.length);
    for (const write of writes) write();
    return new Promise((resolve, reject) => ends.push({ resolve, reject }));
  };
  return { commit, groups, ends };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a group commit', () => {
  it('commits at once when nothing is under way, and all that came meanwhile together after it', async () => {
    const { commit, groups, ends } = slowCommits();
    const written: string[] = [];
    const { add, whenIdle } = createGroupCommit(commit);
    const all = ['a', 'b', 'c'].map((name) => add(() => void written.push(name)));
    assert.deepEqual(written, ['a']);
    ends[0]?.resolve();
    await all[0];
    await turn();
    assert.deepEqual(
      [written, groups],
      [
        ['a', 'b', 'c'],
        [1, 2],
      ],
    );
    ends[1]?.resolve();
    await Promise.all(all);
    await whenIdle();
    void add(() => void written.push('d'));
    assert.deepEqual(groups, [1, 2, 1]);
  });

  it('tells everyone of a group that it failed, and commits the next one all the same', async () => {
    const { commit, groups, ends } = slowCommits();
    const { add, whenIdle } = createGroupCommit(commit);
    const first = add(() => undefined);
    const [second, third] = [add(() => undefined), add(() => undefined)];
    ends[0]?.reject(new Error('full'));
    await assert.rejects(first, /full/);
    await turn();
    ends[1]?.reject(new Error('still full'));
    await assert.rejects(second, /still full/);
    await assert.rejects(third, /still full/);
    const fourth = add(() => undefined);
    await turn();
    ends[2]?.resolve();
    await fourth;
    await whenIdle();
    assert.deepEqual(groups, [1, 2, 1]);
  });

  it('lets the group after a crowd gather for a while, and no other', async () => {
    const { commit, groups, ends } = slowCommits();
    let gathered: (() => void) | undefined;
    const gather = () => new Promise<void>((resolve) => (gathered = resolve));
    const { add, whenIdle } = createGroupCommit(commit, gather);
    const several = (count: number) => Array.from({ length: count }, () => add(() => undefined));
    const all = [...several(1), ...several(8)];
    ends[0]?.resolve();
    await turn();
    assert.deepEqual(groups, [1, 8]);
    all.push(...several(2));
    ends[1]?.resolve();
    await turn();
    all.push(...several(1));
    assert.deepEqual(groups, [1, 8], 'the crowd was committed, and what comes after it gathers');
    gathered?.();
    await turn();
    assert.deepEqual(groups, [1, 8, 3]);
    ends[2]?.resolve();
    await Promise.all(all);
    await whenIdle();
  });

  it('lets a group gather for which nobody waits, until somebody does', async () => {
    const { commit, groups, ends } = slowCommits();
    let gathered: (() => void) | undefined;
    const times: number[] = [];
    const gather = (ms: number) => {
      times.push(ms);
      return new Promise<void>((resolve) => (gathered = resolve));
    };
    const { add, whenIdle } = createGroupCommit(commit, gather);
    const all = [add(() => undefined, true), add(() => undefined, true)];
    await turn();
    assert.deepEqual([groups, times], [[], [25]]);
    gathered?.();
    await turn();
    assert.deepEqual(groups, [2], 'it has gathered for long enough');
    ends[0]?.resolve();
    all.push(add(() => undefined, true));
    await turn();
    assert.deepEqual(groups, [2]);
    all.push(add(() => undefined));
    await turn();
    assert.deepEqual(groups, [2, 2], 'somebody waits');
    ends[1]?.resolve();
    await Promise.all(all);
    await whenIdle();
  });

  for (const { whose, mayWait, few, many } of [
    { whose: 'of those who wait', mayWait: false, few: 8, many: 9 },
    { whose: 'for whom nobody waits', mayWait: true, few: 31, many: 32 },
  ]) {
    it(`says that there is a crowd ${whose} until two groups in succession were small`, async () => {
      const atOnce = (): Promise<void> => Promise.resolve();
      const { add, isCrowded } = createGroupCommit(atOnce, atOnce);
      const seen = [isCrowded()];
      for (const count of [few, many, 1, 1]) {
        await Promise.all(Array.from({ length: count }, () => add(() => undefined, mayWait)));
        seen.push(isCrowded());
      }
      assert.deepEqual(seen, [false, false, true, true, false]);
    });
  }
});
