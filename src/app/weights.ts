// What a weight would mean for the gateway's quotas: the rates of late, the configuration's limits and the dial put
// together. For rollouts, which hold where a step would not fit, and for operators, who are warned.
import type { Config } from '../config/config.ts';
import { lessHeadroom } from '../quota/limits.ts';
import type { Quota } from '../quota/quota.ts';
import type { RatesReading } from '../split/call-rates.ts';
import type { Dial } from '../split/dial.ts';
import { turn, type DialOrder } from '../split/dial-state.ts';
import { accountWeight, project, type Projection } from '../split/projection.ts';
import { quotaRules } from './quota-rules.ts';

export interface WeightsDependencies {
  readonly config: () => Config;
  readonly rates: () => RatesReading;
  readonly dial: Pick<Dial, 'state'>;
  readonly quota: Pick<Quota, 'reading'>;
}

export interface Weights {
  /** Every budget that calls would reach once the order is carried out, the fullest first. */
  after(order: DialOrder): readonly Projection[];
}

export function createWeights({ config, rates, dial, quota }: WeightsDependencies): Weights {
  return {
    after(order) {
      const { accounts, split } = config();
      const rules = quotaRules(config());
      const state = turn(dial.state(), order);
      const configured = new Set(accounts.map(({ name }) => name));
      const shared = new Set(config().backends.legacy === undefined ? [] : configured);
      for (const { name, legacyUrl } of accounts) if (legacyUrl !== undefined) shared.add(name);
      const percentOf = (account: string): number => {
        // Rates outlive a reload; an account that has left the configuration is no longer served by the gateway.
        if (!configured.has(account)) return 0;
        return shared.has(account) ? accountWeight(account, split.overrides, state) : 100;
      };
      // Where no shared store tells replicas of each other, each has its part, and knows its own calls only.
      const parts = quota.reading().mode === 'shared' ? 1 : rules.replicas;
      const here = (limit: number): number => lessHeadroom(limit, rules.headroomPercent) / parts;
      return project({
        rates: rates(),
        percentOf,
        accountLimit: (account, action) => here(rules.accountLimit(account, action)),
        addressLimit: (action) => here(rules.perAddress[action]),
      });
    },
  };
}
