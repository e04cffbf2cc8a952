// What the gateway would have made of a call: translates it, asks, and puts what came of it into the old protocol's words.
// A token that comes of it is forgotten at once: it enters no ledger, is handed to nobody and is never revoked, which is
// why it lives for two minutes only.
import type { CallOptions, FailureCause, GatewayFailure } from '../gateway/gateway.ts';
import type { ApplyCall, LegacyReply, QueryCall } from '../legacy/call.ts';
import { envelope } from '../legacy/envelope.ts';
import type { Candidate } from '../shadow/observation.ts';
import type { Attempt } from '../shadow/trial.ts';
import { toApplyTokenRequest } from '../translate/to-gateway.ts';
import { describeFailure, toApplyReply, toFailedReply, toQueryReply } from '../translate/to-legacy.ts';
import type { TrialGateway } from './spare-gateways.ts';

/** The gateway wants 60 s and more (PROTOCOL section 2); as much again for clocks that differ. */
export const shadowLifetimeMs = 120_000;

export interface AskingOptions {
  /** Whether an issued token is queried too. */
  readonly verify: boolean;
  /** Limit of one gateway call, ms. */
  readonly timeoutMs: number;
  /** ms since epoch. */
  readonly now: () => number;
  /** A clock that never jumps, ms. */
  readonly monotonicMs: () => number;
}

export async function tryApply(
  gateway: TrialGateway,
  { call, instanceId }: { readonly call: ApplyCall; readonly instanceId: string },
  signal: AbortSignal,
  { verify, timeoutMs, now, monotonicMs }: AskingOptions,
): Promise<Attempt> {
  const sending = stopwatch(monotonicMs, { timeoutMs, signal });
  const expireTimeMs = now() + shadowLifetimeMs;
  const request = toApplyTokenRequest({ ...call, expireTimeMs }, instanceId);
  const outcome = await gateway.apply(request, sending.options);
  if (outcome.class !== 'ok') return attemptOf(outcome, toApplyReply(outcome), sending.elapsedMs());
  const granted = { by: 'gateway', outcome: 'ok', code: 200, durationMs: sending.elapsedMs() } as const;
  if (!verify) return observed(granted);
  const { token } = outcome.value;
  return observed({ ...granted, ...(await verified(gateway, { token, instanceId }, { timeoutMs, signal })) });
}

export async function tryQuery(
  gateway: TrialGateway,
  { call, instanceId }: { readonly call: QueryCall; readonly instanceId: string },
  signal: AbortSignal,
  { timeoutMs, monotonicMs }: AskingOptions,
): Promise<Attempt> {
  const sending = stopwatch(monotonicMs, { timeoutMs, signal });
  const outcome = await gateway.query({ token: call.token, instanceId }, sending.options);
  const reply = toQueryReply(outcome, { expired: false, revoked: false });
  if (outcome.class !== 'ok' && (reply.kind === 'failed' || wasNotMade(outcome))) {
    return attemptOf(outcome, reply, sending.elapsedMs());
  }
  const { code } = envelope(reply);
  return observed({ by: 'gateway', outcome: 'ok', code, durationMs: sending.elapsedMs() });
}

/** What `QueryToken` makes of a fresh token; whatever keeps it from answering leaves the whole comparison open. */
async function verified(
  gateway: TrialGateway,
  fresh: { readonly token: string; readonly instanceId: string },
  options: CallOptions,
): Promise<Partial<Candidate>> {
  const outcome = await gateway.query(fresh, options);
  if (outcome.class === 'ok') {
    return outcome.value.valid ? {} : { tokenRefused: 'QueryToken says that it is not valid' };
  }
  const facts = gatewayFacts(outcome);
  if (outcome.class === 'rejected' && !wasNotMade(outcome)) {
    return { ...facts, tokenRefused: describeFailure(outcome) };
  }
  if (outcome.class === 'denied') {
    return { ...facts, tokenRefused: `QueryToken may not be called (${describeFailure(outcome)})` };
  }
  const { code } = toFailedReply('apply', outcome);
  const unknown = outcome.class === 'throttled' ? 'throttled' : 'fault';
  const message = `the token was issued, but not verified: ${describeFailure(outcome)}`;
  return { ...facts, outcome: unknown, code, message };
}

function attemptOf(failure: GatewayFailure, reply: LegacyReply, durationMs: number): Attempt {
  if (wasNotMade(failure)) return { kind: 'no-room' };
  return observed({
    by: 'gateway',
    outcome: failure.class,
    code: envelope(reply).code,
    durationMs,
    message: describeFailure(failure),
    ...gatewayFacts(failure),
  });
}

function observed(candidate: Candidate): Attempt {
  return { kind: 'observed', candidate };
}

function gatewayFacts({ code, requestId }: GatewayFailure): Partial<Candidate> {
  return { gatewayCode: code, ...(requestId !== undefined && { gatewayRequestId: requestId }) };
}

/** Nothing was sent: for want of room, or since the server stops. */
function wasNotMade({ cause }: GatewayFailure): boolean {
  return notMade.has(cause);
}

const notMade: ReadonlySet<FailureCause> = new Set(['quota', 'circuit', 'aborted']);

interface Stopwatch {
  readonly options: CallOptions;
  readonly elapsedMs: () => number;
}

/** Measures the call without what comes before it, such as the way to the quota's books. */
function stopwatch(monotonicMs: () => number, options: CallOptions): Stopwatch {
  let startedMs = monotonicMs();
  return {
    options: { ...options, onSend: () => (startedMs = monotonicMs()) },
    elapsedMs: () => monotonicMs() - startedMs,
  };
}
