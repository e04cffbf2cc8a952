import assert from 'node:assert/strict';
import { matchesThatMend } from '../../src/readiness/create.ts';
import type { AccountReadiness, GatewayUse, Readiness } from '../../src/readiness/readiness.ts';
import { account, factsOf, fleet, startMs, type Fleet } from './kit.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const use: GatewayUse = { account: 'shop', action: 'apply', instanceId: 'post-1', topics: 'R T' };
const denial = { code: 'NoPermission', message: 'denied', ofTopics: false };

function only({ replicas: [first] }: Fleet): Readiness {
  assert.ok(first !== undefined);
  return first;
}
async function judged(readiness: Readiness, sinceMs?: number): Promise<AccountReadiness> {
  const [first] = (await readiness.report(sinceMs)).accounts;
  assert.ok(first !== undefined);
  return first;
}
const kinds = ({ blockers }: AccountReadiness) => blockers.map(({ kind }) => kind);

describe('readiness of an account', () => {
  let house: Fleet;
  let readiness: Readiness;
  const called = (times = 1, by: Readiness = readiness) => {
    for (let at = 0; at < times; at += 1) by.arrived('shop', 'KEY1', 'apply', true);
  };
  beforeEach(() => {
    house = fleet();
    readiness = only(house);
    called();
  });

  it('counts calls since the first, and forgets them a day after the last', async () => {
    house.pass(minuteMs);
    called(2);
    assert.equal((await judged(readiness)).calls.apply, 3);
    house.pass(dayMs - 1);
    assert.equal((await judged(readiness)).calls.apply, 3);
    house.pass(2);
    assert.deepEqual(kinds(await judged(readiness)), ['no-calls']);
  });

  it('leaves out what was last seen before the moment asked for', async () => {
    readiness.wouldBeRefused('shop', 'resources', 'resources names 120 topics');
    house.pass(minuteMs);
    called();
    assert.deepEqual(kinds(await judged(readiness)), ['refused-parameters']);
    assert.deepEqual(kinds(await judged(readiness, house.now())), []);
  });

  it('tells how often and when something was seen last', async () => {
    readiness.instanceUnknown('shop', 'unnamed');
    house.pass(minuteMs);
    readiness.instanceUnknown('shop', 'unnamed');
    const [blocker] = (await judged(readiness)).blockers;
    assert.deepEqual([blocker?.count, blocker?.lastSeenMs], [2, startMs + minuteMs]);
  });

  it('forgets a permission denied when the same was granted, and counts anew after that', async () => {
    readiness.gatewayDenied(use, denial);
    readiness.gatewayDenied({ ...use, action: 'revoke' }, denial);
    house.pass(1);
    readiness.gatewayAllowed(use);
    assert.equal((await judged(readiness)).blockers.length, 1);
    readiness.gatewayAllowed({ ...use, action: 'revoke' });
    assert.deepEqual(kinds(await judged(readiness)), []);
    house.pass(1);
    readiness.gatewayDenied(use, denial);
    assert.equal((await judged(readiness)).blockers[0]?.count, 1);
  });

  it('is not mended by a permission for another key, instance or topic', async () => {
    readiness.gatewayDenied({ ...use, accessKey: 'KEY1' }, { ...denial, ofTopics: true });
    house.pass(1);
    readiness.gatewayAllowed({ ...use, accessKey: 'KEY2' });
    readiness.gatewayAllowed({ ...use, accessKey: 'KEY1', instanceId: 'post-2' });
    readiness.gatewayAllowed({ ...use, accessKey: 'KEY1', topics: 'R U' });
    assert.deepEqual(kinds(await judged(readiness)), ['permission']);
  });

  it('is blocked by shadow calls that came out differently, with their number', async () => {
    const shadow = { account: 'shop', operation: 'apply', why: 'the gateway refuses' } as const;
    readiness.shadowConcluded({ ...shadow, result: 'match' });
    readiness.shadowConcluded({ ...shadow, result: 'mismatch' });
    readiness.shadowConcluded({ ...shadow, result: 'error' });
    readiness.shadowConcluded({ ...shadow, result: 'dropped' });
    const [blocker] = (await judged(readiness)).blockers;
    assert.equal(blocker?.kind, 'shadow');
    assert.match(blocker.detail, /in 1 of 2 shadow calls of apply: the gateway refuses/);
  });

  it('takes a shadow that matches for long enough for mended', async () => {
    const shadow = { account: 'shop', operation: 'query', why: '' } as const;
    readiness.shadowConcluded({ ...shadow, result: 'mismatch' });
    for (let at = 1; at < matchesThatMend; at += 1) readiness.shadowConcluded({ ...shadow, result: 'match' });
    assert.deepEqual(kinds(await judged(readiness)), ['shadow']);
    house.pass(1);
    readiness.shadowConcluded({ ...shadow, result: 'match' });
    assert.deepEqual(kinds(await judged(readiness)), []);
  });

  it('forgets what depends on a configuration that has changed, and nothing else', async () => {
    readiness.signaturesDiffer('shop', 'KEY1', 'apply', 'proxy_rejects');
    readiness.instanceUnknown('shop', 'unlisted', 'post-2');
    readiness.gatewayDenied(use, denial);
    readiness.wouldBeRefused('shop', 'resources', 'resources names 120 topics');
    assert.equal((await judged(readiness)).blockers.length, 4);
    const changed = {
      ...account,
      basisOfKey: () => 'secret-2',
      basisOfInstances: 'instances-2',
      basisOfGateway: () => 'gateway-2',
    };
    readiness.configure(factsOf([changed]));
    called();
    assert.deepEqual(kinds(await judged(readiness)), ['refused-parameters']);
    readiness.configure(factsOf());
    assert.equal((await judged(readiness)).blockers.length, 4);
  });

  it('waits for one call that shows a changed secret to be right', async () => {
    readiness.signaturesDiffer('shop', 'KEY1', 'apply', 'proxy_rejects');
    readiness.configure(factsOf([{ ...account, basisOfKey: () => 'secret-2' }]));
    readiness.arrived('shop', 'KEY1', 'apply', false);
    assert.deepEqual(kinds(await judged(readiness)), ['signature']);
    called();
    assert.deepEqual(kinds(await judged(readiness)), []);
  });

  it('notes tokens of unknown instance until they have expired', async () => {
    readiness.oldTokenIssued('shop', startMs + 2 * dayMs);
    house.pass(2 * dayMs - 1);
    called();
    assert.match((await judged(readiness)).notes.join(), /1 tokens whose instance is not known/);
    house.pass(1);
    assert.doesNotMatch((await judged(readiness)).notes.join(), /tokens/);
  });

  it('keeps little of a client that makes every mistake, and not at the expense of its calls', async () => {
    for (let at = 0; at < 500; at += 1) {
      readiness.gatewayDenied({ ...use, topics: `T${at}` }, { ...denial, ofTopics: true });
    }
    const report = await judged(readiness);
    assert.ok(report.blockers.length <= 64);
    assert.equal(report.calls.apply, 1);
  });

  it('ignores accounts that are not configured', async () => {
    readiness.arrived('stranger', 'KEY1', 'apply', true);
    readiness.wouldBeRefused('stranger', 'resources', 'x');
    readiness.gatewayDenied({ ...use, account: 'stranger' }, denial);
    const { accounts } = await readiness.report();
    assert.deepEqual(
      accounts.map(({ account: name }) => name),
      ['shop'],
    );
  });
});

describe('readiness of a fleet', () => {
  it('is told alike by every replica, whoever has seen what', async () => {
    const house = fleet(2);
    const [one, other] = house.replicas;
    assert.ok(one !== undefined && other !== undefined);
    one.arrived('shop', 'KEY1', 'apply', true);
    other.arrived('shop', 'KEY1', 'apply', true);
    other.gatewayDenied(use, denial);
    await other.tick();
    assert.deepEqual(kinds(await judged(one)), ['permission']);
    house.pass(1);
    one.gatewayAllowed(use);
    await one.tick();
    assert.deepEqual(kinds(await judged(other)), []);
    // Repetitions are shared less often than news.
    house.pass(minuteMs);
    for (const replica of [one, other, one]) await replica.tick();
    assert.equal((await judged(one)).calls.apply, 2);
  });

  it('adds the calls of all replicas up before it holds them against a quota', async () => {
    const house = fleet(3);
    // 24 together, 8 each: ten pass at once and twenty may wait.
    for (const replica of house.replicas)
      for (let at = 0; at < 8; at += 1) replica.arrived('shop', 'KEY1', 'apply', true);
    for (const replica of house.replicas) await replica.tick();
    const [first] = house.replicas;
    assert.ok(first !== undefined);
    const patient = await judged(first);
    assert.deepEqual([kinds(patient), patient.peak.apply.callsPerSecond], [[], 24]);
    assert.equal(patient.peak.apply.longestWaitMs, 2_000);
    for (const replica of house.replicas)
      for (let at = 0; at < 8; at += 1) replica.arrived('shop', 'KEY1', 'apply', true);
    for (const replica of house.replicas) await replica.tick();
    const blocked = await judged(first);
    assert.deepEqual(kinds(blocked), ['quota']);
    assert.equal(blocked.blockers[0]?.count, 18);
    // When the slots are complete, the same is kept for good.
    house.pass(minuteMs);
    for (const replica of house.replicas) {
      await replica.tick();
      assert.equal((await judged(replica)).blockers[0]?.count, 18);
    }
    house.pass(dayMs);
    first.arrived('shop', 'KEY1', 'apply', true);
    assert.deepEqual(kinds(await judged(first)), []);
  });

  it('goes on with what is seen here while the store is away, says so, and adds it afterwards', async () => {
    const house = fleet(2);
    const [one, other] = house.replicas;
    assert.ok(one !== undefined && other !== undefined);
    house.breakStore(true);
    for (let at = 0; at < 50; at += 1) one.arrived('shop', 'KEY1', 'apply', true);
    one.instanceUnknown('shop', 'unnamed');
    const report = await one.report();
    assert.equal(report.problem, 'the store is away');
    assert.deepEqual(report.accounts.map(kinds), [['quota', 'unknown-instance']]);
    for (let at = 0; at < 5; at += 1) {
      house.pass(3_000);
      await one.tick();
    }
    assert.equal(house.logged.length, 1);
    house.breakStore(false);
    await one.tick();
    const later = await other.report();
    assert.equal(later.problem, undefined);
    assert.deepEqual(later.accounts.map(kinds), [['quota', 'unknown-instance']]);
    assert.equal(later.accounts[0]?.calls.apply, 50);
  });

  it('begins anew where what is kept makes no sense', async () => {
    const house = fleet();
    const readiness = only(house);
    for (const name of ['readiness-notes', 'readiness-load']) {
      await house.store.writeDocument(name, '{"format":1,"accounts":{"shop":[[1],"x"]},"slot":"y"}', 0);
    }
    readiness.arrived('shop', 'KEY1', 'apply', true);
    assert.deepEqual(kinds(await judged(readiness)), []);
    assert.equal((await readiness.report()).problem, undefined);
  });
});
