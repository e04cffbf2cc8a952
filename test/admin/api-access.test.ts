import assert from 'node:assert/strict';
import request from 'supertest';
import { openApiDocument } from '../../src/admin/openapi.ts';
import { ask, fieldOf, house, messageOf, readToken, tokens, writeToken, wrongToken } from './kit.ts';

const order = { gatewayPercent: 30, reason: 'a test' };

/** Every route, as it is described; openapi.test.ts holds the description against the router. */
function openApiRoutes() {
  return Object.entries(openApiDocument('1').paths).flatMap(([path, methods]) =>
    (['get', 'put', 'post'] as const).filter((name) => name in methods).map((method) => ({ method, path })),
  );
}

describe('the door of the admin API with tokens', () => {
  for (const path of [...Object.keys(openApiDocument('1').paths), '/api/wonder', '/api/']) {
    it(`keeps ${path} closed without a token`, async () => {
      const { app, failedLogIns } = house({ tokens });
      const answer = await request(app).get(path).expect(401).expect('WWW-Authenticate', 'Bearer');
      assert.match(messageOf(answer.body), /Authorization: Bearer/);
      assert.deepEqual(failedLogIns, []);
    });
  }

  it('lets a token that may read read and explain', async () => {
    const { app } = house({ tokens, explain: () => Promise.resolve({ ok: true, explanation: { told: 1 } }) });
    const authorization = `Bearer ${readToken}`;
    await request(app).get('/api/split').set({ authorization }).expect(200);
    await request(app).post('/api/explain').set({ authorization }).send({ request: 'a=b' }).expect(200);
  });

  it('keeps a token that may read from changing anything, before the body is looked at', async () => {
    const { app, dial } = house({ tokens });
    for (const body of [order, { wonder: 1 }]) {
      const answer = await request(app)
        .put('/api/split')
        .auth(readToken, { type: 'bearer' })
        .send(body)
        .expect(403);
      assert.match(messageOf(answer.body), /"bob" may only read/);
    }
    assert.equal(dial.state().version, 1);
  });

  it('lets a token that may write write, under its name', async () => {
    const { app, dial } = house({ tokens });
    await request(app).put('/api/split').auth(writeToken, { type: 'bearer' }).send(order).expect(200);
    assert.equal((await dial.history(1))[0]?.by, 'alice');
  });

  it('reports a wrong token without it, by address, method and path', async () => {
    const { app, failedLogIns } = house({ tokens });
    await request(app)
      .put(`/api/split?token=${wrongToken}`)
      .auth(wrongToken, { type: 'bearer' })
      .send(order)
      .expect(401);
    assert.equal(failedLogIns.length, 1);
    const [failed] = failedLogIns;
    assert.deepEqual([failed?.method, failed?.path], ['PUT', '/api/split']);
    assert.match(failed?.clientAddress ?? '', /127\.0\.0\.1|::1/);
    assert.ok(!JSON.stringify(failedLogIns).includes(wrongToken));
  });

  it('slows an address down after twenty wrong tokens, and lets the right one in all the while', async () => {
    const { app, pass } = house({ tokens });
    const status = (token: string) => request(app).get('/api/status').auth(token, { type: 'bearer' });
    for (let time = 0; time < 20; time += 1) await status(wrongToken).expect(401);
    const slowed = await status(wrongToken).expect(429).expect('Retry-After', '1');
    assert.match(messageOf(slowed.body), /too many wrong tokens/);
    await status(writeToken).expect(200);
    await status(wrongToken).expect(429);
    await request(app).get('/api/status').expect(401);
    pass(1_000);
    await status(wrongToken).expect(401);
    pass(60_000);
    await status(wrongToken).expect(401);
  });

  it('shows no token in any answer', async () => {
    const { app, failedLogIns, defects } = house({ tokens });
    const texts: string[] = [];
    for (const token of [writeToken, readToken, wrongToken]) {
      for (const [method, path, body] of [
        ['get', '/api/status', undefined],
        ['get', '/api/split', undefined],
        ['put', '/api/split', { ...order, [token]: token }],
        ['put', '/api/split', order],
        ['get', '/api/history', undefined],
        ['get', '/api/callers', undefined],
        ['post', '/api/explain', { request: token }],
        ['get', `/api/wonder?token=${token}`, undefined],
      ] as const) {
        const answer = await ask(app, method, path).auth(token, { type: 'bearer' }).send(body);
        // What the caller itself names in a mistake may be named back to it.
        if (answer.status !== 400) texts.push(answer.text, JSON.stringify(answer.headers));
      }
    }
    texts.push(JSON.stringify(failedLogIns), JSON.stringify(defects));
    for (const token of [writeToken, readToken, wrongToken]) {
      assert.ok(texts.every((text) => !text.includes(token)));
    }
  });

  it('gives no other web page leave to send a token', async () => {
    const answer = await request(house({ tokens }).app)
      .options('/api/split')
      .set({ Origin: 'https://evil.example', 'Access-Control-Request-Method': 'PUT' });
    assert.equal(answer.status, 401);
    assert.deepEqual(
      Object.keys(answer.headers as object).filter((name) => name.startsWith('access-control')),
      [],
    );
  });
});

describe('the door of the admin API without tokens', () => {
  it('is open on loopback, and the visitor is called admin', async () => {
    const { app, dial } = house();
    await request(app).put('/api/split').send(order).expect(200);
    assert.equal((await dial.history(1))[0]?.by, 'admin');
  });

  it('is closed to a rebound name and to a foreign web page, for every route', async () => {
    const { app, dial } = house();
    for (const { method, path } of openApiRoutes()) {
      for (const headers of [{ Host: 'evil.example:9464' }, { Origin: 'https://evil.example' }]) {
        const answer = await ask(app, method, path)
          .set(headers)
          .send(method === 'get' ? undefined : order);
        assert.equal(answer.status, 403);
        assert.ok(!answer.text.includes('evil'));
      }
    }
    assert.equal(dial.state().version, 1);
  });

  it('is closed where the listener is not on loopback', async () => {
    const { app } = house({ onLoopback: false });
    const answer = await request(app).get('/api/status').expect(403);
    assert.match(messageOf(answer.body), /admin\.tokens is empty/);
  });

  it('follows the configuration', async () => {
    let configured: typeof tokens = [];
    const { app } = house({ accessRules: () => ({ tokens: configured, onLoopback: true }) });
    await request(app).get('/api/status').expect(200);
    configured = tokens;
    await request(app).get('/api/status').expect(401);
  });
});

describe('every answer of the admin API', () => {
  it('is JSON for this moment and this page only', async () => {
    const { app } = house();
    for (const path of ['/api/status', '/api/wonder']) {
      await request(app)
        .get(path)
        .expect('Content-Type', /^application\/json/)
        .expect('Cache-Control', 'no-store')
        .expect('X-Content-Type-Options', 'nosniff')
        .expect('Cross-Origin-Resource-Policy', 'same-origin');
    }
  });

  it('is 404 for an unknown route, in other letters too', async () => {
    const { app } = house();
    for (const path of ['/api', '/api/', '/api/wonder', '/api/Split', '/api/split/x', '/api/%E0%A4%A']) {
      assert.match(messageOf((await request(app).get(path).expect(404)).body), /openapi\.json/);
    }
  });

  it('is 405 with Allow for a wrong method', async () => {
    const { app } = house();
    await request(app).delete('/api/split').expect(405).expect('Allow', 'GET, HEAD, PUT');
    await request(app).post('/api/status').send({}).expect(405).expect('Allow', 'GET, HEAD');
    await request(app).get('/api/explain').expect(405).expect('Allow', 'POST');
    await request(app).options('/api/split').expect(405);
  });

  it('has no body for HEAD', async () => {
    const answer = await request(house().app).head('/api/status').expect(200);
    assert.deepEqual(answer.body, {});
  });

  it('is 500 without a word of the error for a defect, which is reported', async () => {
    const { app, defects } = house({
      observedPercent: () => {
        throw new Error('planted-detail');
      },
    });
    const answer = await request(app).get('/api/split').expect(500);
    assert.equal(messageOf(answer.body), 'internal error');
    assert.equal(defects.length, 1);
    assert.equal(fieldOf(answer.body, 'stack'), undefined);
  });
});
