import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { bucketCount, bucketOf, bucketVersion, isBelow } from '../../src/split/bucket.ts';
import { beside } from '../store/kit.ts';

interface Vectors {
  readonly vectors: readonly {
    readonly key: readonly string[];
    readonly hashed: string;
    readonly bucket: number;
  }[];
}
const { vectors } = JSON.parse(
  readFileSync(new URL('../fixtures/buckets.json', import.meta.url), 'utf8'),
) as Vectors;

/** Percent with two decimals. */
const percents = fc.integer({ min: 0, max: 10_000 }).map((hundredths) => hundredths / 100);
const keys = fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 4 });

describe('the bucket of a key', () => {
  for (const { key, hashed, bucket } of vectors) {
    it(`is ${bucket} for ${JSON.stringify(key)}, as published`, () => {
      assert.equal(bucketOf(key), bucket);
      assert.equal(`${bucketVersion}:${JSON.stringify(key)}`, hashed);
    });
  }

  it('is one of 10,000', () => {
    fc.assert(
      fc.property(keys, (key) => {
        const bucket = bucketOf(key);
        assert.ok(Number.isInteger(bucket) && bucket >= 0 && bucket < bucketCount);
      }),
    );
  });

  it('is the same in another process', async () => {
    const sample = fc.sample(keys, 200);
    const { child, lines } = beside('split/bucket-of.program.ts', [JSON.stringify(sample)]);
    await once(child, 'close');
    assert.deepEqual(
      JSON.parse(lines[0] ?? ''),
      sample.map((key) => bucketOf(key)),
    );
  });

  it('falls below the weight for a share of many keys within 3 sigma of it', () => {
    const count = 50_000;
    // Fixed keys: the test says the same each time.
    const buckets = Array.from({ length: count }, (_, index) => bucketOf(['shop', `device ${index}`]));
    for (const percent of [0.01, 0.5, 1, 5, 25, 50, 75, 99, 99.99]) {
      const share = percent / 100;
      const below = buckets.filter((bucket) => isBelow(bucket, percent)).length;
      const sigma = Math.sqrt(count * share * (1 - share));
      assert.ok(Math.abs(below - count * share) <= 3 * sigma, `${percent} %: ${below} of ${count}`);
    }
  });
});

describe('the weight', () => {
  it('takes no bucket at 0 and each at 100', () => {
    for (let bucket = 0; bucket < bucketCount; bucket += 1) {
      assert.equal(isBelow(bucket, 0), false);
      assert.equal(isBelow(bucket, 100), true);
    }
  });

  it('takes one bucket more with each hundredth of a percent', () => {
    for (let hundredths = 0; hundredths <= 10_000; hundredths += 1) {
      const percent = hundredths / 100;
      if (hundredths > 0) assert.ok(isBelow(hundredths - 1, percent), `${percent} %`);
      if (hundredths < 10_000) assert.ok(!isBelow(hundredths, percent), `${percent} %`);
    }
  });

  it('only moves keys to the gateway when raised, and only back when lowered', () => {
    fc.assert(
      fc.property(keys, percents, percents, (key, one, other) => {
        const bucket = bucketOf(key);
        const [low, high] = one < other ? [one, other] : [other, one];
        if (isBelow(bucket, low)) assert.ok(isBelow(bucket, high));
        if (!isBelow(bucket, high)) assert.ok(!isBelow(bucket, low));
      }),
    );
  });
});
