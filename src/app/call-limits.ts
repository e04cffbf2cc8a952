// How long one call to a backend may take: what the configuration allows it, within the whole answer.
import { answerMarginMs } from '../resilience/deadline.ts';

/**
 * No call can have more than the whole answer; cut here, so that a time-out is still held against its backend.
 * @param timeoutMs of the backend @param deadlineMs of the whole answer
 */
export function callMs(timeoutMs: number, deadlineMs: number): number {
  return Math.min(timeoutMs, Math.max(1, deadlineMs - answerMarginMs));
}
