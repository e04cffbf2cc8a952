// `sandbox`: everything on one machine with no cloud account, on loopback only: the emulated services and the proxy
// in front of them, addresses and a ready `curl` on the terminal.
import { InvalidArgumentError, type Command } from 'commander';
import { createLog } from '../app/log.ts';
import { ListenError, startProxy, type RunningProxy } from '../app/proxy.ts';
import { configFromDocument } from '../config/load.ts';
import { mistakeText } from '../config/mistakes.ts';
import type { Load } from '../sandbox/load.ts';
import type { Sandbox } from '../sandbox/world.ts';
import { CommandFailure, line, type Surroundings } from './command.ts';
import { curlFor, welcome, type SandboxFacts } from './sandbox-text.ts';
import { version } from './version.ts';

interface SandboxOptions {
  readonly load?: number;
  readonly json?: true;
  /** Absent: the usual ports. */
  readonly port?: number;
}

const defaultPort = 8080;
const defaultAdminPort = 9464;

export function registerSandbox(program: Command, surroundings: Surroundings): void {
  program
    .command('sandbox')
    .description(
      'Run everything on this machine with no cloud account: emulated services, MQTT broker, and the proxy.',
    )
    .option('--load <calls>', 'add this many simulated calls a second', parseRate)
    .option('--json', 'print one line of JSON with all addresses once everything is ready')
    .option('--port <port>', 'port of the proxy; the rest take free ones. 0: all free', parsePort)
    .addHelpText(
      'after',
      '\nListens on 127.0.0.1 only. Ctrl-C ends it.\n\nExample:\n  token-proxy sandbox --load 20',
    )
    .action(async (options: SandboxOptions) => sandbox(options, surroundings));
}

async function sandbox(options: SandboxOptions, { stdout, stop }: Surroundings): Promise<void> {
  const { log, flush } = createLog(
    { level: options.load === undefined ? 'info' : 'warn', format: 'pretty' },
    2,
  );
  const world = await startWorld();
  let proxy: RunningProxy | undefined;
  let load: Load | undefined;
  try {
    proxy = await startFront(world, options, log);
    const facts = describe(world, proxy);
    if (options.load !== undefined) {
      const { accessKey, secret, instanceId } = facts;
      const { startLoad } = await import('../sandbox/load.ts');
      load = startLoad({ url: facts.proxy, callsPerSecond: options.load, accessKey, secret, instanceId });
    }
    if (options.json) line(stdout, JSON.stringify(facts));
    else stdout.write(welcome(facts, options.load));
    await new Promise<void>((resolve) => {
      if (stop.aborted) resolve();
      else stop.addEventListener('abort', () => resolve(), { once: true });
    });
  } finally {
    await load?.stop();
    await proxy?.stop();
    await world.close();
    await flush();
  }
}

/** The emulators, the broker among them, are loaded here, so that the server does not load them. */
async function startWorld(): Promise<Sandbox> {
  const { SandboxPortError, startSandbox } = await import('../sandbox/world.ts');
  try {
    return await startSandbox();
  } catch (error) {
    if (error instanceof SandboxPortError) throw new CommandFailure(error.message);
    throw error;
  }
}

/** The proxy in front, configured as an operator would. */
async function startFront(
  world: Sandbox,
  { port }: SandboxOptions,
  log: ReturnType<typeof createLog>['log'],
): Promise<RunningProxy> {
  const adminPort = port === undefined ? defaultAdminPort : 0;
  const built = configFromDocument(
    {
      listen: { host: '127.0.0.1', port: port ?? defaultPort },
      admin: { port: adminPort },
      accounts: [
        {
          name: 'sandbox',
          keys: [{ accessKey: world.accessKey, secret: { env: 'SANDBOX_SECRET' } }],
          instances: [world.instanceId],
        },
      ],
      backends: {
        legacy: { url: world.legacy.url },
        gateway: { endpoint: world.gateway.endpoint, protocol: 'http' },
      },
      store: { type: 'memory' },
    },
    { baseDir: process.cwd(), env: { SANDBOX_SECRET: world.secret } },
  );
  if (!built.ok) throw new Error(built.mistakes.map(mistakeText).join('; '));
  try {
    return await startProxy({ config: built.config, log, version });
  } catch (error) {
    if (error instanceof ListenError) throw new CommandFailure(`${error.message}; or run it with --port 0`);
    throw error;
  }
}

function describe(world: Sandbox, proxy: RunningProxy): SandboxFacts {
  const [address] = proxy.addresses;
  const url = `http://127.0.0.1:${address?.port ?? 0}`;
  const { accessKey, secret, instanceId } = world;
  return {
    proxy: url,
    admin: `http://127.0.0.1:${proxy.adminAddress.port}`,
    legacy: world.legacy.url,
    gateway: world.gateway.url,
    mqtt: world.broker.url,
    accessKey,
    secret,
    instanceId,
    curl: curlFor(url, world),
  };
}

function parseRate(text: string): number {
  const rate = Number(text);
  if (!Number.isFinite(rate) || rate <= 0 || rate > 1000) {
    throw new InvalidArgumentError('a number of calls a second, above 0 and at most 1000');
  }
  return rate;
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new InvalidArgumentError('a port number from 0 to 65535');
  }
  return port;
}
