import assert from 'node:assert/strict';
import fc from 'fast-check';
import { callLine, type CallFacts } from '../../src/app/call-line.ts';
import { infoLines, logTo } from '../../src/app/log.ts';

/** Well-formed text, with all that JSON must escape. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 120 }),
  fc.string({
    unit: fc.constantFrom('"', '\\', '\n', '\u0000', '\u001f', '\u007f', '\u2028', '设', '😀', 'a'),
  }),
);
const perhaps = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
const percent = fc.integer({ min: 0, max: 10_000 }).map((hundredths) => hundredths / 100);
const outcome = fc.constantFrom('ok', 'rejected', 'denied', 'throttled', 'fault');

// In the order of a line.
const anyFacts: fc.Arbitrary<CallFacts> = fc.record({
  requestId: text,
  route: fc.constantFrom('apply', 'revoke', 'query'),
  account: perhaps(text),
  accessKey: perhaps(text),
  instanceId: perhaps(text),
  backend: fc.constantFrom('legacy', 'gateway', 'none'),
  reason: perhaps(fc.constantFrom('weight', 'no-record')),
  bucket: perhaps(fc.integer({ min: 0, max: 9_999 })),
  gatewayPercent: perhaps(percent),
  fallbackFrom: perhaps(outcome),
  reused: perhaps(fc.constantFrom('live', 'shared')),
  outcome,
  code: fc.constantFrom<CallFacts['code'][]>(200, 400, 407, 1, 'unreadable'),
  durationMs: fc.double({ min: 0, max: 10_000, noNaN: true }).map((ms) => Math.round(ms * 10) / 10),
  gatewayCode: perhaps(text),
  gatewayRequestId: perhaps(text),
  cause: perhaps(fc.constantFrom('timeout', 'answered')),
  message: perhaps(text),
  client: text,
  clientLeft: perhaps(fc.constant(true)),
  userAgent: perhaps(text),
} satisfies Record<keyof CallFacts, unknown>);

const head = /^\{"level":30,"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"/;

describe('the line of a call', () => {
  it('is what pino would write of the same facts, byte for byte', () => {
    let written = '';
    const log = logTo({ write: (line) => (written = line) }, 'info');
    fc.assert(
      fc.property(anyFacts, (facts) => {
        log.info(facts, 'call');
        const [ofPino = ''] = head.exec(written) ?? [];
        assert.equal(callLine(ofPino, facts), written);
      }),
      { numRuns: 500 },
    );
  });

  it('is JSON even where a text holds half a character', () => {
    const [facts] = fc.sample(anyFacts, 1);
    assert.ok(facts);
    const line = callLine('{"level":30', { ...facts, message: 'cut \ud83d' });
    assert.equal((JSON.parse(line) as CallFacts).message, 'cut \ud83d');
    assert.ok(line.includes('\\ud83d'));
  });
});

describe('ready lines', () => {
  it("go where the logger's own go, and begin like them", () => {
    const written: string[] = [];
    const lines = infoLines(logTo({ write: (line) => written.push(line) }, 'info'));
    const begun = lines.begin() ?? '';
    assert.equal(begun.replace(head, ''), '');
    lines.write('a line\n');
    assert.deepEqual(written, ['a line\n']);
  });

  it('are wanted at the levels at which the logger writes lines of level info', () => {
    const stream = { write: () => undefined };
    for (const level of ['trace', 'debug', 'info'] as const)
      assert.ok(infoLines(logTo(stream, level)).begin() !== undefined, level);
    for (const level of ['warn', 'error', 'silent'] as const)
      assert.equal(infoLines(logTo(stream, level)).begin(), undefined, level);
  });
});
