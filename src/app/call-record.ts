// Counts and logs one answered call: the only place where both happen, so that they use the same words.
// What it writes holds no secret, signature, token or query string.
import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import type { Operation } from '../legacy/operations.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Exchanged } from './exchange.ts';

export interface CallRecord {
  readonly operation: Operation;
  readonly exchanged: Exchanged;
  readonly durationMs: number;
  readonly requestId: string;
  readonly request: IncomingMessage;
}

export type CallRecorder = (record: CallRecord) => void;

export function createCallRecorder(metrics: Metrics, log: Logger): CallRecorder {
  return ({ operation, exchanged, durationMs, requestId, request }) => {
    const { account, accessKey, backend, reason, instanceId, outcome, code, reply, failure } = exchanged;
    metrics.answered({ operation, backend, account, outcome, code, durationMs });
    if (backend !== 'none' && reason !== undefined) metrics.decided(backend, reason);
    log.info(
      {
        requestId,
        route: operation,
        account,
        accessKey,
        instanceId,
        backend,
        reason,
        outcome,
        code,
        durationMs: Math.round(durationMs * 10) / 10,
        gatewayCode: failure?.code,
        gatewayRequestId: failure?.requestId,
        cause: failure?.cause,
        message: 'message' in reply ? reply.message : undefined,
        client: request.socket.remoteAddress,
        userAgent: request.headers['user-agent']?.slice(0, 200),
      },
      'call',
    );
  };
}
