// The evidence that all replicas share, as it is kept: a JSON document. Pure; what does not fit is nothing, since
// evidence can be gathered anew.
import type { Evidence } from './evidence.ts';
import type { Tally } from './hypotheses.ts';
import type { Counts } from './outcome.ts';
import { isCount, parseObject } from './status-document.ts';

export interface SharedEvidence {
  /** Of the rollout; evidence of another run does not count. */
  readonly run: number;
  readonly evidence: Evidence;
  /** Judged calls at the gateway since a step was entered. */
  readonly step: { readonly entry: number; readonly calls: number };
}

const format = 1;

export function encodeEvidence(shared: SharedEvidence): string {
  return JSON.stringify({ format, ...shared });
}

export function decodeEvidence(text: string): SharedEvidence | undefined {
  const fields = parseObject(text);
  const evidence = objectIn(fields, 'evidence');
  const suspicions = objectIn(evidence, 'suspicions');
  const step = objectIn(fields, 'step');
  const run = fields?.['run'];
  if (fields?.['format'] !== format || !isAmount(run)) return undefined;
  const gateway = countsIn(evidence, 'gateway');
  const legacy = countsIn(evidence, 'legacy');
  const legacyOfLate = tallyIn(evidence, 'legacyOfLate');
  const faultsInARow = evidence?.['faultsInARow'];
  const degraded = suspicionIn(suspicions, 'degraded');
  const broken = suspicionIn(suspicions, 'broken');
  const entry = step?.['entry'];
  const calls = step?.['calls'];
  if (gateway === undefined || legacy === undefined || legacyOfLate === undefined) return undefined;
  if (degraded === undefined || broken === undefined) return undefined;
  if (!isCount(faultsInARow) || !isCount(entry) || !isCount(calls)) return undefined;
  const suspected = { degraded, broken };
  return {
    run,
    evidence: { gateway, legacy, legacyOfLate, faultsInARow, suspicions: suspected },
    step: { entry, calls },
  };
}

type Fields = Readonly<Record<string, unknown>> | undefined;

function objectIn(fields: Fields, key: string): Fields {
  const value = fields?.[key];
  return typeof value === 'object' && value !== null ? { ...value } : undefined;
}

function countsIn(fields: Fields, key: string): Counts | undefined {
  const { ok, faults, denied } = objectIn(fields, key) ?? {};
  return isCount(ok) && isCount(faults) && isCount(denied) ? { ok, faults, denied } : undefined;
}

function tallyIn(fields: Fields, key: string): Tally | undefined {
  const { calls, errors } = objectIn(fields, key) ?? {};
  return isAmount(calls) && isAmount(errors) && errors <= calls ? { calls, errors } : undefined;
}

function suspicionIn(fields: Fields, key: string): Evidence['suspicions']['broken'] | undefined {
  const suspicion = objectIn(fields, key);
  const gateway = tallyIn(suspicion, 'gateway');
  const legacy = tallyIn(suspicion, 'legacy');
  return gateway === undefined || legacy === undefined ? undefined : { gateway, legacy };
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
