// The configuration file of a soak. JSON is YAML, too.
import type { Services } from './services.ts';
import { configuredAccounts, gatewayLimits } from './people.ts';

/** How long a whole answer may take, ms; short, so that faults come and go quickly. */
export const deadlineMs = 2_500;

/**
 * @param variation changes what a reload may change: time-outs, and whether an account is there that nobody uses
 */
export function configurationFile(services: Services, store: object, variation: number): string {
  const spare = {
    name: 'spare',
    keys: [{ accessKey: 'LTAISPARE', secret: 'spareSecret0123456789abcdefghij' }],
  };
  const accounts = configuredAccounts.map(({ name, keys, instances }) => ({ name, keys, instances }));
  return JSON.stringify({
    listen: { host: '127.0.0.1', port: 0 },
    admin: { host: '127.0.0.1', port: 0 },
    accounts: variation % 2 === 0 ? accounts : [...accounts, { ...spare, instances: ['post-cn-spare-1'] }],
    backends: {
      legacy: { url: services.legacy.url, timeout: `${1_200 + (variation % 3) * 100}ms` },
      gateway: {
        endpoint: services.endpoint,
        protocol: 'http',
        timeout: `${1_200 + (variation % 4) * 100}ms`,
      },
    },
    split: { fallback: { both: variation % 2 === 1 } },
    limits: { perAccount: gatewayLimits },
    deadline: `${deadlineMs}ms`,
    store,
  });
}
