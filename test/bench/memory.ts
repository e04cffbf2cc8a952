// Memory after load, beside the server that somebody would write in an afternoon: what stays when the calls are over.
import { figureOf, tableText, figureText } from './figures.ts';
import { createCaller } from './load.ts';
import { residentMb } from './processes.ts';
import type { BenchWorld } from './world.ts';

const connections = 64;
const callsPerRound = 2_000;

export async function memory(world: BenchWorld, { rounds }: { readonly rounds: number }): Promise<string> {
  const { backends, accounts } = world;
  const { accessKey = '', secret = '' } = accounts[0] ?? {};
  const servers = {
    'proxy, old leg': await world.proxy('memory-old', { split: { gatewayPercent: 0 } }),
    'proxy, gateway leg': await world.proxy('memory-gateway', { split: { gatewayPercent: 100 } }),
    'Express + vendor client': await world.reference(
      'naive',
      `127.0.0.1:${backends.gateway}`,
      accessKey,
      secret,
    ),
  };
  const found = new Map<string, number[]>(Object.keys(servers).map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, { pid, port }] of Object.entries(servers)) {
      const caller = createCaller(port, world.calls.ofFirst, connections);
      await caller.count(callsPerRound);
      found.get(name)?.push(residentMb(pid));
      await caller.close();
    }
  }
  const naive = figureOf(found.get('Express + vendor client') ?? []).median;
  const rows = [...found].map(([name, mb]) => [
    name,
    figureText(figureOf(mb), 0),
    (figureOf(mb).median / naive).toFixed(2),
  ]);
  return tableText(['who', `resident, own, MB, during ${callsPerRound * rounds} calls`, 'ratio'], rows);
}
