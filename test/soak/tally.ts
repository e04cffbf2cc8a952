// Things counted by name.

export interface Tally {
  add(name: string, count?: number): void;
  get(name: string): number;
  /** Sum over the names that begin so; over all without an argument. */
  sum(prefix?: string): number;
  names(): string[];
}

export function createTally(): Tally {
  const counts = new Map<string, number>();
  return {
    add: (name, count = 1) => void counts.set(name, (counts.get(name) ?? 0) + count),
    get: (name) => counts.get(name) ?? 0,
    sum: (prefix = '') =>
      [...counts].filter(([name]) => name.startsWith(prefix)).reduce((total, [, count]) => total + count, 0),
    names: () => [...counts.keys()].sort(),
  };
}
