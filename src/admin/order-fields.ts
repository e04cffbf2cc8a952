// What the bodies of orders have in common: known keys only, and a reason for the history. Pure.

const mostReasonCharacters = 500;

/** @returns one mistake for each key that is not among the known ones */
export function unknownKeys(body: Readonly<Record<string, unknown>>, known: readonly string[]): string[] {
  return Object.keys(body)
    .filter((key) => !known.includes(key))
    .map((key) => `${JSON.stringify(key.slice(0, 40))} is not known: allowed are ${known.join(', ')}`);
}

export function reasonMistakes(reason: unknown): string[] {
  const well =
    reason === undefined ||
    (typeof reason === 'string' && reason.length <= mostReasonCharacters && !/\p{Cc}/u.test(reason));
  return well ? [] : [`reason must be one line of text of at most ${mostReasonCharacters} characters`];
}

/** The reason as it is kept; nothing where none was given. To be asked of bodies without mistakes only. */
export function reasonOf(reason: unknown): { readonly reason?: string } {
  const text = typeof reason === 'string' ? reason.trim() : '';
  return text === '' ? {} : { reason: text };
}
