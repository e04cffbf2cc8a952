// What an old answer means: the table of codes, and whatever else may come instead of an answer.
import assert from 'node:assert/strict';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { LegacyAnswer } from '../../src/legacy/old-service.ts';
import type { Operation } from '../../src/legacy/operations.ts';
import { readLegacyAnswer, type LegacyOutcomeClass } from '../../src/legacy/tap.ts';

function answer(body: string | Buffer, headers: readonly string[] = [], status = 200): LegacyAnswer {
  return { status, statusMessage: 'X', rawHeaders: headers, body: Buffer.from(body) };
}
const json = (fields: object, headers?: readonly string[], status?: number): LegacyAnswer =>
  answer(JSON.stringify(fields), headers, status);
const everyOperation: readonly Operation[] = ['apply', 'revoke', 'query'];

describe('readLegacyAnswer', () => {
  it('does not read what is too long for an answer of the old protocol: that would hold up everybody else', () => {
    const long = json({ success: true, code: 200, tokenData: 'T', padding: 'x'.repeat(64 * 1024) });
    assert.deepEqual(readLegacyAnswer('apply', long), { code: undefined, outcome: 'fault' });
  });

  const table: [number, LegacyOutcomeClass, LegacyOutcomeClass, LegacyOutcomeClass][] = [
    // code, apply, revoke, query
    [200, 'ok', 'ok', 'ok'],
    [1, 'fault', 'rejected', 'ok'],
    [2, 'fault', 'rejected', 'ok'],
    [3, 'fault', 'rejected', 'ok'],
    [400, 'rejected', 'rejected', 'rejected'],
    [407, 'rejected', 'rejected', 'rejected'],
    [409, 'denied', 'denied', 'denied'],
    [410, 'denied', 'denied', 'denied'],
    [403, 'denied', 'denied', 'denied'],
    [429, 'throttled', 'throttled', 'throttled'],
    [500, 'fault', 'fault', 'fault'],
    [0, 'fault', 'fault', 'fault'],
  ];
  for (const [code, ...classes] of table) {
    it(`reads code ${code} as ${classes.join(', ')}, whatever the status below 500`, () => {
      everyOperation.forEach((operation, index) => {
        for (const status of [200, 400, 404]) {
          const tapped = readLegacyAnswer(operation, json({ code, tokenData: 't' }, [], status));
          assert.deepEqual([tapped.code, tapped.outcome], [code, classes[index]], operation);
        }
      });
    });
  }

  it('hands out the token of a successful apply, and of nothing else', () => {
    const token = 'LzMT+XLFl5s/==';
    const ok = json({ success: true, message: 'operate success', code: 200, tokenData: token });
    assert.deepEqual(readLegacyAnswer('apply', ok), { code: 200, outcome: 'ok', token });
    assert.deepEqual(readLegacyAnswer('query', ok), { code: 200, outcome: 'ok' });
    assert.deepEqual(readLegacyAnswer('apply', json({ code: 400, tokenData: token })), {
      code: 400,
      outcome: 'rejected',
    });
  });

  it('calls a successful apply without a token a fault', () => {
    for (const tokenData of [undefined, null, '', 5, ['t'], {}]) {
      assert.equal(readLegacyAnswer('apply', json({ code: 200, tokenData })).outcome, 'fault');
    }
  });

  it('goes by the code and not by success', () => {
    assert.equal(readLegacyAnswer('query', json({ success: false, code: 200 })).outcome, 'ok');
    assert.equal(readLegacyAnswer('query', json({ success: true, code: 407 })).outcome, 'rejected');
  });

  it('takes a code that was written as a string, as clients do', () => {
    assert.deepEqual(readLegacyAnswer('query', json({ code: '407' })), { code: 407, outcome: 'rejected' });
  });

  const failures: [string, LegacyAnswer, LegacyOutcomeClass][] = [
    ['an unknown message', json({ code: 409, message: 'busy: try later' }), 'denied'],
    ['a status of 500 and above', json({ code: 409 }, [], 503), 'fault'],
    ['Retry-After alone', json({ code: 410 }, ['Retry-After', '60']), 'throttled'],
    [
      'the code of an exceeded rate',
      json({ code: 409 }, ['X-Gateway-Code', 'ApplyTokenOverFlow']),
      'throttled',
    ],
    [
      'the same with Retry-After',
      json({ code: 409 }, ['x-gateway-code', 'Throttling.User', 'Retry-After', '1']),
      'throttled',
    ],
    ['the code of a breakdown', json({ code: 410 }, ['X-GATEWAY-CODE', 'InternalError']), 'fault'],
    [
      'an unknown code, where waiting helps',
      json({ code: 409 }, ['x-gateway-code', 'New', 'retry-after', '1']),
      'fault',
    ],
    ['an unknown code, where it does not', json({ code: 409 }, ['x-gateway-code', 'New']), 'denied'],
    ['a permission', json({ code: 409 }, ['x-gateway-code', 'NoPermission']), 'denied'],
    [
      'a code in front of the message',
      json({ code: 409, message: 'RequestTimeout: The gateway …' }),
      'fault',
    ],
    ['the same of a rate', json({ code: 410, message: 'RevokeTokenOverFlow: x (RequestId 1)' }), 'throttled'],
    ['the same of a permission', json({ code: 409, message: 'PermissionCheckFailed' }), 'denied'],
    ['a message that is no text', json({ code: 409, message: { a: 1 } }), 'denied'],
  ];
  for (const [what, given, expected] of failures) {
    it(`reads a failed call with ${what} as ${expected}`, () => {
      assert.equal(readLegacyAnswer('apply', given).outcome, expected);
    });
  }

  const unreadable: [string, LegacyAnswer][] = [
    ['nothing', answer('')],
    ['HTML', answer('<!doctype html><p>{"code":200}')],
    ['half an object', answer('{"code":200')],
    ['null', answer('null')],
    ['a number', answer('200')],
    ['a list', answer('[{"code":200}]')],
    ['no code', answer('{"success":true}')],
    ['a code that is no number', answer('{"code":[200]}')],
    ['a fraction', answer('{"code":200.5}')],
    ['a huge number', answer('{"code":1e999}')],
    ['a long number', answer(`{"code":${'9'.repeat(10_000)}}`)],
    ['a negative number', answer('{"code":-1}')],
    ['a code in the prototype', answer('{"__proto__":{"code":200}}')],
    ['damaged gzip', answer('{"code":200}', ['Content-Encoding', 'gzip'])],
    ['an unknown coding', answer('{"code":200}', ['Content-Encoding', 'zstd'])],
    [
      'a bomb',
      answer(gzipSync(`{"code":200,"a":"${' '.repeat(3 * 1024 * 1024)}"}`), ['Content-Encoding', 'gzip']),
    ],
    ['deep nesting', answer('['.repeat(500_000))],
  ];
  for (const [what, given] of unreadable) {
    it(`calls ${what} a fault without a code`, () => {
      for (const operation of everyOperation) {
        assert.deepEqual(readLegacyAnswer(operation, given), { code: undefined, outcome: 'fault' });
      }
    });
  }

  it('takes the last of a repeated key, as JSON libraries do', () => {
    assert.equal(readLegacyAnswer('query', answer('{"code":200,"code":407}')).code, 407);
  });

  const codings = {
    gzip: gzipSync,
    'X-GZIP': gzipSync,
    deflate: deflateSync,
    'deflate ': deflateRawSync,
    br: brotliCompressSync,
    identity: (text: string) => text,
  };
  for (const [coding, encode] of Object.entries(codings)) {
    it(`reads through ${coding}`, () => {
      const given = answer(encode('\ufeff{"code":200,"message":"成功"}'), ['content-ENCODING', coding]);
      assert.deepEqual(readLegacyAnswer('query', given), { code: 200, outcome: 'ok' });
    });
  }

  it('never throws', () => {
    const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
    const text = fc.oneof(
      fc.json(),
      fc.string(),
      fc.jsonValue().map((code) => JSON.stringify({ code })),
    );
    const body = fc.oneof(
      bytes,
      text.map((given) => Buffer.from(given)),
    );
    const coding = fc.constantFrom('', 'gzip', 'deflate', 'br', 'constructor');
    fc.assert(
      fc.property(fc.constantFrom(...everyOperation), body, coding, (operation, given, encoding) => {
        readLegacyAnswer(operation, answer(given, ['Content-Encoding', encoding]));
      }),
    );
  });
});
