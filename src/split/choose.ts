// Which backend makes the first try for an apply call, and why. Pure; the same inputs decide alike on every replica.
import { bucketOf, isBelow } from './bucket.ts';
import { accountPercent, type DialState } from './dial-state.ts';
import { overrideOf, type OverrideRule } from './overrides.ts';

/** What a call is stuck together by; absent values count as empty. */
export interface KeyFacts {
  readonly account: string;
  readonly instanceId: string;
  /** Sorted and joined by `,`. */
  readonly resources: string;
  readonly clientAddress: string;
  /** Different with each request. */
  readonly request: string;
}

export interface ChoiceRules {
  readonly key: readonly (keyof KeyFacts)[];
  /** First match wins. */
  readonly overrides: readonly OverrideRule[];
}

export interface Choice {
  readonly backend: 'legacy' | 'gateway';
  readonly reason: 'weight' | 'override' | 'only-backend' | 'forced';
  /** 0 to 9,999; absent where no weight was asked. */
  readonly bucket?: number;
  /** The weight that the bucket was held against. */
  readonly gatewayPercent?: number;
}

/**
 * @param hasOldService whether this account has an old service to share with
 */
export function choose(facts: KeyFacts, rules: ChoiceRules, dial: DialState, hasOldService: boolean): Choice {
  if (!hasOldService) return { backend: 'gateway', reason: 'only-backend' };
  if (dial.forced) return { backend: 'legacy', reason: 'forced' };
  const override = overrideFor(facts, rules, dial);
  const gatewayPercent = override ?? dial.gatewayPercent;
  const bucket = bucketOf(rules.key.map((field) => facts[field]));
  return {
    backend: isBelow(bucket, gatewayPercent) ? 'gateway' : 'legacy',
    reason: override === undefined ? 'weight' : 'override',
    bucket,
    gatewayPercent,
  };
}

/** The weight that applies to calls like this one, overrides included, 0 to 100. */
export function weightFor(facts: KeyFacts, rules: ChoiceRules, dial: DialState): number {
  return dial.forced ? 0 : (overrideFor(facts, rules, dial) ?? dial.gatewayPercent);
}

function overrideFor(facts: KeyFacts, { overrides }: ChoiceRules, dial: DialState): number | undefined {
  // An operator's order for an account is newer than the file by its nature.
  const ordered = accountPercent(dial, facts.account);
  if (ordered !== null) return ordered;
  return overrideOf(overrides, facts.account, facts.instanceId);
}
