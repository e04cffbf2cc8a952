// What a caller is told when a call is refused before any backend is asked: what is wrong and what to change.
// No message repeats a secret, a signature or a token.
import { operations, type Operation } from '../legacy/operations.ts';
import type { Parameters } from '../legacy/parameters.ts';
import type { Verdict } from '../legacy/signature.ts';

type WhyNot = Extract<Verdict, { genuine: false }>['why'];

/** Characters of an unknown access key that a message repeats. */
const shownKeyLength = 64;

/** @param isSecret whether a value is a configured secret: clients do swap the two */
export function unknownKeyMessage(
  accessKey: string | undefined,
  isSecret: (value: string) => boolean,
): string {
  if (accessKey === undefined) return 'accessKey missing';
  if (isSecret(accessKey)) return 'accessKey holds a secret: the client sends the two the wrong way round';
  const shown = JSON.stringify(accessKey.slice(0, shownKeyLength).toWellFormed());
  return `accessKey ${shown} is not configured on this server: the operator adds it under accounts[].keys`;
}

export function signatureMessage(operation: Operation, parameters: Parameters, why: WhyNot): string {
  switch (why) {
    case 'missing':
      return 'signature missing';
    case 'ambiguous':
      return 'signature refused: a value or a name hides another parameter (it holds & and =)';
    case 'mismatch': {
      const fields = operations[operation].signed.filter((name) => parameters.has(name)).toSorted();
      if (fields.length === 0)
        return `signature mismatch, and ${operations[operation].required.join(', ')} missing`;
      return (
        `signature mismatch: expected base64(HMAC-SHA1(secret, text)) where text joins name=value of ` +
        `${fields.join(', ')} with &, unescaped, in UTF-8`
      );
    }
  }
}
