// Reads fault rules from the JSON that users put to the control route.
// Only shapes and ranges are judged; whether an action exists is the user's concern.
import type { FaultKind, FaultRule } from './faults.ts';

export type ReadRules = { readonly rules: FaultRule[] } | { readonly mistake: string };

type Field = 'code' | 'status' | 'message' | 'ms' | 'at' | 'intervalMs' | 'bytes';

const fieldsOf = {
  answer: { required: ['code'], optional: ['status', 'message'] },
  'ok-with-code': { required: ['code'], optional: ['message'] },
  hang: { required: [], optional: [] },
  delay: { required: ['ms'], optional: [] },
  reset: { required: ['at'], optional: [] },
  'slow-headers': { required: ['intervalMs'], optional: [] },
  'slow-body': { required: ['intervalMs'], optional: [] },
  'half-body': { required: [], optional: [] },
  html: { required: [], optional: ['status'] },
  empty: { required: [], optional: [] },
  'not-json': { required: [], optional: [] },
  huge: { required: [], optional: ['bytes'] },
  'close-idle': { required: [], optional: [] },
} as const satisfies Record<FaultKind, { required: readonly Field[]; optional: readonly Field[] }>;

const resetPoints: readonly unknown[] = ['before-reading', 'after-reading', 'after-headers', 'mid-body'];
const longestMs = 3_600_000;

const allowed: Record<string, { readonly test: (value: unknown) => boolean; readonly says: string }> = {
  code: {
    test: (value) => typeof value === 'string' || Number.isInteger(value),
    says: 'a string or an integer',
  },
  status: { test: between(200, 599, true), says: 'an HTTP status from 200 to 599' },
  message: { test: (value) => typeof value === 'string', says: 'a string' },
  ms: { test: between(0, longestMs), says: `ms from 0 to ${longestMs}` },
  intervalMs: { test: between(0, longestMs), says: `ms from 0 to ${longestMs}` },
  at: { test: (value) => resetPoints.includes(value), says: `one of ${resetPoints.join(', ')}` },
  bytes: { test: between(1, 16 * 1024 * 1024, true), says: 'an integer from 1 to 16777216' },
  actions: {
    test: (value) => Array.isArray(value) && value.every((action) => typeof action === 'string'),
    says: 'a list of action names',
  },
  percent: { test: between(0, 100), says: 'a number from 0 to 100' },
  count: { test: between(1, Number.MAX_SAFE_INTEGER, true), says: 'an integer above 0' },
};

const rulesAtMost = 100;

/** Reads one rule or a list of rules; tells the first mistake. */
export function readFaultRules(value: unknown): ReadRules {
  const entries: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (entries.length > rulesAtMost) return { mistake: `at most ${rulesAtMost} rules` };
  for (const [index, entry] of entries.entries()) {
    const mistake = mistakeIn(entry);
    if (mistake !== undefined) return { mistake: `rule ${index + 1}: ${mistake}` };
  }
  return { rules: entries as FaultRule[] };
}

function mistakeIn(entry: unknown): string | undefined {
  if (typeof entry !== 'object' || entry === null) return 'is no JSON object';
  const fields = new Map(Object.entries(entry));
  const kind: unknown = fields.get('kind');
  if (!isKind(kind)) return `kind must be one of ${Object.keys(fieldsOf).join(', ')}`;
  const { required, optional }: { required: readonly string[]; optional: readonly string[] } = fieldsOf[kind];
  const missing = required.find((field) => !fields.has(field));
  if (missing !== undefined) return `${kind} needs ${missing}`;
  const known = ['kind', 'actions', 'percent', 'count', ...required, ...optional];
  for (const [field, given] of fields) {
    if (!known.includes(field)) return `${kind} knows no ${field}`;
    const rule = allowed[field];
    if (rule !== undefined && !rule.test(given)) return `${field} must be ${rule.says}`;
  }
  return undefined;
}

function isKind(value: unknown): value is FaultKind {
  return typeof value === 'string' && Object.hasOwn(fieldsOf, value);
}

function between(low: number, high: number, whole = false): (value: unknown) => boolean {
  return (value) =>
    typeof value === 'number' && value >= low && value <= high && (!whole || Number.isInteger(value));
}
