import assert from 'node:assert/strict';
import request from 'supertest';
import type { RolloutReading, RolloutSource } from '../../src/admin/rollout-sources.ts';
import { bodyOf, fieldOf, house, idleRollout, messageOf, readToken, tokens, writeToken } from './kit.ts';

const holding: RolloutReading = {
  ...idleRollout,
  state: 'holding',
  cause: 'manual',
  step: 1,
  gatewayPercent: 50,
  reason: 'waits for somebody to promote',
  sinceMs: Date.UTC(2026, 10, 20, 7),
  heldUntilMs: Date.UTC(2026, 10, 20, 8),
  version: 4,
  drives: true,
};

/** Carries everything out, and remembers it. */
function obedient() {
  const orders: unknown[] = [];
  const rollout: RolloutSource = {
    view: () => holding,
    order: (order) => {
      orders.push(order);
      return Promise.resolve({ kind: 'done', view: holding });
    },
  };
  return { rollout, orders };
}

describe('GET /api/rollout', () => {
  it('counts steps from 1, and tells times as instants and holds in seconds', async () => {
    const { rollout } = obedient();
    const body = bodyOf(await request(house({ rollout }).app).get('/api/rollout').expect(200));
    const { step, sinceMs: _since, heldUntilMs: _until, steps: _steps, ...same } = holding;
    assert.equal(step, 1);
    assert.deepEqual(body, {
      ...same,
      step: 2,
      steps: [
        { gatewayPercent: 1, hold: 600 },
        { gatewayPercent: 50, hold: 'manual' },
        { gatewayPercent: 100 },
      ],
      since: '2026-11-20T07:00:00.000Z',
      heldUntil: '2026-11-20T08:00:00.000Z',
      scope: 'replica',
    });
  });

  it('has no step and no time before the first rollout', async () => {
    const body = bodyOf(await request(house().app).get('/api/rollout').expect(200));
    assert.deepEqual(
      [fieldOf(body, 'step'), fieldOf(body, 'since'), fieldOf(body, 'state')],
      [null, null, 'idle'],
    );
  });
});

describe('POST /api/rollout', () => {
  it('gives an order in the name of the token, with a reason and with force', async () => {
    const { rollout, orders } = obedient();
    const { app } = house({ rollout, tokens });
    await request(app)
      .post('/api/rollout/start')
      .auth(writeToken, { type: 'bearer' })
      .send({ reason: ' canary ', force: true })
      .expect(200);
    assert.deepEqual(orders, [{ order: 'start', by: 'alice', force: true, reason: 'canary' }]);
    await request(app).post('/api/rollout/abort').auth(readToken, { type: 'bearer' }).send({}).expect(403);
    assert.equal(orders.length, 1);
  });

  it('takes an order without a body', async () => {
    const { rollout, orders } = obedient();
    await request(house({ rollout }).app).post('/api/rollout/abort').expect(200);
    assert.deepEqual(orders, [{ order: 'abort', by: 'admin', force: false }]);
  });

  it('refuses what cannot be carried out with 409 and the reason', async () => {
    const body = bodyOf(await request(house().app).post('/api/rollout/pause').send({}).expect(409));
    assert.equal(messageOf(body), 'this fake rolls nothing out');
  });

  it('refuses nonsense with all mistakes, and orders nothing', async () => {
    const { rollout, orders } = obedient();
    const sent = { reason: 'a\nb', force: 'yes', now: 1 };
    const body = bodyOf(
      await request(house({ rollout }).app).post('/api/rollout/start').send(sent).expect(400),
    );
    assert.match(messageOf(body), /"now" is not known.*reason must be.*force must be true or false/);
    assert.deepEqual(orders, []);
  });

  it('says so when the store does not keep an order', async () => {
    const rollout: RolloutSource = {
      view: () => holding,
      order: () => Promise.reject(new Error('no space')),
    };
    const { app, defects } = house({ rollout });
    const body = bodyOf(await request(app).post('/api/rollout/start').send({}).expect(503));
    assert.match(messageOf(body), /the store did not confirm the order/);
    assert.equal(defects.length, 1);
  });
});

describe('GET /api/split/preview', () => {
  const projections = () => [
    { scope: 'account', account: 'shop', action: 'apply', projected: 140.04, limit: 90 } as const,
    { scope: 'address', action: 'apply', projected: 160, limit: 270 } as const,
  ];

  it('tells what would not fit, in figures and in words', async () => {
    const { app } = house({ projections });
    const body = bodyOf(await request(app).get('/api/split/preview?gatewayPercent=50').expect(200));
    const misfit = { scope: 'account', account: 'shop', action: 'apply', projected: 140, limit: 90 };
    assert.deepEqual(body, {
      gatewayPercent: 50,
      misfits: [misfit],
      warnings: ['account shop: 140 apply calls/s are to be expected at the gateway, 90 fit'],
      projections: [misfit, { scope: 'address', action: 'apply', projected: 160, limit: 270 }],
      scope: 'replica',
    });
  });

  it('asks about all accounts, or about one', async () => {
    const asked: unknown[] = [];
    const { app } = house({ projections: (order) => (asked.push(order), []) });
    await request(app).get('/api/split/preview?gatewayPercent=12.5').expect(200);
    await request(app).get('/api/split/preview?gatewayPercent=0&account=shop').expect(200);
    assert.deepEqual(asked, [
      { kind: 'weight', gatewayPercent: 12.5 },
      { kind: 'account', account: 'shop', gatewayPercent: 0 },
    ]);
  });

  it('refuses other weights and unknown accounts', async () => {
    for (const query of [
      '',
      '?gatewayPercent=101',
      '?gatewayPercent=1.005',
      '?gatewayPercent=-1',
      '?gatewayPercent=1&account=x',
    ]) {
      await request(house().app).get(`/api/split/preview${query}`).expect(400);
    }
  });

  it('warns whoever orders such a weight, and carries the order out', async () => {
    const { app, dial } = house({ projections });
    const body = bodyOf(await request(app).put('/api/split').send({ gatewayPercent: 50 }).expect(200));
    assert.deepEqual(fieldOf(body, 'warnings'), [
      'account shop: 140 apply calls/s are to be expected at the gateway, 90 fit',
    ]);
    assert.equal(dial.state().gatewayPercent, 50);
  });
});
