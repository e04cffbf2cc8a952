// What operators and bad luck do to a running proxy while it is being called: the weight moves, the file changes and is
// sometimes broken, somebody looks at the admin pages, Redis dies and comes back.
import { setTimeout as pause } from 'node:timers/promises';
import type { RedisServer } from '../kit/redis.ts';
import { between, pick, type Random } from './random.ts';
import type { ProxyProcess } from './proxy-process.ts';

export interface DisturbanceOptions {
  readonly proxy: ProxyProcess;
  readonly redis: RedisServer | undefined;
  readonly random: Random;
  /** The configuration file, a little different each time. */
  readonly configuration: (variation: number) => string;
}

export interface Disturbances {
  readonly counts: () => { readonly weights: number; readonly reloads: number; readonly refusals: number };
  /** Leaves everything as it should be: a good file, Redis running. */
  stop(): Promise<void>;
}

const weights = [0, 1, 5, 25, 50, 75, 100, 100] as const;
const pages = ['/api/status', '/api/split', '/api/callers', '/api/history', '/readyz'] as const;

export function startDisturbances(options: DisturbanceOptions): Disturbances {
  const { proxy, redis, random, configuration } = options;
  const counts = { weights: 0, reloads: 0, refusals: 0 };
  const ending = new AbortController();

  async function often(lowMs: number, highMs: number, disturb: () => Promise<void>): Promise<void> {
    for (;;) {
      await pause(between(random, lowMs, highMs), undefined, { signal: ending.signal }).catch(
        () => undefined,
      );
      if (ending.signal.aborted) return;
      await disturb();
    }
  }
  const moveWeight = async () => {
    const status = await proxy.setWeight(pick(random, weights));
    // While Redis is down an order cannot be kept, and is refused.
    if (status !== 200 && redis === undefined) throw new Error(`a weight was answered with ${status}`);
    if (status === 200) counts.weights += 1;
  };
  const reload = async () => {
    if (random() < 0.2) {
      counts.refusals += 1;
      await proxy.reload('deadlin: soon');
    } else {
      counts.reloads += 1;
      await proxy.reload(configuration(counts.reloads));
    }
  };
  const look = async () => {
    const answer = await fetch(`${proxy.admin}${pick(random, pages)}`);
    await answer.text();
    if (!answer.ok && redis === undefined) throw new Error(`${answer.url} answered ${answer.status}`);
  };
  const killRedis = async () => {
    await redis?.kill();
    await pause(between(random, 500, 4_000));
    await redis?.start();
  };

  const running = [
    often(2_000, 5_000, moveWeight),
    often(4_000, 10_000, reload),
    often(500, 2_000, look),
    ...(redis === undefined ? [] : [often(10_000, 20_000, killRedis)]),
  ];
  const whole = Promise.all(running);
  // Whatever fails is thrown by `stop`.
  whole.catch(() => undefined);
  return {
    counts: () => counts,
    stop: async () => {
      ending.abort();
      await whole;
    },
  };
}
