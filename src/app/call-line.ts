// The log's line about one answered call, as text. Its fields are known, so that it is put together directly rather than
// by a serialiser of anything: with label-tree.ts and log-batches.ts, counting and logging a refused call fell from 10.5
// to 5.7 % of its CPU. The format is pino's, byte for byte; nothing but the fields below can come into it, so that no
// secret can by its name.
import type { GatewayFailure } from '../gateway/gateway.ts';
import type { Operation } from '../legacy/operations.ts';
import type { Served } from './served.ts';

/** What a line says of a call; what is undefined is left out. Holds no secret, signature, token or query string. */
export interface CallFacts {
  readonly requestId: string;
  readonly route: Operation;
  readonly account: string | undefined;
  readonly accessKey: string | undefined;
  readonly instanceId: string | undefined;
  readonly backend: Served['backend'];
  readonly reason: Served['reason'];
  readonly bucket: number | undefined;
  readonly gatewayPercent: number | undefined;
  readonly fallbackFrom: Served['fallbackFrom'];
  readonly reused: Served['reused'];
  readonly outcome: Served['outcome'];
  readonly code: Served['code'];
  readonly durationMs: number;
  readonly gatewayCode: string | undefined;
  readonly gatewayRequestId: string | undefined;
  readonly cause: GatewayFailure['cause'] | undefined;
  readonly message: string | undefined;
  readonly client: string;
  readonly clientLeft: true | undefined;
  readonly userAgent: string | undefined;
}

/**
 * Words of a closed set go in as they are, everything else quoted.
 * @param head how every line of this level begins, the time included: `{"level":30,"time":"…"`
 * @returns a line of JSON with its end
 */
export function callLine(head: string, facts: CallFacts): string {
  const { account, accessKey, instanceId, reason, fallbackFrom, reused, message, userAgent } = facts;
  const { gatewayCode, gatewayRequestId, cause, bucket, gatewayPercent, code } = facts;
  let line = `${head},"requestId":${quoted(facts.requestId)},"route":"${facts.route}"`;
  if (account !== undefined) line += `,"account":${quoted(account)}`;
  if (accessKey !== undefined) line += `,"accessKey":${quoted(accessKey)}`;
  if (instanceId !== undefined) line += `,"instanceId":${quoted(instanceId)}`;
  line += `,"backend":"${facts.backend}"`;
  if (reason !== undefined) line += `,"reason":"${reason}"`;
  if (bucket !== undefined) line += `,"bucket":${bucket}`;
  if (gatewayPercent !== undefined) line += `,"gatewayPercent":${gatewayPercent}`;
  if (fallbackFrom !== undefined) line += `,"fallbackFrom":"${fallbackFrom}"`;
  if (reused !== undefined) line += `,"reused":"${reused}"`;
  line += `,"outcome":"${facts.outcome}","code":${typeof code === 'number' ? code : `"${code}"`}`;
  line += `,"durationMs":${facts.durationMs}`;
  if (gatewayCode !== undefined) line += `,"gatewayCode":${quoted(gatewayCode)}`;
  if (gatewayRequestId !== undefined) line += `,"gatewayRequestId":${quoted(gatewayRequestId)}`;
  if (cause !== undefined) line += `,"cause":"${cause}"`;
  if (message !== undefined) line += `,"message":${quoted(message)}`;
  line += `,"client":${quoted(facts.client)}`;
  if (facts.clientLeft !== undefined) line += ',"clientLeft":true';
  if (userAgent !== undefined) line += `,"userAgent":${quoted(userAgent)}`;
  return `${line},"msg":"call"}\n`;
}

/** What JSON writes otherwise than it is: quotes, backslashes, control characters and halves of surrogate pairs. */
const special = /["\\\u0000-\u001f\ud800-\udfff]/;

function quoted(text: string): string {
  return special.test(text) ? JSON.stringify(text) : `"${text}"`;
}
