// Everything on one machine with no cloud account: emulated old service, emulated gateway and MQTT broker around one
// token book. It does not start the proxy: whoever wants one puts it in front of `legacy.url` and `gateway.endpoint`.
import { AccountBook, defaultAccount, type SandboxAccount } from './accounts.ts';
import { startBroker, type TokenBroker } from './broker.ts';
import type { TlsIdentity } from './emulated-server.ts';
import { FaultBook } from './faults.ts';
import { startGatewayEmulator, type GatewayEmulator } from './gateway-emulator.ts';
import type { GatewayLimits } from './gateway-quotas.ts';
import { startLegacyEmulator, type LegacyEmulator } from './legacy-emulator.ts';
import type { LegacyLimits } from './legacy-quotas.ts';
import { TokenBook, type Clock, type RandomBytes } from './token-book.ts';

export type SandboxService = 'legacy' | 'gateway' | 'mqtt';

export interface SandboxOptions {
  /** Port per service; 0 or absent: a free one. */
  readonly ports?: Partial<Record<SandboxService, number>>;
  /** Default: the one account of PROTOCOL section 4. The first must have a key and an instance. */
  readonly accounts?: readonly SandboxAccount[];
  readonly clock?: Clock;
  readonly randomBytes?: RandomBytes;
  /** Uniform in [0, 1): decides about faults with a percentage. */
  readonly random?: () => number;
  readonly limits?: { readonly gateway?: Partial<GatewayLimits>; readonly legacy?: Partial<LegacyLimits> };
  /** Makes the emulated gateway speak HTTPS. */
  readonly gatewayTls?: TlsIdentity;
}

export interface Sandbox {
  readonly legacy: LegacyEmulator;
  readonly gateway: GatewayEmulator;
  readonly broker: TokenBroker;
  readonly book: TokenBook;
  readonly accounts: readonly SandboxAccount[];
  /** First key and first instance of the first account. */
  readonly accessKey: string;
  readonly secret: string;
  readonly instanceId: string;
  /** Closes all services, open connections included. */
  close(): Promise<void>;
}

/** A service of the sandbox could not listen. `code` is the system's (`EADDRINUSE` …). */
export class SandboxPortError extends Error {
  readonly service: SandboxService;
  readonly port: number;
  readonly code: string | undefined;

  constructor(service: SandboxService, port: number, cause: unknown) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
    const why = code ?? 'unknown reason';
    super(`the sandbox's ${service} service cannot listen on 127.0.0.1:${port} (${why})`, { cause });
    this.name = 'SandboxPortError';
    this.service = service;
    this.port = port;
    this.code = code;
  }
}

/** Starts all three services. Rejects with a `SandboxPortError`, nothing left running, when one cannot listen. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { ports = {}, clock = Date.now, random, limits = {}, accounts = [defaultAccount] } = options;
  const [key, instanceId] = [accounts[0]?.keys[0], accounts[0]?.instances[0]];
  if (key === undefined || instanceId === undefined) {
    throw new RangeError('the first account of a sandbox needs a key and an instance');
  }
  const book = new TokenBook({ clock, ...(options.randomBytes ? { random: options.randomBytes } : {}) });
  const shared = { accounts: new AccountBook(accounts), book, clock };
  const started: { close(): Promise<void> }[] = [];
  async function start<Service extends { close(): Promise<void> }>(
    name: SandboxService,
    open: (port: number) => Promise<Service>,
  ): Promise<Service> {
    const port = ports[name] ?? 0;
    try {
      const service = await open(port);
      started.push(service);
      return service;
    } catch (cause) {
      await closeAll();
      throw new SandboxPortError(name, port, cause);
    }
  }
  const closeAll = async (): Promise<void> => {
    await Promise.all(started.map((service) => service.close()));
  };

  const legacy = await start('legacy', (port) =>
    startLegacyEmulator({ ...shared, port, faults: new FaultBook(random), limits: limits.legacy ?? {} }),
  );
  const gateway = await start('gateway', (port) =>
    startGatewayEmulator({
      ...shared,
      port,
      faults: new FaultBook(random),
      limits: limits.gateway ?? {},
      ...(options.gatewayTls === undefined ? {} : { tls: options.gatewayTls }),
    }),
  );
  const broker = await start('mqtt', (port) => startBroker({ port, book }));
  const { accessKey, secret } = key;
  return { legacy, gateway, broker, book, accounts, accessKey, secret, instanceId, close: closeAll };
}
