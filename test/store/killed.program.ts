// Writes to a store until it is killed, and says of each write that it is done only after it is. Started by kill.test.ts
// and two-processes.test.ts; what it says is `record <name>` and `dial <percent>`.
import { setTimeout as sleep } from 'node:timers/promises';
import { openDial } from '../../src/split/stored-dial.ts';
import { openStore } from '../../src/store/open.ts';
import { keyOf } from './kit.ts';

const [path = '', name = '', writers = '8', turnEveryMs = '0'] = process.argv.slice(2);
const environment = { now: Date.now, log: () => undefined };
const store = await openStore({ type: 'lmdb', path }, environment);
const dial = await openDial(store, { ...environment, filePercent: 0, filePercentIsSet: false });
const say = (line: string) => process.stdout.write(`${line}\n`);

async function writeRecords(writer: number): Promise<never> {
  for (let index = 0; ; index += 1) {
    const record = `${name}.${writer}.${index}`;
    await store.putRecord(keyOf(record), Buffer.from(record), Date.now() + 3_600_000);
    // A write that only waits in memory is no promise to anybody.
    if (store.health().up) say(`record ${record}`);
  }
}

async function turnDial(): Promise<never> {
  for (let percent = 0; ; percent = (percent + 1) % 100) {
    const state = await dial.order({ kind: 'weight', gatewayPercent: percent }, { by: name });
    if (dial.problem() === undefined) say(`dial ${state.version} ${percent}`);
    await sleep(Number(turnEveryMs));
  }
}

say('ready');
await Promise.all([
  turnDial(),
  ...Array.from({ length: Number(writers) }, (_, index) => writeRecords(index)),
]);
