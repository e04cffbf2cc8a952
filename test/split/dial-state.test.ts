import assert from 'node:assert/strict';
import fc from 'fast-check';
import { choose } from '../../src/split/choose.ts';
import type { OverrideRule } from '../../src/split/overrides.ts';
import {
  accountPercent,
  describeTurn,
  initialDial,
  onlyLowers,
  turn,
  type DialOrder,
  type DialState,
} from '../../src/split/dial-state.ts';
import { orders, percents } from './dial-kit.ts';

const states = fc
  .tuple(percents, fc.option(percents), fc.array(orders, { maxLength: 8 }))
  .map(([percent, file, given]) => given.reduce(turn, initialDial(percent, file)));

const weight = (gatewayPercent: number): DialOrder => ({ kind: 'weight', gatewayPercent });
const allBack: DialOrder = { kind: 'all-back' };
const shop = (gatewayPercent: number | null): DialOrder => ({
  kind: 'account',
  account: 'shop',
  gatewayPercent,
});

describe('a turn of the dial', () => {
  it('raises the version by one, or changes nothing at all', () => {
    fc.assert(
      fc.property(states, orders, (state, order) => {
        const next = turn(state, order);
        assert.ok(next === state || next.version === state.version + 1);
      }),
    );
  });

  it('changes nothing when it is given again', () => {
    fc.assert(
      fc.property(states, orders, (state, order) => {
        const next = turn(state, order);
        assert.equal(turn(next, order), next);
      }),
    );
  });

  it('leaves the state that it began with as it was', () => {
    fc.assert(
      fc.property(states, orders, (state, order) => {
        const before = structuredClone(state);
        turn(state, order);
        assert.deepEqual(state, before);
      }),
    );
  });

  it('sets the weight, and with it ends everything-back', () => {
    const forced = turn(initialDial(20, null), allBack);
    assert.deepEqual([forced.gatewayPercent, forced.forced], [0, true]);
    const cleared = turn(forced, weight(0));
    assert.deepEqual([cleared.gatewayPercent, cleared.forced, cleared.version], [0, false, 3]);
  });

  it("sets and takes back an account's weight, and everything-back leaves it in place", () => {
    const set = turn(initialDial(20, null), shop(50));
    assert.equal(accountPercent(set, 'shop'), 50);
    assert.equal(accountPercent(turn(set, allBack), 'shop'), 50);
    assert.equal(accountPercent(turn(set, shop(null)), 'shop'), null);
    assert.equal(turn(initialDial(20, null), shop(null)).version, 1);
  });

  it('takes account names for plain names', () => {
    for (const account of ['constructor', 'toString', '__proto__']) {
      const before = initialDial(20, null);
      assert.equal(turn(before, { kind: 'account', account, gatewayPercent: null }), before);
      const order = { kind: 'account', account, gatewayPercent: 5 } as const;
      const after = turn(before, order);
      assert.equal(accountPercent(after, account), 5);
      const change = describeTurn(before, after, order, { by: 'alice', atMs: 1 });
      assert.deepEqual([change.from, change.to], [null, 5]);
    }
  });

  it('follows the file only when the file says something else than before', () => {
    const begun = initialDial(20, 20);
    const turned = turn(begun, weight(70));
    assert.equal(turn(turned, { kind: 'file', gatewayPercent: 20 }), turned);
    assert.equal(turn(turned, { kind: 'file', gatewayPercent: 30 }).gatewayPercent, 30);
  });

  it('follows the file when it says for the first time what was the default until then', () => {
    const turned = turn(initialDial(0, null), weight(70));
    assert.equal(turn(turned, { kind: 'file', gatewayPercent: 0 }).gatewayPercent, 0);
  });
});

describe('a weight that is ordered for one version of the dial', () => {
  const at7: DialState = { ...initialDial(10, null), version: 7 };

  it('is set on that version', () => {
    const order: DialOrder = { kind: 'weight', gatewayPercent: 20, ifVersion: 7 };
    assert.deepEqual(turn(at7, order), { ...at7, version: 8, gatewayPercent: 20 });
  });

  it('changes nothing on any other, forced or not', () => {
    for (const ifVersion of [6, 8]) {
      const order: DialOrder = { kind: 'weight', gatewayPercent: 20, ifVersion };
      assert.equal(turn(at7, order), at7);
      const forced = { ...at7, forced: true };
      assert.equal(turn(forced, order), forced);
    }
  });
});

describe('what the history says of a turn', () => {
  const origin = { by: 'alice', atMs: 5 };
  const said = (before: DialState, order: DialOrder) => {
    const { kind, account, from, to, version } = describeTurn(before, turn(before, order), order, origin);
    return [kind, account, from, to, version];
  };

  it('is from where to where', () => {
    const begun = initialDial(20, null);
    assert.deepEqual(said(begun, weight(30)), ['weight', undefined, 20, 30, 2]);
    assert.deepEqual(said(begun, allBack), ['all-back', undefined, 20, 0, 2]);
    assert.deepEqual(said(begun, shop(5)), ['account', 'shop', null, 5, 2]);
    assert.deepEqual(said(turn(begun, shop(5)), shop(null)), ['account', 'shop', 5, null, 3]);
  });

  it('holds who and when and, where given, why', () => {
    const begun = initialDial(20, null);
    const change = describeTurn(begun, turn(begun, weight(1)), weight(1), { ...origin, reason: 'because' });
    assert.deepEqual([change.by, change.atMs, change.reason], ['alice', 5, 'because']);
    assert.ok(!('reason' in describeTurn(begun, turn(begun, weight(1)), weight(1), origin)));
  });
});

describe('a change that only lowers', () => {
  const begun = turn(initialDial(20, null), shop(50));
  const cases: readonly (readonly [string, DialState, DialOrder, boolean])[] = [
    ['a lower weight', begun, weight(10), true],
    ['the same weight', begun, weight(20), true],
    ['a higher weight', begun, weight(21), false],
    ['everything back', begun, allBack, true],
    ['the end of everything-back', turn(begun, allBack), weight(0), false],
    ["an account's lower weight", begun, shop(49), true],
    ["an account's higher weight", begun, shop(51), false],
    ["the end of an account's weight", begun, shop(null), false],
    ["an account's first weight, 0", initialDial(20, null), shop(0), true],
    [
      "an account's first weight above 0, since an override may say less",
      initialDial(20, null),
      shop(1),
      false,
    ],
  ];
  for (const [title, before, order, expected] of cases) {
    it(`is ${expected ? '' : 'not '}${title}`, () =>
      assert.equal(onlyLowers(before, turn(before, order)), expected));
  }

  it('moves no call to the gateway, whatever the overrides say', () => {
    const overrides: fc.Arbitrary<OverrideRule[]> = fc.array(
      fc.record({ account: fc.constantFrom('shop', 'other', 'third'), gatewayPercent: percents }),
      { maxLength: 3 },
    );
    const accounts = fc.constantFrom('shop', 'other', 'third');
    fc.assert(
      fc.property(
        states,
        orders,
        overrides,
        accounts,
        fc.string(),
        (before, order, rules, account, request) => {
          const after = turn(before, order);
          fc.pre(onlyLowers(before, after));
          const facts = { account, instanceId: '', resources: '', clientAddress: '', request };
          const of = (dial: DialState) =>
            choose(facts, { key: ['account', 'request'], overrides: rules }, dial, true).backend;
          if (of(before) === 'legacy') assert.equal(of(after), 'legacy');
        },
      ),
      { numRuns: 500 },
    );
  });
});
