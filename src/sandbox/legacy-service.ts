// What the emulated old service does with a request: the three token routes, a small front page, and the HTML pages
// of a Java servlet container for everything else. Connections and faults are the shell's.
import type { AccountBook, SandboxAccount } from './accounts.ts';
import { containerPage, htmlAnswer, jsonAnswer, type Answer } from './answer.ts';
import { shownParameters, type CallLog } from './call-log.ts';
import type { ArrivedCall, RequestHead } from './emulated-server.ts';
import { readForm, type FormParameters } from './legacy-form.ts';
import { readLegacyCall, type LegacyCall } from './legacy-parameters.ts';
import { legacyRoutes, type LegacyQuotas, type LegacyRoute } from './legacy-quotas.ts';
import { isSigned } from './legacy-signature.ts';
import { grantedTo, type Clock, type TokenBook } from './token-book.ts';

export interface LegacyServiceParts {
  readonly accounts: AccountBook;
  readonly book: TokenBook;
  readonly quotas: LegacyQuotas;
  readonly log: CallLog;
  readonly clock: Clock;
}

interface Verdict {
  /** An old code; faults may put anything here. */
  readonly code: number | string;
  readonly message: string;
  readonly tokenData?: string;
}

const failureCodes = { apply: 409, revoke: 410, query: 409 } as const satisfies Record<LegacyRoute, number>;
const stateVerdicts = {
  valid: { code: 200, message: 'success' },
  expired: { code: 2, message: 'token expired' },
  revoked: { code: 3, message: 'token revoked' },
} as const;
const unknownVerdict = { code: 1, message: 'token is forged or cannot be parsed' } as const;
const trailingSlash = /\/$/;

/** Takes a request in; its body comes with `answer`. */
export function arriveAtLegacy(parts: LegacyServiceParts, head: RequestHead): ArrivedCall {
  const route = legacyRoutes.find((known) => `/token/${known}` === head.path.replace(trailingSlash, ''));
  const action = route ?? (head.path === '/' ? 'page' : 'other');
  const atMs = parts.clock();
  const note = (code: string, form: FormParameters, account?: SandboxAccount): void =>
    parts.log.note({
      atMs,
      action,
      ...(account === undefined ? {} : { account: account.name }),
      parameters: shownParameters([...form].map(([name, values]) => [name, values.join(',')])),
      code,
      address: head.address,
    });
  return {
    action,
    faulted: (fault) => note(`fault:${fault.kind}`, new Map()),
    answer: async (body) => {
      const page = pageFor(head, route);
      if (page !== undefined || route === undefined) {
        const shown = page ?? containerPage(404);
        note(String(shown.status), new Map());
        return inContainer(shown);
      }
      const form = await readForm(head, body);
      const account = parts.accounts.find(form?.get('accessKey')?.[0] ?? '')?.account;
      const verdict =
        form === undefined ? parameterError('the body cannot be read') : judge(parts, route, form, atMs);
      note(String(verdict.code), form ?? new Map(), account);
      return legacyAnswer(verdict);
    },
  };
}

/** The JSON of the old service, HTTP 200 unless told otherwise (PROTOCOL section 1). */
export function legacyAnswer(verdict: Verdict, status = 200): Answer {
  const body = { success: verdict.code === 200, ...verdict };
  return inContainer(jsonAnswer(body, status, 'application/json;charset=UTF-8'));
}

function judge(parts: LegacyServiceParts, route: LegacyRoute, form: FormParameters, nowMs: number): Verdict {
  const owner = parts.accounts.find(form.get('accessKey')?.[0] ?? '');
  if (owner === undefined) return parameterError('accessKey is missing or unknown');
  if (!isSigned(route, form, owner.key.secret)) return { code: 407, message: 'signature error' };
  const read = readLegacyCall(route, form, owner.account, nowMs);
  if ('mistake' in read) return parameterError(read.mistake);
  if (!parts.quotas.admit(owner.account.name, route, nowMs)) {
    return { code: failureCodes[route], message: 'too many calls of this account' };
  }
  return perform(parts.book, read.call, owner.account);
}

function perform(book: TokenBook, call: LegacyCall, account: SandboxAccount): Verdict {
  if (call.route === 'apply') {
    const { token } = book.mint({ ...call, ...grantedTo(account), issuer: 'legacy' });
    return { ...stateVerdicts.valid, tokenData: token };
  }
  const issued = book.find(call.token);
  const known = issued?.issuer === 'legacy' && issued.account === account.name;
  if (call.route === 'query') return issued && known ? stateVerdicts[book.stateOf(issued)] : unknownVerdict;
  if (!known) return { code: failureCodes.revoke, message: 'token revocation failed: unknown token' };
  book.revoke(call.token);
  return stateVerdicts.valid;
}

function pageFor(head: RequestHead, route: LegacyRoute | undefined): Answer | undefined {
  if (route !== undefined)
    return head.method === 'GET' || head.method === 'POST' ? undefined : containerPage(405);
  return head.path === '/' ? htmlAnswer(200, 'Token service (emulated)') : undefined;
}

function inContainer(answer: Answer): Answer {
  return { ...answer, headers: { Server: 'Tengine', ...answer.headers } };
}

function parameterError(why: string): Verdict {
  return { code: 400, message: `parameter error: ${why}` };
}
