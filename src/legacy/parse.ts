// From parameters to a call: the form of every value, and the limits that the old service documented.
// The signature has been judged before; a request that comes this far is the account's own.
import type { Actions, LegacyCall, Rejection } from './call.ts';
import { operations, type Operation } from './operations.ts';
import { rejected, single, topicsOf, type Parameters } from './parameters.ts';

/** Topics in one token (PROTOCOL section 1). */
export const maximumResources = 100;
/** How far ahead an expiry must lie, ms (PROTOCOL section 1). */
export const minimumLifetimeMs = 60_000;

/** Characters of one topic, of a token: far more than any has, and few enough for the gateway's query string. */
const longestTopic = 1024;
const longestToken = 4096;

const instanceIdForm = /^[A-Za-z0-9_-]{1,128}$/;
const expireTimeForm = /^\d{1,16}$/;

/**
 * @param nowMs ms since epoch, to judge `expireTime`
 * @param topics those of the parameters, where they have been taken apart already
 * @returns the call, or a rejection with code 400 naming every parameter that is missing or malformed
 */
export function parseCall(
  operation: Operation,
  parameters: Parameters,
  nowMs: number,
  topics: readonly string[] = topicsOf(parameters),
): LegacyCall | Rejection {
  const mistakes: string[] = [];
  const missing = operations[operation].required.filter((name) => !parameters.has(name));
  if (missing.length > 0) mistakes.push(`${missing.join(', ')} missing`);
  for (const [name, values] of parameters) {
    if (!values.every(isWellFormed)) mistakes.push(`${name} is not valid UTF-8`);
  }
  const accessKey = single(parameters, 'accessKey') ?? '';
  if (operation === 'apply') {
    const call = parseApply(accessKey, parameters, { nowMs, resources: topics }, mistakes);
    return mistakes.length > 0 ? rejected(mistakes.join('; ')) : call;
  }
  const token = single(parameters, 'token') ?? '';
  if (parameters.has('token') && token === '') mistakes.push('token is empty');
  if (token.length > longestToken) mistakes.push(`token is longer than ${longestToken} characters`);
  return mistakes.length > 0 ? rejected(mistakes.join('; ')) : { operation, accessKey, token };
}

function parseApply(
  accessKey: string,
  parameters: Parameters,
  { nowMs, resources }: { readonly nowMs: number; readonly resources: readonly string[] },
  mistakes: string[],
): LegacyCall {
  const actions = parseActions(parameters.get('actions') ?? []);
  if (actions === undefined && parameters.has('actions')) mistakes.push('actions must be R, W or R,W');

  if (parameters.has('resources') && resources.length === 0) mistakes.push('resources names no topic');
  if (resources.length > maximumResources) {
    mistakes.push(
      `resources names ${resources.length} topics: at most ${maximumResources} are allowed in one token`,
    );
  }

  if (resources.some((topic) => topic.length > longestTopic)) {
    mistakes.push(`resources names a topic of more than ${longestTopic} characters`);
  }

  const expireTime = single(parameters, 'expireTime') ?? '';
  // Sixteen digits can exceed what a number holds exactly; so far ahead the difference means nothing.
  const expireTimeMs = Math.min(Number(expireTime), Number.MAX_SAFE_INTEGER);
  if (parameters.has('expireTime')) {
    if (!expireTimeForm.test(expireTime)) {
      mistakes.push('expireTime must be milliseconds since 1970-01-01 UTC, digits only');
    } else if (expireTimeMs < nowMs + minimumLifetimeMs) {
      mistakes.push(
        `expireTime ${expireTime} is less than 60 s ahead of the server's clock (${nowMs}): it is absolute, in milliseconds`,
      );
    }
  }

  if (isOther(parameters, 'serviceName', 'mq')) mistakes.push('serviceName must be mq');
  if (isOther(parameters, 'proxyType', 'MQTT')) mistakes.push('proxyType must be MQTT');
  const instanceId = single(parameters, 'instanceId');
  if (instanceId !== undefined && !instanceIdForm.test(instanceId)) {
    mistakes.push('instanceId may only hold letters, digits, - and _');
  }
  return { operation: 'apply', accessKey, actions: actions ?? 'R', resources, expireTimeMs, instanceId };
}

function parseActions(values: readonly string[]): Actions | undefined {
  const [first] = values;
  // The documented spellings need no taking apart.
  if (values.length === 1 && (first === 'R' || first === 'W' || first === 'R,W')) return first;
  const wanted = new Set(values.flatMap((value) => value.split(',')));
  const read = wanted.delete('R');
  const write = wanted.delete('W');
  if (wanted.size > 0) return undefined;
  if (read && write) return 'R,W';
  return read ? 'R' : write ? 'W' : undefined;
}

function isWellFormed(text: string): boolean {
  return text.isWellFormed();
}

function isOther(parameters: Parameters, name: string, value: string): boolean {
  const given = single(parameters, name);
  return given !== undefined && given !== value;
}
