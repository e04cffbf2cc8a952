import assert from 'node:assert/strict';
import {
  ask,
  bodyOf,
  fieldOf,
  house,
  messageOf,
  readToken,
  someReadiness,
  startedAtMs,
  tokens,
} from './kit.ts';

const nowMs = startedAtMs + 90_500;

describe('GET /api/readiness', () => {
  it('gives times as text, and the scope', async () => {
    const { app } = house({
      readiness: (sinceMs = 5) => Promise.resolve({ ...someReadiness(sinceMs), problem: 'away' }),
    });
    const body = bodyOf(await ask(app, 'get', '/api/readiness').expect(200));
    assert.equal(fieldOf(body, 'since'), '1970-01-01T00:00:00.005Z');
    assert.deepEqual([fieldOf(body, 'scope'), fieldOf(body, 'problem')], ['replica', 'away']);
    const [first] = fieldOf(body, 'accounts') as object[];
    assert.deepEqual(fieldOf(first, 'blockers'), [
      { kind: 'permission', detail: 'denied', count: 3, lastSeen: new Date(startedAtMs).toISOString() },
    ]);
  });

  it('takes durations, and times with or without an offset', async () => {
    const { app } = house();
    const since = async (text: string) =>
      fieldOf(bodyOf(await ask(app, 'get', `/api/readiness?since=${text}`).expect(200)), 'since');
    const at = (ms: number) => new Date(ms).toISOString();
    assert.equal(await since('90s'), at(nowMs - 90_000));
    assert.equal(await since('2h'), at(nowMs - 7_200_000));
    assert.equal(await since('1d'), at(nowMs - 86_400_000));
    assert.equal(await since('2026-11-20T07:00:00Z'), at(startedAtMs));
    assert.equal(await since('2026-11-20T15:00:00+08:00'), at(startedAtMs));
  });

  it('refuses what is neither, and the future', async () => {
    const { app } = house();
    for (const text of ['', 'yesterday', '15', '-5m', '1w', '2999-01-01T00:00:00Z', '2026-99-99']) {
      const answer = await ask(app, 'get', `/api/readiness?since=${text}`).expect(400);
      assert.match(messageOf(bodyOf(answer)), /^since must be a time/);
    }
  });

  it('is for those who may read', async () => {
    const { app } = house({ tokens });
    await ask(app, 'get', '/api/readiness').expect(401);
    await ask(app, 'get', '/api/readiness').set('Authorization', `Bearer ${readToken}`).expect(200);
  });
});
