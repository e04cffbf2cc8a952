// Counters and histograms of what happens with every call: counted in plain numbers, one cell for each combination of
// labels, and handed to prom-client when they are scraped. Which cell belongs to a call is prometheus.ts's affair.
import { Counter, Histogram, type Registry } from 'prom-client';

export interface InstrumentOptions<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly Label[];
  readonly registers: Registry[];
}

type Labels<Label extends string> = Readonly<Record<Label, string | number>>;

/** What is counted of one combination of labels. */
export interface CounterCell {
  /** Since the last scrape. */
  count: number;
}

export interface CountedCounter<Label extends string> {
  /** The cell of a combination, to be asked for once and kept. */
  cell(labels: Labels<Label>): CounterCell;
}

/** A counter of prom-client that takes over what its cells have counted when it is scraped. */
export function countedCounter<Label extends string>(
  options: InstrumentOptions<Label>,
): CountedCounter<Label> {
  const cells: { readonly labels: Labels<Label>; readonly cell: CounterCell }[] = [];
  new Counter({
    ...options,
    collect() {
      for (const { labels, cell } of cells) {
        this.inc(labels, cell.count);
        cell.count = 0;
      }
    },
  });
  return {
    cell(labels) {
      const cell = { count: 0 };
      cells.push({ labels, cell });
      return cell;
    },
  };
}

/** What one combination of labels took, seconds. */
export class DurationCell {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;
  #count = 0;

  /** @param bounds upper ends of the buckets, seconds, rising */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = bounds.map(() => 0);
  }

  observe(seconds: number): void {
    const bounds = this.#bounds;
    let at = 0;
    while (at < bounds.length && seconds > (bounds[at] ?? 0)) at += 1;
    if (at < bounds.length) this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#sum += seconds;
    this.#count += 1;
  }

  /** As Prometheus wants them: every bucket holds what the smaller ones do. */
  values<Label extends string>(name: string, labels: Labels<Label>): HistogramValue<Label>[] {
    let below = 0;
    const buckets = this.#bounds.map((le, at) => {
      below += this.#counts[at] ?? 0;
      return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: below };
    });
    return [
      ...buckets,
      { metricName: `${name}_bucket`, labels: { le: '+Inf', ...labels }, value: this.#count },
      { metricName: `${name}_sum`, labels: { ...labels }, value: this.#sum },
      { metricName: `${name}_count`, labels: { ...labels }, value: this.#count },
    ];
  }
}

interface HistogramValue<Label extends string> {
  readonly metricName: string;
  readonly labels: Record<Label, string | number>;
  readonly value: number;
}

/** A histogram of prom-client that shows its cells. */
export class CountedHistogram<Label extends string> extends Histogram<Label> {
  readonly #name: string;
  readonly #bounds: readonly number[];
  /** Never observes anything: what it says of itself is all but the values. */
  readonly #empty: Histogram<Label>;
  readonly #cells: { readonly labels: Labels<Label>; readonly cell: DurationCell }[] = [];

  /** @param buckets upper ends, seconds, rising */
  constructor(options: InstrumentOptions<Label>, buckets: readonly number[]) {
    super({ ...options, buckets: [...buckets] });
    this.#empty = new Histogram({ ...options, registers: [] });
    this.#name = options.name;
    this.#bounds = buckets;
  }

  /** The cell of a combination, to be asked for once and kept. */
  cell(labels: Labels<Label>): DurationCell {
    const cell = new DurationCell(this.#bounds);
    this.#cells.push({ labels, cell });
    return cell;
  }

  override async get(): ReturnType<Histogram<Label>['get']> {
    const described = await this.#empty.get();
    const values = this.#cells.flatMap(({ labels, cell }) => cell.values(this.#name, labels));
    return { ...described, values };
  }

  /** What prom-client's registry asks a histogram for, though its types do not say so. */
  getForPromString(): ReturnType<Histogram<Label>['get']> {
    return this.get();
  }
}
