// Bytes of a text in the charsets that old clients used instead of UTF-8, for finding out what a client has signed.
// Only explain needs them: the proxy itself speaks UTF-8.

/** Charsets that a client may have signed in. */
export const foreignCharsets = ['GBK', 'ISO-8859-1'] as const;
export type ForeignCharset = (typeof foreignCharsets)[number];

/** What Java puts where a charset lacks a character. */
const replacement = 0x3f;

let gbkBytes: ReadonlyMap<string, number> | undefined;

/** The bytes that Java's `getBytes(charset)` gives. */
export function encodeText(text: string, charset: ForeignCharset): Buffer {
  switch (charset) {
    case 'GBK':
      return encodeGbk(text);
    case 'ISO-8859-1':
      return Buffer.from(Array.from(text, (character) => singleByte(character, 0xff)));
  }
}

function encodeGbk(text: string): Buffer {
  gbkBytes ??= gbkTable();
  const bytes: number[] = [];
  for (const character of text) {
    const pair = gbkBytes.get(character);
    if (pair === undefined) bytes.push(singleByte(character, 0x7f));
    else bytes.push(pair >> 8, pair & 0xff);
  }
  return Buffer.from(bytes);
}

function singleByte(character: string, highest: number): number {
  const code = character.codePointAt(0) ?? replacement;
  return code <= highest ? code : replacement;
}

/** Node only decodes GBK, so the table is what its decoder makes of every pair of bytes. */
function gbkTable(): ReadonlyMap<string, number> {
  const pairs: number[] = [];
  for (let lead = 0x81; lead <= 0xfe; lead += 1) {
    for (let trail = 0x40; trail <= 0xfe; trail += 1) if (trail !== 0x7f) pairs.push((lead << 8) | trail);
  }
  const lines = Buffer.from(pairs.flatMap((pair) => [pair >> 8, pair & 0xff, 0x0a]));
  const characters = new TextDecoder('gbk').decode(lines).split('\n');
  const table = new Map<string, number>();
  pairs.forEach((pair, index) => {
    const character = characters[index] ?? '';
    if (Array.from(character).length === 1 && character !== '\ufffd') table.set(character, pair);
  });
  return table;
}
