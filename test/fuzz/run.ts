// The socket fuzzer by hand: `node --import tsx test/fuzz/run.ts --seconds 300 --seed N`.
// Every 15 seconds it takes a new server and the next seed; it ends with the first finding, and then exits with 1.
import { parseArgs } from 'node:util';
import { startProxiedWorld } from '../kit/proxied-world.ts';
import { freshSeed } from './seeds.ts';
import { fuzz, fuzzedConfig, fuzzedSandbox } from './socket-fuzzer.ts';

const { values } = parseArgs({ options: { seconds: { type: 'string' }, seed: { type: 'string' } } });
const seconds = Number(values.seconds ?? 60);
const firstSeed = Number(values.seed ?? freshSeed);
const roundMs = 15_000;
const endAt = performance.now() + seconds * 1_000;

const write = (text: string): void => void process.stdout.write(`${text}\n`);

for (let seed = firstSeed; performance.now() < endAt; seed += 1) {
  const world = await startProxiedWorld({
    sandbox: fuzzedSandbox,
    config: ({ legacy, gateway }) => fuzzedConfig(legacy.url, gateway.endpoint),
  });
  const milliseconds = Math.min(roundMs, endAt - performance.now());
  const { findings, rudeRequests, honestCalls, statuses } = await fuzz(world, { seed, milliseconds });
  await world.close();
  const memory = Math.round(process.memoryUsage().heapUsed / 1e6);
  write(
    `seed ${seed}: ${rudeRequests} rude requests, ${honestCalls} honest clients, heap ${memory} MB, ${JSON.stringify(statuses)}`,
  );
  for (const finding of findings) write(`  found: ${finding}`);
  if (findings.length > 0) {
    process.exitCode = 1;
    break;
  }
}
