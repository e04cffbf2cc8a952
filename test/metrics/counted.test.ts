import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Counter, Histogram, Registry } from 'prom-client';
import { CountedHistogram, countedCounter } from '../../src/metrics/counted.ts';
import { LabelTree } from '../../src/metrics/label-tree.ts';

const name = 'calls';
const help = 'Calls.';
const labelNames = ['route', 'code'] as const;
const buckets = [0.001, 0.01, 0.5, 5];

const labels = fc.record({
  route: fc.constantFrom('apply', 'query', 'with "quotes"\\'),
  code: fc.constantFrom(200, 407, 'x'),
});
const seconds = fc.oneof(fc.constantFrom(0, ...buckets, 5.1), fc.double({ min: 0, max: 10, noNaN: true }));

/** What a scrape shows; the sums of many numbers may differ in their last digits. */
async function scraped(registry: Registry): Promise<string> {
  const text = await registry.metrics();
  return text.replace(
    /^(calls_sum\S* )(.+)$/gm,
    (_line, series: string, sum: string) => series + Number(sum).toPrecision(9),
  );
}

describe('a counter in cells', () => {
  it('shows what a counter of prom-client shows, however often it is scraped', () =>
    fc.assert(
      fc.asyncProperty(fc.array(labels), fc.array(labels), async (first, second) => {
        const [ours, theirs] = [new Registry(), new Registry()];
        const counted = countedCounter({ name, help, labelNames, registers: [ours] });
        const plain = new Counter({ name, help, labelNames, registers: [theirs] });
        const cells = new Map<string, { count: number }>();
        for (const calls of [first, second]) {
          for (const each of calls) {
            const key = JSON.stringify(each);
            const cell = cells.get(key) ?? counted.cell(each);
            cells.set(key, cell);
            cell.count += 1;
            plain.inc(each);
          }
          assert.equal(await ours.metrics(), await theirs.metrics());
        }
      }),
    ));
});

describe('a histogram in cells', () => {
  it('shows what a histogram of prom-client shows, however often it is scraped', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(labels, seconds)),
        fc.array(fc.tuple(labels, seconds)),
        async (first, second) => {
          const [ours, theirs] = [new Registry(), new Registry()];
          const counted = new CountedHistogram({ name, help, labelNames, registers: [ours] }, buckets);
          const plain = new Histogram({ name, help, labelNames, buckets, registers: [theirs] });
          const cells = new Map<string, ReturnType<typeof counted.cell>>();
          for (const calls of [first, second]) {
            for (const [each, took] of calls) {
              const key = JSON.stringify(each);
              const cell = cells.get(key) ?? counted.cell(each);
              cells.set(key, cell);
              cell.observe(took);
              plain.observe(each, took);
            }
            assert.equal(await scraped(ours), await scraped(theirs));
          }
        },
      ),
    ));

  it('shows the same as JSON', async () => {
    const registry = new Registry();
    const histogram = new CountedHistogram({ name, help, labelNames, registers: [registry] }, [1]);
    histogram.cell({ route: 'apply', code: 200 }).observe(0.25);
    const [metric] = await registry.getMetricsAsJSON();
    assert.deepEqual(
      metric?.values.map(({ value, labels: of }) => [of, value]),
      [
        [{ le: 1, route: 'apply', code: 200 }, 1],
        [{ le: '+Inf', route: 'apply', code: 200 }, 1],
        [{ route: 'apply', code: 200 }, 0.25],
        [{ route: 'apply', code: 200 }, 1],
      ],
    );
  });
});

describe('a tree of labels', () => {
  it('keeps one leaf for each combination', () => {
    const tree = new LabelTree<number>();
    tree.at('apply').at(200).leaf = 1;
    tree.at('apply').at('200').leaf = 2;
    tree.at('query').at(200).leaf = 3;
    assert.deepEqual(
      [tree.at('apply').at(200).leaf, tree.at('apply').at('200').leaf, tree.at('query').at(200).leaf],
      [1, 2, 3],
    );
    assert.equal(tree.at('query').at('200').leaf, undefined);
  });
});
