// What a weight would mean for the gateway's quotas, by the rates of late. Pure; it decides nothing.

/*
 * Calls are taken to follow the weight: a token that the gateway has issued is queried and revoked there too, so that
 * in the long run all three actions of an account come in the proportion of its weight. Overrides that name an instance
 * are left out of account, as rates are not known by instance.
 */
import { ratedActions, type RatedAction, type Rates, type RatesReading } from './call-rates.ts';
import { accountPercent, type DialState } from './dial-state.ts';
import type { OverrideRule } from './overrides.ts';

/** One budget of the gateway, and what would come of it. */
export interface Projection {
  readonly scope: 'account' | 'address';
  /** With scope `account`. */
  readonly account?: string;
  readonly action: RatedAction;
  /** Calls/s to be expected. */
  readonly projected: number;
  /** Calls/s that the quota allows, less the headroom. */
  readonly limit: number;
}

export interface ProjectionRules {
  readonly rates: RatesReading;
  /** Percent of an account's calls that the gateway would serve. */
  readonly percentOf: (account: string) => number;
  /** Calls/s, less the headroom. */
  readonly accountLimit: (account: string, action: RatedAction) => number;
  readonly addressLimit: (action: RatedAction) => number;
}

/** Every budget that calls would reach, the fullest first. */
export function project({ rates, percentOf, accountLimit, addressLimit }: ProjectionRules): Projection[] {
  const together: Record<RatedAction, number> = { apply: 0, query: 0, revoke: 0 };
  const accounts = [...rates.accounts].flatMap(([account, called]) => {
    const share = percentOf(account) / 100;
    return ratedActions.flatMap((action): Projection[] => {
      const projected = called[action] * share;
      together[action] += projected;
      const limit = accountLimit(account, action);
      return projected === 0 ? [] : [{ scope: 'account', account, action, projected, limit }];
    });
  });
  const address = ratedActions.map((action): Projection => {
    // The busiest moments of several accounts need not be the same: no more than what came together.
    const projected = Math.min(together[action], rates.all[action]);
    return { scope: 'address', action, projected, limit: addressLimit(action) };
  });
  return [...address, ...accounts].sort((one, other) => fullness(other) - fullness(one));
}

function fullness({ projected, limit }: Projection): number {
  return projected / Math.max(limit, Number.MIN_VALUE);
}

/** Those that would not fit. */
export function misfitsAmong(projections: readonly Projection[]): Projection[] {
  return projections.filter(({ projected, limit }) => projected > limit);
}

/** The weight of an account's calls, where no override names an instance. @param dial with the weight asked about */
export function accountWeight(account: string, overrides: readonly OverrideRule[], dial: DialState): number {
  if (dial.forced) return 0;
  const ordered = accountPercent(dial, account);
  if (ordered !== null) return ordered;
  const override = overrides.find(
    (rule) => rule.instanceId === undefined && (rule.account === undefined || rule.account === account),
  );
  return override?.gatewayPercent ?? dial.gatewayPercent;
}

/** Rates of several replicas together. */
export function addRates(one: RatesReading, other: RatesReading): RatesReading {
  const names = new Set([...one.accounts.keys(), ...other.accounts.keys()]);
  return {
    accounts: new Map(
      [...names].map((name) => [name, sum(one.accounts.get(name), other.accounts.get(name))]),
    ),
    all: sum(one.all, other.all),
  };
}

const none: Rates = { apply: 0, query: 0, revoke: 0 };

function sum(one: Rates = none, other: Rates = none): Rates {
  return {
    apply: one.apply + other.apply,
    query: one.query + other.query,
    revoke: one.revoke + other.revoke,
  };
}
