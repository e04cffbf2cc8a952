// What text of foreign origin may not show once it is cleaned.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { safeText } from '../../src/gateway/safe-text.ts';

const token = 'LzMT+XLFl5s/YWJ/MlDz4t/Lq5HC1iGU1P28HAMaxYxn8aQbALNtml7QZKl9L9kPe6Lq==';

describe('text that is safe to show', () => {
  const leaks = {
    'the token itself': `token ${token} is bad`,
    'the token percent-encoded': `Token=${encodeURIComponent(token)}&InstanceId=x`,
    'the token encoded twice': `sign ${encodeURIComponent(encodeURIComponent(token))}`,
    'a part of the token': `token ${token.slice(3, 30)}... is bad`,
    'a URL and what it carries': `POST https://gateway.example/?Token=${token} failed`,
  };
  for (const [what, text] of Object.entries(leaks)) {
    it(`does not hold ${what}`, () => {
      const clean = safeText(text, [token]);
      assert.ok(!clean.includes(token.slice(5, 17)), clean);
      assert.ok(!clean.includes('https://'), clean);
    });
  }

  it('keeps ordinary words', () => {
    assert.equal(
      safeText('The instance post-cn-0pp12gl0001 is unknown.', [token]),
      'The instance post-cn-0pp12gl0001 is unknown.',
    );
  });

  it('is one line of at most 300 well-formed characters, whatever comes in', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 1_000 }), (text) => {
        const clean = safeText(text, [token]);
        assert.ok(clean.length <= 300 && clean.isWellFormed() && !/[\u0000-\u001f\u007f]/.test(clean));
      }),
    );
    assert.equal(safeText('x '.repeat(1_000), []).length, 300);
  });

  it('never holds a secret, wherever it stands', () => {
    fc.assert(
      fc.property(fc.string(), fc.base64String({ minLength: 16 }), fc.string(), (before, secret, after) => {
        assert.ok(!safeText(`${before}${secret}${after}`, [secret]).includes(secret));
      }),
    );
  });
});
