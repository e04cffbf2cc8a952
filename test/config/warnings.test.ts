import assert from 'node:assert/strict';
import { account, document, warningsOf } from './kit.ts';

const legacyUrl = 'https://old.example.com';

describe('configuration warnings', () => {
  it('has none for a document that needs none', () => {
    assert.deepEqual(warningsOf(document()), []);
  });

  it('warns of a deadline that old clients do not wait for', () => {
    assert.match(
      warningsOf(document({ deadline: '5s' })).join(),
      /^deadline: 5s is too long for old clients/,
    );
    assert.deepEqual(warningsOf(document({ deadline: '4999ms' })), []);
  });

  it('warns of limits above the published ones', () => {
    const limits = { perAccount: { apply: 101 }, perAddress: { revoke: 301 } };
    const warnings = warningsOf(
      document({ accounts: [account({ limits: { revoke: 6, apply: 100 } })], limits }),
    );
    const expected = [
      /^accounts\[0\]\.limits\.revoke: 6 calls per second is above the published 5: only right when/,
      /^limits\.perAccount\.apply: 101 calls per second is above the published 100/,
      /^limits\.perAddress\.revoke: 301 .*: past it the gateway blocks the address$/,
    ];
    const found = warnings.filter((text) => text.includes('is above'));
    assert.equal(found.length, expected.length);
    expected.forEach((pattern, at) => assert.match(found[at] ?? '', pattern));
  });

  it('warns of replicas so many that some action is left less than one call a second', () => {
    const of = (limits: object) =>
      warningsOf(document({ limits })).filter((text) => text.startsWith('limits.replicas'));
    assert.deepEqual(of({ replicas: 4 }), []);
    assert.match(of({ replicas: 5 }).join(), /less than one call a second for revoke: .*type redis/);
    assert.match(of({ replicas: 100 }).join(), /for apply and query and revoke/);
  });

  it('warns of what it means to reuse tokens', () => {
    assert.match(
      warningsOf(document({ reuse: { enabled: true } })).join(),
      /^reuse\.enabled: .*revoking it revokes it for all/,
    );
  });

  it('warns of what shadow calls cost, or that they have nothing to compare with', () => {
    const of = (given: Parameters<typeof document>[0]) =>
      warningsOf(document(given)).filter((text) => text.startsWith('shadow.percent: '));
    const shadow = { percent: 0.01 };
    assert.match(
      of({ shadow, backends: { legacy: { url: legacyUrl } } }).join(),
      /is billed, and mints a token/,
    );
    assert.match(of({ shadow }).join(), /does nothing: there is no old service/);
    assert.deepEqual(of({ shadow: { percent: 0, verify: true } }), []);
  });

  it('warns of each secret that is written into the file', () => {
    const warnings = warningsOf(
      document({ accounts: [account({ keys: [{ accessKey: 'A', secret: 'open' }] })] }),
    );
    assert.deepEqual(warnings, [
      'accounts[0].keys[0].secret: is written into the file; better {env: NAME} or {file: PATH}',
    ]);
  });

  it('warns of a redis URL in the file only for its password', () => {
    const of = (url: string) =>
      warningsOf(document({ store: { type: 'redis', url } })).filter((text) => /store\.url/.test(text));
    assert.deepEqual(of('redis://cache.example.com'), []);
    assert.equal(of('redis://:open@cache.example.com').length, 1);
  });
});
