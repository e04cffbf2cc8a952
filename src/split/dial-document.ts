// The dial as it is kept: a JSON document for the state, JSON lines for the history. Pure; what does not fit is nothing.
import type { DialChange, DialState } from './dial-state.ts';

/** A higher number means that this version cannot read it; what a later minor version adds is overlooked. */
const format = 1;

export function encodeState({ gatewayPercent, accounts, forced, filePercent }: DialState): string {
  return JSON.stringify({ format, gatewayPercent, accounts, forced, filePercent });
}

/** @param version of the document; the state has none of its own */
export function decodeState(text: string, version: number): DialState | undefined {
  const value = parse(text);
  if (value?.['format'] !== format) return undefined;
  const { gatewayPercent, accounts, forced, filePercent } = value;
  if (!isPercent(gatewayPercent) || typeof forced !== 'boolean') return undefined;
  if (!isPercents(accounts) || !(filePercent === null || isPercent(filePercent))) return undefined;
  return { version, gatewayPercent, accounts, forced, filePercent };
}

export function encodeChange(change: DialChange): string {
  return JSON.stringify(change);
}

/** Nothing for entries that others wrote: the history is not the dial's alone. */
export function decodeChange(text: string): DialChange | undefined {
  const value = parse(text);
  if (value === undefined) return undefined;
  const { atMs, by, reason, kind, account, from, to, version } = value;
  if (!isKind(kind) || typeof atMs !== 'number' || typeof by !== 'string' || typeof version !== 'number') {
    return undefined;
  }
  if (!isPercentOrNull(from) || !isPercentOrNull(to)) return undefined;
  return {
    atMs,
    by,
    ...(typeof reason === 'string' && { reason }),
    kind,
    ...(typeof account === 'string' && { account }),
    from,
    to,
    version,
  };
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

const kinds = {
  weight: true,
  account: true,
  'all-back': true,
  file: true,
} as const satisfies Record<DialChange['kind'], true>;

function isKind(value: unknown): value is DialChange['kind'] {
  return typeof value === 'string' && Object.hasOwn(kinds, value);
}

function isPercent(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 100;
}

function isPercentOrNull(value: unknown): value is number | null {
  return value === null || isPercent(value);
}

function isPercents(value: unknown): value is Record<string, number> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((entry) => isPercent(entry))
  );
}
