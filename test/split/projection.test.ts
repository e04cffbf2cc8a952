import assert from 'node:assert/strict';
import fc from 'fast-check';
import { choose } from '../../src/split/choose.ts';
import { initialDial, turn } from '../../src/split/dial-state.ts';
import { accountWeight, addRates, misfitsAmong, project } from '../../src/split/projection.ts';

const rates = (apply: number, query = 0) => ({ apply, query, revoke: 0 });
const limits = {
  accountLimit: () => 90,
  addressLimit: () => 270,
};

describe('the projection of a weight', () => {
  it('is each account’s rate by its weight, and their sum at the address', () => {
    const projections = project({
      rates: {
        accounts: new Map([
          ['shop', rates(140)],
          ['calm', rates(20, 10)],
        ]),
        all: rates(160, 10),
      },
      percentOf: (account) => (account === 'shop' ? 100 : 50),
      ...limits,
    });
    assert.deepEqual(projections[0], {
      scope: 'account',
      account: 'shop',
      action: 'apply',
      projected: 140,
      limit: 90,
    });
    assert.equal(
      projections.find(({ scope, action }) => scope === 'address' && action === 'apply')?.projected,
      150,
    );
    assert.equal(
      projections.find(({ account, action }) => account === 'calm' && action === 'query')?.projected,
      5,
    );
    assert.deepEqual(misfitsAmong(projections), [projections[0]]);
  });

  it('expects no more at the address than ever came together', () => {
    const projections = project({
      rates: {
        accounts: new Map([
          ['early', rates(200)],
          ['late', rates(200)],
        ]),
        all: rates(210),
      },
      percentOf: () => 100,
      ...limits,
    });
    assert.equal(projections.find(({ scope }) => scope === 'address')?.projected, 210);
  });

  it('adds the rates of replicas', () => {
    const one = { accounts: new Map([['shop', rates(1)]]), all: rates(1) };
    const other = {
      accounts: new Map([
        ['shop', rates(2)],
        ['calm', rates(3)],
      ]),
      all: rates(5),
    };
    const sum = addRates(one, other);
    assert.deepEqual(
      [sum.accounts.get('shop')?.apply, sum.accounts.get('calm')?.apply, sum.all.apply],
      [3, 3, 6],
    );
  });
});

describe('the weight of an account', () => {
  it('is the one that its calls are split by, where no override names an instance', () => {
    const percents = fc.integer({ min: 0, max: 100 });
    const override = fc.record({
      account: fc.option(fc.constantFrom('shop', 'calm'), { nil: undefined }),
      gatewayPercent: percents,
    });
    fc.assert(
      fc.property(
        fc.array(override, { maxLength: 3 }),
        percents,
        fc.option(percents),
        fc.boolean(),
        (found, weight, own, isForced) => {
          const overrides = found.map(({ account, gatewayPercent }) => ({
            gatewayPercent,
            ...(account !== undefined && { account }),
          }));
          let dial = turn(initialDial(0, null), { kind: 'weight', gatewayPercent: weight });
          if (own !== null) dial = turn(dial, { kind: 'account', account: 'shop', gatewayPercent: own });
          if (isForced) dial = turn(dial, { kind: 'all-back' });
          const facts = { account: 'shop', instanceId: 'i', resources: 'T', clientAddress: '', request: '' };
          const { gatewayPercent = 0 } = choose(facts, { key: ['account'], overrides }, dial, true);
          assert.equal(accountWeight('shop', overrides, dial), gatewayPercent);
        },
      ),
    );
  });
});
