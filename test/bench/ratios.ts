// The main table: CPU time for one request beside what a user would run instead, on the same work.
import { byWrk, bySelf, contest, ratioOf, type ContestOptions, type Result } from './contest.ts';
import { figureOf, figureText, tableText } from './figures.ts';
import { splitServer, startNginx } from './nginx.ts';
import { end } from './processes.ts';
import type { BenchWorld } from './world.ts';

interface Comparison {
  readonly work: string;
  readonly ours: string;
  readonly reference: string;
  readonly must?: number;
  readonly aim?: number;
}

const comparisons: readonly Comparison[] = [
  {
    work: 'old leg',
    ours: 'proxy, old leg',
    reference: 'Express + http-proxy-middleware',
    must: 0.8,
    aim: 0.45,
  },
  { work: 'old leg', ours: 'proxy, old leg', reference: 'nginx split_clients' },
  {
    work: 'gateway leg',
    ours: 'proxy, gateway leg',
    reference: 'vendor client in a loop',
    must: 1.3,
    aim: 0.8,
  },
  { work: 'gateway leg', ours: 'proxy, gateway leg', reference: 'Express + vendor client' },
  {
    work: 'refused (407)',
    ours: 'proxy, bad signature',
    reference: 'Express, constant JSON',
    must: 0.8,
    aim: 0.4,
  },
  { work: 'live token', ours: 'proxy, reuse hit', reference: 'Express, constant JSON', must: 0.8, aim: 0.4 },
];

export async function ratios(world: BenchWorld, options: ContestOptions): Promise<string> {
  const { directory, calls, wrkScript, backends, accounts } = world;
  const oldLeg = await world.proxy('old-leg', { split: { gatewayPercent: 0 } });
  const gatewayLeg = await world.proxy('gateway-leg', { split: { gatewayPercent: 100 } });
  const reuse = await world.proxy('reuse', {
    split: { gatewayPercent: 100 },
    reuse: { enabled: true, tolerance: '5m' },
  });
  const oldServiceUrl = `http://127.0.0.1:${backends.oldService}`;
  const endpoint = `127.0.0.1:${backends.gateway}`;
  const { accessKey = '', secret = '' } = accounts[0] ?? {};
  const splitter = await startNginx(directory, 'splitter', splitServer(backends.oldService));
  const by = (server: { readonly pid: number; readonly port: number }, name: string, file: string) =>
    byWrk(server, name, file, wrkScript);
  const results = await contest(
    [
      by(oldLeg, 'proxy, old leg', calls.genuine),
      by(
        await world.reference('http-proxy', oldServiceUrl),
        'Express + http-proxy-middleware',
        calls.genuine,
      ),
      by(splitter, 'nginx split_clients', calls.genuine),
      by(gatewayLeg, 'proxy, gateway leg', calls.genuine),
      bySelf(
        await world.reference('direct-loop', endpoint, calls.fields, accessKey, secret),
        'vendor client in a loop',
      ),
      by(
        await world.reference('naive', endpoint, accessKey, secret),
        'Express + vendor client',
        calls.ofFirst,
      ),
      by(gatewayLeg, 'proxy, bad signature', calls.forged),
      by(reuse, 'proxy, reuse hit', calls.genuine),
      by(await world.reference('constant'), 'Express, constant JSON', calls.genuine),
    ],
    options,
  );
  await end(splitter.child, 'SIGTERM');
  return `${comparisonText(results)}\n\n${resultText(results)}`;
}

function comparisonText(results: ReadonlyMap<string, Result>): string {
  const rows = comparisons.map(({ work, ours, reference, must, aim }) => {
    const [one, other] = [results.get(ours), results.get(reference)];
    if (one === undefined || other === undefined) throw new Error(`not measured: ${ours}, ${reference}`);
    const limits = must === undefined || aim === undefined ? ['', ''] : [`≤ ${must}`, `≤ ${aim}`];
    return [work, reference, figureText(ratioOf(one, other), 2), ...limits];
  });
  return tableText(['work', 'beside', 'CPU per request, ratio', 'must', 'aim'], rows);
}

function resultText(results: ReadonlyMap<string, Result>): string {
  const rows = [...results].map(([name, { cpuUs, callsPerSecond }]) => [
    name,
    figureText(figureOf(cpuUs), 0),
    figureText(figureOf(callsPerSecond), 0),
  ]);
  return tableText(['who', 'CPU per request, µs', 'calls/s over 32 connections'], rows);
}
