// The fault table of the README, made from what was seen.
import { settings, type Observed, type Setting } from './observe.ts';

export interface FaultRow {
  readonly name: string;
  /** Absent where a fault cannot happen. */
  readonly seen: Partial<Readonly<Record<Setting, Observed>>>;
}

/** The default time-out of one call to a backend, ms. */
const timeoutMs = 3_000;

/** No time-out ends earlier, and what ends at once takes so long on no machine. With an old service behind it, it is 2.9 s. */
function inWhatTime(durationMs: number): string {
  return durationMs < timeoutMs * 0.9 ? '' : ', in 3 s';
}

export function faultTable(rows: readonly FaultRow[]): string {
  const lines = rows.map(({ name, seen }) => {
    const cells = settings.map((setting) => {
      const observed = seen[setting];
      return observed === undefined ? '—' : `${observed.sees}${inWhatTime(observed.durationMs)}`;
    });
    const counted = seen['gateway, old service behind it']?.counted ?? [];
    return `| ${[name, ...cells, counted.join(', ')].join(' | ')} |`;
  });
  return [
    '| the backend … | the gateway, alone | the gateway, with an old service behind it | the old service | counted in the middle case |',
    '| --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}

export interface CodeRow {
  readonly code: string;
  readonly apply: number;
  readonly revoke: number;
  readonly query: number;
  readonly outcome: string;
}

export function codeTable(rows: readonly CodeRow[]): string {
  const groups = new Map<string, string[]>();
  for (const { code, apply, revoke, query, outcome } of rows) {
    const key = `${apply} | ${revoke} | ${query} | ${outcome}`;
    groups.set(key, [...(groups.get(key) ?? []), `\`${code}\``]);
  }
  return [
    '| the gateway says | apply | revoke | query | counted as |',
    '| --- | --- | --- | --- | --- |',
    ...[...groups].map(([cells, codes]) => `| ${codes.join(', ')} | ${cells} |`),
  ].join('\n');
}
