import assert from 'node:assert/strict';
import { bucketOf } from '../../src/split/bucket.ts';
import { choose, weightFor, type Choice, type ChoiceRules, type KeyFacts } from '../../src/split/choose.ts';
import { initialDial, type DialState } from '../../src/split/dial-state.ts';

const facts: KeyFacts = {
  account: 'shop',
  instanceId: 'post-cn-1',
  resources: 'TopicA',
  clientAddress: '10.0.0.7',
  request: 'r-1',
};
const bucket = bucketOf(['shop', 'post-cn-1', 'TopicA']);
const rules: ChoiceRules = { key: ['account', 'instanceId', 'resources'], overrides: [] };
const at = (gatewayPercent: number, more: Partial<DialState> = {}): DialState => ({
  ...initialDial(gatewayPercent, null),
  ...more,
});
const withOverrides = (...overrides: ChoiceRules['overrides']): ChoiceRules => ({ ...rules, overrides });

describe('the choice of a backend', () => {
  const cases: readonly (readonly [string, ChoiceRules, DialState, boolean, Choice])[] = [
    [
      'gives the old service everything at 0',
      rules,
      at(0),
      true,
      { backend: 'legacy', reason: 'weight', bucket, gatewayPercent: 0 },
    ],
    [
      'gives the gateway everything at 100',
      rules,
      at(100),
      true,
      { backend: 'gateway', reason: 'weight', bucket, gatewayPercent: 100 },
    ],
    [
      'gives the old service a bucket that equals the weight',
      rules,
      at(bucket / 100),
      true,
      { backend: 'legacy', reason: 'weight', bucket, gatewayPercent: bucket / 100 },
    ],
    [
      'gives the gateway a bucket just below the weight',
      rules,
      at((bucket + 1) / 100),
      true,
      { backend: 'gateway', reason: 'weight', bucket, gatewayPercent: (bucket + 1) / 100 },
    ],
    [
      'takes the first override that matches',
      withOverrides(
        { account: 'other', gatewayPercent: 1 },
        { instanceId: 'post-cn-1', gatewayPercent: 100 },
        { account: 'shop', gatewayPercent: 0 },
      ),
      at(0),
      true,
      { backend: 'gateway', reason: 'override', bucket, gatewayPercent: 100 },
    ],
    [
      'takes an override only where all its fields match',
      withOverrides(
        { account: 'shop', instanceId: 'post-cn-2', gatewayPercent: 100 },
        { account: 'shop', instanceId: 'post-cn-1', gatewayPercent: 0 },
      ),
      at(100),
      true,
      { backend: 'legacy', reason: 'override', bucket, gatewayPercent: 0 },
    ],
    [
      "takes an account's weight set at run time before the file's overrides",
      withOverrides({ account: 'shop', gatewayPercent: 0 }),
      at(0, { accounts: { shop: 100 } }),
      true,
      { backend: 'gateway', reason: 'override', bucket, gatewayPercent: 100 },
    ],
    [
      "takes an account's weight of 0 set at run time for what it says",
      withOverrides({ account: 'shop', gatewayPercent: 100 }),
      at(100, { accounts: { shop: 0 } }),
      true,
      { backend: 'legacy', reason: 'override', bucket, gatewayPercent: 0 },
    ],
    [
      "does not care for another account's weight",
      rules,
      at(100, { accounts: { other: 0 } }),
      true,
      { backend: 'gateway', reason: 'weight', bucket, gatewayPercent: 100 },
    ],
    [
      'lets everything-back beat overrides of both kinds',
      withOverrides({ account: 'shop', gatewayPercent: 100 }),
      at(0, { forced: true, accounts: { shop: 100 } }),
      true,
      { backend: 'legacy', reason: 'forced' },
    ],
    [
      'has no choice where there is no old service, whatever was ordered',
      withOverrides({ account: 'shop', gatewayPercent: 0 }),
      at(0, { forced: true, accounts: { shop: 0 } }),
      false,
      { backend: 'gateway', reason: 'only-backend' },
    ],
  ];
  for (const [title, ruleSet, dial, hasOldService, expected] of cases) {
    it(title, () => assert.deepEqual(choose(facts, ruleSet, dial, hasOldService), expected));
  }

  it('is not misled by an account named after something of JavaScript', () => {
    const odd = { ...facts, account: 'constructor' };
    assert.equal(choose(odd, rules, at(0), true).reason, 'weight');
    assert.equal(choose(odd, rules, at(0, { accounts: { constructor: 100 } }), true).reason, 'override');
  });

  it('keeps together what the configured fields keep together, in their order', () => {
    const key = ['clientAddress', 'account'] as const;
    const { bucket: chosen } = choose(facts, { key, overrides: [] }, at(50), true);
    assert.equal(chosen, bucketOf(['10.0.0.7', 'shop']));
  });

  it('keeps nothing together by `request`', () => {
    const each = { key: ['request'], overrides: [] } as const;
    const buckets = Array.from({ length: 50 }, (_, index) => {
      return choose({ ...facts, request: `r-${index}` }, each, at(50), true).bucket;
    });
    assert.ok(new Set(buckets).size > 40);
  });

  it('goes by the weight that is told beside it', () => {
    for (const [, ruleSet, dial] of cases) {
      const { gatewayPercent = 0 } = choose(facts, ruleSet, dial, true);
      assert.equal(weightFor(facts, ruleSet, dial), gatewayPercent);
    }
  });
});
