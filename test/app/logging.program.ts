// Writes 1,000 lines to the log and ends, in the way that it is told to. Started by log.test.ts.
import { createLog } from '../../src/app/log.ts';

const { log, flush } = createLog({ level: 'info', format: 'json' });
for (let line = 0; line < 1_000; line += 1) log.info({ line }, 'x'.repeat(200));
const [, , way] = process.argv;
if (way === 'flush') await flush();
if (way === 'throw') throw new Error('a defect');
