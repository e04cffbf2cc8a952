// What the configuration says of the gateway's quotas, as the quota asks for it.
import type { Config } from '../config/config.ts';
import type { QuotaRules } from '../quota/quota.ts';

export function quotaRules({ accounts, limits }: Config): QuotaRules {
  const own = new Map(accounts.map((account) => [account.name, account.limits]));
  const { perAccount, perAddress, headroomPercent, replicas } = limits;
  return {
    accountLimit: (account, action) => own.get(account)?.[action] ?? perAccount[action],
    perAddress,
    headroomPercent,
    replicas,
  };
}
