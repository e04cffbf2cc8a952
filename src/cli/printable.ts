// Text from elsewhere on its way to a terminal: a pasted request or a remote answer must not steer it.

/** Control and format characters as `\u{…}`; everything else as it is. */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
