// From a document to a frozen `Config`, or to all its mistakes. Reads no configuration file itself.
import type { Config } from './config.ts';
import { crossMistakes } from './cross-checks.ts';
import { findingsOf, type Finding } from './mistakes.ts';
import { outlineOf } from './outline.ts';
import type { DocumentSchema, ReadDocument } from './schema.ts';

export type Built =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly findings: readonly Finding[] };

/** Judges a document of any shape and builds the configuration from it. Never throws. */
export function buildConfig(document: unknown, schema: DocumentSchema): Built {
  const written = withoutEmptyKeys(document);
  const read = schema.safeParse(written);
  const outline = outlineOf(written);
  const findings = [
    ...(read.success ? [] : findingsOf(read.error)),
    ...(outline === undefined ? [] : crossMistakes(outline)),
  ];
  if (!read.success || findings.length > 0) return { ok: false, findings };
  return { ok: true, config: settled(configOf(read.data)) };
}

function configOf(read: ReadDocument): Config {
  const { legacy, gateway } = read.backends;
  const { timeout: gatewayTimeoutMs, ...gatewayRest } = gateway;
  const { gatewayPercent, ...splitRest } = read.split;
  const { window, openFor, openAtMost, ...breakerRest } = read.breaker;
  const { coolDown, ...rolloutRest } = read.rollout;
  return {
    listen: read.listen,
    trustProxy: read.trustProxy,
    allowFrom: read.allowFrom,
    admin: read.admin,
    accounts: read.accounts.map((account) => ({
      ...account,
      instances: account.instances.map(({ id, regionId }) => ({
        id,
        regionId: regionId ?? gateway.regionId,
      })),
    })),
    backends: {
      ...(legacy && { legacy: { url: legacy.url, hosts: legacy.hosts, timeoutMs: legacy.timeout } }),
      gateway: { ...gatewayRest, timeoutMs: gatewayTimeoutMs },
    },
    split: {
      gatewayPercent: gatewayPercent ?? defaultGatewayPercent(legacy !== undefined),
      gatewayPercentIsSet: gatewayPercent !== undefined,
      ...splitRest,
    },
    deadlineMs: read.deadline,
    limits: read.limits,
    reuse: { enabled: read.reuse.enabled, toleranceMs: read.reuse.tolerance },
    breaker: { ...breakerRest, windowMs: window, openForMs: openFor, openAtMostMs: openAtMost },
    shadow: read.shadow,
    rollout: { ...rolloutRest, coolDownMs: coolDown },
    store: read.store,
    drain: { delayMs: read.drain.delay },
    reload: read.reload,
    answers: read.answers,
    headers: read.headers,
    metrics: read.metrics,
    log: read.log,
  };
}

/** Nothing moves before an operator says so; without an old service there is nothing to move from. */
export function defaultGatewayPercent(hasLegacy: boolean): number {
  return hasLegacy ? 0 : 100;
}

// Deeper than any key of the schema; below that nothing is looked at.
const deepestKey = 16;

/** A key without a value (all below it commented out, say) counts as left out. Copes with cycles and shared parts. */
function withoutEmptyKeys(document: unknown): unknown {
  const copies = new Map<object, unknown>();
  const copyOf = (value: unknown, depth: number): unknown => {
    if (typeof value !== 'object' || value === null || depth > deepestKey) return value;
    const known = copies.get(value);
    if (known !== undefined) return known;
    const copy: object = Array.isArray(value) ? [] : {};
    copies.set(value, copy);
    const isList = Array.isArray(copy);
    for (const [key, entry] of Object.entries(value)) {
      const kept = entry === null && !isList ? undefined : copyOf(entry, depth + 1);
      // Defining, not assigning: a key named `__proto__` must stay a key.
      Object.defineProperty(copy, key, { value: kept, enumerable: true, configurable: true, writable: true });
    }
    return copy;
  };
  return copyOf(document, 0);
}

/** Drops what is undefined, so that left out and empty keys look alike, and freezes all the way down. */
function settled<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const [key, entry] of Object.entries(value)) {
    if (entry === undefined) Reflect.deleteProperty(value, key);
    else settled(entry);
  }
  return Object.freeze(value);
}
