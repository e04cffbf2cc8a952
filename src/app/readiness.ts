// Readiness on top of the store that this process has: of the whole fleet where replicas share one.
import type { Config } from '../config/config.ts';
import { createReadiness } from '../readiness/create.ts';
import type { Readiness } from '../readiness/readiness.ts';
import type { Store, StoreLog } from '../store/store.ts';
import { readinessFacts } from './readiness-facts.ts';

/** Replicas tell each other so often what they have seen, ms. */
const sharingMs = 3_000;

export interface OpenReadinessOptions {
  readonly store: Pick<Store, 'kind' | 'readDocument' | 'writeDocument'>;
  readonly config: Config;
  /** ms since epoch. */
  readonly now: () => number;
  readonly log: StoreLog;
}

export interface OpenReadiness {
  readonly readiness: Readiness;
  configure(config: Config): void;
  /** Shares what is not shared yet. */
  close(): Promise<void>;
}

export function openReadiness({ store, config, now, log }: OpenReadinessOptions): OpenReadiness {
  const isShared = store.kind === 'redis';
  const readiness = createReadiness(readinessFacts(config, isShared), { store, now, log });
  // What a store does is told by readiness itself: this would be a defect of ours.
  const failed = (error: unknown): void => log('error', `readiness was not shared: ${String(error)}`);
  const timer = setInterval(() => void readiness.tick().catch(failed), sharingMs).unref();
  return {
    readiness,
    configure: (next) => readiness.configure(readinessFacts(next, isShared)),
    close: () => {
      clearInterval(timer);
      return readiness.close();
    },
  };
}
