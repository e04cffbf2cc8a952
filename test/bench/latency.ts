// What the proxy adds to an answer's time at 200 calls a second, and how soon it answers after its start. Wall-clock
// times: they mean something on a quiet machine only.
import { figureOf, figureText, quantile, tableText } from './figures.ts';
import { createCaller } from './load.ts';
import { splitServer, startNginx } from './nginx.ts';
import { end } from './processes.ts';
import type { BenchWorld } from './world.ts';

interface Effort {
  readonly rounds: number;
  readonly seconds: number;
}

const callsPerSecond = 200;
const connections = 16;

/** Who is called, and what a call comes to there when nobody stands in between. */
interface Way {
  readonly name: string;
  readonly port: number;
  readonly file: string;
  readonly directly?: string;
}

/** Answers' times of all ways, taken in turn; what is added is held against the backend itself round by round. */
export async function latency(world: BenchWorld, { rounds, seconds }: Effort): Promise<string> {
  const callers = (await waysOf(world)).map((way) => ({
    ...way,
    caller: createCaller(way.port, way.file, connections),
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
  const rows = callers.map(({ name, directly, at50, at99 }) => {
    const base = callers.find((one) => one.name === directly);
    const cells = [at50, at99].map((times) => figureText(figureOf(times), 2));
    if (base === undefined) return [name, ...cells, '', ''];
    const added = [minus(at50, base.at50), minus(at99, base.at99)];
    return [name, ...cells, ...added.map((times) => figureText(figureOf(times), 2))];
  });
  return tableText([`at ${callsPerSecond} calls/s`, 'p50, ms', 'p99, ms', 'added p50', 'added p99'], rows);
}

function minus(times: readonly number[], base: readonly number[]): number[] {
  return times.map((ms, round) => ms - (base[round] ?? NaN));
}

/** Ours, and what others add that stand in the same place: a good part of it is this machine's, not theirs. */
async function waysOf(world: BenchWorld): Promise<readonly Way[]> {
  const { backends, calls, accounts } = world;
  const { accessKey = '', secret = '' } = accounts[0] ?? {};
  const [oldService, gateway] = ['old service, directly', 'gateway, directly'];
  const [ofAll, ofFirst] = [calls.genuine, calls.ofFirst];
  const oldLeg = await world.proxy('latency-old', { split: { gatewayPercent: 0 } });
  const gatewayLeg = await world.proxy('latency-new', { split: { gatewayPercent: 100 } });
  const forwarder = await world.reference('http-proxy', `http://127.0.0.1:${backends.oldService}`);
  const splitter = await startNginx(world.directory, 'latency-splitter', splitServer(backends.oldService));
  const plain = await world.reference('forward', String(backends.oldService));
  const relay = await world.reference('relay', String(backends.oldService));
  const naive = await world.reference('naive', `127.0.0.1:${backends.gateway}`, accessKey, secret);
  return [
    { name: oldService, port: backends.oldService, file: ofAll },
    { name: 'proxy, old leg', port: oldLeg.port, file: ofAll, directly: oldService },
    {
      name: 'Express + http-proxy-middleware',
      port: forwarder.port,
      file: ofAll,
      directly: oldService,
    },
    { name: 'nginx split_clients', port: splitter.port, file: ofAll, directly: oldService },
    { name: "Node's HTTP server and client alone", port: plain.port, file: ofAll, directly: oldService },
    { name: 'Node, passing bytes on unread', port: relay.port, file: ofAll, directly: oldService },
    { name: gateway, port: backends.gateway, file: ofAll },
    { name: 'proxy, gateway leg', port: gatewayLeg.port, file: ofAll, directly: gateway },
    { name: 'Express + vendor client', port: naive.port, file: ofFirst, directly: gateway },
  ];
}

/** From starting the process to its first answer. */
export async function start(world: BenchWorld, { rounds }: Effort): Promise<string> {
  const ours: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const proxy = await world.proxy('start');
    ours.push(proxy.startMs);
    await end(proxy.child, 'SIGTERM');
  }
  return tableText(['who', 'start to first answer, ms'], [['proxy', figureText(figureOf(ours), 0)]]);
}
