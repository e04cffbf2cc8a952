// The first rule that matches, however many there are.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { overrideOf, type OverrideRule } from '../../src/split/overrides.ts';

/** As SPEC has it: one rule after the other. */
const oneByOne = (rules: readonly OverrideRule[], account: string, instanceId: string) =>
  rules.find(
    (rule) =>
      (rule.account === undefined || rule.account === account) &&
      (rule.instanceId === undefined || rule.instanceId === instanceId),
  )?.gatewayPercent;

describe('the override of a call', () => {
  it('is that of the first rule that matches, in whatever order they stand', () => {
    const name = fc.constantFrom('a', 'b', 'constructor');
    const rule = fc.record(
      { account: name, instanceId: name, gatewayPercent: fc.integer({ min: 0, max: 100 }) },
      { requiredKeys: ['gatewayPercent'] },
    );
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 12 }), name, name, (rules, account, instanceId) => {
        assert.equal(overrideOf(rules, account, instanceId), oneByOne(rules, account, instanceId));
        // Once more, out of what was prepared.
        assert.equal(overrideOf(rules, account, instanceId), oneByOne(rules, account, instanceId));
      }),
    );
  });

  it('is none without rules, and of a rule that leaves everything open that of every call', () => {
    assert.equal(overrideOf([], 'a', 'i'), undefined);
    assert.equal(overrideOf([{ gatewayPercent: 7 }], 'a', ''), 7);
  });
});
