import assert from 'node:assert/strict';
import request from 'supertest';
import { bodyOf, fieldOf, house, idleRollout, messageOf, quietQuotas, rules, startedAtMs } from './kit.ts';

const at = (ms: number) => new Date(startedAtMs + ms).toISOString();
const split = {
  gatewayPercent: 25,
  forced: false,
  accounts: [],
  overrides: rules.overrides,
  observedPercent: 24.61,
  key: rules.key,
  version: 1,
  hasOldService: true,
  scope: 'replica',
  observedScope: 'replica',
};

const openBreaker = {
  backend: 'gateway',
  action: 'apply',
  destination: 'http://127.0.0.1:2',
  state: 'open',
  sinceMs: startedAtMs,
  why: 'faults in a row: 5',
} as const;

describe('GET /api/status', () => {
  it('tells version, backends, split, store and records, and whom each speaks for', async () => {
    const body = bodyOf(await request(house().app).get('/api/status').expect(200));
    assert.deepEqual(body, {
      version: '1.2.3',
      startedAt: at(0),
      uptimeSeconds: 90,
      ready: true,
      visitor: { name: 'admin', role: 'write' },
      backends: { legacy: { url: 'http://127.0.0.1:1' }, gateway: { url: 'http://127.0.0.1:2' } },
      split: {
        gatewayPercent: 25,
        forced: false,
        version: 1,
        observedPercent: 24.61,
        scope: 'replica',
        observedScope: 'replica',
      },
      store: { kind: 'lmdb', up: true, errors: 0, waiting: 0, givenUp: 0, scope: 'replica' },
      ledger: { tokens: 7, scope: 'replica' },
      quotas: {
        mode: 'own',
        scope: 'replica',
        waiting: { apply: 2, query: 0, revoke: 0 },
        waitingScope: 'replica',
        budgets: [{ of: 'address', action: 'apply', limit: 270, used: 31, left: 239 }],
      },
      breakers: [],
      rollout: {
        state: 'idle',
        step: null,
        gatewayPercent: null,
        reason: 'no rollout was started yet',
        scope: 'replica',
      },
    });
  });

  it('speaks for the fleet of what a shared store keeps, and says what is wrong with it', async () => {
    const { app } = house({
      status: () => ({
        version: '1.2.3',
        startedAtMs,
        ready: false,
        backends: { gateway: { url: 'http://127.0.0.1:2' } },
        store: { kind: 'redis', up: false, problem: 'no connection', errors: 3, waiting: 2, givenUp: 1 },
        ledgerTokens: 0,
        quotas: { ...quietQuotas, mode: 'shared' },
        breakers: [openBreaker],
        rollout: idleRollout,
      }),
    });
    const body = bodyOf(await request(app).get('/api/status').expect(200));
    assert.equal(fieldOf(fieldOf(body, 'quotas'), 'scope'), 'fleet');
    const { sinceMs, ...breaker } = openBreaker;
    const since = new Date(sinceMs).toISOString();
    assert.deepEqual(fieldOf(body, 'breakers'), [{ ...breaker, since, scope: 'replica' }]);
    assert.deepEqual(fieldOf(body, 'store'), {
      kind: 'redis',
      up: false,
      problem: 'no connection',
      errors: 3,
      waiting: 2,
      givenUp: 1,
      scope: 'fleet',
    });
    assert.deepEqual(fieldOf(body, 'backends'), { gateway: { url: 'http://127.0.0.1:2' } });
    assert.equal(fieldOf(fieldOf(body, 'split'), 'scope'), 'fleet');
    assert.equal(fieldOf(fieldOf(body, 'split'), 'observedScope'), 'replica');
  });
});

describe('GET /api/split', () => {
  it('tells the split in force', async () => {
    const body = bodyOf(await request(house().app).get('/api/split').expect(200));
    assert.deepEqual(body, split);
  });

  it('says null of the observed share while there were no calls', async () => {
    const body = bodyOf(await request(house({ observedPercent: () => null }).app).get('/api/split'));
    assert.equal(fieldOf(body, 'observedPercent'), null);
  });

  it('leaves out when the last change was where the store does not tell', async () => {
    const { app, dial } = house();
    await request(app).put('/api/split').send({ gatewayPercent: 30 }).expect(200);
    dial.breakDown('no space left');
    const body = bodyOf(await request(app).get('/api/split').expect(200));
    assert.deepEqual(body, { ...split, gatewayPercent: 30, version: 2, problem: 'no space left' });
  });
});

describe('PUT /api/split', () => {
  it('moves the weight and answers with the split in force', async () => {
    const { app, dial } = house();
    const body = bodyOf(await request(app).put('/api/split').send({ gatewayPercent: 30.25 }).expect(200));
    const moved = { ...split, gatewayPercent: 30.25, version: 2, changedAt: at(90_500) };
    assert.deepEqual(body, { ...moved, warnings: [] });
    assert.deepEqual((await request(app).get('/api/split')).body, moved);
    assert.equal(dial.state().gatewayPercent, 30.25);
  });

  it('gives an account a weight of its own, and gives the account back', async () => {
    const { app } = house();
    const own = await request(app)
      .put('/api/split')
      .send({ gatewayPercent: 100, account: 'shop' })
      .expect(200);
    assert.deepEqual(fieldOf(own.body, 'accounts'), [{ account: 'shop', gatewayPercent: 100 }]);
    assert.equal(fieldOf(own.body, 'gatewayPercent'), 25);
    const back = await request(app)
      .put('/api/split')
      .send({ gatewayPercent: null, account: 'shop' })
      .expect(200);
    assert.deepEqual(fieldOf(back.body, 'accounts'), []);
  });

  it('sends everything back until the weight is set again', async () => {
    const { app } = house();
    const order = { gatewayPercent: 0, all: true, reason: 'fire' };
    const back = await request(app).put('/api/split').send(order).expect(200);
    assert.deepEqual([fieldOf(back.body, 'forced'), fieldOf(back.body, 'gatewayPercent')], [true, 0]);
    const again = await request(app).put('/api/split').send({ gatewayPercent: 5 }).expect(200);
    assert.equal(fieldOf(again.body, 'forced'), false);
  });

  it('changes nothing with an order that is already carried out', async () => {
    const { app } = house();
    const body = bodyOf(await request(app).put('/api/split').send({ gatewayPercent: 25 }).expect(200));
    assert.equal(fieldOf(body, 'version'), 1);
  });

  it('answers 400 with what is wrong and changes nothing', async () => {
    const { app, dial } = house();
    for (const [body, message] of [
      [{}, /^gatewayPercent is missing/],
      [{ gatewayPercent: '5' }, /^gatewayPercent must be/],
      [
        { gatewayPercent: 5, account: 'nobody' },
        /^account "nobody" is not configured: there are shop, alone$/,
      ],
    ] as const) {
      const answer = await request(app).put('/api/split').send(body).expect(400);
      assert.match(messageOf(answer.body), message);
    }
    assert.equal(dial.state().version, 1);
  });

  it('answers 409 where there is no old service at all', async () => {
    const { app, dial } = house({ splitRules: () => ({ ...rules, hasOldService: false }) });
    const answer = await request(app).put('/api/split').send({ gatewayPercent: 5 }).expect(409);
    assert.match(messageOf(answer.body), /there is no old service/);
    assert.equal(dial.state().version, 1);
    assert.equal(fieldOf((await request(app).get('/api/split')).body, 'hasOldService'), false);
  });

  it('answers 409 for an account without an old service', async () => {
    const { app } = house();
    const answer = await request(app)
      .put('/api/split')
      .send({ gatewayPercent: 5, account: 'alone' })
      .expect(409);
    assert.match(messageOf(answer.body), /account "alone" has no old service/);
  });

  it('answers 503 when the order cannot be kept, and reports why without telling', async () => {
    const { app, dial, defects } = house();
    dial.breakDown('planted-detail');
    const answer = await request(app).put('/api/split').send({ gatewayPercent: 30 }).expect(503);
    assert.match(messageOf(answer.body), /nothing has changed/);
    assert.ok(!answer.text.includes('planted'));
    assert.equal(defects.length, 1);
  });
});

describe('an order that is in force but not kept', () => {
  it('is answered with 200 and the problem, which the status tells too', async () => {
    const { app, dial } = house();
    dial.breakDown('no space left');
    const order = { gatewayPercent: 0, all: true };
    const back = bodyOf(await request(app).put('/api/split').send(order).expect(200));
    assert.deepEqual([fieldOf(back, 'forced'), fieldOf(back, 'problem')], [true, 'no space left']);
    const status = bodyOf(await request(app).get('/api/status').expect(200));
    assert.equal(fieldOf(fieldOf(status, 'split'), 'problem'), 'no space left');
  });
});

describe('GET /api/history', () => {
  it('tells every change, newest first', async () => {
    const { app, pass } = house();
    await request(app).put('/api/split').send({ gatewayPercent: 30, reason: 'canary' }).expect(200);
    pass(1_000);
    await request(app).put('/api/split').send({ gatewayPercent: 100, account: 'shop' }).expect(200);
    const body = bodyOf(await request(app).get('/api/history').expect(200));
    assert.deepEqual(body, [
      {
        when: at(91_500),
        who: 'admin',
        why: null,
        what: 'account',
        account: 'shop',
        from: null,
        to: 100,
        version: 3,
      },
      { when: at(90_500), who: 'admin', why: 'canary', what: 'weight', from: 25, to: 30, version: 2 },
    ]);
    const newest = bodyOf(await request(app).get('/api/history?limit=1'));
    assert.ok(Array.isArray(newest) && newest.length === 1);
  });

  it('answers 503 when the store does not tell', async () => {
    const { app, dial, defects } = house();
    dial.breakDown('planted-detail');
    const answer = await request(app).get('/api/history').expect(503);
    assert.match(messageOf(answer.body), /the history cannot be read/);
    assert.ok(!answer.text.includes('planted'));
    assert.equal(defects.length, 1);
  });

  it('is an empty list before the first change', async () => {
    assert.deepEqual((await request(house().app).get('/api/history').expect(200)).body, []);
  });

  for (const limit of ['0', '1001', '-1', '1.5', 'all', '', '1&limit=2', '1e2', '99999999999']) {
    it(`refuses limit=${limit}`, async () => {
      const answer = await request(house().app).get(`/api/history?limit=${limit}`).expect(400);
      assert.match(messageOf(answer.body), /whole number from 1 to 1000/);
    });
  }

  it('asks for a hundred changes, or as many as wanted', async () => {
    const asked: number[] = [];
    const { app } = house({
      history: (most) => {
        asked.push(most);
        return Promise.resolve([]);
      },
    });
    for (const query of ['', '?limit=1', '?limit=1000', '?other=7']) {
      await request(app).get(`/api/history${query}`).expect(200);
    }
    assert.deepEqual(asked, [100, 1, 1000, 100]);
  });
});

describe('GET /api/callers', () => {
  it('tells who called, with times as text', async () => {
    const { app, callers } = house();
    callers.note({ account: undefined, clientAddress: '192.0.2.7', userAgent: 'old', backend: 'legacy' });
    const body = bodyOf(await request(app).get('/api/callers').expect(200));
    assert.deepEqual(body, {
      scope: 'replica',
      forgotten: 0,
      callers: [
        {
          account: null,
          clientAddress: '192.0.2.7',
          userAgent: 'old',
          calls: { legacy: 1, gateway: 0, none: 0 },
          firstSeen: at(90_500),
          lastSeen: at(90_500),
        },
      ],
    });
  });
});

describe('POST /api/explain', () => {
  it('hands text and operation on, and the explanation back', async () => {
    const asked: unknown[] = [];
    const { app } = house({
      explain: (text, operation) => {
        asked.push([text, operation]);
        return Promise.resolve({ ok: true, explanation: { told: true } });
      },
    });
    const first = await request(app).post('/api/explain').send({ request: 'a=b' }).expect(200);
    await request(app).post('/api/explain').send({ request: 'a=b', operation: 'revoke' }).expect(200);
    assert.deepEqual(first.body, { told: true });
    assert.deepEqual(asked, [
      ['a=b', undefined],
      ['a=b', 'revoke'],
    ]);
  });

  it('answers 400 for a text that is no request', async () => {
    const answer = await request(house().app).post('/api/explain').send({ request: 'hello' }).expect(400);
    assert.match(messageOf(answer.body), /this fake explains nothing/);
  });

  for (const [title, body, message] of [
    ['no request', {}, /^request must be the text/],
    ['a request that is no text', { request: 7 }, /^request must be the text/],
    [
      'an unknown operation',
      { request: 'a=b', operation: 'mint' },
      /^operation must be one of apply, revoke, query/,
    ],
    [
      'an unknown key',
      { request: 'a=b', wonder: 1 },
      /^"wonder" is not known: allowed are request, operation/,
    ],
  ] as const) {
    it(`refuses ${title}`, async () => {
      const answer = await request(house().app).post('/api/explain').send(body).expect(400);
      assert.match(messageOf(answer.body), message);
    });
  }
});
