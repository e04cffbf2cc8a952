import assert from 'node:assert/strict';
import { decideAccess, isLoopbackHost, type Credentials } from '../../src/admin/access.ts';
import { secretOf } from '../kit/secrets.ts';
import { readToken, tokens, writeToken, wrongToken } from './kit.ts';

const nothing: Credentials = { authorization: undefined, host: undefined, origin: undefined };
const loopback = '127.0.0.1:9464';

/** What the decision comes to, on one line. */
function outcome(given: Partial<Credentials>, rules: Parameters<typeof decideAccess>[1]): string {
  const decision = decideAccess({ ...nothing, ...given }, rules);
  if (decision.kind === 'admitted') return `${decision.visitor.name} ${decision.visitor.role}`;
  for (const token of [readToken, writeToken, wrongToken]) assert.ok(!decision.message.includes(token));
  return decision.kind;
}

describe('access with tokens', () => {
  const cases: readonly (readonly [title: string, given: Partial<Credentials>, expected: string])[] = [
    ['no token', { host: loopback }, 'unknown'],
    ['a wrong token', { authorization: `Bearer ${wrongToken}` }, 'unknown'],
    ['a part of a token', { authorization: `Bearer ${writeToken.slice(0, -1)}` }, 'unknown'],
    ['a token and more', { authorization: `Bearer ${writeToken}x` }, 'unknown'],
    ['an empty token', { authorization: 'Bearer ' }, 'unknown'],
    ['another scheme', { authorization: `Basic ${writeToken}` }, 'unknown'],
    ['the bare token', { authorization: writeToken }, 'unknown'],
    ['two tokens', { authorization: `Bearer ${wrongToken} ${writeToken}` }, 'unknown'],
    ['a token that may write', { authorization: `Bearer ${writeToken}` }, 'alice write'],
    ['a token that may read', { authorization: `Bearer ${readToken}` }, 'bob read'],
    ['the scheme in lower case', { authorization: `bearer  ${readToken}` }, 'bob read'],
    [
      'a foreign Host, as behind a reverse proxy',
      { authorization: `Bearer ${writeToken}`, host: 'admin.example.com' },
      'alice write',
    ],
    [
      'a foreign Origin, as behind a reverse proxy that rewrites Host',
      { authorization: `Bearer ${writeToken}`, host: loopback, origin: 'https://admin.example.com' },
      'alice write',
    ],
  ];
  for (const onLoopback of [true, false]) {
    for (const [title, given, expected] of cases) {
      it(`is ${expected} for ${title}${onLoopback ? '' : ', not on loopback either'}`, () =>
        assert.equal(outcome(given, { tokens, onLoopback }), expected));
    }
  }

  it('tells a wrong token from none', () => {
    const rules = { tokens, onLoopback: true };
    const none = decideAccess(nothing, rules);
    const wrong = decideAccess({ ...nothing, authorization: `Bearer ${wrongToken}` }, rules);
    assert.deepEqual(
      [none, wrong].map((decision) => decision.kind === 'unknown' && decision.tokenGiven),
      [false, true],
    );
  });

  it('follows a token whose file changes', () => {
    const token = secretOf(writeToken);
    const rules = { tokens: [{ name: 'carol', token, role: 'write' as const }], onLoopback: true };
    token.change(readToken);
    assert.equal(outcome({ authorization: `Bearer ${writeToken}` }, rules), 'unknown');
    assert.equal(outcome({ authorization: `Bearer ${readToken}` }, rules), 'carol write');
  });
});

describe('access without tokens', () => {
  const cases: readonly (readonly [title: string, given: Partial<Credentials>, expected: string])[] = [
    ['127.0.0.1', { host: loopback }, 'admin write'],
    ['localhost', { host: 'LocalHost:9464' }, 'admin write'],
    ['[::1]', { host: '[::1]:9464' }, 'admin write'],
    ['127.1.2.3 without a port', { host: '127.1.2.3' }, 'admin write'],
    ['a token nobody asked for', { host: loopback, authorization: `Bearer ${wrongToken}` }, 'admin write'],
    ['its own Origin', { host: loopback, origin: `http://${loopback}` }, 'admin write'],
    [
      'its own Origin in capitals',
      { host: 'localhost:9464', origin: 'http://LOCALHOST:9464' },
      'admin write',
    ],
    ['no Host', {}, 'forbidden'],
    ['a rebound name', { host: 'evil.example:9464' }, 'forbidden'],
    ['a name that begins like loopback', { host: '127.0.0.1.evil.example' }, 'forbidden'],
    ['another address', { host: '192.0.2.1:9464' }, 'forbidden'],
    ['a foreign Origin', { host: loopback, origin: 'https://evil.example' }, 'forbidden'],
    ['an Origin on another port', { host: loopback, origin: 'http://127.0.0.1:8080' }, 'forbidden'],
    ['an Origin on another loopback name', { host: loopback, origin: 'http://localhost:9464' }, 'forbidden'],
    ['an Origin with another scheme', { host: loopback, origin: `https://${loopback}` }, 'forbidden'],
    ['the Origin null', { host: loopback, origin: 'null' }, 'forbidden'],
    ['an empty Origin', { host: loopback, origin: '' }, 'forbidden'],
  ];
  for (const [title, given, expected] of cases) {
    it(`is ${expected} for ${title}`, () =>
      assert.equal(outcome(given, { tokens: [], onLoopback: true }), expected));
    it(`is forbidden for ${title} where the listener is not on loopback`, () =>
      assert.equal(outcome(given, { tokens: [], onLoopback: false }), 'forbidden'));
  }
});

describe('a Host of this machine', () => {
  for (const host of [
    'localhost',
    'localhost:1',
    '127.0.0.1',
    '127.255.255.255:65535',
    '[::1]',
    '[::1]:9464',
  ]) {
    it(`is ${host}`, () => assert.equal(isLoopbackHost(host), true));
  }
  for (const host of [
    '',
    ':9464',
    '::1',
    'localhost.',
    'localhost:port',
    'localhost:9464:1',
    'localhost@evil.example',
    '127.0.0.1@evil.example',
    '127.1',
    '127.0.0.256',
    '0.0.0.0',
    '[::]',
    '[::2]',
    '[::1].evil.example',
    'a.localhost.evil.example',
    'localhost\n.evil.example',
  ]) {
    it(`is not ${JSON.stringify(host)}`, () => assert.equal(isLoopbackHost(host), false));
  }
});
