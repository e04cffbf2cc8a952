// HMAC-SHA1 with prepared keys, held against Node's own.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { hmacSha1 } from '../../src/legacy/hmac-sha1.ts';

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
