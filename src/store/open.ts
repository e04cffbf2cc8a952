// From the configuration to a store. Built once by the composition root; a reload does not change it.
import type { StoreConfig } from '../config/config.ts';
import { openLmdb } from './lmdb.ts';
import { createMemoryStore } from './memory.ts';
import { shelter } from './shelter.ts';
import { StoreError, type Store, type StoreEnvironment } from './store.ts';

/** Rejects with a StoreError that says what to do when the store cannot be opened. */
export async function openStore(config: StoreConfig, environment: StoreEnvironment): Promise<Store> {
  switch (config.type) {
    case 'memory':
      return createMemoryStore(environment);
    case 'lmdb':
      return shelter(await openLmdb({ path: config.path, ...environment }), environment);
    case 'redis':
      throw new StoreError('redis: not in this version; use lmdb or memory');
  }
}
