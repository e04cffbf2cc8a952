// The text of /metrics as numbers that can be added up.

export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Scrape {
  readonly series: readonly Series[];
  /** The sum over all series of a name that carry these labels; 0 where there is none. */
  sum(name: string, labels?: Readonly<Record<string, string>>): number;
}

const line = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const label = /(\w+)="((?:[^"\\]|\\.)*)"/g;

export function readSeries(text: string): Scrape {
  const series = text.split('\n').flatMap((written): Series[] => {
    const [, name, labels = '', value] = line.exec(written) ?? [];
    if (name === undefined) return [];
    const read = [...labels.matchAll(label)].map(([, key = '', of = '']) => [key, of] as const);
    return [{ name, labels: Object.fromEntries(read), value: Number(value) }];
  });
  return {
    series,
    sum: (name, labels = {}) =>
      series
        .filter((one) => one.name === name)
        .filter((one) => Object.entries(labels).every(([key, value]) => one.labels[key] === value))
        .reduce((total, { value }) => total + value, 0),
  };
}
