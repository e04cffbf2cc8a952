// Counts and logs one answered call: the only place where both happen, so that they use the same words.
// What it writes holds no secret, signature, token or query string.
import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import type { Operation } from '../legacy/operations.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { CallFeed } from '../admin/call-feed.ts';
import type { Callers } from '../admin/callers.ts';
import type { CallRates } from '../split/call-rates.ts';
import type { Timeline } from '../admin/timeline.ts';
import type { ObservedShare } from '../split/observed-share.ts';
import { callEvent } from './call-event.ts';
import { callLine } from './call-line.ts';
import { infoLines } from './log.ts';
import type { Served } from './served.ts';

export interface CallRecord {
  readonly operation: Operation;
  readonly served: Served;
  readonly durationMs: number;
  readonly requestId: string;
  readonly clientAddress: string;
  /** Nobody was there to read the answer. */
  readonly clientLeft: boolean;
  readonly request: IncomingMessage;
}

export type CallRecorder = (record: CallRecord) => void;

export interface CallRecorderDependencies {
  readonly metrics: Metrics;
  readonly observed: ObservedShare;
  readonly callers: Callers;
  readonly rates: Pick<CallRates, 'called'>;
  readonly calls: Pick<CallFeed, 'publish'>;
  readonly timeline: Pick<Timeline, 'answered'>;
  /** Whether a value is the secret of a configured key. */
  readonly isSecret: (value: string) => boolean;
  /** ms since epoch. */
  readonly now: () => number;
  readonly log: Logger;
}

export function createCallRecorder(dependencies: CallRecorderDependencies): CallRecorder {
  const { metrics, observed, callers, rates, calls, timeline, isSecret, now } = dependencies;
  const lines = infoLines(dependencies.log);
  return (record) => {
    const { operation, served, durationMs, requestId, clientAddress, clientLeft, request } = record;
    const { account, backend, outcome, code, answer, failure } = served;
    const userAgent = request.headers['user-agent']?.slice(0, 200);
    if (operation === 'apply' && backend !== 'none') observed.answered(backend);
    if (account !== undefined) rates.called(account, operation);
    callers.note({ account, clientAddress, userAgent, backend });
    metrics.answered({ operation, backend, account, outcome, code, durationMs });
    timeline.answered({ operation, backend, outcome, durationMs });
    calls.publish(() => callEvent(record, { nowMs: now(), isSecret }));
    const head = lines.begin();
    if (head === undefined) return;
    lines.write(
      callLine(head, {
        requestId,
        route: operation,
        account,
        accessKey: served.accessKey,
        instanceId: served.instanceId,
        backend,
        reason: served.reason,
        bucket: served.bucket,
        gatewayPercent: served.gatewayPercent,
        fallbackFrom: served.fallbackFrom,
        reused: served.reused,
        outcome,
        code,
        durationMs: Math.round(durationMs * 10) / 10,
        gatewayCode: failure?.code,
        gatewayRequestId: failure?.requestId,
        cause: failure?.cause,
        message: answer.kind === 'reply' && 'message' in answer.reply ? answer.reply.message : undefined,
        client: clientAddress,
        clientLeft: clientLeft || undefined,
        userAgent,
      }),
    );
  };
}
