// What every section of the benchmark needs: a directory, calls, two backends, and a way to start the proxy in front of
// them. Whatever is started ends with it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gatewayServer, nginxIsInstalled, oldServiceServer, startNginx } from './nginx.ts';
import { compileReferences, end, startReference, type Reference } from './processes.ts';
import { benchDocument, startProxy, type Backends, type Document, type MeasuredProxy } from './proxy.ts';
import { benchAccounts, writeCalls, type BenchAccount, type CallFiles } from './requests.ts';
import { wrkIsInstalled, writeWrkScript } from './wrk.ts';

export interface BenchWorld {
  readonly directory: string;
  readonly accounts: readonly BenchAccount[];
  readonly calls: CallFiles;
  readonly wrkScript: string;
  readonly backends: Backends;
  /** @param sections of the configuration, in place of those that are usual here */
  proxy(name: string, sections?: Document, accounts?: readonly BenchAccount[]): Promise<MeasuredProxy>;
  reference(name: string, ...args: readonly string[]): Promise<Reference>;
  /** Ends everything and removes the directory. */
  close(): void;
}

/** Calls that differ from one another; they are made again and again. */
const differentCalls = 5_000;

/** @throws an Error that says what is not installed */
export async function openWorld(): Promise<BenchWorld> {
  if (process.platform !== 'linux') throw new Error('CPU time is read from /proc: this needs Linux');
  if (!wrkIsInstalled() || !nginxIsInstalled()) throw new Error('apt-get install wrk nginx-light');
  const directory = mkdtempSync(join(tmpdir(), 'token-proxy-bench-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  const accounts = benchAccounts(3);
  compileReferences(directory);
  const oldService = await startNginx(directory, 'old-service', oldServiceServer);
  const gateway = await startNginx(directory, 'gateway', gatewayServer);
  const backends = { oldService: oldService.port, gateway: gateway.port };
  const proxies: MeasuredProxy[] = [];
  const programs: Reference[] = [];
  return {
    directory,
    accounts,
    calls: writeCalls(directory, accounts, differentCalls),
    wrkScript: writeWrkScript(directory),
    backends,
    proxy: async (name, sections, of = accounts) => {
      const started = await startProxy(directory, name, benchDocument(of, backends, sections));
      proxies.push(started);
      return started;
    },
    reference: async (name, ...args) => {
      const started = await startReference(directory, name, args);
      programs.push(started);
      return started;
    },
    close: () => {
      for (const { child } of [...proxies, ...programs]) void end(child);
      // nginx ends its worker itself, but only when it is asked to.
      void end(oldService.child, 'SIGTERM');
      void end(gateway.child, 'SIGTERM');
    },
  };
}
