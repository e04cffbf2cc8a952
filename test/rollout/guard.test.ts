import assert from 'node:assert/strict';
import { createGuard, type Guard } from '../../src/rollout/guard.ts';
import type { Backend, JudgedClass } from '../../src/rollout/outcome.ts';
import { idle, type Status } from '../../src/rollout/status.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { StoreError } from '../../src/store/store.ts';
import { common, plan, position } from './kit.ts';

const progressing: Status = { ...common, ...position, state: 'progressing' };

function guards(count: number) {
  const memory = createMemoryStore({ now: Date.now });
  let trouble: 'none' | 'writes' | 'reads' | 'conflicts' = 'none';
  const store = {
    readDocument: (name: string) =>
      trouble === 'reads' ? Promise.reject(new StoreError('gone')) : memory.readDocument(name),
    writeDocument: async (...write: Parameters<typeof memory.writeDocument>) => {
      if (trouble === 'writes') throw new StoreError('full');
      return trouble === 'conflicts' ? false : memory.writeDocument(...write);
    },
  };
  const made = Array.from({ length: count }, () => createGuard(store, plan.abortWhen));
  for (const guard of made) guard.follow(progressing);
  const [one, two = one] = made;
  assert.ok(one && two);
  return { memory, made, one, two, suffer: (kind: typeof trouble) => void (trouble = kind) };
}

/** @returns the call at which the guard failed the gateway */
function feed(guard: Guard, count: number, outcome: JudgedClass, backend: Backend = 'gateway') {
  for (let call = 1; call <= count; call += 1) {
    if (guard.outcome(backend, outcome) !== undefined) return call;
  }
  return undefined;
}

describe('the guard of one replica', () => {
  it('fails the gateway with the tenth fault in a row, at once', () => {
    const { one } = guards(1);
    feed(one, 20, 'ok');
    assert.equal(feed(one, 20, 'fault'), 10);
  });

  it('says so again with each further error, until it is heard', () => {
    const { one } = guards(1);
    feed(one, 10, 'fault');
    assert.equal(feed(one, 1, 'fault'), 1);
  });

  it('is armed while a rollout progresses, holds or is paused, and at no other time', () => {
    const { one } = guards(1);
    const at = (status: Status) => {
      one.follow({ ...status, run: status.run + Math.random() });
      return feed(one, 10, 'fault');
    };
    assert.equal(at(progressing), 10);
    assert.equal(at({ ...common, ...position, state: 'paused' }), 10);
    assert.equal(at({ ...common, ...position, state: 'holding', cause: 'manual' }), 10);
    assert.equal(at({ ...common, ...position, state: 'aborted' }), undefined);
    assert.equal(at({ ...common, ...position, state: 'completed' }), undefined);
    assert.equal(at(idle(0)), undefined);
  });

  it('takes throttled calls and callers’ mistakes for nothing', () => {
    const { one } = guards(1);
    assert.equal(feed(one, 500, 'throttled'), undefined);
    assert.equal(feed(one, 500, 'rejected'), undefined);
    assert.equal(one.reading().evidence.gateway.calls, 0);
  });

  it('holds errors against the old service’s over the same time', () => {
    const alone = guards(1).one;
    const beside = guards(1).one;
    const mixed = (guard: Guard, legacy: boolean) => {
      for (let call = 0; call < 600; call += 1) {
        const outcome = call % 5 === 0 ? 'fault' : 'ok';
        if (legacy)
          for (let other = 0; other < 5; other += 1)
            guard.outcome('legacy', call % 5 === other ? 'fault' : 'ok');
        if (guard.outcome('gateway', outcome) !== undefined) return true;
      }
      return false;
    };
    assert.equal(mixed(alone, false), true);
    assert.equal(mixed(beside, true), false);
  });

  it('begins anew with each run, and counts anew with each step', () => {
    const { one } = guards(1);
    feed(one, 60, 'ok');
    feed(one, 5, 'fault');
    one.follow({ ...progressing, entry: position.entry + 1 });
    const { evidence } = one.reading();
    assert.deepEqual([evidence.stepCalls, evidence.gateway.calls, evidence.faultsInARow], [0, 65, 5]);
    one.follow({ ...progressing, run: common.run + 1 });
    assert.equal(one.reading().evidence.gateway.calls, 0);
    assert.equal(feed(one, 9, 'fault'), undefined);
  });

  it('goes by new rules as soon as it is given them', () => {
    const { one } = guards(1);
    feed(one, 20, 'ok');
    assert.equal(one.reading().verdict.kind, 'need-more-data');
    one.configure({ errorPercent: 2, minRequests: 20 });
    assert.equal(one.reading().verdict.kind, 'healthy-so-far');
  });
});

describe('the guards of several replicas', () => {
  it('have enough data together', async () => {
    const { made, one } = guards(3);
    for (const guard of made) feed(guard, 20, 'ok');
    assert.deepEqual(one.reading().verdict, { kind: 'need-more-data', cause: 'few', calls: 30 });
    for (const guard of [...made, one]) await guard.share();
    assert.deepEqual(one.reading().verdict, { kind: 'healthy-so-far' });
    assert.equal(one.reading().evidence.gateway.calls, 60);
  });

  it('find together what none of them finds by itself', async () => {
    const { made } = guards(5);
    for (const guard of made) feed(guard, 100, 'ok');
    for (const guard of made) await guard.share();
    const found: unknown[] = [];
    for (const guard of made) {
      assert.equal(feed(guard, 2, 'denied'), undefined);
      found.push(await guard.share());
    }
    assert.equal(found[0], undefined);
    assert.notEqual(found.at(-1), undefined);
  });

  it('do not outweigh with others’ good calls what one of them suspects', async () => {
    const { one, two } = guards(2);
    feed(one, 60, 'ok');
    feed(one, 4, 'fault');
    await one.share();
    feed(two, 1_000, 'ok');
    await two.share();
    await one.share();
    assert.equal(two.reading().verdict.kind, 'healthy-so-far');
    const { verdict, evidence } = one.reading();
    assert.ok(verdict.kind === 'need-more-data' && verdict.cause === 'suspicious');
    assert.deepEqual([evidence.gateway.calls, evidence.faultsInARow], [1_064, 4]);
  });

  it('count faults in a row across replicas', async () => {
    const { made } = guards(4);
    const found: unknown[] = [];
    for (const guard of made) {
      feed(guard, 3, 'fault');
      found.push(await guard.share());
    }
    assert.deepEqual(found.slice(0, 3), [undefined, undefined, undefined]);
    assert.deepEqual(found[3], { kind: 'fails', cause: 'outage', faultsInARow: 12 });
  });

  it('know at a start what was shared before: a restart forgets no more than the last second', async () => {
    const { one, two } = guards(2);
    feed(one, 100, 'ok');
    feed(one, 4, 'fault');
    await one.share();
    await two.share();
    const { gateway, faultsInARow } = two.reading().evidence;
    assert.deepEqual([gateway.calls, faultsInARow], [104, 4]);
    assert.equal(feed(two, 10, 'fault'), 6);
  });

  it('lose nothing when they write at the same moment', async () => {
    const { made, one } = guards(4);
    for (const guard of made) feed(guard, 25, 'ok');
    await Promise.all(made.map((guard) => guard.share()));
    await one.share();
    assert.equal(one.reading().evidence.gateway.calls, 100);
  });

  it('do not let calls of an earlier step count for the present one', async () => {
    const { one, two } = guards(2);
    const next = { ...progressing, entry: position.entry + 1 };
    one.follow(next);
    feed(one, 5, 'ok');
    await one.share();
    feed(two, 40, 'ok');
    await two.share();
    await one.share();
    assert.deepEqual([one.reading().evidence.stepCalls, one.reading().evidence.gateway.calls], [5, 45]);
  });

  it('leave the evidence of a later run alone', async () => {
    const { one, two } = guards(2);
    two.follow({ ...progressing, run: common.run + 1 });
    feed(two, 7, 'ok');
    await two.share();
    feed(one, 30, 'ok');
    await one.share();
    await two.share();
    assert.equal(two.reading().evidence.gateway.calls, 7);
  });

  it('take what cannot be understood for nothing', async () => {
    const { one, memory } = guards(1);
    await memory.writeDocument('rollout-evidence', 'no JSON', 0);
    feed(one, 3, 'ok');
    await one.share();
    assert.equal(one.reading().evidence.gateway.calls, 3);
  });
});

describe('the guard on a store that fails', () => {
  it('keeps what it could not share for later', async () => {
    const { one, two, suffer } = guards(2);
    feed(one, 10, 'ok');
    suffer('reads');
    await assert.rejects(one.share());
    feed(one, 10, 'ok');
    suffer('conflicts');
    await one.share();
    suffer('none');
    await one.share();
    await two.share();
    assert.equal(two.reading().evidence.gateway.calls, 20);
  });

  it('never counts twice what may have been written', async () => {
    const { one, two, suffer } = guards(2);
    feed(one, 10, 'fault');
    suffer('writes');
    await assert.rejects(one.share());
    suffer('none');
    feed(one, 1, 'ok');
    await one.share();
    await two.share();
    assert.equal(two.reading().evidence.gateway.calls, 1);
  });

  it('still fails the gateway by what it has seen itself', async () => {
    const { one, suffer } = guards(1);
    suffer('writes');
    feed(one, 9, 'fault');
    await assert.rejects(one.share());
    assert.equal(feed(one, 1, 'fault'), 1);
  });
});
