// What the proxy adds to an answer's time at 200 calls a second, and how soon it answers after its start. Wall-clock
// times: they mean something on a quiet machine only.
import { figureOf, figureText, quantile, tableText } from './figures.ts';
import { createCaller } from './load.ts';
import { end } from './processes.ts';
import type { BenchWorld } from './world.ts';

interface Effort {
  readonly rounds: number;
  readonly seconds: number;
}

const callsPerSecond = 200;
const connections = 16;

export async function latency(world: BenchWorld, { rounds, seconds }: Effort): Promise<string> {
  const { backends, calls } = world;
  const ports = {
    'old service, directly': backends.oldService,
    'through the proxy, old leg': (await world.proxy('latency-old', { split: { gatewayPercent: 0 } })).port,
    'gateway, directly': backends.gateway,
    'through the proxy, gateway leg': (await world.proxy('latency-new', { split: { gatewayPercent: 100 } }))
      .port,
  };
  const callers = Object.entries(ports).map(([name, port]) => ({
    name,
    caller: createCaller(port, calls.genuine, connections),
    at50: [] as number[],
    at99: [] as number[],
  }));
  for (const { caller } of callers) await caller.count(2_000);
  for (let round = 0; round < rounds; round += 1) {
    for (const { caller, at50, at99 } of callers) {
      const ms = (await caller.steadily(callsPerSecond, seconds)).map((answered) => answered.ms);
      at50.push(quantile(ms, 0.5));
      at99.push(quantile(ms, 0.99));
    }
  }
  await Promise.all(callers.map(({ caller }) => caller.close()));
  const rows = callers.map(({ name, at50, at99 }) => [
    name,
    figureText(figureOf(at50), 2),
    figureText(figureOf(at99), 2),
  ]);
  return tableText([`at ${callsPerSecond} calls/s`, 'p50, ms', 'p99, ms'], rows);
}

/** Forwarders are started as often, in turn. */
export async function start(world: BenchWorld, { rounds }: Effort): Promise<string> {
  const ours: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const proxy = await world.proxy('start');
    ours.push(proxy.startMs);
    await end(proxy.child, 'SIGTERM');
  }
  return tableText(['who', 'start to first answer, ms'], [['proxy', figureText(figureOf(ours), 0)]]);
}
