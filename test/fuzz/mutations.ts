// What becomes of a valid HTTP request on its way to a fuzzed server: bytes flipped, cut, repeated and spliced, fields
// moved, the body framed anew. Pure; knows HTTP only as far as it takes to break it well.
import { oneOf, upTo, type Random } from './seeds.ts';

export type Mutation = (bytes: Buffer, random: Random, donor: Buffer) => Buffer;

/** Bits of HTTP and of the old protocol that open doors when they stand in the wrong place. */
const words = [
  '\r\n',
  '\r\n\r\n',
  '\n',
  '\r',
  '\0',
  ' ',
  '\t',
  ':',
  ';',
  ',',
  '&',
  '=',
  '%',
  '%00',
  '%2525',
  '%zz',
  '+',
  '?',
  '#',
  '/../',
  '//',
  '\xff',
  '\xe8\xae\xbe',
  'Content-Length: 5\r\n',
  'Content-Length: 0\r\n',
  'Content-Length: -1\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding: identity\r\n',
  'Connection: close\r\n',
  'Connection: keep-alive, content-length\r\n',
  'Connection: Upgrade\r\nUpgrade: h2c\r\n',
  'Expect: 100-continue\r\n',
  'Expect: x\r\n',
  'Host: elsewhere.example\r\n',
  'Content-Encoding: gzip\r\n',
  'Content-Type: multipart/form-data; boundary=b\r\n',
  'Content-Type: application/x-www-form-urlencoded; charset=utf-16\r\n',
  'X-Forwarded-For: 10.0.0.1\r\n',
  'CONNECT a:1 HTTP/1.1\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'GET /token/query HTTP/1.1\r\n\r\n',
  'HTTP/1.1 200 OK\r\n\r\n',
  '&instanceId=other',
  '&__proto__=x',
  '&expireTime=1',
  '0\r\n\r\n',
  'ffffffffffffffff\r\n',
] as const satisfies readonly [string, ...string[]];

const flip: Mutation = (bytes, random) => {
  const flipped = Buffer.from(bytes);
  for (let count = 1 + upTo(random, 4); count > 0; count -= 1) {
    const at = upTo(random, bytes.length);
    flipped[at] = (flipped[at] ?? 0) ^ (1 << upTo(random, 8));
  }
  return flipped;
};

const cut: Mutation = (bytes, random) => bytes.subarray(0, upTo(random, bytes.length));

const remove: Mutation = (bytes, random) => {
  const at = upTo(random, bytes.length);
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + upTo(random, 20))]);
};

const repeat: Mutation = (bytes, random) => {
  const at = upTo(random, bytes.length);
  const piece = bytes.subarray(at, at + 1 + upTo(random, 200));
  const times = oneOf(random, [1, 1, 2, 5, 300]);
  return Buffer.concat([
    bytes.subarray(0, at),
    ...Array<Buffer>(times).fill(piece),
    bytes.subarray(at),
  ]).subarray(0, longest);
};

const splice: Mutation = (bytes, random, donor) =>
  Buffer.concat([bytes.subarray(0, upTo(random, bytes.length)), donor.subarray(upTo(random, donor.length))]);

const insert: Mutation = (bytes, random) => {
  const at = upTo(random, bytes.length);
  return Buffer.concat([
    bytes.subarray(0, at),
    Buffer.from(oneOf(random, words), 'latin1'),
    bytes.subarray(at),
  ]);
};

const append: Mutation = (bytes, _random, donor) => Buffer.concat([bytes, donor]);

const inFields =
  (change: (fields: string[], random: Random) => void): Mutation =>
  (bytes, random) => {
    const end = bytes.indexOf('\r\n\r\n');
    if (end < 0) return bytes;
    const [line = '', ...fields] = bytes.subarray(0, end).toString('latin1').split('\r\n');
    change(fields, random);
    return Buffer.concat([Buffer.from([line, ...fields].join('\r\n'), 'latin1'), bytes.subarray(end)]);
  };

const addField = inFields((fields, random) => {
  fields.splice(upTo(random, fields.length + 1), 0, oneOf(random, words).trimEnd());
});

const moveField = inFields((fields, random) => {
  const [field] = fields.splice(upTo(random, fields.length), 1);
  if (field !== undefined) fields.splice(upTo(random, fields.length + 1), 0, field);
});

const doubleField = inFields((fields, random) => {
  const field = fields[upTo(random, fields.length)];
  if (field !== undefined) fields.splice(upTo(random, fields.length + 1), 0, field);
});

const respellField = inFields((fields, random) => {
  const at = upTo(random, fields.length);
  const spell = oneOf<(field: string) => string>(random, [
    (field) => field.toUpperCase(),
    (field) => field.replace(':', ' :'),
    (field) => field.replace(': ', ':\t '),
    (field) => ` ${field}`,
    (field) => field.replace(/\d+/, (digits) => String(Number(digits) + 1)),
    (field) => field.replace(/\d+/, (digits) => `+${digits}`),
  ]);
  const field = fields[at];
  if (field !== undefined) fields[at] = spell(field);
});

/** The body in chunks, now and then with a chunk that is not as long as it says. */
const chunk: Mutation = (bytes, random) => {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return bytes;
  const head = bytes.subarray(0, end).toString('latin1');
  const chunks = [head.replace(/content-length: *\d+/i, 'Transfer-Encoding: chunked').concat('\r\n\r\n')];
  const body = bytes.subarray(end + 4).toString('latin1');
  for (let at = 0; at < body.length;) {
    const size = 1 + upTo(random, 60);
    const piece = body.slice(at, at + size);
    const claimed = random() < 0.03 ? piece.length + upTo(random, 9) : piece.length;
    chunks.push(`${claimed.toString(16)}${oneOf(random, ['', '', '', ';x', ' '])}\r\n${piece}\r\n`);
    at += size;
  }
  return Buffer.from(`${chunks.join('')}0\r\n${oneOf(random, ['', '', 'X-Trailer: t\r\n'])}\r\n`, 'latin1');
};

export const mutations = [
  flip,
  cut,
  remove,
  repeat,
  splice,
  insert,
  append,
  addField,
  moveField,
  doubleField,
  respellField,
  chunk,
] as const;

/** Bytes; more than a server reads of a request before it refuses it. */
const longest = 1_500_000;

/** The bytes after none to four mutations. */
export function mutated(bytes: Buffer, random: Random, donors: readonly [Buffer, ...Buffer[]]): Buffer {
  let result = bytes;
  for (let count = upTo(random, 5); count > 0; count -= 1) {
    result = oneOf(random, mutations)(result, random, oneOf(random, donors));
  }
  return result.subarray(0, longest);
}
