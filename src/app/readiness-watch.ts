// Tells readiness what calls show: that they came, and what would have become of those that the old service served.
// The second is found out when the client has its answer, since nobody should wait for it.
import { compareVerdicts } from '../legacy/agreement.ts';
import { protocolParameters } from '../legacy/operations.ts';
import { parseCall } from '../legacy/parse.ts';
import type { ReadinessRecorder } from '../readiness/readiness.ts';
import { expiryOf } from '../translate/to-gateway.ts';
import { mostInstancesAsked } from './find-issuer.ts';
import { instanceFor } from './gateway-leg.ts';
import type { KnownCall } from './incoming.ts';
import type { Served } from './served.ts';

export interface ReadinessWatch {
  /** A call of a configured account has been read and its signature judged. O(1). */
  arrived(call: KnownCall): void;
  /** What came of it; judged later. */
  served(call: KnownCall, served: Served): void;
}

export interface ReadinessWatchDependencies {
  readonly readiness: ReadinessRecorder;
  /** ms since epoch. */
  readonly now: () => number;
  readonly onDefect: (error: unknown) => void;
}

export function createReadinessWatch({
  readiness,
  now,
  onDefect,
}: ReadinessWatchDependencies): ReadinessWatch {
  let waiting: (readonly [call: KnownCall, served: Served, atMs: number])[] = [];

  function judgeAll(): void {
    const all = waiting;
    waiting = [];
    for (const [call, served, atMs] of all) {
      try {
        judge(call, served, atMs, readiness);
      } catch (error) {
        onDefect(error);
      }
    }
  }

  return {
    arrived: ({ operation, caller, verdict }) =>
      readiness.arrived(caller.account.name, caller.accessKey, operation, verdict.genuine),
    served(call, served) {
      if (served.backend !== 'legacy' && served.reason !== 'no-record') return;
      if (waiting.length === 0) setImmediate(judgeAll);
      waiting.push([call, served, now()]);
    },
  };
}

/** @param atMs when it was served, ms since epoch: an expiry is judged by that */
function judge(call: KnownCall, served: Served, atMs: number, readiness: ReadinessRecorder): void {
  const { operation, parameters, caller, verdict } = call;
  const { account, accessKey } = caller;
  if (served.backend === 'legacy') {
    const code = served.code === 'unreadable' ? undefined : served.code;
    const agreement = compareVerdicts(verdict.genuine, operation, code);
    if (agreement !== undefined && agreement !== 'agree') {
      readiness.signaturesDiffer(account.name, accessKey, operation, agreement);
    }
  }
  if (!verdict.genuine) return;
  const isServedByOld = served.backend === 'legacy' && served.outcome === 'ok';
  if (!isServedByOld && served.reason !== 'no-record') return;
  const parsed = parseCall(operation, parameters, atMs);
  if ('kind' in parsed) {
    if (isServedByOld) readiness.wouldBeRefused(account.name, parameterIn(parsed.message), parsed.message);
    return;
  }
  if (parsed.operation === 'apply') {
    const instance = instanceFor(parsed, caller);
    if (instance.allowed) return;
    if (parsed.instanceId !== undefined) {
      return readiness.instanceUnknown(account.name, 'unlisted', parsed.instanceId);
    }
    readiness.instanceUnknown(account.name, 'unnamed');
    return readiness.oldTokenIssued(account.name, expiryOf(parsed, atMs));
  }
  const isAnswered = served.backend === 'gateway' && served.outcome === 'ok';
  const { length } = account.instances;
  if (served.reason === 'no-record' && !isAnswered && (length === 0 || length > mostInstancesAsked)) {
    readiness.instanceUnknown(account.name, 'no-record');
  }
}

const names: readonly string[] = protocolParameters;

/** The parameter that a refusal begins with, of those that the protocol knows. */
function parameterIn(message: string): string {
  return names.find((name) => message.startsWith(`${name} `)) ?? 'request';
}
