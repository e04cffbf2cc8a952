// What the stream of calls shows of a call: the translated parameters, and nothing secret.
import assert from 'node:assert/strict';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { callEvent } from '../../src/app/call-event.ts';
import { replied } from '../../src/app/served.ts';
import type { Operation } from '../../src/legacy/operations.ts';

const nowMs = Date.UTC(2026, 10, 20, 8);
const secret = 'planted-secret-0123456789';
const token = 'planted-token-01234567890123456789';
const signature = 'planted-signature-0123456789';

function shown(operation: Operation, fields: Record<string, string>) {
  const parameters = new Map(
    Object.entries({ ...fields, signature }).map(([name, value]) => [name, [value]]),
  );
  const message = `no such thing: ${signature} ${fields['token'] ?? ''}`;
  const request = new IncomingMessage(new Socket());
  request.headers['user-agent'] = 'x'.repeat(300);
  const facts = { outcome: 'rejected', backend: 'none', parameters } as const;
  return callEvent(
    {
      operation,
      served: replied({ kind: 'failed', code: 400, message }, facts),
      durationMs: 1.26,
      requestId: 'r-1',
      clientAddress: '192.0.2.7',
      clientLeft: false,
      request,
    },
    { nowMs, isSecret: (value) => value === secret },
  );
}

describe('a call as the stream shows it', () => {
  it('has the parameters as they would go to the gateway', () => {
    const expireTime = String(nowMs + 3_600_000);
    const event = shown('apply', { actions: 'W,R', resources: 'b,a', expireTime, accessKey: 'LTAI1' });
    assert.deepEqual(event.parameters, {
      actions: 'R,W',
      resources: ['a', 'b'],
      expireTime: '2026-11-20T09:00:00.000Z',
    });
    assert.equal(event.durationMs, 1.3);
    assert.equal(event.userAgent?.length, 200);
  });

  it('masks tokens, signatures and configured secrets, wherever they stand', () => {
    const expireTime = String(nowMs + 3_600_000);
    const texts = [
      shown('revoke', { token, accessKey: 'LTAI1' }),
      shown('apply', { actions: 'R', resources: `a,${secret}`, expireTime, accessKey: 'LTAI1' }),
    ].map((event) => JSON.stringify(event));
    for (const text of texts) {
      for (const planted of [secret, token, signature]) assert.equal(text.includes(planted), false, text);
    }
    assert.match(texts[0] ?? '', /plan… \(34 characters\)/);
  });

  it('shows an expiry beyond every calendar, and no parameters of what cannot be read', () => {
    const far = shown('apply', {
      actions: 'R',
      resources: 'a',
      expireTime: '9999999999999999',
      accessKey: 'LTAI1',
    });
    assert.equal(far.parameters['expireTime'], '+275760-09-13T00:00:00.000Z');
    assert.deepEqual(shown('apply', { actions: 'X' }).parameters, {});
  });

  it('shows ten topics and counts the rest', () => {
    const resources = Array.from({ length: 25 }, (_, index) => `topic-${index}`).join(',');
    const expireTime = String(nowMs + 3_600_000);
    const topics = shown('apply', { actions: 'R', resources, expireTime, accessKey: 'k' }).parameters[
      'resources'
    ];
    assert.equal(topics?.length, 11);
    assert.equal(topics[10], '… and 15 more');
  });
});
