// Why a signature does not match: every sentence is backed by a check that was made and came out true.
// Shows no secret and no signature; compares in constant time, since the admin API asks here too.
import type { KeyConfig } from '../../config/config.ts';
import { sign } from '../../legacy/signature.ts';
import { signingChecks } from './signing-checks.ts';
import { same, textsOf, type Suspect } from './suspect.ts';
import { valueChecks } from './value-checks.ts';

/** How a signature may have been bent on its way. */
interface Form {
  readonly value: string;
  /** What happened to it; absent for the signature as it came. */
  readonly cause?: string;
}

const checks = [...valueChecks, ...signingChecks];

/**
 * @param given the signature as read
 * @param otherKeys every other configured key
 * @returns sentences, the most telling first; at least one
 */
export function likelyCauses(
  suspect: Suspect,
  given: string,
  otherKeys: readonly KeyConfig[],
): readonly string[] {
  const forms = formsOf(given);
  const texts = textsOf(suspect.operation, suspect.parameters);
  for (const text of texts) {
    const form = matching(forms, sign(suspect.secret, text));
    if (form?.cause !== undefined) return [form.cause];
  }
  const owner = ownerOf(suspect, given, otherKeys);
  if (owner !== undefined) {
    return [
      `the signature was made with the secret of ${owner}: the client names one key and signs with another`,
    ];
  }
  const causes = new Set<string>();
  for (const check of checks) {
    for (const { mac, cause } of check(suspect)) {
      const form = matching(forms, mac);
      if (form === undefined) continue;
      causes.add(cause);
      if (form.cause !== undefined) causes.add(form.cause);
      break;
    }
  }
  return causes.size > 0 ? [...causes] : [noneFound];
}

/** The configured key whose secret made this signature. */
export function ownerOf(
  { operation, parameters }: Pick<Suspect, 'operation' | 'parameters'>,
  given: string,
  keys: readonly KeyConfig[],
): string | undefined {
  const forms = formsOf(given);
  const texts = textsOf(operation, parameters);
  return keys.find(({ secret }) =>
    texts.some((text) => matching(forms, sign(secret.reveal(), text)) !== undefined),
  )?.accessKey;
}

const noneFound =
  'none of the usual mistakes gives this signature; by exclusion the client signs with another secret than the ' +
  'configured one, or something between it and this server changes the values';

function formsOf(given: string): readonly Form[] {
  const forms: Form[] = [{ value: given }];
  const add = (value: string, cause: string): void => {
    if (value !== given) forms.push({ value, cause });
  };
  add(
    given.replaceAll(' ', '+'),
    'the signature arrived with a space where + was: the client sends + unencoded; it must send %2B',
  );
  add(
    given.replace(/[\r\n]/g, '').trim(),
    'the signature arrived with line breaks or surrounding spaces: the client must remove them',
  );
  add(
    given.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
    'the signature arrived percent-encoded: the client encodes it twice',
  );
  return forms;
}

function matching(forms: readonly Form[], mac: string): Form | undefined {
  return forms.find(({ value }) => same(value, mac));
}
