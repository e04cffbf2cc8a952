// The last hour and the last ten seconds, by a clock of the test's.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import request from 'supertest';
import { durationClassOf, percentileMs } from '../../src/admin/durations.ts';
import { createTimeline, mostPoints, type TimelineCall } from '../../src/admin/timeline.ts';
import { fieldOf, house, messageOf } from './kit.ts';

const startMs = Date.UTC(2026, 10, 20, 8);

function clocked(gatewayPercent = 5) {
  let nowMs = startMs;
  const timeline = createTimeline(() => nowMs, gatewayPercent);
  const call = (more: Partial<TimelineCall> = {}) =>
    timeline.answered({ operation: 'apply', backend: 'legacy', outcome: 'ok', durationMs: 5, ...more });
  return { timeline, call, pass: (seconds: number) => void (nowMs += seconds * 1000) };
}

describe('the timeline', () => {
  it('counts calls by backend and outcome in the step in which they were answered', () => {
    const { timeline, call, pass } = clocked();
    call();
    call({ backend: 'gateway', outcome: 'fault' });
    pass(10);
    call({ backend: 'none', outcome: 'rejected' });
    pass(10);
    const [first, second] = timeline.points(mostPoints);
    assert.equal(first?.at, '2026-11-20T08:00:00.000Z');
    assert.equal(first.backends.legacy.ok, 1);
    assert.equal(first.backends.gateway.fault, 1);
    assert.equal(first.backends.none.rejected, 0);
    assert.equal(second?.backends.none.rejected, 1);
    assert.equal(second.backends.legacy.ok, 0);
  });

  it('shows whole steps only, and no more than an hour of them', () => {
    const { timeline, call, pass } = clocked();
    call();
    pass(9);
    assert.deepEqual(timeline.points(mostPoints), []);
    pass(1);
    assert.equal(timeline.points(mostPoints).length, 1);
    pass(2 * 3600);
    const points = timeline.points(mostPoints);
    assert.equal(points.length, 360);
    assert.equal(
      points.reduce((sum, { backends }) => sum + backends.legacy.ok, 0),
      0,
    );
    assert.equal(timeline.points(3).length, 3);
    assert.equal(timeline.points(3)[2]?.at, points[359]?.at);
  });

  it('observes the share of apply calls, whatever else was called', () => {
    const { timeline, call, pass } = clocked();
    for (let count = 0; count < 3; count += 1) call();
    call({ backend: 'gateway' });
    for (let count = 0; count < 5; count += 1) call({ backend: 'gateway', operation: 'query' });
    call({ backend: 'none' });
    pass(10);
    assert.equal(timeline.points(1)[0]?.observedPercent, 25);
    assert.equal(timeline.now().observedPercent, 25);
    pass(10);
    assert.equal(timeline.points(1)[0]?.observedPercent, null);
  });

  it('tells the weight of each step, steps without calls and long ago included', () => {
    const { timeline, pass } = clocked(5);
    pass(25);
    timeline.weightChanged(50);
    timeline.weightChanged(25);
    pass(20);
    assert.deepEqual(
      timeline.points(mostPoints).map(({ gatewayPercent }) => gatewayPercent),
      [5, 5, 25, 25],
    );
    assert.equal(timeline.now().gatewayPercent, 25);
    pass(7200);
    timeline.weightChanged(100);
    assert.ok(timeline.points(mostPoints).every(({ gatewayPercent }) => gatewayPercent === 25));
  });

  it('tells the rate of the last ten whole seconds, and of fewer just after the start', () => {
    const { timeline, call, pass } = clocked();
    for (let count = 0; count < 4; count += 1) call();
    pass(2);
    assert.equal(timeline.now().callsPerSecond, 2);
    pass(8);
    assert.equal(timeline.now().callsPerSecond, 0.4);
    assert.equal(timeline.now().backends.legacy.callsPerSecond, 0.4);
    pass(1);
    assert.equal(timeline.now().callsPerSecond, 0);
  });

  it('has no percentiles without calls', () => {
    const { timeline } = clocked();
    assert.equal(timeline.now().backends.gateway.p50Ms, null);
    assert.equal(timeline.now().backends.gateway.p99Ms, null);
  });

  it('tells percentiles within 10 % of the true ones', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.2, max: 9000, noNaN: true }), { minLength: 1, maxLength: 200 }),
        fc.constantFrom(0.5, 0.99),
        (durations, share) => {
          const counts = new Map<number, number>();
          for (const ms of durations) {
            const each = durationClassOf(ms);
            counts.set(each, (counts.get(each) ?? 0) + 1);
          }
          const told = percentileMs((each) => counts.get(each) ?? 0, share);
          const sorted = durations.toSorted((one, other) => one - other);
          const real = sorted[Math.max(1, Math.ceil(sorted.length * share)) - 1] ?? 0;
          assert.ok(told !== null && Math.abs(told - real) / real < 0.16, `${told} for ${real}`);
        },
      ),
    );
  });
});

describe('GET /api/timeline', () => {
  it('gives as many of the newest steps as are asked for', async () => {
    const { app, pass } = house();
    pass(60_000);
    const whole = await request(app).get('/api/timeline').expect(200);
    const points = fieldOf(whole.body, 'points');
    assert.ok(Array.isArray(points) && points.length === 6);
    const some = await request(app).get('/api/timeline?points=2').expect(200);
    assert.deepEqual(fieldOf(some.body, 'points'), points.slice(-2));
  });

  for (const query of ['?points=361', '?points=-1', '?points=', '?points=a', '?points=1&points=2']) {
    it(`refuses ${query}`, async () => {
      const answer = await request(house().app).get(`/api/timeline${query}`).expect(400);
      assert.match(messageOf(answer.body), /points must be a whole number/);
    });
  }
});
