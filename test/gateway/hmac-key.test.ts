// The signature out of two plain hashes against Node's own HMAC.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { HmacKey } from '../../src/gateway/hmac-key.ts';

describe('an HMAC key', () => {
  const text = fc.string({ unit: 'binary', maxLength: 200 });

  it("signs as Node's own HMAC-SHA256 does, whatever the key and the messages, one after the other", () => {
    fc.assert(
      fc.property(text, fc.array(text, { minLength: 1, maxLength: 5 }), (key, messages) => {
        const ours = new HmacKey(key);
        for (const message of messages) {
          assert.equal(ours.sign(message), createHmac('sha256', key).update(message).digest('hex'));
        }
      }),
    );
  });

  for (const length of [0, 31, 32, 63, 64, 65, 128]) {
    it(`signs with a key of ${length} bytes`, () => {
      const key = 'k'.repeat(length);
      assert.equal(
        new HmacKey(key).sign('message'),
        createHmac('sha256', key).update('message').digest('hex'),
      );
    });
  }
});
