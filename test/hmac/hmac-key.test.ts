// HMAC with prepared keys, held against Node's own.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { HmacKey } from '../../src/hmac/hmac-key.ts';

for (const algorithm of ['sha1', 'sha256'] as const) {
  const byNode = (key: string, text: string) => createHmac(algorithm, key).update(text, 'utf8');

  describe(`an HMAC key for ${algorithm}`, () => {
    it("signs as Node's own does, whatever the key and the texts, one after the other", () => {
      const text = fc.string({ unit: 'binary', maxLength: 200 });
      const texts = fc.array(fc.tuple(text, fc.integer({ min: 1, max: 40 })), { minLength: 1, maxLength: 5 });
      fc.assert(
        fc.property(text, texts, (key, parts) => {
          const ours = new HmacKey(algorithm, key);
          for (const [part, times] of parts) {
            const long = part.repeat(times);
            assert.equal(ours.sign(long, 'hex'), byNode(key, long).digest('hex'));
          }
        }),
      );
    });

    for (const length of [0, 19, 20, 31, 32, 63, 64, 65, 128]) {
      it(`signs with a key of ${length} bytes, in base64 as well`, () => {
        const key = 'k'.repeat(length);
        assert.equal(
          new HmacKey(algorithm, key).sign('text', 'base64'),
          byNode(key, 'text').digest('base64'),
        );
      });
    }

    for (const length of [2_048, 2_049, 10_000]) {
      it(`signs a text of ${length} characters of three bytes`, () => {
        const text = '界'.repeat(length);
        assert.equal(new HmacKey(algorithm, 'key').sign(text, 'hex'), byNode('key', text).digest('hex'));
      });
    }

    it('keeps nothing of one text or key for the next', () => {
      const [first, second] = [new HmacKey(algorithm, 'first'), new HmacKey(algorithm, 'second')];
      first.sign('a much longer text than the next', 'hex');
      assert.equal(second.sign('short', 'hex'), byNode('second', 'short').digest('hex'));
      assert.equal(first.sign('short', 'hex'), byNode('first', 'short').digest('hex'));
    });
  });
}
