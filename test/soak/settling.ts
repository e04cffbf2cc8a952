// After the storm: whether good calls succeed again, and what the proxy still holds once nothing moves any more.
import { setTimeout as pause } from 'node:timers/promises';
import type { Load } from './load.ts';
import type { SoakWorld } from './world.ts';

/** Idle connections to the gateway are kept for 30 s. */
const restAtMostMs = 45_000;

/**
 * Waits until good calls succeed, as breakers need a while, and makes some more.
 * @returns the codes of those
 */
export async function recover(load: Load): Promise<readonly string[]> {
  for (let inARow = 0, tries = 0; inARow < 5 && tries < 100; tries += 1) {
    const [code] = await load.probe(1);
    inARow = code === '200' ? inARow + 1 : 0;
    await pause(200);
  }
  return load.probe(20);
}

/**
 * Waits until no call is under way and idle connections have been closed, for so long at most.
 * @param before open files before the first call
 */
export async function settle({ proxy, services }: SoakWorld, before: number) {
  const startedMs = performance.now();
  for (;;) {
    const scrape = await proxy.scrape();
    const [legacy, gateway] = await Promise.all([services.legacy.stats(), services.gateway.stats()]);
    const after = scrape.sum('process_open_fds');
    const toBackends = legacy.connections.open + gateway.connections.open;
    const isAtRest = scrape.sum('token_proxy_inflight_requests') === 0 && after <= before + toBackends + 4;
    if (isAtRest || performance.now() - startedMs > restAtMostMs) {
      return { scrape, legacy, gateway, openFiles: { before, after, toBackends } };
    }
    await pause(1_000);
  }
}
