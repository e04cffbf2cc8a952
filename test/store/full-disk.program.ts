// Runs where its files may not grow beyond a limit (a full disk, near enough): fills the store until it is down, has the
// limit lifted, and tells what came of every record. Started by full-disk.test.ts.
import { execFileSync } from 'node:child_process';
import { openStore } from '../../src/store/open.ts';
import { eventually, keyOf } from './kit.ts';

const [path = ''] = process.argv.slice(2);
const say = (what: unknown) => process.stdout.write(`${JSON.stringify(what)}\n`);
process.on('unhandledRejection', (error) => say({ unhandled: String(error) }));

const store = await openStore({ type: 'lmdb', path }, { now: Date.now, log: (level) => say({ level }) });
let count = 0;
const put = () => store.putRecord(keyOf(String(count++)), Buffer.alloc(200), Date.now() + 1e9);
while (store.health().up) await Promise.all(Array.from({ length: 20 }, put));
await Promise.all(Array.from({ length: 20 }, put));
say({ down: store.health().problem, waiting: store.health().waiting > 0 });
execFileSync('prlimit', ['--pid', String(process.pid), '--fsize=unlimited']);
await eventually(() => store.health().up);
let found = 0;
for (let index = 0; index < count; index += 1) {
  if ((await store.getRecord(keyOf(String(index)))) !== undefined) found += 1;
}
say({ missing: count - found, waiting: store.health().waiting });
await store.close();
