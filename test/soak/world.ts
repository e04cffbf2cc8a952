// Everything that a soak needs around its load: the emulated services, Redis where it is wanted, and the real proxy.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis, type RedisServer } from '../kit/redis.ts';
import { createCallLines, type CallLines } from './call-lines.ts';
import { isHangUp } from './clients.ts';
import { configurationFile } from './configuration.ts';
import type { StoreKind } from './options.ts';
import { startProxyProcess, type ProxyProcess } from './proxy-process.ts';
import { startServices, type Services } from './services.ts';

export interface SoakWorld {
  readonly services: Services;
  readonly redis: RedisServer | undefined;
  readonly proxy: ProxyProcess;
  /** What the proxy has logged so far. */
  readonly lines: CallLines;
  /** The configuration file, a little different each time. */
  readonly configuration: (variation: number) => string;
  /** Ends whatever runs still. */
  close(): Promise<void>;
}

export async function openWorld(storeKind: StoreKind): Promise<SoakWorld> {
  const cleanUps: (() => Promise<unknown> | undefined)[] = [];
  const close = async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  };
  try {
    const directory = await mkdtemp(join(tmpdir(), 'token-proxy-soak-'));
    cleanUps.push(() => rm(directory, { recursive: true, force: true }));
    const services = await startServices();
    cleanUps.push(() => services.stop());
    const redis = storeKind === 'redis' ? await startRedis() : undefined;
    cleanUps.push(() => redis?.stop());

    const store = {
      lmdb: { type: 'lmdb', path: join(directory, 'data') },
      memory: { type: 'memory' },
      redis: { type: 'redis', url: redis?.url },
    }[storeKind];
    const configuration = (variation: number) => configurationFile(services, store, variation);
    const lines = createCallLines(isHangUp);
    const proxy = await startProxyProcess(directory, configuration(0), lines);
    cleanUps.push(() => proxy.kill());
    return { services, redis, proxy, lines, configuration, close };
  } catch (error) {
    await close();
    throw error;
  }
}
