// The soak: `npm run soak -- --minutes N`. Mixed load on the real program, in front of emulated services that fail in
// every way they know, while it is reloaded and its weight is moved. Prints a report; exit code 1 with the reasons.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startRedis } from '../kit/redis.ts';
import { createCallLines } from './call-lines.ts';
import { isHangUp } from './clients.ts';
import { configurationFile, deadlineMs } from './configuration.ts';
import { startDisturbances } from './disturbances.ts';
import { startFaults } from './faults.ts';
import { createLedger } from './ledger.ts';
import { startLoad } from './load.ts';
import { readOptions, usage, type SoakOptions } from './options.ts';
import { startProxyProcess, type ProxyProcess } from './proxy-process.ts';
import { seededRandom } from './random.ts';
import { reportText } from './report.ts';
import { sampleOf, type Sample } from './samples.ts';
import { startServices } from './services.ts';
import { createHeldTokens } from './tokens.ts';
import { problemsIn, type Facts } from './verdict.ts';
import { createWire } from './wire.ts';

/** What an answer may take beyond the deadline, ms: this machine has other things to do. */
const marginMs = 2_000;
const sampleEveryMs = 2_000;
/** Idle connections to the gateway are kept for 30 s. */
const restAtMostMs = 45_000;

const cleanUps: (() => Promise<unknown>)[] = [];

async function soak(options: SoakOptions): Promise<readonly string[]> {
  const lastsMs = options.minutes * 60_000;
  const randomFor = (purpose: number) => seededRandom(options.seed * 16 + purpose);
  const directory = await mkdtemp(join(tmpdir(), 'token-proxy-soak-'));
  cleanUps.push(() => rm(directory, { recursive: true, force: true }));
  const services = await startServices();
  cleanUps.push(() => services.stop());
  const redis = options.store === 'redis' ? await startRedis() : undefined;
  if (redis !== undefined) cleanUps.push(() => redis.stop());

  const store = {
    lmdb: { type: 'lmdb', path: join(directory, 'data') },
    memory: { type: 'memory' },
    redis: { type: 'redis', url: redis?.url },
  }[options.store];
  const configuration = (variation: number) => configurationFile(services, store, variation);
  const lines = createCallLines(isHangUp);
  const proxy = await startProxyProcess(directory, configuration(0), lines);
  cleanUps.push(() => Promise.resolve(proxy.kill()));
  const before = sampleOf(await proxy.scrape());

  const ledger = createLedger();
  const wire = createWire(proxy.url);
  const tokens = createHeldTokens();
  const { callsPerSecond } = options;
  const load = startLoad({ wire, tokens, random: randomFor(1), ledger, callsPerSecond });
  const faults = {
    legacy: startFaults('legacy', services.legacy, { lastsMs, random: randomFor(2) }),
    gateway: startFaults('gateway', services.gateway, { lastsMs, random: randomFor(3) }),
  };
  const disturbances = startDisturbances({ proxy, redis, configuration, random: randomFor(4) });
  const samples: Sample[] = [];
  const sampling = setInterval(() => {
    void proxy.scrape().then(
      (scrape) => samples.push(sampleOf(scrape)),
      () => undefined,
    );
  }, sampleEveryMs);

  await pause(lastsMs);
  clearInterval(sampling);
  await Promise.all([faults.legacy.stop(), faults.gateway.stop(), disturbances.stop()]);
  await load.stop();
  await proxy.setWeight(50);
  const recovered = await recover(load);
  wire.close();

  const { scrape, legacy, gateway, openFiles } = await rest(proxy, services, before.openFiles);
  const exitCode = await proxy.stop();
  const reloads = (result: 'ok' | 'refused') => scrape.sum('token_proxy_config_reloads_total', { result });
  const { reloads: good, refusals } = disturbances.counts();
  const facts: Facts = {
    ledger,
    answerMs: deadlineMs + marginMs,
    tardinessMs: load.tardinessMs(),
    books: {
      scrape,
      logged: lines.calls,
      loggedHungUp: lines.hungUp,
      answers: ledger.answers,
      backends: [
        { backend: 'legacy', seen: legacy.byAction, mayBeUnseen: faults.legacy.injected.get('close-idle') },
        {
          backend: 'gateway',
          seen: gateway.byAction,
          mayBeUnseen: faults.gateway.injected.get('close-idle'),
        },
      ],
    },
    samples,
    openFiles,
    gateway,
    reloads: {
      // The start counts as one.
      ok: { ordered: good + 1, counted: reloads('ok') },
      refused: { ordered: refusals, counted: reloads('refused') },
    },
    recovered,
    internalErrors: lines.messages.get('internal error'),
    exitCode,
  };
  const problems = problemsIn(facts);
  const injected = { legacy: faults.legacy.injected, gateway: faults.gateway.injected };
  process.stdout.write(
    reportText({ options, facts, ledger, injected, leftOut: load.leftOut(), counts: disturbances.counts() }),
  );
  if (problems.length > 0) process.stdout.write(`last log lines:\n${lines.last().join('\n')}\n`);
  return problems;
}

/** Waits until calls succeed again, as breakers need a while; then all must. */
async function recover(load: ReturnType<typeof startLoad>): Promise<readonly string[]> {
  for (let inARow = 0, tries = 0; inARow < 5 && tries < 100; tries += 1) {
    const [code] = await load.probe(1);
    inARow = code === '200' ? inARow + 1 : 0;
    await pause(200);
  }
  return load.probe(20);
}

/** Waits until nothing moves any more, and until connections that idle have been closed. */
async function rest(
  proxy: ProxyProcess,
  services: Awaited<ReturnType<typeof startServices>>,
  before: number,
) {
  const startedMs = performance.now();
  for (;;) {
    const scrape = await proxy.scrape();
    const [legacy, gateway] = await Promise.all([services.legacy.stats(), services.gateway.stats()]);
    const after = scrape.sum('process_open_fds');
    const toBackends = legacy.connections.open + gateway.connections.open;
    const atRest = scrape.sum('token_proxy_inflight_requests') === 0 && after <= before + toBackends + 4;
    if (atRest || performance.now() - startedMs > restAtMostMs) {
      return { scrape, legacy, gateway, openFiles: { before, after, toBackends } };
    }
    await pause(1_000);
  }
}

async function main(): Promise<number> {
  let options: SoakOptions;
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\nusage: ${usage}\n`);
    return 2;
  }
  try {
    const problems = await soak(options);
    for (const problem of problems) process.stdout.write(`FAILED ${problem}\n`);
    if (problems.length === 0) process.stdout.write('all is well\n');
    return problems.length === 0 ? 0 : 1;
  } finally {
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
  }
}

process.exit(await main());
