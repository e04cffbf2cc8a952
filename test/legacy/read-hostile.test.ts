// Requests that no honest client sends: they get parameters or a rejection, never an exception and never no answer.
import assert from 'node:assert/strict';
import { parse as parseQuery } from 'node:querystring';
import { maximumParameters } from '../../src/legacy/parameters.ts';
import fc from 'fast-check';
import { decodeForm, readParameters, type RawRequest } from '../../src/legacy/read.ts';
import { form, formData, get, post, urlencoded, type Pairs } from '../kit/legacy-wire.ts';

/** `设备` in GBK, from the code table. */
const gbk = Buffer.from([0xc9, 0xe8, 0xb1, 0xb8]);
const formType = 'application/x-www-form-urlencoded';

async function fieldsOf(request: RawRequest) {
  const result = await readParameters(request);
  assert.ok(!('kind' in result), JSON.stringify(result));
  return [...result];
}

async function refusal(request: RawRequest): Promise<string> {
  const result = await readParameters(request);
  assert.ok('kind' in result, 'parameters');
  assert.equal(result.code, 400);
  return result.message;
}

describe('readParameters, of hostile requests', () => {
  it('treats names of the object prototype as plain names', async () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'kind'];
    const odd: Pairs = names.map((name) => [name, 'x']);
    for (const request of [get(urlencoded(odd)), form(urlencoded(odd)), formData(odd)]) {
      assert.deepEqual(
        await fieldsOf(request),
        names.map((name) => [name, ['x']]),
      );
    }
  });

  it('keeps broken escapes, beside characters outside ASCII too', async () => {
    const expected = [
      ['a', ['设A%zz']],
      ['b', ['100%']],
      ['c', ['%u8bbe']],
      ['d', ['%']],
      ['e', ['%2']],
    ];
    const body = 'a=设%41%zz&b=100%&c=%u8bbe&d=%&e=%2';
    assert.deepEqual(await fieldsOf(form(body)), expected);
    assert.deepEqual(await fieldsOf(get(body)), expected);
    assert.deepEqual(
      await fieldsOf(
        post(Buffer.concat([Buffer.from('a='), gbk, Buffer.from('%zz%41')]), `${formType};charset=gbk`),
      ),
      [['a', ['设备%zzA']]],
    );
  });

  it('turns invalid UTF-8 and lone surrogates into U+FFFD', async () => {
    assert.deepEqual(await fieldsOf(form('a=%ff&b=%ED%A0%80')), [
      ['a', ['\ufffd']],
      ['b', ['\ufffd\ufffd\ufffd']],
    ]);
    assert.deepEqual(await fieldsOf(form(Buffer.from([0x61, 0x3d, 0xff]))), [['a', ['\ufffd']]]);
    assert.deepEqual([...decodeForm('a=\ud800')], [['a', ['\ufffd']]]);
  });

  it('takes any text apart as node:querystring does', () => {
    const pieces = [
      'a',
      'b=',
      '=',
      '&',
      '&&',
      '+',
      '%',
      '%2',
      '%41',
      '%e8%ae%be',
      '%ff',
      '%00',
      '%2B',
      '__proto__',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 20 }), (drawn) => {
        const text = drawn.join('');
        const expected = Object.entries(parseQuery(text)).map(([name, values]) => [name, [values].flat()]);
        assert.deepEqual(new Map(decodeForm(text)), new Map(expected as [string, string[]][]));
      }),
    );
  });

  it('keeps NUL bytes', async () => {
    assert.deepEqual(await fieldsOf(form('a=x%00y&b=x\0y')), [
      ['a', ['x\0y']],
      ['b', ['x\0y']],
    ]);
  });

  it('reads as many parameters as it says and refuses one more, however they come', async () => {
    const many: Pairs = Array.from({ length: maximumParameters + 1 }, (_, index) => [`p${index}`, 'x']);
    assert.equal((await fieldsOf(form(urlencoded(many.slice(1))))).length, maximumParameters);
    const half = urlencoded(many.slice(0, 100));
    for (const request of [
      get(urlencoded(many)),
      form(urlencoded(many)),
      formData(many),
      form(urlencoded(many.slice(100)), half),
      form('a=1&'.repeat(30_000)),
    ]) {
      assert.match(await refusal(request), /too many parameters/);
    }
  });

  it('answers for headers and bodies made to be slow', async () => {
    const size = 131_072;
    const headers = [
      ';'.repeat(size),
      `;${' '.repeat(size)}`,
      `;charset${' '.repeat(size)}`,
      '; charset='.repeat(13_000),
    ];
    for (const header of headers) await readParameters(post('a=1', `${formType}${header}`));
    for (const piece of ['%', '%4', '&=', '=', '+', '%41%zz', '设', '%ff&', 'a&', '\0']) {
      const body = piece.repeat(Math.floor(size / Buffer.byteLength(piece)));
      await readParameters(form(body));
      await readParameters(post(body, `${formType};charset=gbk`));
      await readParameters(get(body));
    }
  }).timeout(60_000);

  it('never throws, whatever the bytes and headers', async () => {
    const header = fc.option(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom(
          formType,
          `${formType};charset=gbk`,
          `${formType};charset=utf-16`,
          'multipart/form-data; boundary=b',
        ),
        fc.constantFrom(`${formType};charset=iso-2022-jp`, 'multipart/form-data'),
      ),
      { nil: undefined },
    );
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
      fc
        .array(fc.constantFrom('%', '&', '=', '+', 'a', '%e8', '--b', '\r\n', '设'))
        .map((all) => Buffer.from(all.join(''))),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('GET', 'POST', 'PUT'),
        fc.string({ unit: 'binary' }),
        header,
        fc.option(fc.string(), { nil: undefined }),
        bytes,
        async (method, queryString, contentType, contentEncoding, body) => {
          const result = await readParameters({ method, queryString, contentType, contentEncoding, body });
          if ('kind' in result) return assert.equal(result.code, 400);
          for (const values of result.values()) assert.ok(values.length > 0);
        },
      ),
      { numRuns: 500 },
    );
  }).timeout(60_000);
});
