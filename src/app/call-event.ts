// One answered call as the stream of calls shows it: what the record knows, and the parameters as they would go to the
// gateway. Called only while somebody watches. Tokens, signatures and configured secrets are taken out of every text.
import type { CallEvent } from '../admin/call-feed.ts';
import { parseCall } from '../legacy/parse.ts';
import { toApplyTokenRequest } from '../translate/to-gateway.ts';
import type { CallRecord } from './call-record.ts';
import { masked, sensitiveValues, without } from './explain/masking.ts';

/** More topics than these are counted, not shown. */
const mostTopics = 10;
const longestTopic = 128;
/** Beyond it there is no date; clients may send any digits. */
const lastMs = 8_640_000_000_000_000;

export interface CallEventOptions {
  readonly nowMs: number;
  /** Whether a value is the secret of a configured key. */
  readonly isSecret: (value: string) => boolean;
}

export function callEvent(record: CallRecord, { nowMs, isSecret }: CallEventOptions): CallEvent {
  const { served, operation, requestId, durationMs, clientAddress, request } = record;
  const { failure, answer, parameters } = served;
  const event: CallEvent = {
    at: new Date(nowMs).toISOString(),
    requestId,
    route: operation,
    account: served.account,
    instanceId: served.instanceId,
    bucket: served.bucket,
    gatewayPercent: served.gatewayPercent,
    backend: served.backend,
    reason: served.reason,
    fallbackFrom: served.fallbackFrom,
    reused: served.reused,
    outcome: served.outcome,
    code: served.code,
    durationMs: Math.round(durationMs * 10) / 10,
    client: clientAddress,
    userAgent: request.headers['user-agent']?.slice(0, 200),
    gatewayCode: failure?.code,
    gatewayRequestId: failure?.requestId,
    cause: failure?.cause,
    message: answer.kind === 'reply' && 'message' in answer.reply ? answer.reply.message : undefined,
    parameters: parameters === undefined ? {} : translated(record, nowMs),
  };
  if (parameters === undefined) return event;
  const secrets = [...parameters.values()]
    .flat()
    .flatMap((value) => value.split(','))
    .filter(isSecret);
  return without(event, [...sensitiveValues(parameters), ...secrets]);
}

/** Of a call that cannot be read, nothing: its message says why. */
function translated(
  { operation, served: { parameters, instanceId = '' } }: CallRecord,
  nowMs: number,
): CallEvent['parameters'] {
  if (parameters === undefined) return {};
  const call = parseCall(operation, parameters, nowMs);
  if ('kind' in call) return {};
  if (call.operation !== 'apply') return { token: masked(call.token) };
  const { actions, resources, expireTimeMs } = toApplyTokenRequest(call, instanceId);
  const shown = resources.slice(0, mostTopics).map((topic) => topic.slice(0, longestTopic));
  const more = resources.length - shown.length;
  return {
    actions,
    resources: more > 0 ? [...shown, `… and ${more} more`] : shown,
    expireTime: new Date(Math.min(expireTimeMs, lastMs)).toISOString(),
  };
}
