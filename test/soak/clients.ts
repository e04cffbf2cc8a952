// The clients of the soak, by sort: how often each comes up, and what it sends.
import { randomUUID } from 'node:crypto';
import type { Operation } from '../../src/legacy/operations.ts';
import { aboutToken, calling, endingOf, forged, goodApply, postedApply, replying } from './calls.ts';
import type { ClientSurroundings, PlannedCall } from './calls.ts';
import { callers } from './people.ts';
import { between, pick } from './random.ts';
import { applyFields, malformed, oversized, signed, written } from './requests.ts';
import type { Request } from './wire.ts';

type Client = (surroundings: ClientSurroundings) => PlannedCall;

const hangUpPrefix = 'hangup-';
export const isHangUp = (requestId: string): boolean => requestId.startsWith(hangUpPrefix);

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
      return {
        route: 'apply',
        make: async (sent) => endingOf(await wire.dribble(request, { ...options, sent })),
      };
    },
  ],
  'hang-up': [
    8,
    ({ wire, random }) => {
      const request = postedApply(random);
      const headers = { ...request.headers, 'X-Request-Id': `${hangUpPrefix}${randomUUID()}` };
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
      const request = pick<Request>(random, [
        { method: 'GET', target: '/' },
        { method: 'GET', target: '/mq/console?token=planted' },
        { method: 'POST', target: '/elsewhere', body },
      ]);
      // Streamed: where the old service breaks off its answer, the client's ends, too, be it at the first byte.
      return replying(() => wire.exchange(request).catch(() => ({ kind: 'cut', status: 0 })));
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
