import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compare } from '../../src/shadow/compare.ts';
import type { Candidate, Control } from '../../src/shadow/observation.ts';
import { candidateOf, denied, granted } from './kit.ts';

const rejected: Control = { outcome: 'rejected', code: 400, durationMs: 1 };
const unsigned: Control = { outcome: 'rejected', code: 407, durationMs: 1 };
const bad = (code: number): Control => ({ outcome: 'ok', code, durationMs: 1 });
const proxy = (code: number) => candidateOf('rejected', code, { by: 'proxy', message: 'because' });

describe('a comparison', () => {
  const cases: readonly (readonly ['apply' | 'query', Control, Candidate, string])[] = [
    ['apply', granted, candidateOf('ok', 200), 'match'],
    [
      'apply',
      granted,
      candidateOf('denied', 409, { message: 'NoPermission: no' }),
      'the gateway refuses what the old service grants: NoPermission: no',
    ],
    [
      'apply',
      granted,
      candidateOf('rejected', 400),
      'the gateway refuses what the old service grants: code 400',
    ],
    ['apply', granted, proxy(407), 'this proxy refuses what the old service grants: because'],
    [
      'apply',
      granted,
      candidateOf('ok', 200, { tokenRefused: 'no' }),
      'the gateway does not accept the token that it issued: no',
    ],
    [
      'apply',
      granted,
      candidateOf('fault', 409, { message: 'Timeout' }),
      'error the gateway could not be compared: Timeout',
    ],
    ['apply', granted, candidateOf('throttled', 409), 'error the gateway could not be compared: code 409'],
    [
      'apply',
      denied,
      candidateOf('ok', 200),
      'the gateway grants what the old service refuses with code 409',
    ],
    [
      'apply',
      denied,
      candidateOf('ok', 200, { tokenRefused: 'no' }),
      'the gateway grants what the old service refuses with code 409',
    ],
    ['apply', denied, candidateOf('denied', 409), 'match'],
    [
      'apply',
      denied,
      candidateOf('rejected', 400),
      'both refuse, but the old service with code 409 and the gateway with 400: code 400',
    ],
    ['apply', rejected, proxy(400), 'match'],
    ['apply', unsigned, proxy(407), 'match'],
    [
      'apply',
      unsigned,
      proxy(400),
      'both refuse, but the old service with code 407 and this proxy with 400: because',
    ],
    ['query', granted, candidateOf('ok', 200), 'match'],
    ['query', granted, candidateOf('ok', 1), 'match'],
    ['query', bad(2), candidateOf('ok', 1), 'match'],
    [
      'query',
      bad(3),
      candidateOf('ok', 200),
      'the gateway calls a token valid that the old service calls bad with code 3',
    ],
    [
      'query',
      granted,
      candidateOf('denied', 409),
      'the gateway refuses what the old service answers: code 409',
    ],
    [
      'query',
      unsigned,
      candidateOf('ok', 1),
      'the gateway answers what the old service refuses with code 407',
    ],
    ['query', bad(1), candidateOf('fault', 409), 'error the gateway could not be compared: code 409'],
  ];
  for (const [operation, control, candidate, expected] of cases) {
    const said = `${control.outcome} ${control.code} beside ${candidate.by} ${candidate.outcome} ${candidate.code}`;
    it(`of ${operation}: ${said} is: ${expected}`, () => {
      const comparison = compare(operation, control, candidate);
      const text =
        comparison.result === 'match'
          ? 'match'
          : `${comparison.result === 'error' ? 'error ' : ''}${comparison.why}`;
      assert.equal(text, expected);
    });
  }

  const controls = fc.constantFrom(granted, denied, rejected, unsigned);
  const operations = fc.constantFrom('apply' as const, 'query' as const);

  it('of what decided alike is always a match', () => {
    fc.assert(
      fc.property(operations, controls, fc.nat(), (operation, control, durationMs) => {
        const alike = { ...control, durationMs, by: 'gateway' } as const;
        assert.deepEqual(compare(operation, control, alike), { result: 'match' });
      }),
    );
  });

  it('never depends on durations, wording or ids, and says why unless it matches', () => {
    const anyText = fc.string({ minLength: 1 });
    const outcomes = fc.constantFrom('ok', 'rejected', 'denied', 'throttled', 'fault');
    const candidates = fc.tuple(outcomes, fc.constantFrom(200, 400, 407, 409, 1, 2, 3));
    fc.assert(
      fc.property(operations, controls, candidates, anyText, fc.nat(), (operation, control, of, text, ms) => {
        const plain = compare(operation, control, candidateOf(...of));
        const worded = { message: text, gatewayCode: text, gatewayRequestId: text, durationMs: ms };
        const other = compare(operation, { ...control, durationMs: ms }, candidateOf(...of, worded));
        assert.equal(other.result, plain.result);
        if (plain.result !== 'match') assert.ok(plain.why.length > 10);
        const isError = of[0] === 'fault' || of[0] === 'throttled';
        assert.equal(plain.result === 'error', isError);
      }),
    );
  });

  it('of two applies does not depend on which side said what', () => {
    fc.assert(
      fc.property(controls, controls, (one, other) => {
        const there = compare('apply', one, { ...other, by: 'gateway' }).result;
        assert.equal(compare('apply', other, { ...one, by: 'gateway' }).result, there);
      }),
    );
  });
});
