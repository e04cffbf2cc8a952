// Keeps a record at the Redis that its argument names, and says whether it is found again. Started by redis-start.test.ts,
// since a process learns only at its start which authorities it may trust.
import { keyOf } from './kit.ts';
import { openShared } from './redis-kit.ts';

const [url = ''] = process.argv.slice(2);
const { store } = await openShared(url);
await store.putRecord(keyOf('a'), Uint8Array.of(1), Date.now() + 60_000);
const found = await store.getRecord(keyOf('a'));
process.stdout.write(found !== undefined && store.health().up ? 'found again\n' : 'lost\n');
await store.close();
