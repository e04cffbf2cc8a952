// An emulated gateway (product OnsMqtt, version 2020-04-20) on loopback: strict about signatures, parameters and
// quotas, and able to fail on demand. It is an oracle for the proxy and therefore shares no code with it.
import { randomUUID } from 'node:crypto';
import type { AccountBook } from './accounts.ts';
import { CallLog, type CallLogSnapshot } from './call-log.ts';
import { controlPrefix, faultRoutes, limitRoutes, type ControlRoutes } from './control.ts';
import { startEmulatedServer, type TlsIdentity } from './emulated-server.ts';
import { FaultBook } from './faults.ts';
import { GatewayQuotas, type GatewayLimits, type QuotaSnapshot } from './gateway-quotas.ts';
import { arriveAtGateway, inventedFailure, type GatewayServiceParts } from './gateway-service.ts';
import { readGatewayLimits } from './limit-settings.ts';
import { NonceMemory } from './nonce-memory.ts';
import { Sockets, type ConnectionCounts } from './sockets.ts';
import type { Clock, TokenBook } from './token-book.ts';

export interface GatewayEmulatorOptions {
  /** 0 or absent: a free one. */
  readonly port?: number;
  readonly accounts: AccountBook;
  readonly book: TokenBook;
  readonly clock?: Clock;
  /** What is absent is as published; `perAccount: null`, `perAddress: null` switch off. */
  readonly limits?: Partial<GatewayLimits>;
  readonly faults?: FaultBook;
  /** Makes it speak HTTPS. */
  readonly tls?: TlsIdentity;
}

export interface GatewayStats extends CallLogSnapshot, QuotaSnapshot {
  readonly faultsInjected: number;
  readonly connections: ConnectionCounts;
}

export interface GatewayEmulator {
  readonly port: number;
  readonly url: string;
  /** `host:port`, as the client library wants it. */
  readonly endpoint: string;
  readonly faults: FaultBook;
  stats(): GatewayStats;
  limits(): GatewayLimits;
  /** Changes the limits named; counts go on. */
  setLimits(limits: Partial<GatewayLimits>): void;
  /** Lets blocked addresses in again. */
  unblock(): void;
  /** @param skewMs by how much the gateway's clock runs ahead; negative: behind */
  setClockSkew(skewMs: number): void;
  /** Resolves when the port is free and every connection is closed. */
  close(): Promise<void>;
}

/** Starts the emulated gateway. Rejects with the system's error when the port cannot be had. */
export async function startGatewayEmulator(options: GatewayEmulatorOptions): Promise<GatewayEmulator> {
  const { accounts, book, clock = Date.now, faults = new FaultBook() } = options;
  const quotas = new GatewayQuotas(options.limits);
  const log = new CallLog();
  const sockets = new Sockets();
  let skewMs = 0;
  const parts: GatewayServiceParts = {
    accounts,
    book,
    quotas,
    log,
    nonces: new NonceMemory(),
    clock: () => clock() + skewMs,
    requestId: () => randomUUID().toUpperCase(),
    onBlocked: (address) => sockets.resetFrom(address),
  };
  const stats = (): GatewayStats => ({
    ...log.snapshot(),
    ...quotas.snapshot(parts.clock()),
    faultsInjected: faults.injected,
    connections: sockets.counts(),
  });
  const setLimits = (limits: Partial<GatewayLimits>): void => {
    quotas.limits = { ...quotas.limits, ...limits };
  };
  const control: ControlRoutes = {
    [`GET ${controlPrefix}stats`]: () => ({ value: stats() }),
    ...faultRoutes(faults),
    ...limitRoutes(() => quotas.limits, readGatewayLimits, setLimits),
    [`DELETE ${controlPrefix}block`]: () => {
      quotas.unblock();
      return { value: quotas.snapshot(parts.clock()).blocks };
    },
    [`PUT ${controlPrefix}clock`]: (body) => {
      const wanted = skewIn(body);
      if (wanted === undefined) return { mistake: 'write {"skewMs": n}, n in ms' };
      skewMs = wanted;
      return { value: { skewMs } };
    },
  };
  const server = await startEmulatedServer(
    {
      arrive: (head) => arriveAtGateway(parts, head),
      failure: (code, message, status) => inventedFailure(parts, String(code), message, status),
      control,
    },
    { port: options.port ?? 0, faults, sockets, ...(options.tls === undefined ? {} : { tls: options.tls }) },
  );
  return {
    port: server.port,
    url: server.url,
    endpoint: `127.0.0.1:${server.port}`,
    faults,
    stats,
    limits: () => quotas.limits,
    setLimits,
    unblock: () => quotas.unblock(),
    setClockSkew: (wanted) => {
      skewMs = wanted;
    },
    close: () => server.close(),
  };
}

function skewIn(body: unknown): number | undefined {
  if (typeof body !== 'object' || body === null || !('skewMs' in body)) return undefined;
  return typeof body.skewMs === 'number' && Number.isFinite(body.skewMs) ? body.skewMs : undefined;
}
