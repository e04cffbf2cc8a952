// The verdict on a soak: everything that is not as it should be, in sentences. Pure.
import { publishedLimits, type GatewayAction } from '../../src/sandbox/gateway-quotas.ts';
import { gatewayLimits } from './people.ts';
import type { GatewayStats } from '../../src/sandbox/gateway-emulator.ts';
import type { Ledger } from './ledger.ts';
import { growthProblems, type Sample } from './samples.ts';
import { sumProblems, type Books } from './sums.ts';

export interface Facts {
  readonly ledger: Pick<Ledger, 'unanswered' | 'slowest'>;
  /** What an answer may take, ms: the deadline and a margin. What the machine was late by comes on top. */
  readonly answerMs: number;
  /** The longest that the load kept its own calls waiting, ms. */
  readonly tardinessMs: number;
  readonly books: Books;
  readonly samples: readonly Sample[];
  /** Open files before the first call, after the last one, and how many of the latter the backends know of. */
  readonly openFiles: { readonly before: number; readonly after: number; readonly toBackends: number };
  readonly gateway: Pick<GatewayStats, 'peaks' | 'blocks'>;
  /** Good and refused reloads: as ordered, and as counted. */
  readonly reloads: Readonly<
    Record<'ok' | 'refused', { readonly ordered: number; readonly counted: number }>
  >;
  /** Codes of good calls after everything was well again. */
  readonly recovered: readonly string[];
  readonly internalErrors: number;
  readonly exitCode: number | null;
}

/** Files that may be open at rest beyond those from before: whatever is opened with the first use. */
const openFilesMargin = 8;

export function problemsIn(facts: Facts): string[] {
  const { ledger, books, samples, recovered, reloads, internalErrors, exitCode } = facts;
  return [
    ...ledger.unanswered().map((call) => `unanswered: ${call}`),
    ...lateAnswers(facts),
    ...sumProblems(books),
    ...growthProblems(samples),
    ...leftOpen(facts),
    ...quotaProblems(facts),
    ...(['ok', 'refused'] as const)
      .filter((result) => reloads[result].ordered !== reloads[result].counted)
      .map(
        (result) =>
          `reloads ${result}: ${reloads[result].ordered} ordered, ${reloads[result].counted} counted`,
      ),
    ...(recovered.every((code) => code === '200')
      ? []
      : [`good calls at the end, with everything well again, were answered ${recovered.join(' ')}`]),
    ...(internalErrors === 0 ? [] : [`internal errors logged: ${internalErrors}`]),
    ...(exitCode === 0 ? [] : [`after SIGTERM the exit code was ${String(exitCode)}`]),
  ];
}

/** A call waits that often for either process to get round to it: to be accepted, read, sent on, answered, read. */
const waits = 5;

function lateAnswers({ ledger, answerMs, tardinessMs, samples }: Facts): string[] {
  const lateMs = Math.max(tardinessMs, ...samples.map(({ lagMs }) => lagMs));
  const limitMs = answerMs + waits * lateMs;
  return ledger
    .slowest()
    .filter(({ ms }) => ms > limitMs)
    .map(({ kind, ms }) => `late: ${kind} took ${Math.round(ms)} ms, ${Math.round(limitMs)} ms were allowed`);
}

function leftOpen({ openFiles: { before, after, toBackends } }: Facts): string[] {
  const most = before + toBackends + openFilesMargin;
  if (after <= most) return [];
  return [
    `open files at rest: ${after}; ${before} before the first call, ${toBackends} connections to backends`,
  ];
}

const limitOf = {
  ApplyToken: gatewayLimits.apply,
  QueryToken: gatewayLimits.query,
  RevokeToken: gatewayLimits.revoke,
} as const satisfies Record<GatewayAction, number>;

/** The limits hold for any second, however it is cut out (PROTOCOL section 2). */
function quotaProblems({ gateway: { peaks, blocks } }: Facts): string[] {
  const { perAddress } = publishedLimits;
  return [
    ...peaks.perAccount
      .filter(({ action, peak }) => peak > limitOf[action])
      .map(({ account, action, peak }) => `${account}: ${peak} ${action} calls within one second`),
    ...peaks.perAddress
      .filter(({ peak }) => peak > (perAddress ?? Infinity))
      .map(({ action, peak }) => `from this address: ${peak} ${action} calls within one second`),
    ...(blocks.count === 0 ? [] : [`the gateway blocked this address ${blocks.count} times`]),
  ];
}
