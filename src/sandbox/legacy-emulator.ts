// An emulated old token service on loopback, as PROTOCOL section 1 describes it, able to fail on demand.
// It stands for the vendor's service in tests and trials, and shares no code with the proxy.
import type { AccountBook } from './accounts.ts';
import { CallLog, type CallLogSnapshot } from './call-log.ts';
import { controlPrefix, faultRoutes, limitRoutes, type ControlRoutes } from './control.ts';
import { startEmulatedServer } from './emulated-server.ts';
import { FaultBook } from './faults.ts';
import { LegacyQuotas, type LegacyLimits } from './legacy-quotas.ts';
import { arriveAtLegacy, legacyAnswer } from './legacy-service.ts';
import { readLegacyLimits } from './limit-settings.ts';
import { Sockets, type ConnectionCounts } from './sockets.ts';
import type { Clock, TokenBook } from './token-book.ts';

export interface LegacyEmulatorOptions {
  /** 0 or absent: a free one. */
  readonly port?: number;
  readonly accounts: AccountBook;
  readonly book: TokenBook;
  readonly clock?: Clock;
  /** What is absent is as `defaultLegacyLimits`; `null` switches one off. */
  readonly limits?: Partial<LegacyLimits>;
  readonly faults?: FaultBook;
}

export interface LegacyStats extends CallLogSnapshot {
  readonly faultsInjected: number;
  readonly connections: ConnectionCounts;
}

export interface LegacyEmulator {
  readonly port: number;
  readonly url: string;
  readonly faults: FaultBook;
  stats(): LegacyStats;
  limits(): LegacyLimits;
  /** Changes the limits named; counts go on. */
  setLimits(limits: Partial<LegacyLimits>): void;
  /** Resolves when the port is free and every connection is closed. */
  close(): Promise<void>;
}

/** Starts the emulated old service. Rejects with the system's error when the port cannot be had. */
export async function startLegacyEmulator(options: LegacyEmulatorOptions): Promise<LegacyEmulator> {
  const { accounts, book, clock = Date.now, faults = new FaultBook() } = options;
  const quotas = new LegacyQuotas(options.limits);
  const log = new CallLog();
  const sockets = new Sockets();
  const stats = (): LegacyStats => ({
    ...log.snapshot(),
    faultsInjected: faults.injected,
    connections: sockets.counts(),
  });
  const setLimits = (limits: Partial<LegacyLimits>): void => {
    quotas.limits = { ...quotas.limits, ...limits };
  };
  const control: ControlRoutes = {
    [`GET ${controlPrefix}stats`]: () => ({ value: stats() }),
    ...faultRoutes(faults),
    ...limitRoutes(() => quotas.limits, readLegacyLimits, setLimits),
  };
  const server = await startEmulatedServer(
    {
      arrive: (head) => arriveAtLegacy({ accounts, book, quotas, log, clock }, head),
      failure: (code, message, status) => legacyAnswer({ code, message }, status),
      control,
    },
    { port: options.port ?? 0, faults, sockets },
  );
  return {
    port: server.port,
    url: server.url,
    faults,
    stats,
    limits: () => quotas.limits,
    setLimits,
    close: () => server.close(),
  };
}
