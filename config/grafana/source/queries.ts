// PromQL for the panels, as text: what is selected, and how rates of several replicas become one figure.
// Rates are taken per series and summed afterwards, so that a counter that starts again at 0 does no harm.

type Matchers = Readonly<Record<string, string>>;

/** Series of the replicas that the dashboard's variables choose. @param matchers label to regular expression */
export function of(metric: string, matchers: Matchers = {}): string {
  return `${metric}{namespace=~"$namespace",job=~"$job",instance=~"$instance"${written(matchers)}}`;
}

/** Series that a recording rule made for a whole fleet: they know no instance. */
export function fleet(record: string, matchers: Matchers = {}): string {
  return `${record}{namespace=~"$namespace",job=~"$job"${written(matchers)}}`;
}

function written(matchers: Matchers): string {
  return Object.entries(matchers)
    .map(([label, pattern]) => `,${label}=~"${pattern}"`)
    .join('');
}

export function rate(series: string): string {
  return `rate(${series}[$__rate_interval])`;
}

/** How much a counter grew from one point of the graph to the next. */
export function growth(series: string): string {
  return `increase(${series}[$__rate_interval])`;
}

export function sum(expr: string, ...by: readonly string[]): string {
  return aggregated('sum', expr, by);
}

export function max(expr: string, ...by: readonly string[]): string {
  return aggregated('max', expr, by);
}

function aggregated(how: string, expr: string, by: readonly string[]): string {
  return by.length === 0 ? `${how}(${expr})` : `${how} by (${by.join(', ')}) (${expr})`;
}

/** The rate of some series as a share of others', 0 to 1. Nothing while the others stand still. */
export function share(part: string, whole: string): string {
  return `(${sum(rate(part))} or vector(0)) / (${sum(rate(whole))} > 0)`;
}

/** @param histogram without `_bucket` */
export function quantile(q: number, histogram: string, by: string, matchers: Matchers = {}): string {
  return `histogram_quantile(${q}, ${sum(rate(of(`${histogram}_bucket`, matchers)), by, 'le')})`;
}
