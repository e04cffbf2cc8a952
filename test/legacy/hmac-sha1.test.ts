// The old protocol's HMAC-SHA1: what is signed with a key, and what counts as its signature.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { hmacSha1, isHmacSha1 } from '../../src/legacy/hmac-sha1.ts';

const byNode = (key: string, text: string): string =>
  createHmac('sha1', key).update(text, 'utf8').digest('base64');

describe('hmacSha1', () => {
  it('is what Node makes of key and text, in base64, again and again and in any order', () => {
    for (const [key, text] of [
      ['key', 'text'],
      ['钥匙', '设备/+'],
      ['key', 'another'],
      ['', ''],
      ['key', 'text'],
    ] as const) {
      assert.equal(hmacSha1(key, text), byNode(key, text));
    }
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
