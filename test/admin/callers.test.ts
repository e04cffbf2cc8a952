import assert from 'node:assert/strict';
import { createCallers, type SeenCall } from '../../src/admin/callers.ts';

const call: SeenCall = {
  account: 'shop',
  clientAddress: '192.0.2.7',
  userAgent: 'Apache-HttpClient/4.5.2',
  backend: 'legacy',
};

describe('the callers', () => {
  let nowMs: number;
  beforeEach(() => {
    nowMs = 1_000;
  });
  const callers = (most?: number) => createCallers(() => nowMs, most);

  it('are counted per backend, with first and last sight', () => {
    const seen = callers();
    seen.note(call);
    nowMs = 2_000;
    seen.note({ ...call, backend: 'gateway' });
    nowMs = 3_000;
    seen.note({ ...call, backend: 'none' });
    seen.note(call);
    assert.deepEqual(seen.list(), [
      {
        account: 'shop',
        clientAddress: '192.0.2.7',
        userAgent: 'Apache-HttpClient/4.5.2',
        firstSeenMs: 1_000,
        lastSeenMs: 3_000,
        calls: { legacy: 2, gateway: 1, none: 1 },
      },
    ]);
  });

  it('differ by account, address and user agent', () => {
    const seen = callers();
    for (const other of [
      call,
      { ...call, account: 'farm' },
      { ...call, account: undefined },
      { ...call, clientAddress: '192.0.2.8' },
      { ...call, userAgent: undefined },
    ]) {
      seen.note(other);
    }
    assert.equal(seen.list().length, 5);
    assert.ok(seen.list().some(({ account }) => account === null));
    assert.ok(seen.list().some(({ userAgent }) => userAgent === ''));
  });

  it('are listed by their last sight, newest first', () => {
    const seen = callers();
    for (const [clientAddress, atMs] of [
      ['a', 1],
      ['b', 2],
      ['a', 3],
      ['c', 2.5],
    ] as const) {
      nowMs = atMs;
      seen.note({ ...call, clientAddress });
    }
    assert.deepEqual(
      seen.list().map(({ clientAddress }) => clientAddress),
      ['a', 'c', 'b'],
    );
  });

  it('are cut to 200 characters of user agent, which then are one caller', () => {
    const seen = callers();
    seen.note({ ...call, userAgent: `${'x'.repeat(200)}1` });
    seen.note({ ...call, userAgent: `${'x'.repeat(200)}2` });
    assert.deepEqual(
      seen.list().map(({ userAgent, calls }) => [userAgent, calls.legacy]),
      [['x'.repeat(200), 2]],
    );
  });

  it('leave when there are too many, those not seen for longest first, and are counted', () => {
    const seen = callers(2);
    for (const clientAddress of ['a', 'b', 'a', 'c']) seen.note({ ...call, clientAddress });
    assert.deepEqual(new Set(seen.list().map(({ clientAddress }) => clientAddress)), new Set(['a', 'c']));
    assert.equal(seen.forgotten(), 1);
  });

  it('are 2,000 at most', () => {
    const seen = callers();
    for (let at = 0; at < 2_001; at += 1) seen.note({ ...call, clientAddress: String(at) });
    assert.deepEqual([seen.list().length, seen.forgotten()], [2_000, 1]);
  });

  it('are handed out as copies', () => {
    const seen = callers();
    seen.note(call);
    const [before] = seen.list();
    seen.note(call);
    assert.equal(before?.calls.legacy, 1);
  });

  it('do not mistake unusual characters of a user agent', () => {
    const seen = callers();
    const userAgent = '\u00e9\ud800 \u{1f600}';
    seen.note({ ...call, userAgent });
    seen.note({ ...call, userAgent });
    assert.deepEqual(
      seen.list().map((caller) => [caller.userAgent, caller.calls.legacy]),
      [[userAgent, 2]],
    );
  });
});
