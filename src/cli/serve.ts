// `serve`: the server. Loads, starts, follows SIGHUP and file changes, drains at the end.
import type { Command } from 'commander';
import { createLog } from '../app/log.ts';
import { ListenError, startProxy, type RunningProxy } from '../app/proxy.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { mistakeText } from '../config/mistakes.ts';
import { watchConfig } from '../config/watch.ts';
import { StoreError } from '../store/store.ts';
import type { Logger } from 'pino';
import { CommandFailure, type Surroundings } from './command.ts';
import { loadOrFail, type LoadedFile } from './load-or-fail.ts';
import { version } from './version.ts';

export function registerServe(program: Command, surroundings: Surroundings): void {
  program
    .command('serve')
    .description('Run the server.')
    .requiredOption('--config <file>', 'configuration file (YAML)')
    .addHelpText(
      'after',
      '\nSIGHUP reloads the file; a broken one is refused and the running configuration stays.' +
        '\nSIGTERM drains: not ready at once, calls in flight finish.\n\nExample:\n  token-proxy serve --config /etc/token-proxy/proxy.yaml',
    )
    .action(async ({ config: file }: { config: string }) => serve(file, surroundings));
}

async function serve(file: string, surroundings: Surroundings): Promise<void> {
  const loaded = loadOrFail(file, surroundings);
  const { log, flush } = createLog(loaded.config.log);
  try {
    const proxy = await start(loaded, log);
    const follower = followConfig({ file, proxy, log, surroundings, first: loaded });
    for (const { address, port } of proxy.addresses) log.info({ address, port }, 'listening');
    const { address, port } = proxy.adminAddress;
    log.info({ address, port, version }, 'admin listening; ready');
    await aborted(surroundings.stop);
    log.info({ signal: String(surroundings.stop.reason) }, 'draining');
    follower.close();
    await proxy.stop();
    log.info('stopped');
  } finally {
    await flush();
  }
}

async function start(loaded: LoadedFile, log: Logger): Promise<RunningProxy> {
  for (const warning of loaded.warnings) log.warn(mistakeText(warning));
  log.info(quotaNote(loaded.config));
  try {
    return await startProxy({ config: loaded.config, log, version });
  } catch (error) {
    if (error instanceof ListenError || error instanceof StoreError) throw new CommandFailure(error.message);
    throw error;
  }
}

/** Whose quotas this process keeps to: who runs several must know that they do not know of each other. */
function quotaNote({ store, limits: { replicas, headroomPercent } }: Config): string {
  const share = replicas === 1 ? 'all' : `1/${replicas}`;
  const kept = `less ${headroomPercent} % headroom`;
  return store.type === 'redis'
    ? `the gateway's quotas, ${kept}, are shared with all replicas through redis; while that is gone, each keeps to its share (limits.replicas, or as many as were seen)`
    : `this process uses ${share} of the gateway's quotas, ${kept}; other replicas behind the same address or of the same accounts do not know of it: set limits.replicas, or share a store of type redis`;
}

interface Following {
  readonly file: string;
  readonly proxy: RunningProxy;
  readonly log: Logger;
  readonly surroundings: Surroundings;
  readonly first: LoadedFile;
}

/** Reloads one at a time, at SIGHUP and, where `reload.watch` says so, when the file changes. */
function followConfig({ file, proxy, log, surroundings, first }: Following): { close(): void } {
  let current = first;
  let reloading = Promise.resolve();
  const problem = (trouble: { readonly file: string; readonly message: string }) => log.warn(trouble.message);

  const reload = async (): Promise<void> => {
    const next = loadConfig(file, { env: surroundings.env });
    if (!next.ok) {
      for (const mistake of next.mistakes) log.error({ key: mistake.path }, mistakeText(mistake));
      log.error({ mistakes: next.mistakes.length }, 'configuration refused, the running one stays');
      proxy.reloadRefused();
      return;
    }
    for (const warning of next.warnings) log.warn(mistakeText(warning));
    await proxy.reload(next.config);
    current.secrets.close();
    current = next;
    current.secrets.start(problem);
    watch.close();
    watch = watching();
  };
  const requestReload = () => {
    reloading = reloading
      .then(reload)
      .catch((error: unknown) => log.error({ error: String(error) }, 'reload failed'));
  };
  const watching = () =>
    current.config.reload.watch
      ? watchConfig(file, { contentHash: current.contentHash, onChange: requestReload })
      : { close: () => undefined };

  current.secrets.start(problem);
  let watch = watching();
  surroundings.onReload(requestReload);
  return {
    close: () => {
      watch.close();
      current.secrets.close();
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
