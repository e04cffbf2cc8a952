// From HTTP requests of every kind of old client to parameters (PROTOCOL section 1). What no honest client sends is in
// read-hostile.test.ts.
import assert from 'node:assert/strict';
import { readParameters, type RawRequest } from '../../src/legacy/read.ts';
import {
  apacheMultipart,
  escapeEvery,
  form,
  formData,
  get,
  post,
  urlencoded,
  type Pairs,
} from '../kit/legacy-wire.ts';

const pairs: Pairs = [
  ['actions', 'R,W'],
  ['resources', '设备/+,Topic B/#'],
  ['signature', 'a+b/c='],
  ['empty', ''],
];
const fields = pairs.map(([name, value]) => [name, [value]]);
const text = urlencoded(pairs);
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

describe('readParameters', () => {
  const variations: Readonly<Record<string, RawRequest>> = {
    'a GET': get(text),
    'a GET whose body is to be ignored': { ...form('actions=W', text), method: 'GET' },
    'a form': form(text),
    'a form with a charset': post(text, `${formType}; charset=UTF-8`),
    'a form with a quoted charset': post(text, 'Application/X-WWW-Form-Urlencoded ;Charset = "utf8"'),
    'a form without a Content-Type': post(text),
    'a form left unescaped': form('actions=R,W&resources=设备/%2B,Topic B/#&signature=a%2Bb/c=&empty='),
    'a form said to be identity-coded': { ...form(text), contentEncoding: 'Identity' },
    'multipart of the Node demo': formData(pairs),
    'multipart of Apache HttpClient': apacheMultipart(pairs, 'UTF-8'),
    'a POST with all in the query string': post('', undefined, text),
    'a POST with a typed empty body': form('', text),
    'a POST with some in the query string': form(urlencoded(pairs.slice(2)), urlencoded(pairs.slice(0, 2))),
    'a POST with all in both': form(text, text),
    'multipart and the same query string': { ...formData(pairs), queryString: text },
  };
  for (const [title, request] of Object.entries(variations)) {
    it(`reads ${title}`, async () => {
      assert.deepEqual(await fieldsOf(request), fields);
    });
  }

  it('reads a form in GBK, escaped or not', async () => {
    const expected = [
      ['resources', ['设备/+ x']],
      ['actions', ['R']],
    ];
    const escaped = `resources=${escapeEvery(gbk)}%2F%2B+x&actions=R`;
    const raw = Buffer.concat([Buffer.from('resources='), gbk, Buffer.from('/%2B+x&actions=R')]);
    for (const charset of ['GBK', 'gb2312', '"GB18030"']) {
      assert.deepEqual(await fieldsOf(post(escaped, `${formType}; charset=${charset}`)), expected);
      assert.deepEqual(await fieldsOf(post(raw, `${formType};charset=${charset}`)), expected);
    }
  });

  it('reads a form in ISO-8859-1', async () => {
    for (const body of ['resources=ger%E4t', Buffer.from('resources=gerät', 'latin1')]) {
      assert.deepEqual(await fieldsOf(post(body, `${formType}; charset=ISO-8859-1`)), [
        ['resources', ['gerät']],
      ]);
    }
  });

  it('reads the query string as UTF-8 beside a form in another charset', async () => {
    const request = post(`b=${escapeEvery(gbk)}`, `${formType}; charset=GBK`, 'a=%E8%AE%BE');
    assert.deepEqual(await fieldsOf(request), [
      ['a', ['设']],
      ['b', ['设备']],
    ]);
  });

  it('keeps repeated names in order, query string first', async () => {
    const request = form('resources=c&resources=a', 'resources=b');
    assert.deepEqual(await fieldsOf(request), [['resources', ['b', 'c', 'a']]]);
  });

  it('finds nothing in an empty GET, an empty POST and a string of ampersands', async () => {
    for (const request of [get(''), post(''), form(''), form('&&&&'), get('&')]) {
      assert.deepEqual(await fieldsOf(request), []);
    }
  });

  it('reads a name without a value as empty', async () => {
    assert.deepEqual(await fieldsOf(get('a&b=&=c')), [
      ['a', ['']],
      ['b', ['']],
      ['', ['c']],
    ]);
  });

  it('refuses JSON, text and XML and says what to send', async () => {
    for (const type of [
      'application/json',
      'text/plain',
      'text/xml; charset=utf-8',
      'multipart/mixed; boundary=b',
      '*/*',
    ]) {
      assert.match(await refusal(post('{"actions":"R"}', type)), /send application\/x-www-form-urlencoded/);
    }
  });

  it('refuses a compressed body and an unknown charset', async () => {
    for (const contentEncoding of ['gzip', 'deflate', 'br', 'identity, gzip']) {
      assert.match(await refusal({ ...form(text), contentEncoding }), /without Content-Encoding/);
    }
    for (const charset of ['utf-7', 'nonsense', '__proto__', 'x'.repeat(10_000)]) {
      assert.match(await refusal(post(text, `${formType}; charset=${charset}`)), /charset.*send UTF-8/);
    }
  });

  it('refuses every other method', async () => {
    for (const method of ['PUT', 'HEAD', 'DELETE', 'PATCH', 'OPTIONS', 'get', '']) {
      assert.match(await refusal({ ...form(text), method }), /use GET or POST/);
    }
  });
});
