import assert from 'node:assert/strict';
import { account, document, mistakesOf, namesMistakes, type MistakeCase } from './kit.ts';

const legacy = { backends: { legacy: { url: 'https://old.example.com' } } };
const ram = (credentials: unknown) => document({ accounts: [account({ gateway: { credentials } })] });

// One row a line reads as a table.
// prettier-ignore
const cases: readonly MistakeCase[] = [
  ['two listeners on one address', document({ listen: [{}, { host: '0.0.0.0' }] }), ['listen[1].port: 8080 is taken on this address by listen[0]']],
  ['a listener covered by a wildcard', document({ listen: [{ host: '127.0.0.1', port: 1 }, { port: 1 }] }), ['listen[1].port: 1 is taken on this address by listen[0]']],
  ['an admin listener on the public address', document({ listen: { port: 9464 } }), ['admin.port: 9464 is taken on this address by listen']],
  ['an admin listener open to the network', document({ admin: { host: '::' } }), [/^admin\.host: must be a loopback address/]],
  ['two admin tokens of one name', document({ admin: { tokens: [1, 2].map(() => ({ name: 'a', token: 't', role: 'read' })) } }), ['admin.tokens[1].name: is the same token name as at admin.tokens[0].name: each must be unique']],
  ['admin tokens named as those who are no people', document({ admin: { tokens: ['rollout', 'file', 'admin'].map((name) => ({ name, token: 't', role: 'read' })) } }), [/^admin\.tokens\[0\]\.name: must be neither rollout nor file/, /^admin\.tokens\[1\]\.name: must be neither/]],
  ['nobody to serve', { store: { type: 'memory' } }, [/^accounts: must hold at least one account/]],
  ['a name and a key used twice', document({ accounts: [account(), account()] }), ['accounts[1].name: is the same account name as at accounts[0].name: each must be unique', 'accounts[1].keys[0].accessKey: is the same access key as at accounts[0].keys[0].accessKey: each must be unique']],
  ['an instance listed twice', document({ accounts: [account({ instances: ['a', { id: 'a' }] })] }), [/^accounts\[0\]\.instances\[1\]: is the same instance/]],
  ['foreign credentials without a list of instances', ram({ type: 'default' }), [/^accounts\[0\]\.instances: must list at least one instance/]],
  ['an account’s old service without any', document({ accounts: [account({ legacyUrl: 'a.example' })] }), [/^accounts\[0\]\.legacyUrl: needs backends\.legacy/]],
  ['a share below 100 with nobody to serve the rest', document({ split: { gatewayPercent: 99, overrides: [{ account: 'shop', gatewayPercent: 0 }] } }), ['split.gatewayPercent: must be 100 without backends.legacy, not 99: nobody would serve the rest', /^split\.overrides\[0\]\.gatewayPercent: must be 100/]],
  ['an override for an unknown account', document({ split: { overrides: [{ account: 'shpo', gatewayPercent: 100 }] } }), ['split.overrides[0].account: must be the name of a configured account']],
  ['a breaker that opens longer than at most', document({ breaker: { openFor: '6s' } }), ['breaker.openAtMost: must not be shorter than openFor (6s)']],
  ['steps that do not rise or hold', document({ rollout: { steps: [{ gatewayPercent: 5, hold: '1m' }, { gatewayPercent: 5 }, { gatewayPercent: 9, hold: 'soon' }]}}), [/^rollout\.steps\[2\]\.hold: must be a duration such as 10m, or manual/, /^rollout\.steps\[1\]\.gatewayPercent: must be above the step before \(5\), not 5/, /^rollout\.steps\[1\]\.hold: is missing/]],
];

describe('mistakes between keys', () => {
  namesMistakes(cases);

  it('tells mistakes of all kinds in one list', () => {
    const mistakes = mistakesOf({
      accounts: [
        account({ keys: [{ accessKey: 'A' }] }),
        account({ name: 'b', keys: [{ accessKey: 'A', secret: 's' }] }),
      ],
      deadlin: '1s',
      split: { gatewayPercent: 1 },
    });
    assert.deepEqual(
      mistakes.map((text) => text.split(':')[0]),
      ['accounts[0].keys[0].secret', 'deadlin', 'accounts[1].keys[0].accessKey', 'split.gatewayPercent'],
    );
  });

  it('counts what exceeds a hundred mistakes', () => {
    const mistakes = mistakesOf(document({ trustProxy: Array.from({ length: 150 }, () => 'x') }));
    assert.equal(mistakes.length, 101);
    assert.equal(mistakes.at(-1), 'and 50 more');
  });

  it('accepts an empty list of accounts with an old service, and unknownAccounts: legacy without one', () => {
    assert.deepEqual(mistakesOf({ ...legacy, accounts: [] }), []);
    assert.deepEqual(mistakesOf(document({ split: { unknownAccounts: 'legacy' } })), []);
  });
});
