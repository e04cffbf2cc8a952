// Says the bucket of each key that it is given as JSON: a second process, to be compared with the first.
import { bucketOf } from '../../src/split/bucket.ts';

const keys = JSON.parse(process.argv[2] ?? '[]') as string[][];
process.stdout.write(`${JSON.stringify(keys.map((key) => bucketOf(key)))}\n`);
