// Reads limits from the JSON that users put to the control routes: numbers, or null to switch a limit off.
import { gatewayActions, publishedLimits, type GatewayAction, type GatewayLimits } from './gateway-quotas.ts';
import { legacyRoutes, type LegacyLimits } from './legacy-quotas.ts';

export type ReadLimits<Limits> = { readonly limits: Partial<Limits> } | { readonly mistake: string };

/** `{perAccount: {ApplyToken, RevokeToken, QueryToken} | null, perAddress: n | null, blockMs}`, each of them optional. */
export function readGatewayLimits(value: unknown): ReadLimits<GatewayLimits> {
  const fields = fieldsOf(value);
  if (fields === undefined) return { mistake: 'limits are a JSON object' };
  const limits: { -readonly [Key in keyof GatewayLimits]?: GatewayLimits[Key] } = {};
  for (const [name, given] of fields) {
    if (name === 'blockMs' && isRate(given)) limits.blockMs = given;
    else if (name === 'perAddress' && (given === null || isRate(given))) limits.perAddress = given;
    else if (name === 'perAccount') {
      const perAccount = given === null ? null : readRates(given);
      if (perAccount === undefined) {
        return { mistake: `perAccount is null or numbers for ${gatewayActions.join(', ')}` };
      }
      limits.perAccount = perAccount;
    } else return { mistake: `${name}: allowed are perAccount, perAddress and blockMs, with numbers from 0` };
  }
  return { limits };
}

/** `{apply, query, revoke}`, each of them optional, a number or null. */
export function readLegacyLimits(value: unknown): ReadLimits<LegacyLimits> {
  const fields = fieldsOf(value);
  if (fields === undefined) return { mistake: 'limits are a JSON object' };
  const limits: { -readonly [Key in keyof LegacyLimits]?: LegacyLimits[Key] } = {};
  for (const [name, given] of fields) {
    const route = legacyRoutes.find((known) => known === name);
    if (route === undefined || !(given === null || isRate(given))) {
      return { mistake: `${name}: allowed are ${legacyRoutes.join(', ')}, with numbers from 0 or null` };
    }
    limits[route] = given;
  }
  return { limits };
}

function readRates(value: unknown): Record<GatewayAction, number> | undefined {
  const fields = fieldsOf(value);
  if (fields === undefined) return undefined;
  const rates: Record<GatewayAction, number> = { ...(publishedLimits.perAccount ?? unlimited) };
  for (const [name, given] of fields) {
    const action = gatewayActions.find((known) => known === name);
    if (action === undefined || !isRate(given)) return undefined;
    rates[action] = given;
  }
  return rates;
}

const unlimited = { ApplyToken: Infinity, RevokeToken: Infinity, QueryToken: Infinity } as const;

function fieldsOf(value: unknown): [string, unknown][] | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.entries(value)
    : undefined;
}

function isRate(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
