import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import request from 'supertest';
import { house, messageOf } from './kit.ts';

describe('a body for the admin API', () => {
  const put = (body: string | Buffer, headers: Record<string, string> = {}) =>
    request(house().app)
      .put('/api/split')
      .set({ 'Content-Type': 'application/json', ...headers })
      .serialize((text: unknown) => text as string)
      .send(body);

  it('is a JSON object, with a charset or without', async () => {
    for (const type of [
      'application/json',
      'application/json;charset=UTF-8',
      'Application/JSON ; charset=utf-8',
    ]) {
      assert.equal((await put('{"gatewayPercent":30}', { 'Content-Type': type })).status, 200, type);
    }
  });

  for (const type of [
    'application/x-www-form-urlencoded',
    'text/plain',
    'text/json',
    'application/jsonp',
    'application/json-seq',
    'multipart/form-data; boundary=application/json',
  ]) {
    it(`is refused with 415 as ${type}`, async () => {
      const answer = await put('{"gatewayPercent":30}', { 'Content-Type': type }).expect(415);
      assert.match(messageOf(answer.body), /application\/json/);
    });
  }

  it('is refused with 415 when it is compressed or in another charset', async () => {
    const gzipped = gzipSync('{"gatewayPercent":30}');
    const answer = await put(gzipped, { 'Content-Encoding': 'gzip' }).expect(415);
    assert.match(messageOf(answer.body), /uncompressed/);
    await put('{}', { 'Content-Type': 'application/json;charset=gbk' }).expect(415);
  });

  for (const [title, text] of [
    ['half an object', '{"planted":'],
    ['a text', '"planted"'],
    ['a number', '5'],
    ['null', 'null'],
    ['a list', '[{"gatewayPercent":30}]'],
    ['NaN', '{"gatewayPercent":NaN}'],
  ] as const) {
    it(`is refused with 400 when it is ${title}, without being repeated`, async () => {
      const answer = await put(text).expect(400);
      assert.match(messageOf(answer.body), /one JSON object/);
      assert.ok(!answer.text.includes('planted'));
    });
  }

  it('is refused with 400 when there is none', async () => {
    assert.match(messageOf((await put('').expect(400)).body), /gatewayPercent is missing/);
  });

  it('is at most 16 KiB', async () => {
    const padded = (length: number) => `{"gatewayPercent":30}${' '.repeat(length - 21)}`;
    await put(padded(16 * 1024)).expect(200);
    const answer = await put(padded(16 * 1024 + 1)).expect(413);
    assert.match(messageOf(answer.body), /16 KiB/);
  });
});
