// The clients of the soak, one function for each sort: what it sends, and how that ended for it.
import type { LegacyCode } from '../../src/legacy/call.ts';
import type { Operation } from '../../src/legacy/operations.ts';
import type { Ending } from './ledger.ts';
import { callers, configuredAccounts, type Caller } from './people.ts';
import { between, pick, type Random } from './random.ts';
import { applyFields, malformed, oversized, signed, written, type Fields } from './requests.ts';
import type { HeldTokens } from './tokens.ts';
import type { Reply, Request, Wire } from './wire.ts';

export interface ClientSurroundings {
  readonly wire: Wire;
  readonly random: Random;
  readonly tokens: HeldTokens;
}

/** A call that is about to be made. */
export interface PlannedCall {
  readonly route: Operation | undefined;
  /** Rejects when no answer comes. */
  readonly make: () => Promise<Ending>;
}

type Client = (surroundings: ClientSurroundings) => PlannedCall;

const hangUpPrefix = 'hangup-';
export const isHangUp = (requestId: string): boolean => requestId.startsWith(hangUpPrefix);
let hangUps = 0;

const configuredCallers = callers.filter(({ account }) => configuredAccounts.includes(account));

/** Each with how often it comes up. */
export const clients = {
  apply: [42, ({ random, ...rest }) => goodApply(pick(random, callers), { random, ...rest })],
  query: [14, (all) => aboutToken('query', all.tokens.some(all.random), all)],
  revoke: [8, (all) => aboutToken('revoke', all.tokens.take(all.random), all)],
  'forged token': [2, (all) => aboutToken(pick(all.random, ['query', 'revoke']), forged(all.random), all)],
  'bad signature': [
    5,
    ({ wire, random }) => {
      const caller = pick(random, callers);
      const parameters = signed(applyFields(caller, random), caller, random, 'notTheSecret');
      return calling('apply', written('apply', parameters, random), wire);
    },
  ],
  'unknown key': [
    2,
    ({ wire, random }) => {
      const { account, key } = pick(random, callers);
      const caller = { account, key: { ...key, accessKey: 'LTAINOBODY' } };
      const parameters = signed(applyFields(caller, random), caller, random);
      return calling('apply', written('apply', parameters, random), wire);
    },
  ],
  malformed: [
    5,
    ({ wire, random }) => {
      const route = pick(random, routes);
      const caller = pick(random, callers);
      const fields = route === 'apply' ? applyFields(caller, random) : { token: 'x'.repeat(40) };
      return calling(route, malformed(route, signed(fields, caller, random), random), wire);
    },
  ],
  oversized: [
    1,
    ({ wire, random }) => {
      const route = pick(random, routes);
      return calling(route, oversized(route, random), wire);
    },
  ],
  slow: [
    3,
    ({ wire, random }) => {
      const complete = random() < 0.7;
      const options = { pieces: between(random, 2, 8), everyMs: between(random, 10, 100), complete };
      const request = postedApply(random);
      return { route: 'apply', make: async () => endingOf(await wire.dribble(request, options)) };
    },
  ],
  'hang-up': [
    8,
    ({ wire, random }) => {
      const request = postedApply(random);
      const headers = { ...request.headers, 'X-Request-Id': `${hangUpPrefix}${(hangUps += 1)}` };
      const options = { share: pick(random, [random(), 1, 1]), afterMs: between(random, 0, 400) };
      return {
        route: 'apply',
        make: async () => {
          await wire.leave({ ...request, headers }, options);
          return { kind: 'hung-up' };
        },
      };
    },
  ],
  'other path': [
    4,
    ({ wire, random }) => {
      const body = 'x'.repeat(between(random, 0, 5_000));
      return replying(() =>
        wire.exchange(
          pick<Request>(random, [
            { method: 'GET', target: '/' },
            { method: 'GET', target: '/mq/console?token=planted' },
            { method: 'POST', target: '/elsewhere', body },
          ]),
        ),
      );
    },
  ],
  health: [2, ({ wire }) => replying(() => wire.exchange({ method: 'GET', target: '/-/healthy' }))],
  rubbish: [
    1,
    ({ wire, random }) => ({
      route: undefined,
      make: async () => ({ kind: 'replied', status: await wire.babble(pick(random, rubbish)) }),
    }),
  ],
} as const satisfies Record<string, readonly [number, Client]>;

export type ClientKind = keyof typeof clients;

const routes = ['apply', 'query', 'revoke'] as const satisfies Operation[];

const rubbish = [
  'HELO\r\n\r\n',
  'GET /token/apply HTTP/1.1\r\nHost: p\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  `GET /?${'x'.repeat(200_000)} HTTP/1.1\r\nHost: p\r\n\r\n`,
  'GET /token/apply HTTP/1.1\r\nHost: p\r\nBad Header\r\n\r\n',
];

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

function aboutToken(
  route: 'query' | 'revoke',
  held: { readonly token: string; readonly caller: Caller } | undefined,
  { wire, random }: ClientSurroundings,
): PlannedCall {
  const { token, caller } = held ?? forged(random);
  return calling(route, written(route, signed({ token }, caller, random), random), wire);
}

function forged(random: Random): { readonly token: string; readonly caller: Caller } {
  const token = Array.from({ length: 40 }, () => between(random, 0, 35).toString(36)).join('');
  return { token: `LzMT+${token}==`, caller: pick(random, callers) };
}

function postedApply(random: Random): Request {
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

function calling(route: Operation, request: Request, wire: Wire, options: Calling = {}): PlannedCall {
  const { keep, keepAlive = true } = options;
  return { route, make: async () => endingOf(await wire.exchange(request, { keepAlive }), keep) };
}

function replying(make: () => Promise<Reply>): PlannedCall {
  return { route: undefined, make: async () => ({ kind: 'replied', status: (await make()).status }) };
}

const codes: readonly unknown[] = [200, 400, 407, 409, 410, 1, 2, 3] satisfies LegacyCode[];
/** What is longer the proxy passes on without reading it: no answer of the old protocol is. Characters. */
const longestRead = 64 * 1024;

/** Of a token call only a whole answer is one. */
function endingOf(reply: Reply, keep?: (token: string) => void): Ending {
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
