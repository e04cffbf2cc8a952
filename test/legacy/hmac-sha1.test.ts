// HMAC-SHA1 with prepared keys, held against Node's own.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { hmacSha1, isHmacSha1 } from '../../src/legacy/hmac-sha1.ts';

const byNode = (key: string, text: string): string =>
  createHmac('sha1', key).update(text, 'utf8').digest('base64');

describe('hmacSha1', () => {
  it('is what Node makes of any key and any text, however long', () => {
    const text = fc.string({ unit: 'binary', maxLength: 200 });
    fc.assert(
      fc.property(text, text, fc.integer({ min: 1, max: 40 }), (key, part, times) => {
        const long = part.repeat(times);
        assert.equal(hmacSha1(key, long), byNode(key, long));
      }),
    );
  });

  for (const [title, key, text] of [
    ['an empty key and text', '', ''],
    ['a key of just one block', 'k'.repeat(64), 'text'],
    ['a key longer than a block', 'k'.repeat(65), 'text'],
    ['the longest text that is put into the workspace, three bytes a character', 'key', '界'.repeat(2048)],
    ['a text that is longer', 'key', '界'.repeat(2049)],
  ] as const) {
    it(`is what Node makes of ${title}`, () => {
      assert.equal(hmacSha1(key, text), byNode(key, text));
    });
  }

  it('keeps nothing of one text for the next', () => {
    const expected = byNode('key', 'short');
    hmacSha1('key', 'a much longer text than the next');
    hmacSha1('another key', 'short');
    assert.equal(hmacSha1('key', 'short'), expected);
  });
});

describe('isHmacSha1', () => {
  const signature = byNode('key', 'text');

  it('knows the signature of a text, letter for letter', () => {
    assert.equal(isHmacSha1('key', 'text', signature), true);
    assert.equal(isHmacSha1('key', 'other', signature), false);
    assert.equal(isHmacSha1('other', 'text', signature), false);
  });

  for (const [title, wrong] of [
    ['nothing', ''],
    ['its beginning', signature.slice(0, -1)],
    ['one letter more', `${signature}=`],
    ['the other alphabet of base64, unpadded', byNode('key', 'text').replace(/=/g, '')],
    [
      'a letter whose low byte is right',
      String.fromCharCode(0x100 + signature.charCodeAt(0)) + signature.slice(1),
    ],
    ['28 letters of three bytes', '界'.repeat(28)],
  ] as const) {
    it(`refuses ${title}`, () => {
      assert.equal(isHmacSha1('key', 'text', wrong), false);
    });
  }
});
