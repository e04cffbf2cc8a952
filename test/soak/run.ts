// The soak: `npm run soak -- --minutes N`. Mixed load on the real program, in front of emulated services that fail in
// every way they know, while it is reloaded and its weight is moved. Prints a report; exit code 1 with the reasons.
import { setTimeout as pause } from 'node:timers/promises';
import { deadlineMs } from './configuration.ts';
import { startDisturbances } from './disturbances.ts';
import { startFaults } from './faults.ts';
import { createLedger } from './ledger.ts';
import { startLoad } from './load.ts';
import { readOptions, usage, type SoakOptions } from './options.ts';
import { seededRandom } from './random.ts';
import { reportText } from './report.ts';
import { sampleOf, type Sample } from './samples.ts';
import { recover, settle } from './settling.ts';
import { createHeldTokens } from './tokens.ts';
import { problemsIn, type Facts } from './verdict.ts';
import { createWire } from './wire.ts';
import { openWorld, type SoakWorld } from './world.ts';

/** What an answer may take beyond the deadline, ms: this machine has other things to do. */
const marginMs = 2_000;
const sampleEveryMs = 2_000;

async function soak(options: SoakOptions, world: SoakWorld): Promise<readonly string[]> {
  const { services, redis, proxy, lines, configuration } = world;
  const { minutes, seed, callsPerSecond } = options;
  const lastsMs = minutes * 60_000;
  const randomFor = (purpose: number) => seededRandom(seed * 16 + purpose);
  const before = sampleOf(await proxy.scrape());
  const ledger = createLedger();
  const wire = createWire(proxy.url);
  const tokens = createHeldTokens();

  const load = startLoad({ wire, tokens, random: randomFor(1), ledger, callsPerSecond });
  const faults = {
    legacy: startFaults('legacy', services.legacy, { lastsMs, random: randomFor(2) }),
    gateway: startFaults('gateway', services.gateway, { lastsMs, random: randomFor(3) }),
  };
  const disturbances = startDisturbances({ proxy, redis, configuration, random: randomFor(4) });
  const samples: Sample[] = [];
  const sampling = setInterval(() => {
    proxy.scrape().then(
      (scrape) => void samples.push(sampleOf(scrape)),
      () => undefined,
    );
  }, sampleEveryMs);

  await Promise.race([pause(lastsMs), proxy.crashed]);
  clearInterval(sampling);
  await Promise.all([faults.legacy.stop(), faults.gateway.stop(), disturbances.stop()]);
  await load.stop();
  await proxy.setWeight(50);
  const recovered = await recover(load);
  wire.close();

  const { scrape, legacy, gateway, openFiles } = await settle(world, before.openFiles);
  const exitCode = await proxy.stop();
  const reloads = (result: 'ok' | 'refused') => scrape.sum('token_proxy_config_reloads_total', { result });
  const disturbed = disturbances.counts();
  const closedUnannounced = (name: 'legacy' | 'gateway') => faults[name].injected.get('close-idle');
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
        { backend: 'legacy', seen: legacy, closedUnannounced: closedUnannounced('legacy') },
        { backend: 'gateway', seen: gateway, closedUnannounced: closedUnannounced('gateway') },
      ],
    },
    samples,
    openFiles,
    gateway,
    reloads: {
      // The start counts as one.
      ok: { ordered: disturbed.reloads + 1, counted: reloads('ok') },
      refused: { ordered: disturbed.refusals, counted: reloads('refused') },
    },
    recovered,
    internalErrors: lines.messages.get('internal error'),
    exitCode,
  };
  const injected = { legacy: faults.legacy.injected, gateway: faults.gateway.injected };
  process.stdout.write(
    reportText({ options, facts, ledger, injected, leftOut: load.leftOut(), counts: disturbed }),
  );
  return problemsIn(facts);
}

/** Whatever is thrown on the way is a problem like any other. */
async function run(options: SoakOptions): Promise<number> {
  const world = await openWorld(options.store);
  const problems = await soak(options, world).catch((error: unknown) => [String(error)]);
  if (problems.length > 0) process.stdout.write(`last log lines:\n${world.lines.last().join('\n')}\n`);
  for (const problem of problems) process.stdout.write(`FAILED ${problem}\n`);
  if (problems.length === 0) process.stdout.write('all is well\n');
  await world.close();
  return problems.length === 0 ? 0 : 1;
}

function optionsOrUsage(): SoakOptions {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\nusage: ${usage}\n`);
    process.exit(2);
  }
}

// Whatever a failure has left running ends with this process.
process.exit(await run(optionsOrUsage()));
