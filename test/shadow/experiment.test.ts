import assert from 'node:assert/strict';
import fc from 'fast-check';
import { longestWaitMs, mostWaiting, mostWaitingOfAccount, workers } from '../../src/shadow/experiment.ts';
import { candidateOf, denied, granted, heldTrial, matching, openBench, subjectOf } from './kit.ts';

const results = (bench: ReturnType<typeof openBench>) => bench.conclusions.map(({ result }) => result);
const trials = (number: number, account?: (index: number) => string) =>
  Array.from({ length: number }, (_, index) => heldTrial(account?.(index), String(index)));

describe('the experiment', () => {
  it('picks the configured share, two decimals of it, and nothing at 0 or while the server stops', () => {
    const bench = openBench({ percent: 12.34, verify: false });
    const picksAt = (drawn: number) => {
      bench.drawn = drawn;
      return bench.experiment.picks();
    };
    assert.deepEqual(
      [picksAt(0), picksAt(0.1233), picksAt(0.1235), picksAt(0.99)],
      [true, true, false, false],
    );
    bench.isOpen = false;
    assert.equal(picksAt(0), false);
    bench.isOpen = true;
    bench.experiment.configure({ percent: 0, verify: false });
    assert.equal(picksAt(0), false);
    bench.experiment.configure({ percent: 100, verify: false });
    assert.equal(picksAt(0.9999999), true);
  });

  it('begins nothing while what offered a trial is still at work', async () => {
    const bench = openBench();
    const trial = heldTrial();
    bench.experiment.offer(trial);
    await Promise.resolve();
    assert.equal(trial.attempts, 0);
    await bench.settle();
    assert.equal(trial.attempts, 1);
    trial.end(matching);
    await bench.settle();
    assert.deepEqual(bench.conclusions, [{ account: 'shop', operation: 'apply', result: 'match' }]);
  });

  it('has a few trials under way at a time, in the order in which they came', async () => {
    const bench = openBench();
    const all = trials(workers + 2);
    for (const trial of all) bench.experiment.offer(trial);
    await bench.settle();
    const begun = () => all.map(({ attempts }) => attempts);
    assert.deepEqual(begun(), [...Array<number>(workers).fill(1), 0, 0]);
    assert.equal(bench.experiment.reading().waiting, 2);
    all[0]?.end(matching);
    await bench.settle();
    assert.deepEqual(begun(), [...Array<number>(workers).fill(1), 1, 0]);
  });

  it('drops the newest where the queue is full, of one account or of all', async () => {
    const bench = openBench();
    for (const trial of trials(mostWaitingOfAccount + 7)) bench.experiment.offer(trial);
    assert.equal(bench.experiment.reading().counts.dropped, 7);
    for (const trial of trials(mostWaiting, (index) => `a${index % 10}`)) bench.experiment.offer(trial);
    const { waiting, counts } = bench.experiment.reading();
    assert.equal(waiting, mostWaiting);
    assert.equal(counts.dropped, 7 + mostWaitingOfAccount);
    await bench.experiment.close();
  });

  it('drops what waited for too long', async () => {
    const bench = openBench();
    const all = trials(workers + 1);
    for (const trial of all) bench.experiment.offer(trial);
    await bench.settle();
    bench.nowMs += longestWaitMs;
    all[0]?.end(matching);
    await bench.settle();
    assert.deepEqual(results(bench), ['match', 'dropped']);
    assert.equal(all.at(-1)?.attempts, 0);
  });

  it('tries again, after a rest, what found no room, until it is too old', async () => {
    const bench = openBench();
    const trial = heldTrial();
    bench.experiment.offer(trial);
    await bench.settle();
    trial.end({ kind: 'no-room' });
    await bench.settle();
    assert.equal(trial.attempts, 1);
    await bench.wake();
    assert.equal(trial.attempts, 2);
    trial.end({ kind: 'no-room' });
    bench.nowMs += longestWaitMs;
    await bench.settle();
    await bench.wake();
    assert.deepEqual(results(bench), ['dropped']);
    assert.equal(trial.attempts, 2);
  });

  it('concludes at once what this server would refuse', () => {
    const bench = openBench();
    const refused = candidateOf('rejected', 407, { by: 'proxy', message: 'no' });
    bench.experiment.observed(subjectOf(), granted, refused);
    const [mismatch] = bench.experiment.reading().mismatches;
    assert.equal(mismatch?.why, 'this proxy refuses what the old service grants: no');
    assert.deepEqual(bench.conclusions, [
      { account: 'shop', operation: 'apply', result: 'mismatch', why: mismatch.why },
    ]);
  });

  it('takes a trial that throws for an error, and goes on', async () => {
    const bench = openBench();
    const all = trials(2);
    for (const trial of all) bench.experiment.offer(trial);
    await bench.settle();
    all[0]?.end(new Error('planted'));
    all[1]?.end(matching);
    await bench.settle();
    assert.deepEqual(results(bench).toSorted(), ['error', 'match']);
    assert.equal(bench.defects.length, 1);
  });

  it('drops what waits once the share is 0, and what comes then', async () => {
    const bench = openBench();
    for (const trial of trials(3)) bench.experiment.offer(trial);
    bench.experiment.configure({ percent: 0, verify: false });
    bench.experiment.offer(heldTrial());
    await bench.settle();
    assert.deepEqual(results(bench), ['dropped', 'dropped', 'dropped', 'dropped']);
  });

  it('closes with what waits dropped and what is under way awaited', async () => {
    const bench = openBench();
    const all = trials(workers + 3);
    for (const trial of all) bench.experiment.offer(trial);
    await bench.settle();
    let closed = false;
    const closing = bench.experiment.close().then(() => (closed = true));
    await bench.settle();
    assert.deepEqual(results(bench), ['dropped', 'dropped', 'dropped']);
    assert.equal(closed, false);
    assert.equal(all[0]?.signal?.aborted, true);
    for (const [index, trial] of all.entries()) trial.end(index % 2 === 0 ? matching : { kind: 'no-room' });
    await closing;
    bench.experiment.offer(heldTrial());
    assert.equal(bench.conclusions.length, all.length + 1);
    assert.equal(bench.experiment.reading().waiting, 0);
  });

  it('keeps how long both sides took, of what the gateway answered', () => {
    const { experiment } = openBench();
    assert.deepEqual(experiment.reading().durations, { legacy: null, gateway: null });
    experiment.observed(
      subjectOf(),
      granted,
      candidateOf('rejected', 400, { by: 'proxy', durationMs: undefined }),
    );
    experiment.observed(subjectOf(), granted, candidateOf('fault', 409));
    assert.deepEqual(experiment.reading().durations, { legacy: null, gateway: null });
    experiment.observed(subjectOf(), denied, candidateOf('ok', 200));
    const { legacy, gateway } = experiment.reading().durations;
    assert.deepEqual(
      [legacy, gateway],
      [
        { p50Ms: 10, p99Ms: 10 },
        { p50Ms: 20, p99Ms: 20 },
      ],
    );
  });

  it('concludes each trial exactly once, whatever happens', async () => {
    const step = fc.constantFrom('offer', 'match', 'no-room', 'throw', 'wake', 'age', 'off', 'on');
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const bench = openBench();
        const all: ReturnType<typeof heldTrial>[] = [];
        const endAll = (attempt: Parameters<(typeof all)[number]['end']>[0]) =>
          all.forEach(({ end }) => end(attempt));
        for (const what of steps) {
          if (what === 'offer') {
            const trial = heldTrial(`a${all.length % 3}`);
            all.push(trial);
            bench.experiment.offer(trial);
          } else if (what === 'match') endAll(matching);
          else if (what === 'no-room') endAll({ kind: 'no-room' });
          else if (what === 'throw') endAll(new Error('planted'));
          else if (what === 'wake') await bench.wake();
          else if (what === 'age') bench.nowMs += longestWaitMs / 2;
          else bench.experiment.configure({ percent: what === 'off' ? 0 : 100, verify: false });
          await bench.settle();
        }
        const closing = bench.experiment.close();
        await bench.settle();
        endAll(matching);
        await closing;
        const { match, mismatch, error, dropped } = bench.experiment.reading().counts;
        assert.equal(match + mismatch + error + dropped, all.length);
        assert.equal(bench.conclusions.length, all.length);
      }),
      { numRuns: 60 },
    );
  });
});
