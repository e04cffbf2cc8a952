import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readSplitOrder } from '../../src/admin/split-order.ts';

const accounts = [
  { name: 'shop', hasOldService: true },
  { name: 'farm', hasOldService: true },
];
const read = (body: unknown) =>
  readSplitOrder(JSON.parse(JSON.stringify(body)) as Record<string, unknown>, { accounts }, { gone: 50 });

describe('reading an order of the split', () => {
  const orders: readonly (readonly [body: object, order: object])[] = [
    [{ gatewayPercent: 0 }, { kind: 'weight', gatewayPercent: 0 }],
    [{ gatewayPercent: 100 }, { kind: 'weight', gatewayPercent: 100 }],
    [{ gatewayPercent: 0.01 }, { kind: 'weight', gatewayPercent: 0.01 }],
    [
      { gatewayPercent: 0.29, all: false },
      { kind: 'weight', gatewayPercent: 0.29 },
    ],
    [
      { gatewayPercent: 5, account: 'shop' },
      { kind: 'account', account: 'shop', gatewayPercent: 5 },
    ],
    [
      { gatewayPercent: null, account: 'shop' },
      { kind: 'account', account: 'shop', gatewayPercent: null },
    ],
    [
      { gatewayPercent: null, account: 'gone' },
      { kind: 'account', account: 'gone', gatewayPercent: null },
    ],
    [{ gatewayPercent: 0, all: true }, { kind: 'all-back' }],
  ];
  for (const [body, order] of orders) {
    it(`takes ${JSON.stringify(body)}`, () => assert.deepEqual(read(body), { ok: true, order }));
  }

  it('takes the reason without the spaces around it, and an empty one as none', () => {
    assert.deepEqual(read({ gatewayPercent: 1, reason: ' canary ' }), {
      ok: true,
      order: { kind: 'weight', gatewayPercent: 1 },
      reason: 'canary',
    });
    assert.ok(!('reason' in read({ gatewayPercent: 1, reason: '  ' })));
  });

  it('takes -0 as 0', () => {
    const order = readSplitOrder(
      JSON.parse('{"gatewayPercent":-0}') as Record<string, unknown>,
      { accounts },
      {},
    );
    assert.deepEqual(order, { ok: true, order: { kind: 'weight', gatewayPercent: 0 } });
  });

  it('takes every weight of two decimals and no finer one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000 }), (hundredths) => {
        assert.equal(read({ gatewayPercent: hundredths / 100 }).ok, true);
        assert.equal(read({ gatewayPercent: (hundredths + 0.5) / 100 }).ok, false);
      }),
    );
  });

  const percent = /^gatewayPercent must be a number from 0 to 100 with at most two decimals/;
  const nonsense: readonly (readonly [title: string, body: object, message: RegExp])[] = [
    ['nothing', {}, /^gatewayPercent is missing: a number from 0 to 100/],
    ['a text', { gatewayPercent: '5' }, /^gatewayPercent must be .*, but is a text$/],
    ['a negative number', { gatewayPercent: -1 }, percent],
    ['more than 100', { gatewayPercent: 100.01 }, /but is 100\.01$/],
    ['three decimals', { gatewayPercent: 1.234 }, percent],
    ['a boolean', { gatewayPercent: true }, percent],
    ['a list', { gatewayPercent: [5] }, percent],
    ['an object', { gatewayPercent: {} }, percent],
    ['null without an account', { gatewayPercent: null }, /null gives an account back and goes with account/],
    [
      'an unknown key',
      { gatewayPercent: 5, percent: 5 },
      /^"percent" is not known: allowed are gatewayPercent,/,
    ],
    [
      'an unknown account',
      { gatewayPercent: 5, account: 'shp' },
      /"shp" is not configured: there are shop, farm$/,
    ],
    [
      'a weight for an account that is gone',
      { gatewayPercent: 5, account: 'gone' },
      /"gone" is not configured/,
    ],
    ['an account by a name of every object', { gatewayPercent: null, account: 'toString' }, /not configured/],
    ['an account that is no text', { gatewayPercent: 5, account: 7 }, /^account must be the name/],
    ['a reason that is no text', { gatewayPercent: 5, reason: 7 }, /^reason must be one line/],
    ['a reason of two lines', { gatewayPercent: 5, reason: 'a\nb' }, /^reason must be one line/],
    ['a long reason', { gatewayPercent: 5, reason: 'x'.repeat(501) }, /at most 500 characters/],
    ['all that is no boolean', { gatewayPercent: 0, all: 1 }, /^all must be true or left out/],
    ['all with a weight', { gatewayPercent: 5, all: true }, /^all: true goes with gatewayPercent: 0 only/],
    ['all with an account', { gatewayPercent: 0, all: true, account: 'shop' }, /leave account out/],
  ];
  for (const [title, body, message] of nonsense) {
    it(`refuses ${title}, naming key and remedy`, () => {
      const order = read(body);
      assert.ok(!order.ok);
      assert.match(order.message, message);
    });
  }

  it('refuses Infinity, which JSON can carry as 1e999', () => {
    const body = JSON.parse('{"gatewayPercent":1e999}') as Record<string, unknown>;
    assert.equal(readSplitOrder(body, { accounts }, {}).ok, false);
  });

  it('refuses __proto__ as a key', () => {
    const body = JSON.parse('{"__proto__":{"gatewayPercent":5}}') as Record<string, unknown>;
    const order = readSplitOrder(body, { accounts }, {});
    assert.ok(!order.ok);
    assert.match(order.message, /"__proto__" is not known/);
  });

  it('names all mistakes at once', () => {
    const order = read({ gatewayPercent: 101, account: 'x', wonder: 1 });
    assert.ok(!order.ok);
    assert.equal(order.message.split('; ').length, 3);
  });

  it('names twenty accounts and counts the rest', () => {
    const many = Array.from({ length: 23 }, (_, at) => ({ name: `a${at}`, hasOldService: true }));
    const order = readSplitOrder({ gatewayPercent: 1, account: 'x' }, { accounts: many }, {});
    assert.ok(!order.ok);
    assert.match(order.message, /a19 and 3 more$/);
  });
});
