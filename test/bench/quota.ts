// What a turn costs: `npx tsx test/bench/quota.ts`. CPU time of this process per call, with the real clock where nothing
// waits, and with a clock that is moved by hand where calls wait for their turn.
import { createQuota } from '../../src/quota/create.ts';
import { createOwnBudgets } from '../../src/quota/own-budgets.ts';
import type { QuotaRules } from '../../src/quota/quota.ts';
import { settled, Simulation } from '../quota/simulation.ts';

const silent = {
  waited: () => undefined,
  refused: () => undefined,
  nearlyUsed: () => undefined,
  heldBack: () => undefined,
  released: () => undefined,
  modeChanged: () => undefined,
};

function rulesOf(perAccount: number, perAddress: number): QuotaRules {
  return {
    accountLimit: () => perAccount,
    perAddress: { apply: perAddress, query: perAddress, revoke: perAddress },
    headroomPercent: 10,
    replicas: 1,
  };
}

function report(what: string, calls: number, cpu: NodeJS.CpuUsage): void {
  const { user, system } = process.cpuUsage(cpu);
  process.stdout.write(`${what}: ${((user + system) / calls).toFixed(2)} µs per call\n`);
}

/** One call after the other, of many accounts, each with room. */
async function uncontended(calls: number, signal: AbortSignal | undefined): Promise<void> {
  const monotonicMs = (): number => performance.now();
  const budgets = createOwnBudgets({ monotonicMs, replicas: () => 1 });
  const quota = createQuota({ budgets, rules: rulesOf(1e6, 1e7), events: silent, monotonicMs });
  const accounts = Array.from({ length: 100 }, (_, index) => `account-${index}`);
  const cpu = process.cpuUsage();
  for (let call = 0; call < calls; call += 1) {
    const account = accounts[call % accounts.length] ?? '';
    const turn = await quota.turn(account, 'apply', { forMs: 4_000, ...(signal && { signal }) });
    if (turn.kind === 'turn') turn.permit.sent();
  }
  report(`nobody waits, turn and sent${signal ? ', with a signal' : ''}`, calls, cpu);
  quota.close();
}

/** Calls that wait: from their arrival to their permit. */
async function crowded(accounts: number, perAccount: number): Promise<void> {
  const simulation = new Simulation();
  const budgets = createOwnBudgets({ monotonicMs: simulation.now, replicas: () => 1 });
  const { now: monotonicMs, schedule } = simulation;
  const quota = createQuota({ budgets, rules: rulesOf(100, 300), events: silent, monotonicMs, schedule });
  const waiting = { forMs: 60_000 };
  let served = 0;
  const begin = process.cpuUsage();
  for (let call = 0; call < perAccount; call += 1) {
    for (let account = 0; account < accounts; account += 1) {
      void quota.turn(`account-${account}`, 'apply', waiting).then((turn) => {
        if (turn.kind === 'none') return;
        served += 1;
        turn.permit.sent();
      });
    }
  }
  await settled();
  report(`${accounts * perAccount} calls of ${accounts} accounts arrive`, accounts * perAccount, begin);
  const servedAtOnce = served;
  const cpu = process.cpuUsage();
  while (quota.reading().waiting.apply > 0) await simulation.pass(1_000);
  report(`${served - servedAtOnce} of them are served one by one`, served - servedAtOnce, cpu);
  quota.close();
}

await uncontended(200_000, undefined);
await uncontended(500_000, undefined);
await uncontended(500_000, new AbortController().signal);
await crowded(1_000, 5);
await crowded(1_000, 5);
await crowded(10, 500);
await crowded(4_000, 2);
