// A real Redis on virtual time: the scripts run as they are, but for the clock, and the way there and back takes as long, and
// fails as often, as the test says.
import assert from 'node:assert/strict';
import { createClient } from '@redis/client';
import { createRedisBudgets } from '../../src/store/redis-budgets.ts';
import type { RedisLink } from '../../src/store/redis-link.ts';
import type { SharedBooks } from '../../src/store/shared-books.ts';
import { StoreError } from '../../src/store/store.ts';
import { settled, type Simulation } from './simulation.ts';

/** The way between one member and Redis. */
export interface Wire {
  /** How long a call, or its answer, is under way, ms; undefined where it gets lost. */
  call: () => number | undefined;
  answer: () => number | undefined;
}

export const goodWire = (): Wire => ({ call: () => 0.5, answer: () => 0.5 });

const timeoutMs = 50;
const epochMs = 1_700_000_000_000;

export class VirtualRedis {
  readonly #url: string;
  readonly #simulation: Simulation;
  readonly #client: ReturnType<typeof createClient>;
  #working = 0;
  /** While it is frozen, what arrives waits. */
  #frozen: (() => void)[] | undefined;
  #isGone = false;

  constructor(url: string, simulation: Simulation) {
    this.#url = url;
    this.#simulation = simulation;
    this.#client = createClient({ url: this.#url });
  }

  async open(): Promise<void> {
    await this.#client.connect();
    await this.#client.flushAll();
  }

  /** Once is enough; more do no harm. */
  close(): void {
    if (this.#client.isOpen) this.#client.destroy();
  }

  /** Redis answers nothing; what arrives is worked off later. */
  freeze(): void {
    this.#frozen = [];
  }

  thaw(): void {
    const waiting = this.#frozen ?? [];
    this.#frozen = undefined;
    for (const work of waiting) work();
  }

  /** It ends, and forgets everything. */
  async kill(): Promise<void> {
    this.#isGone = true;
    await this.#client.flushAll();
  }

  restart(): void {
    this.#isGone = false;
  }

  books(wire: Wire): SharedBooks {
    return createRedisBudgets(this.#link(wire), { prefix: 'fleet' });
  }

  /** Lets time pass; while Redis works it stands still. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 1) {
      await this.#simulation.pass(1);
      while (this.#working > 0) await settled();
    }
  }

  #link(wire: Wire): RedisLink {
    const { schedule } = this.#simulation;
    return {
      script: ({ text }, keys, args) =>
        new Promise((resolve, reject) => {
          const fail = (why: string) => () => reject(new StoreError(why));
          if (this.#isGone) {
            schedule(1, fail('not connected'));
            return;
          }
          schedule(timeoutMs, fail('no answer'));
          const arrive = (): void => {
            if (this.#frozen !== undefined) {
              this.#frozen.push(arrive);
              return;
            }
            void this.#run(text, keys.map(String), args.map(String)).then((answer) => {
              const answerMs = wire.answer();
              if (answerMs !== undefined) schedule(answerMs, () => resolve(answer));
            }, reject);
          };
          const callMs = wire.call();
          if (callMs !== undefined) schedule(callMs, arrive);
        }),
    };
  }

  async #run(text: string, keys: string[], args: readonly string[]): Promise<unknown> {
    const clockMs = epochMs + this.#simulation.now();
    const time = [Math.floor(clockMs / 1_000), Math.round((clockMs % 1_000) * 1_000)];
    assert.ok(text.includes("redis.call('TIME')"));
    this.#working += 1;
    try {
      return await this.#client.eval(text.replace("redis.call('TIME')", '{ARGV[#ARGV - 1], ARGV[#ARGV]}'), {
        keys,
        arguments: [...args, ...time.map(String)],
      });
    } finally {
      this.#working -= 1;
    }
  }
}
