// The status as it is kept: a JSON document. Pure; what a later minor version adds is overlooked, what cannot be
// understood is nothing.
import { holdCauses, rolloutStates, type HoldCause, type RolloutState, type Status } from './status.ts';

/** A higher number means that this version cannot read it. */
const format = 1;

export function encodeStatus({ version: _, ...status }: Status): string {
  return JSON.stringify({ format, ...status });
}

/** @param version of the document; the text has none */
export function decodeStatus(text: string, version: number): Status | undefined {
  const fields = parseObject(text);
  if (fields?.['format'] !== format) return undefined;
  const { state, run, sinceMs, by, reason } = fields;
  if (!isState(state) || !isTime(run) || !isTime(sinceMs)) return undefined;
  if (typeof by !== 'string' || typeof reason !== 'string') return undefined;
  const common = { version, run, sinceMs, by, reason };
  if (state === 'idle') return { ...common, state };
  const { step, gatewayPercent, entry, enteredAtMs, dialVersion, cause, due } = fields;
  if (!isCount(step) || !isPercent(gatewayPercent) || !isCount(entry)) return undefined;
  if (!isTime(enteredAtMs) || !isCount(dialVersion)) return undefined;
  const placed = { ...common, step, gatewayPercent, entry, enteredAtMs, dialVersion };
  if (state !== 'holding') return { ...placed, state };
  if (!isCause(cause)) return undefined;
  if (cause !== 'old-service') return { ...placed, state, cause };
  return typeof due === 'string' ? { ...placed, state, cause, due } : undefined;
}

/** Nothing for what is no JSON object. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function isPercent(value: unknown): value is number {
  return isTime(value) && value <= 100;
}

function isState(value: unknown): value is RolloutState {
  return rolloutStates.some((state) => state === value);
}

function isCause(value: unknown): value is HoldCause {
  return holdCauses.some((cause) => cause === value);
}
