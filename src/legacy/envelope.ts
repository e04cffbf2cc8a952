// From a reply to what old clients parse: one JSON object, nearly always under HTTP 200 (PROTOCOL section 1, answer).
import type { LegacyCode, LegacyReply } from './call.ts';

/** The JSON object of the old protocol, keys in the documented order. */
export interface Envelope {
  readonly success: boolean;
  readonly message: string;
  readonly code: LegacyCode;
  readonly tokenData?: string;
}

/** Text of every success; the old service's own wording is not documented. */
const successMessage = 'operate success';

/** The code that an old client finds in the answer. */
export function codeOf(reply: LegacyReply): LegacyCode {
  return reply.kind === 'failed' || reply.kind === 'bad-token' ? reply.code : 200;
}

/** What an old client is sent for a reply. */
export function envelope(reply: LegacyReply): Envelope {
  switch (reply.kind) {
    case 'applied':
      return { success: true, message: successMessage, code: 200, tokenData: reply.token };
    case 'revoked':
    case 'valid':
      return { success: true, message: successMessage, code: 200 };
    case 'bad-token':
    case 'failed':
      return { success: false, message: reply.message, code: reply.code };
  }
}

/**
 * The HTTP status of an answer. Old clients read the body only under 200, so that is the default for failures too.
 * @param failureStatus `mirror` turns codes of 400 and up into HTTP statuses; 1, 2 and 3 stay 200
 */
export function httpStatus(code: LegacyCode, failureStatus: 200 | 'mirror'): number {
  return failureStatus === 'mirror' && code >= 400 ? code : 200;
}
