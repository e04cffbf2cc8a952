// A transition, as it is logged, counted and kept in the history beside the changes of the dial.
import type { RolloutState } from './status.ts';
import { parseObject } from './status-document.ts';
import type { EvidenceSummary } from './summary.ts';

export const changeKinds = [
  'rollout-start',
  'rollout-step',
  'rollout-hold',
  'rollout-go-on',
  'rollout-pause',
  'rollout-resume',
  'rollout-abort',
  'rollout-complete',
] as const;
export type ChangeKind = (typeof changeKinds)[number];

/** The first seven keys are those of a change of the dial, so that one list can show both. */
export interface RolloutChange {
  readonly atMs: number;
  readonly by: string;
  readonly reason: string;
  readonly kind: ChangeKind;
  /** Percent to the gateway, before and as ordered now. */
  readonly from: number;
  readonly to: number;
  /** Of the rollout's document. */
  readonly version: number;
  readonly fromState: RolloutState;
  readonly toState: RolloutState;
  /** Index into the plan's steps. */
  readonly step: number;
  /** Whether somebody must look now. */
  readonly urgent: boolean;
  readonly evidence: EvidenceSummary;
}

export function encodeChange(change: RolloutChange): string {
  return JSON.stringify(change);
}

/**
 * What a rollout wrote into the history; undefined for what others wrote, and for what cannot be read.
 * `evidence` is as it was written, by whatever version.
 */
export function decodeChange(text: string): KeptChange | undefined {
  const fields = parseObject(text);
  if (fields === undefined) return undefined;
  const { atMs, by, reason, kind, from, to, version, step, toState, evidence } = fields;
  if (typeof kind !== 'string' || !kind.startsWith('rollout-')) return undefined;
  if (typeof atMs !== 'number' || typeof by !== 'string' || typeof reason !== 'string') return undefined;
  if (typeof from !== 'number' || typeof to !== 'number' || typeof version !== 'number') return undefined;
  if (typeof step !== 'number' || typeof toState !== 'string') return undefined;
  return { atMs, by, reason, kind, from, to, version, step, toState, evidence };
}

export interface KeptChange extends Pick<
  RolloutChange,
  'atMs' | 'by' | 'reason' | 'from' | 'to' | 'version' | 'step'
> {
  readonly kind: string;
  readonly toState: string;
  readonly evidence: unknown;
}
