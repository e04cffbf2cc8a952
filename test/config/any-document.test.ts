import assert from 'node:assert/strict';
import fc from 'fast-check';
import { configFromDocument } from '../../src/config/load.ts';
import { env } from './kit.ts';

describe('any document', () => {
  const words = fc.constantFrom(
    'accounts',
    'name',
    'keys',
    'listen',
    'split',
    'key',
    'store',
    'type',
    'lmdb',
    'secret',
    'env',
    'backends',
    'legacy',
    'hosts',
    'rollout',
    'steps',
    'hold',
    'manual',
    'admin',
    'tokens',
    '__proto__',
    'constructor',
    'toString',
  );
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 6 },
      fc.jsonValue({ maxDepth: 1 }),
      words,
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.array(fc.tuple(words, tie('tree')), { maxLength: 6 }).map((entries) => Object.fromEntries(entries)),
    ),
  }));

  it('is loaded or refused with mistakes, and never throws', () => {
    fc.assert(
      fc.property(tree, (value) => {
        const result = configFromDocument(value, { env });
        assert.ok(result.ok || result.mistakes.length > 0);
      }),
      { numRuns: 150 },
    );
  });

  it('may hold itself or be bottomless', () => {
    const cycle: Record<string, unknown> = { log: {} };
    cycle['accounts'] = [cycle];
    cycle['log'] = cycle;
    let deep: unknown = [];
    for (let level = 0; level < 100_000; level += 1) deep = [deep];
    for (const value of [
      cycle,
      deep,
      { split: deep },
      undefined,
      null,
      Symbol.iterator,
      () => 1,
      10n,
      new Date(),
    ]) {
      assert.equal(configFromDocument(value, { env }).ok, false);
    }
  });
});
