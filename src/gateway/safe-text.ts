// Makes text of foreign origin safe to log and to show: secrets, URLs and control characters out, length bounded.
// It knows nothing of what the text says.

const longest = 300;
/** What is looked at; foreign text may be as long as an answer may be. */
const longestRead = 4_000;
/** A part of a secret of this length gives too much away. */
const fragment = 12;
const addresses = /\bhttps?:\/\/\S+/gi;
const assignments =
  /\b((?:security|sts)?token|signature|accesskeysecret|authorization|string ?to ?sign)(["']?\s*(?:=|:|\bis\b:?)\s*)\S+/gi;
const unprintable = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]+/g;

/**
 * The text without anything secret, on one line, at most 300 characters.
 * @param text as it came
 * @param secrets values that must not show, in full, percent-encoded or as a part of 12 characters and more
 */
export function safeText(text: string, secrets: readonly string[]): string {
  const hidden = secrets
    .filter((secret) => secret !== '')
    .flatMap((secret) => {
      const encoded = encodeURIComponent(secret.toWellFormed());
      return [secret, encoded, encodeURIComponent(encoded)];
    });
  let clean = text.slice(0, longestRead).toWellFormed();
  for (const secret of hidden) clean = clean.replaceAll(secret, '***');
  clean = maskFragments(clean, hidden)
    .replace(addresses, '***')
    .replace(assignments, '$1$2***')
    .replace(unprintable, ' ')
    .trim();
  return clean.length > longest ? `${clean.slice(0, longest - 1).toWellFormed()}…` : clean;
}

function maskFragments(text: string, hidden: readonly string[]): string {
  let clean = '';
  for (let at = 0; at < text.length;) {
    const probe = text.slice(at, at + fragment);
    const secret = probe.length === fragment ? hidden.find((value) => value.includes(probe)) : undefined;
    let end = at + (secret === undefined ? 1 : fragment);
    while (secret !== undefined && end < text.length && secret.includes(text.slice(at, end + 1))) end += 1;
    clean += secret === undefined ? text.charAt(at) : '***';
    at = end;
  }
  return clean;
}
