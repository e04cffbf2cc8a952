// Answers of a backend out of bytes: the same however the bytes are cut, and as strict as Node's own parser.
import assert from 'node:assert/strict';
import { AnswerReader, type ReadAnswer } from '../../src/wire/answer-reader.ts';

const mostBytes = 2 * 1024 * 1024;

function read(text: string, cuts: readonly number[] = [], method = 'POST'): ReadAnswer | undefined {
  const bytes = Buffer.from(text, 'latin1');
  const reader = new AnswerReader(method, mostBytes);
  // Bytes are only lent to it: the next ones come in the same place.
  const lent = Buffer.alloc(bytes.length);
  let from = 0;
  for (const to of [...cuts, bytes.length]) {
    bytes.copy(lent, 0, from, to);
    const found = reader.read(lent.subarray(0, to - from));
    lent.fill('?');
    if (found !== undefined) return found;
    from = to;
  }
  return reader.end();
}

const ok = 'HTTP/1.1 200 OK\r\n';
const answers = {
  'with a length': `${ok}Content-Length: 7\r\nX-A:  b \t\r\n\r\n{"a":1}`,
  'in chunks': `${ok}Transfer-Encoding: chunked\r\n\r\n3;x="y"\r\n{"a\r\n04\r\n":1}\r\n0\r\nX-T: 1\r\n\r\n`,
  'behind interim answers': `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: </a>\r\n\r\n${ok}Content-Length: 7\r\n\r\n{"a":1}`,
  'behind an empty line': `\r\n${ok}Content-Length: 7\r\n\r\n{"a":1}`,
  'that ends with its connection': `${ok}Server: x\r\n\r\n{"a":1}`,
  'without a reason phrase': 'HTTP/1.1 200\r\nContent-Length: 7\r\n\r\n{"a":1}',
};

const broken = {
  'no HTTP': 'SSH-2.0-OpenSSH\r\n',
  'lines that end in a line feed alone': 'HTTP/1.1 200 OK\nContent-Length: 1\n\nx',
  'a folded field': `${ok}X-A: 1\r\n 2\r\n\r\n`,
  'a space before the colon': `${ok}X-A : 1\r\n\r\n`,
  'a field without a name': `${ok}: 1\r\n\r\n`,
  'a line without a colon': `${ok}foo\r\n\r\n`,
  'a control character in a field': `${ok}X: a\x01b\r\n\r\n`,
  'a control character in the reason': 'HTTP/1.1 200 a\x01b\r\n\r\n',
  'a status of four digits': 'HTTP/1.1 2000 OK\r\n\r\n',
  'a status below 100': 'HTTP/1.1 099 X\r\n\r\n',
  'a length with a sign': `${ok}Content-Length: +1\r\n\r\nx`,
  'an empty length': `${ok}Content-Length:\r\n\r\nx`,
  'two lengths': `${ok}Content-Length: 1\r\nContent-Length: 1\r\n\r\nx`,
  'a length beside chunks': `${ok}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n`,
  'a chunk without a size': `${ok}Transfer-Encoding: chunked\r\n\r\n\r\nx\r\n0\r\n\r\n`,
  'a chunk that is longer than its size': `${ok}Transfer-Encoding: chunked\r\n\r\n1\r\nxyz\r\n0\r\n\r\n`,
  'chunk lines that end in a line feed alone': `${ok}Transfer-Encoding: chunked\r\n\r\n1\nx\n0\n\n`,
  'a head beyond all limits': `${ok}X: ${'x'.repeat(20_000)}`,
  'a trailer beyond all limits': `${ok}Transfer-Encoding: chunked\r\n\r\n0\r\n${'X: 1\r\n'.repeat(4_000)}`,
  'more than is passed on': `${ok}Content-Length: 2097153\r\n\r\n`,
};

describe('reading an answer', () => {
  for (const [how, text] of Object.entries(answers)) {
    it(`gives the same for one ${how}, wherever its bytes are cut`, () => {
      const whole = read(text);
      assert.ok(whole?.kind === 'whole');
      assert.deepEqual([whole.answer.status, whole.answer.body.toString()], [200, '{"a":1}']);
      for (let first = 1; first < text.length; first += 1) {
        assert.deepEqual(read(text, [first]), whole, `cut at ${first}`);
        const second = Math.min(first + 3, text.length);
        assert.deepEqual(read(text, [first, second]), whole, `cut at ${first} and ${second}`);
      }
      const everywhere = Array.from({ length: text.length - 1 }, (_, index) => index + 1);
      assert.deepEqual(read(text, everywhere), whole);
    });
  }

  for (const [what, text] of Object.entries(broken)) {
    it(`refuses ${what}, however its bytes are cut`, () => {
      assert.equal(read(text)?.kind, 'unreadable');
      for (let cut = 1; cut < Math.min(text.length, 200); cut += 1) {
        assert.equal(read(text, [cut])?.kind, 'unreadable', `cut at ${cut}`);
      }
    });
  }

  const keeping: [string, boolean][] = [
    ['HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', true],
    ['HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 0\r\n\r\n', false],
    ['HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n', false],
    ['HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n', true],
    ['HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n\r\n', false],
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nx', false],
  ];
  for (const [text, keeps] of keeping) {
    it(`${keeps ? 'keeps' : 'gives up'} the connection of ${JSON.stringify(text)}`, () => {
      const found = read(text);
      assert.equal(found?.kind === 'whole' && found.keepsConnection, keeps);
    });
  }

  it('puts an answer of many tiny chunks together in their order', () => {
    const digits = Array.from({ length: 10_000 }, (_, index) => String(index % 10));
    const chunks = digits.map((digit) => `1\r\n${digit}\r\n`).join('');
    const found = read(`${ok}Transfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`);
    assert.equal(found?.kind === 'whole' && found.answer.body.toString(), digits.join(''));
  });

  it('refuses an answer that goes on behind its end', () => {
    for (const text of [
      `${ok}Content-Length: 1\r\n\r\nxy`,
      `${ok}Content-Length: 0\r\n\r\n${ok}Content-Length: 0\r\n\r\n`,
      `${ok}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nx`,
    ]) {
      assert.equal(read(text)?.kind, 'unreadable', text);
    }
  });

  it('says how long the server keeps the connection', () => {
    const found = read(`${ok}Keep-Alive: timeout=5, max=100\r\nContent-Length: 0\r\n\r\n`);
    assert.equal(found?.kind === 'whole' && found.keepsForMs, 5_000);
  });

  it('expects no body of an answer to HEAD, nor under 204 and 304', () => {
    for (const [status, method] of [
      [200, 'HEAD'],
      [204, 'POST'],
      [304, 'GET'],
    ] as const) {
      const found = read(`HTTP/1.1 ${status} X\r\nContent-Length: 9\r\n\r\n`, [], method);
      assert.ok(found?.kind === 'whole', `${method} ${status}`);
      assert.equal(found.answer.body.length, 0);
    }
  });
});
