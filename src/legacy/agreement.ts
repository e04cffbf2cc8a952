// Our own verdict on a signature beside the old service's: a wrong secret is found before cutover. Pure.
import type { Operation } from './operations.ts';

/** `proxy_rejects`: the old service accepts what we would refuse, so our secret is wrong. */
export type SignatureAgreement = 'agree' | 'proxy_rejects' | 'legacy_rejects';

/**
 * Whether both find the same of a signature.
 * @param genuine our own verdict
 * @param code of the old service's answer; undefined where none could be read
 * @returns undefined where the answer says nothing about the signature. Code 407 says that it is wrong. Code 200 says
 * that it is right, and so do 1, 2 and 3 to a query: only who is known is told about a token. Code 400 may come before
 * the signature is looked at. Codes 409 and 410 have undocumented reasons, an access key that was switched off among
 * the possible ones. To a revoke 1, 2 and 3 may come from reading the token, before the signature.
 */
export function compareVerdicts(
  genuine: boolean,
  operation: Operation,
  code: number | undefined,
): SignatureAgreement | undefined {
  const accepted = legacyVerdict(operation, code);
  if (accepted === undefined) return undefined;
  if (accepted === genuine) return 'agree';
  return accepted ? 'proxy_rejects' : 'legacy_rejects';
}

function legacyVerdict(operation: Operation, code: number | undefined): boolean | undefined {
  switch (code) {
    case 407:
      return false;
    case 200:
      return true;
    case 1:
    case 2:
    case 3:
      return operation === 'query' ? true : undefined;
    case undefined:
    default:
      return undefined;
  }
}
