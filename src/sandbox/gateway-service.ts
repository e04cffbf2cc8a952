// What the emulated gateway does with a call: counts it, verifies it, judges it against its quotas, carries it out.
// Connections and faults are the shell's; the rules it applies live in the files that it imports.
import type { AccountBook, OwnedKey } from './accounts.ts';
import { readQuery } from './acs3-query.ts';
import { verifyAcs3 } from './acs3.ts';
import type { Answer } from './answer.ts';
import { shownParameters, type CallLog } from './call-log.ts';
import type { ArrivedCall, RequestHead } from './emulated-server.ts';
import { gatewayFailure, gatewaySuccess, type AnswerFrame } from './gateway-answers.ts';
import { readParameters, unknownToken, type GatewayCall, type GatewayRefusal } from './gateway-parameters.ts';
import { gatewayActions, type GatewayAction, type GatewayQuotas } from './gateway-quotas.ts';
import type { NonceMemory } from './nonce-memory.ts';
import { grantedTo, type Clock, type TokenBook } from './token-book.ts';

/** The version of the product OnsMqtt that is emulated. */
export const gatewayVersion = '2020-04-20';

export interface GatewayServiceParts {
  readonly accounts: AccountBook;
  readonly book: TokenBook;
  readonly quotas: GatewayQuotas;
  readonly nonces: NonceMemory;
  readonly log: CallLog;
  /** The gateway's own idea of the time. */
  readonly clock: Clock;
  readonly requestId: () => string;
  /** Told when an address is blocked now, so that its connections are cut. */
  readonly onBlocked: (address: string) => void;
}

const overflowCodes = {
  ApplyToken: 'ApplyTokenOverFlow',
  RevokeToken: 'RevokeTokenOverFlow',
  QueryToken: 'Throttling.User',
} as const satisfies Record<GatewayAction, string>;

const credentialForm = /Credential=([^,\s]+)/;

/** Counts a call at its arrival. @returns nothing when its address is blocked: the connection is to be reset */
export function arriveAtGateway(parts: GatewayServiceParts, head: RequestHead): ArrivedCall | undefined {
  const atMs = parts.clock();
  const named = head.headers['x-acs-action'];
  const action = gatewayActions.find((known) => known === named);
  const claimed = parts.accounts.find(credentialForm.exec(head.headers.authorization ?? '')?.[1] ?? '');
  const note = (code: string): void =>
    parts.log.note({
      atMs,
      action: action ?? 'other',
      ...(claimed === undefined ? {} : { account: claimed.account.name }),
      parameters: shownParameters(pairsOf(head.target)),
      code,
      address: head.address,
    });
  const admission = action === undefined ? 'ok' : parts.quotas.arriveFrom(head.address, action, atMs);
  if (admission !== 'ok' || parts.quotas.isBlocked(head.address, atMs)) {
    note('blocked');
    if (admission === 'blocked-now') parts.onBlocked(head.address);
    return undefined;
  }
  const withinRate =
    action === undefined ||
    claimed === undefined ||
    parts.quotas.arriveFor(claimed.account.name, action, atMs);
  const frame = (): AnswerFrame => ({
    requestId: parts.requestId(),
    hostId: head.headers.host ?? '',
    nowMs: parts.clock(),
  });
  return {
    action: action ?? 'other',
    faulted: (fault) => note(`fault:${fault.kind}`),
    answer: (body) => {
      const result = carryOut(parts, head, body, action, withinRate);
      note('refusal' in result ? result.refusal.code : 'OK');
      return 'refusal' in result
        ? gatewayFailure(frame(), result.refusal.code, result.refusal.message)
        : gatewaySuccess(frame(), result.fields);
    },
  };
}

/** A failure of the gateway's shape that nothing caused: faults are answered with it. */
export function inventedFailure(
  parts: GatewayServiceParts,
  code: string,
  message: string,
  status?: number,
): Answer {
  const frame = { requestId: parts.requestId(), hostId: '127.0.0.1', nowMs: parts.clock() };
  return gatewayFailure(frame, code, message, status);
}

type Result = { readonly fields: Readonly<Record<string, unknown>> } | { readonly refusal: GatewayRefusal };

function carryOut(
  parts: GatewayServiceParts,
  head: RequestHead,
  body: Buffer,
  action: GatewayAction | undefined,
  withinRate: boolean,
): Result {
  const verdict = verifyAcs3(
    { ...head, body },
    {
      find: (accessKey) => parts.accounts.find(accessKey),
      nowMs: parts.clock(),
      nonces: parts.nonces,
      version: gatewayVersion,
      actions: gatewayActions,
    },
  );
  if (!verdict.genuine) return { refusal: verdict };
  if (action === undefined || head.method !== 'POST' || head.path !== '/') {
    return { refusal: { code: 'ApiNotSupport', message: 'The specified API is not supported.' } };
  }
  if (!withinRate) {
    return {
      refusal: { code: overflowCodes[action], message: `The rate of ${action} of this account is exceeded.` },
    };
  }
  const read = readParameters(action, verdict.parameters, verdict.owner.account, parts.clock());
  return 'refusal' in read ? read : perform(parts.book, read.call, verdict.owner);
}

function perform(book: TokenBook, call: GatewayCall, { account }: OwnedKey): Result {
  if (call.action === 'ApplyToken') {
    const { token } = book.mint({ ...call, ...grantedTo(account), issuer: 'gateway' });
    return { fields: { Token: token } };
  }
  const issued = book.find(call.token);
  const known =
    issued?.issuer === 'gateway' && issued.account === account.name && issued.instanceId === call.instanceId;
  if (issued === undefined || !known) return { refusal: unknownToken };
  if (call.action === 'QueryToken') return { fields: { TokenStatus: book.stateOf(issued) === 'valid' } };
  book.revoke(call.token);
  return { fields: {} };
}

function pairsOf(target: string): (readonly [string, string])[] {
  const pairs = readQuery(target.split('?').slice(1).join('?')) ?? [];
  return pairs.map(({ name, value }) => [name, value] as const);
}
