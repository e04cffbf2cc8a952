// Examples of the description of the admin API, of one migration that is at 25 %. A test holds them against the schemas.
import type { Example } from './document.ts';

const split = {
  gatewayPercent: 25,
  forced: false,
  accounts: [{ account: 'shop', gatewayPercent: 100 }],
  overrides: [{ instanceId: 'post-cn-0pp12gl0001', gatewayPercent: 0 }],
  observedPercent: 24.61,
  key: ['account', 'instanceId', 'resources'],
  version: 7,
  changedAt: '2026-11-20T08:15:00.000Z',
  hasOldService: true,
  scope: 'replica',
  observedScope: 'replica',
};

export const examples = {
  status: {
    summary: 'A replica with its own store',
    value: {
      version: '0.1.0',
      startedAt: '2026-11-20T07:00:00.000Z',
      uptimeSeconds: 4500,
      ready: true,
      visitor: { name: 'alice', role: 'write' },
      backends: {
        legacy: { url: 'https://mqauth.aliyuncs.com' },
        gateway: { url: 'https://onsmqtt.cn-hangzhou.aliyuncs.com' },
      },
      split: {
        gatewayPercent: 25,
        forced: false,
        version: 7,
        observedPercent: 24.61,
        scope: 'replica',
        observedScope: 'replica',
      },
      store: { kind: 'lmdb', up: true, errors: 0, waiting: 0, givenUp: 0, scope: 'replica' },
      ledger: { tokens: 18_204, scope: 'replica' },
      quotas: {
        mode: 'own',
        scope: 'replica',
        waiting: { apply: 0, query: 0, revoke: 0 },
        waitingScope: 'replica',
        budgets: [
          { of: 'account', account: 'shop', action: 'apply', limit: 90, used: 31, left: 59 },
          { of: 'address', action: 'apply', limit: 270, used: 31, left: 239 },
          { of: 'address', action: 'query', limit: 270, used: 0, left: 270 },
          { of: 'address', action: 'revoke', limit: 270, used: 0, left: 270 },
        ],
      },
      breakers: [
        {
          backend: 'gateway',
          action: 'apply',
          destination: 'https://onsmqtt.cn-hangzhou.aliyuncs.com',
          state: 'open',
          why: 'faults in a row: 5',
          since: '2026-11-20T08:14:59.120Z',
          scope: 'replica',
        },
      ],
      rollout: {
        state: 'idle',
        step: null,
        gatewayPercent: null,
        reason: 'no rollout was started yet',
        scope: 'replica',
      },
    },
  },
  split: { summary: 'A quarter of the keys at the gateway, one account whole', value: split },
  orderedSplit: {
    summary: 'A weight that one account does not fit into',
    value: {
      ...split,
      warnings: ['account shop: 140 apply calls/s are to be expected at the gateway, 90 fit'],
    },
  },
  weight: {
    summary: 'A quarter of the keys to the gateway',
    value: { gatewayPercent: 25, reason: 'canary was clean for a day' },
  },
  account: { summary: 'One account whole', value: { gatewayPercent: 100, account: 'shop' } },
  accountBack: {
    summary: 'The account follows overrides and weight again',
    value: { gatewayPercent: null, account: 'shop' },
  },
  allBack: {
    summary: 'Everything back to the old service, above every override',
    value: { gatewayPercent: 0, all: true, reason: 'tokens are refused by the broker' },
  },
  history: {
    summary: 'Two changes',
    value: [
      {
        when: '2026-11-20T08:15:00.000Z',
        who: 'alice',
        why: 'canary was clean for a day',
        what: 'weight',
        from: 5,
        to: 25,
        version: 7,
      },
      {
        when: '2026-11-19T08:00:00.000Z',
        who: 'alice',
        why: null,
        what: 'account',
        account: 'shop',
        from: null,
        to: 100,
        version: 6,
      },
    ],
  },
  callers: {
    summary: 'One old client',
    value: {
      scope: 'replica',
      forgotten: 0,
      callers: [
        {
          account: 'shop',
          clientAddress: '192.0.2.7',
          userAgent: 'Apache-HttpClient/4.5.2 (Java/1.8.0_292)',
          firstSeen: '2026-11-20T07:00:02.114Z',
          lastSeen: '2026-11-20T08:14:58.030Z',
          calls: { legacy: 312, gateway: 97, none: 1 },
        },
      ],
    },
  },
  explainRequest: {
    summary: 'A query of a token',
    value: { request: "curl 'http://localhost:8080/token/query' -d 'token=…&accessKey=…&signature=…'" },
  },
  explanation: {
    summary: 'A signature that does not match',
    value: {
      operation: 'query',
      parameters: [
        { name: 'token', values: ['LzMT… (74 characters)'] },
        { name: 'accessKey', values: ['LTAISANDBOX0001'] },
        { name: 'signature', values: ['Z1m2… (28 characters)'] },
      ],
      account: { found: true, name: 'shop', accessKey: 'LTAISANDBOX0001' },
      signature: {
        verdict: 'mismatch',
        given: 'Z1m2… (28 characters)',
        readings: [
          {
            reading: 'documented fields, values as sent',
            stringToSign: 'token=LzMT… (74 characters)',
            matched: false,
            expectedStart: '9Ud1',
            givenStart: 'Z1m2',
          },
        ],
        likelyCauses: [
          'token arrived with a space where + was: the client sends + unencoded; it must send %2B',
        ],
      },
      mistakes: [],
      hints: [],
      refusal: { code: 407, message: 'the signature does not match' },
      gatewayCalls: [],
      notes: [],
    },
  },
} as const satisfies Record<string, Example>;

/** One error answer as an example. */
export function errorExample(summary: string, message: string): Record<string, Example> {
  return { error: { summary, value: { error: { message } } } };
}
