// What an emulated service saw: counters and the last calls, for tests and for the stats route.
// Secrets, signatures and tokens never get in: tokens are named by a short hash.
import { createHash } from 'node:crypto';

/** One call as it was seen. */
export interface CallEntry {
  readonly atMs: number;
  /** `ApplyToken` … at the gateway; `apply` … at the old service. */
  readonly action: string;
  /** Name of the account, when the caller is known. */
  readonly account?: string;
  /** Parameters without secrets and signatures; tokens as `describeToken` writes them. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The code that was answered: `OK` or a gateway code, or an old code; for injected faults `fault:<kind>`. */
  readonly code: string;
  /** Source address of the connection. */
  readonly address: string;
}

export interface CallLogSnapshot {
  readonly calls: number;
  readonly byAction: Readonly<Record<string, number>>;
  /** `<action> <code>` to how often. */
  readonly byCode: Readonly<Record<string, number>>;
  /** Newest last. */
  readonly lastCalls: readonly CallEntry[];
}

const labelsAtMost = 200;

/** Bounded memory of calls. */
export class CallLog {
  readonly #keep: number;
  readonly #byAction = new Map<string, number>();
  readonly #byCode = new Map<string, number>();
  #last: CallEntry[] = [];
  #calls = 0;

  /** @param keep how many of the last calls are kept */
  constructor(keep = 1_000) {
    this.#keep = keep;
  }

  note(entry: CallEntry): void {
    this.#calls += 1;
    increment(this.#byAction, entry.action);
    increment(this.#byCode, `${entry.action} ${entry.code}`);
    this.#last.push(entry);
    if (this.#last.length > 2 * this.#keep) this.#last = this.#last.slice(-this.#keep);
  }

  snapshot(): CallLogSnapshot {
    return {
      calls: this.#calls,
      byAction: Object.fromEntries(this.#byAction),
      byCode: Object.fromEntries(this.#byCode),
      lastCalls: this.#last.slice(-this.#keep),
    };
  }
}

const namesAtMost = 40;
const valueLengthAtMost = 500;
const signatureNames: readonly string[] = ['signature', 'Signature'];
const tokenNames: readonly string[] = ['token', 'Token'];

/** Parameters as they may be shown: without signatures, tokens hashed, bounded in number and length. */
export function shownParameters(pairs: Iterable<readonly [string, string]>): Record<string, string> {
  const shown = [...pairs]
    .filter(([name]) => !signatureNames.includes(name))
    .slice(0, namesAtMost)
    .map(([name, value]): [string, string] => [
      name.slice(0, valueLengthAtMost),
      tokenNames.includes(name) ? describeToken(value) : value.slice(0, valueLengthAtMost),
    ]);
  return Object.fromEntries(shown);
}

/** Names a token without giving it away. */
export function describeToken(token: string): string {
  return `sha256:${createHash('sha256').update(token).digest('hex').slice(0, 12)}`;
}

function increment(counters: Map<string, number>, label: string): void {
  const known = counters.has(label) || counters.size < labelsAtMost ? label : 'other';
  counters.set(known, (counters.get(known) ?? 0) + 1);
}
