import assert from 'node:assert/strict';
import { createWeights } from '../../src/app/weights.ts';
import { initialDial } from '../../src/split/dial-state.ts';
import { account, configOf, document } from '../config/kit.ts';

describe('what a weight would mean for the quotas', () => {
  it('leaves out an account that has left the configuration, though its rates are still known', () => {
    const rates = { apply: 100, query: 0, revoke: 0 };
    const config = configOf(
      document({ accounts: [account()], backends: { legacy: { url: 'https://old.example.com' } } }),
    );
    const weights = createWeights({
      config: () => config,
      rates: () => ({
        accounts: new Map([
          ['shop', rates],
          ['gone', rates],
        ]),
        all: { ...rates, apply: 200 },
      }),
      dial: { state: () => initialDial(0, null) },
      quota: { reading: () => ({ mode: 'own', budgets: [], waiting: { apply: 0, query: 0, revoke: 0 } }) },
    });
    const apply = weights
      .after({ kind: 'weight', gatewayPercent: 10 })
      .filter(({ projected }) => projected > 0)
      .map(({ scope, account: name, projected }) => [scope, name, projected]);
    assert.deepEqual(apply, [
      ['account', 'shop', 10],
      ['address', undefined, 10],
    ]);
  });
});
