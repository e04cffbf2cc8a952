// What an old client sees of a failing backend, in what time, and what the proxy counts: one apply call in a world of
// its own for each fault.
import { applyFields, signedParameters, type OldAnswer } from '../kit/old-clients.ts';
import { startProxiedWorld, type ConfigDocument, type ProxiedWorld } from '../kit/proxied-world.ts';
import type { BackendFault, Place } from './faults.ts';

/** Which backend fails, and what else there is. */
export const settings = ['gateway alone', 'gateway, old service behind it', 'old service'] as const;
export type Setting = (typeof settings)[number];

export interface Observed {
  /** What the client got, for the table. */
  readonly sees: string;
  readonly durationMs: number;
  /** Counters that rose, other than those of the request itself. */
  readonly counted: readonly string[];
}

export async function observe(fault: BackendFault, setting: Setting): Promise<Observed> {
  const failing = setting === 'old service' ? 'legacy' : 'gateway';
  let place: Place | undefined;
  const world = await startProxiedWorld();
  try {
    const emulators = {
      legacy: `127.0.0.1:${new URL(world.sandbox.legacy.url).port}`,
      gateway: world.sandbox.gateway.endpoint,
    };
    place = (await fault.place?.(emulators[failing])) ?? { protocol: 'http', endpoint: emulators[failing] };
    const places = {
      legacy: { protocol: 'http', endpoint: emulators.legacy },
      gateway: { protocol: 'http', endpoint: emulators.gateway },
      [failing]: place,
    } as const;
    await world.proxy.reload(world.configure(configured(setting, places)));
    if (fault.warm) {
      if (fault.rule !== undefined) world.sandbox[failing].faults.set(fault.rule);
      await apply(world);
    }
    if (fault.rule !== undefined) world.sandbox[failing].faults.set(fault.rule);
    if (fault.skewMs !== undefined) world.sandbox.gateway.setClockSkew(fault.skewMs);
    const before = await counters(world);
    const startedMs = performance.now();
    const sees = await apply(world);
    const durationMs = performance.now() - startedMs;
    return { sees, durationMs, counted: rises(before, await counters(world)) };
  } finally {
    await world.close();
    await place?.close?.();
  }
}

function configured(setting: Setting, places: Record<'legacy' | 'gateway', Place>): ConfigDocument {
  const { legacy, gateway } = places;
  return {
    backends: {
      gateway: { endpoint: gateway.endpoint, protocol: gateway.protocol },
      ...(setting !== 'gateway alone' && { legacy: { url: `${legacy.protocol}://${legacy.endpoint}` } }),
    },
    split: setting === 'gateway alone' ? {} : { gatewayPercent: setting === 'old service' ? 0 : 100 },
  };
}

/** One call as an old client makes it. */
async function apply(world: ProxiedWorld): Promise<string> {
  const body = new URLSearchParams(signedParameters(applyFields(world.instanceId), world));
  const response = await fetch(`${world.url}/token/apply`, { method: 'POST', body });
  const text = await response.text();
  const backend = response.headers.get('x-token-proxy-backend');
  const by = backend === null ? '' : ` by ${backend === 'legacy' ? 'the old service' : 'the gateway'}`;
  const answer = parsed(text);
  if (answer === undefined) {
    return `HTTP ${response.status}, ${text === '' ? 'empty' : 'its own page'}, passed on`;
  }
  const gatewayCode = response.headers.get('x-gateway-code');
  return `${answer.code}${gatewayCode === null ? '' : ` (\`${gatewayCode}\`)`}${by}`;
}

function parsed(text: string): OldAnswer['body'] | undefined {
  try {
    return JSON.parse(text) as OldAnswer['body'];
  } catch {
    return undefined;
  }
}

const watched = /^token_proxy_(backend_calls|fallbacks|retries|possibly_lost_tokens)_total\{(.*)\} (\d+)$/;

async function counters(world: ProxiedWorld): Promise<Map<string, number>> {
  const found = (await world.metrics()).split('\n').flatMap((line) => {
    const [, name = '', labels = '', value] = watched.exec(line) ?? [];
    return value === undefined ? [] : [[`${names[name] ?? name} ${words(labels)}`, Number(value)] as const];
  });
  return new Map(found);
}

const names: Readonly<Record<string, string>> = {
  backend_calls: 'call',
  fallbacks: 'fallback',
  retries: 'retry',
  possibly_lost_tokens: 'possibly lost',
};

/** The label values that matter, since every call here is an apply. */
function words(labels: string): string {
  const values = [...labels.matchAll(/="([^"]*)"/g)].map(([, value = '']) => value);
  return values.filter((value) => value !== 'apply').join(' ');
}

function rises(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): string[] {
  return [...after]
    .map(([name, value]) => [name, value - (before.get(name) ?? 0)] as const)
    .filter(([, rise]) => rise > 0)
    .map(([name, rise]) => (rise === 1 ? name : `${rise} × ${name}`))
    .sort();
}
