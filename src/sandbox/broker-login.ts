// Who is admitted by token and what the tokens allow (PROTOCOL section 3): reads the MQTT user name and password and
// judges them against the book. Pure but for the book; the broker acts on the verdicts.
import type { IssuedToken, TokenBook } from './token-book.ts';
import { covers } from './topics.ts';

/** The codes of `$SYS/tokenInvalidNotice`. */
export const noticeCodes = {
  forged: 1,
  expired: 2,
  revoked: 3,
  'resource mismatch': 4,
  'permission mismatch': 5,
  'bad signature': 8,
  account: -1,
} as const;

export type NoticeReason = keyof typeof noticeCodes;
export type TokenMode = 'R' | 'W' | 'RW';

/** What one connected client presented. */
export interface Session {
  readonly grants: readonly { readonly mode: TokenMode; readonly token: string }[];
}

export type LoginVerdict = { readonly session: Session } | { readonly refused: NoticeReason };

const modes = ['R', 'W', 'RW'] as const satisfies TokenMode[];

/** Judges a connect. Every token presented must be good, of that account and instance, and allow its mode. */
export function judgeLogin(
  book: TokenBook,
  userName: string | undefined,
  password: string | undefined,
): LoginVerdict {
  const [kind, accessKey, instanceId, ...rest] = (userName ?? '').split('|');
  if (kind !== 'Token' || !accessKey || !instanceId || rest.length > 0) return { refused: 'bad signature' };
  const parts = (password ?? '').split('|');
  if (parts.length % 2 !== 0) return { refused: 'bad signature' };
  const grants = [];
  for (let at = 0; at < parts.length; at += 2) {
    const mode = modes.find((known) => known === parts[at]);
    const token = parts[at + 1] ?? '';
    if (mode === undefined) return { refused: 'bad signature' };
    const issued = book.find(token);
    if (issued === undefined) return { refused: 'forged' };
    if (!issued.accessKeys.includes(accessKey)) return { refused: 'account' };
    if (issued.instanceId !== instanceId) return { refused: 'resource mismatch' };
    const state = book.stateOf(issued);
    if (state !== 'valid') return { refused: state };
    if (!mode.split('').every((right) => allows(issued, right))) return { refused: 'permission mismatch' };
    grants.push({ mode, token });
  }
  return { session: { grants } };
}

/** Why a session may not read (`R`) or write (`W`) a topic or filter; nothing when it may. */
export function whyNot(
  book: TokenBook,
  session: Session,
  right: 'R' | 'W',
  topic: string,
): NoticeReason | undefined {
  const able = session.grants.filter(({ mode }) => mode.includes(right));
  if (able.length === 0) return 'permission mismatch';
  const permitted = able.some(({ token }) => {
    const issued = book.find(token);
    if (issued === undefined || book.stateOf(issued) !== 'valid') return false;
    return issued.resources.some((resource) => covers(resource, topic));
  });
  return permitted ? undefined : 'resource mismatch';
}

/** Why a session must end now; nothing while all its tokens are good. */
export function whyOver(book: TokenBook, session: Session): 'forged' | 'expired' | 'revoked' | undefined {
  for (const { token } of session.grants) {
    const issued = book.find(token);
    if (issued === undefined) return 'forged';
    const state = book.stateOf(issued);
    if (state !== 'valid') return state;
  }
  return undefined;
}

function allows(issued: IssuedToken, right: string): boolean {
  return issued.actions.split(',').includes(right);
}
