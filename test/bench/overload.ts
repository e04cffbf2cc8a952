// Twenty times the quota: as many calls as may leave for the gateway still do, the others are told at once, and memory
// stays where it was.
import { quantile, tableText } from './figures.ts';
import { createCaller } from './load.ts';
import { residentMb } from './processes.ts';
import type { BenchWorld } from './world.ts';

const quota = { apply: 50, query: 50, revoke: 5 };
const headroomPercent = 10;
const times = 20;
const connections = 512;

export async function overload(world: BenchWorld, { rounds }: { readonly rounds: number }): Promise<string> {
  const proxy = await world.proxy('overload', {
    split: { gatewayPercent: 100, fallback: { on: [] } },
    limits: { perAccount: quota, perAddress: { apply: 300, query: 300, revoke: 300 }, headroomPercent },
  });
  const caller = createCaller(proxy.port, world.calls.ofFirst, connections);
  const perSecond = quota.apply * times;
  // Until the queue is as long as it gets.
  await caller.steadily(perSecond, 6);
  const beforeMb = residentMb(proxy.pid);
  const seconds = rounds * 1.5;
  const startMs = performance.now();
  const answered = await caller.steadily(perSecond, seconds);
  const tookSeconds = (performance.now() - startMs) / 1000;
  await caller.close();
  const allowed = quota.apply * (1 - headroomPercent / 100);
  const good = answered.filter(({ code }) => code === 200);
  const refused = answered.filter(({ code }) => code === 409).map(({ ms }) => ms);
  const row = [
    `${perSecond}`,
    `${allowed}`,
    (good.length / tookSeconds).toFixed(1),
    `${((100 * good.length) / tookSeconds / allowed).toFixed(0)} %`,
    quantile(refused, 0.5).toFixed(1),
    `${answered.length - good.length - refused.length}`,
    `${beforeMb.toFixed(0)} → ${residentMb(proxy.pid).toFixed(0)}`,
  ];
  const head = [
    'calls/s',
    'allowed/s',
    'good/s',
    'goodput',
    'refusal, p50 ms',
    'other answers',
    'own memory, MB',
  ];
  return tableText(head, [row]);
}
