// From an old call to the gateway's parameters. Pure; decides nothing.
import type { ApplyTokenRequest } from '../gateway/gateway.ts';
import type { ApplyCall } from '../legacy/call.ts';

/** Longest life of a token, ms: the gateway silently cuts anything beyond (PROTOCOL section 2). */
export const longestLifetimeMs = 30 * 24 * 60 * 60 * 1000;

/** Alphabetical; most lists come so, and then nothing is copied. */
export function inOrder(topics: readonly string[]): readonly string[] {
  const isInOrder = topics.every((topic, place) => place === 0 || (topics[place - 1] ?? '') <= topic);
  return isInOrder ? topics : [...topics].sort();
}

/**
 * @param instanceId the instance that the request named, or the account's first
 * @returns the parameters of `ApplyToken`; resources sorted alphabetically, as the gateway demands
 */
export function toApplyTokenRequest(call: ApplyCall, instanceId: string): ApplyTokenRequest {
  return {
    instanceId,
    actions: call.actions,
    resources: inOrder(call.resources),
    expireTimeMs: call.expireTimeMs,
  };
}

/** When a token asked for now really expires, ms since epoch. */
export function expiryOf(call: ApplyCall, nowMs: number): number {
  return Math.min(call.expireTimeMs, nowMs + longestLifetimeMs);
}
