// What clients' calls are made of: a request, and how its answer is read.
import type { LegacyCode } from '../../src/legacy/call.ts';
import type { Operation } from '../../src/legacy/operations.ts';
import type { Ending } from './ledger.ts';
import { callers, configuredAccounts, type Caller } from './people.ts';
import { between, pick, type Random } from './random.ts';
import { applyFields, signed, written, type Fields } from './requests.ts';
import type { HeldToken, HeldTokens } from './tokens.ts';
import type { Reply, Request, Wire } from './wire.ts';

export interface ClientSurroundings {
  readonly wire: Wire;
  readonly random: Random;
  readonly tokens: HeldTokens;
}

/** A call that is about to be made. */
export interface PlannedCall {
  readonly route: Operation | undefined;
  /**
   * Rejects when no answer comes.
   * @param restartClock called where the call kept the proxy waiting so far, and not the other way round
   */
  readonly make: (restartClock: () => void) => Promise<Ending>;
}

const configuredCallers = callers.filter(({ account }) => configuredAccounts.includes(account));

/** An apply call that nothing is wrong with. */
export function goodApply(caller: Caller, { wire, random, tokens }: ClientSurroundings): PlannedCall {
  const parameters = signed(applyFields(caller, random), caller, random);
  const keep = (token: string) => tokens.keep({ token, caller });
  return calling('apply', written('apply', parameters, random), wire, { keep, keepAlive: random() < 0.8 });
}

/** One of an account that the proxy knows. */
export function configuredApply(surroundings: ClientSurroundings): PlannedCall {
  return goodApply(pick(surroundings.random, configuredCallers), surroundings);
}

/** A signed call for a token that a client holds, or for one that nobody made. */
export function aboutToken(
  route: 'query' | 'revoke',
  held: HeldToken | undefined,
  { wire, random }: ClientSurroundings,
): PlannedCall {
  const { token, caller } = held ?? forged(random);
  return calling(route, written(route, signed({ token }, caller, random), random), wire);
}

export function forged(random: Random): HeldToken {
  const token = Array.from({ length: 40 }, () => between(random, 0, 35).toString(36)).join('');
  return { token: `LzMT+${token}==`, caller: pick(random, callers) };
}

/** The same as bytes to be sent in pieces. */
export function postedApply(random: Random): Request {
  const caller = pick(random, callers);
  const parameters: Fields = signed(applyFields(caller, random), caller, random);
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  return {
    method: 'POST',
    target: '/token/apply',
    headers,
    body: new URLSearchParams(parameters).toString(),
  };
}

interface Calling {
  readonly keep?: (token: string) => void;
  readonly keepAlive?: boolean;
}

/** A token call over a connection that is kept, unless it says otherwise. */
export function calling(route: Operation, request: Request, wire: Wire, options: Calling = {}): PlannedCall {
  const { keep, keepAlive = true } = options;
  return { route, make: async () => endingOf(await wire.exchange(request, { keepAlive }), keep) };
}

/** A request that is no token call. */
export function replying(make: () => Promise<Reply>): PlannedCall {
  return { route: undefined, make: async () => ({ kind: 'replied', status: (await make()).status }) };
}

const codes: readonly unknown[] = [200, 400, 407, 409, 410, 1, 2, 3] satisfies LegacyCode[];
/** What is longer the proxy passes on without reading it: no answer of the old protocol is. Characters. */
const longestRead = 64 * 1024;

/** Of a token call only a whole answer is one. */
export function endingOf(reply: Reply, keep?: (token: string) => void): Ending {
  if (reply.kind === 'cut') return { kind: 'unanswered', why: `cut off behind its head (${reply.status})` };
  if (reply.text.length > longestRead) return { kind: 'answered', code: 'unreadable' };
  let fields: { readonly code?: unknown; readonly tokenData?: unknown } = {};
  try {
    fields = Object(JSON.parse(reply.text)) as typeof fields;
  } catch {
    // The old service's own answers need not be JSON while it fails.
  }
  if (typeof fields.tokenData === 'string') keep?.(fields.tokenData);
  const code = codes.includes(fields.code) ? (fields.code as LegacyCode) : 'unreadable';
  return { kind: 'answered', code };
}
