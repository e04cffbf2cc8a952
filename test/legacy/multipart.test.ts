// Multipart bodies as real stacks write them. What can be broken about them is in multipart-broken.test.ts.
import assert from 'node:assert/strict';
import { readMultipart } from '../../src/legacy/multipart.ts';
import { apacheMultipart, formData, multipart, type Pairs } from '../kit/legacy-wire.ts';
import type { RawRequest } from '../../src/legacy/read.ts';

const type = 'multipart/form-data; boundary=b';
const part = (name: string, value: string, more = '') =>
  `--b\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;

async function fieldsOf({ body, contentType = '' }: Pick<RawRequest, 'body' | 'contentType'>) {
  const fields = await readMultipart(body, contentType);
  assert.ok(!('kind' in fields), JSON.stringify(fields));
  return [...fields];
}

describe('readMultipart', () => {
  const pairs: Pairs = [
    ['actions', 'R,W'],
    ['resources', '设备/上行,TopicB/#'],
    ['empty', ''],
    ['signature', 'a+b/c='],
  ];
  const fields = pairs.map(([name, value]) => [name, [value]]);

  it("reads what npm's form-data writes", async () => {
    assert.deepEqual(await fieldsOf(formData(pairs)), fields);
  });

  it('reads what Apache HttpClient writes, with a charset on each part', async () => {
    assert.deepEqual(await fieldsOf(apacheMultipart(pairs, 'UTF-8')), fields);
    const latin = apacheMultipart([['resources', 'gerät/größe']], 'ISO-8859-1');
    assert.deepEqual(await fieldsOf(latin), [['resources', ['gerät/größe']]]);
  });

  it('reads a field that is typed application/octet-stream but has no filename', async () => {
    const typed = multipart([
      'Content-Disposition: form-data; name="token"\r\nContent-Type: application/octet-stream\r\n\r\nT',
    ]);
    assert.deepEqual(await fieldsOf(typed), [['token', ['T']]]);
  });

  it('reads a quoted boundary, a preamble and an epilogue', async () => {
    const body = Buffer.from(`hello\r\n${part('a', '1')}--b--\r\ngoodbye`);
    assert.deepEqual(await fieldsOf({ body, contentType: 'multipart/form-data; boundary="b"' }), [
      ['a', ['1']],
    ]);
  });

  it('keeps the order of repeated names', async () => {
    const body = Buffer.from(`${part('resources', 'b')}${part('resources', 'a')}--b--\r\n`);
    assert.deepEqual(await fieldsOf({ body, contentType: type }), [['resources', ['b', 'a']]]);
  });

  it('treats names of the object prototype as plain names', async () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
    const read = await fieldsOf(formData(names.map((name) => [name, name])));
    assert.deepEqual(
      read,
      names.map((name) => [name, [name]]),
    );
  });

  it('keeps NUL bytes, line breaks and delimiters inside a value', async () => {
    const value = 'a\0b\r\nc&d=e--b';
    assert.deepEqual(await fieldsOf(formData([['a', value]])), [['a', [value]]]);
  });

  it('reads one field as large as the body limit', async () => {
    const value = 'x'.repeat(127 * 1024);
    assert.deepEqual(await fieldsOf(formData([['a', value]])), [['a', [value]]]);
  });
});
