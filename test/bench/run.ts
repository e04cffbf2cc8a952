// `npm run bench`: what the proxy costs, beside what a user would run instead; measured in one run on this machine.
//   npm run bench -- --quick            fewer and shorter rounds
//   npm run bench -- --only features,growth
import { cpus, release, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { features, growth } from './features.ts';
import { latency, start } from './latency.ts';
import { memory } from './memory.ts';
import { overload } from './overload.ts';
import { ratios } from './ratios.ts';
import { openWorld, type BenchWorld } from './world.ts';

interface Effort {
  readonly rounds: number;
  readonly seconds: number;
}

const sections: Readonly<Record<string, (world: BenchWorld, effort: Effort) => Promise<string>>> = {
  ratios,
  memory,
  latency,
  start,
  overload,
  features,
  growth,
};

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: 'ratios,memory,latency,start,overload' },
  },
});
const effort = values.quick ? { rounds: 3, seconds: 1 } : { rounds: 15, seconds: 1 };
const say = (text: string) => process.stdout.write(`${text}\n`);

const wanted = values.only.split(',');
const unknown = wanted.filter((name) => !Object.hasOwn(sections, name));
if (unknown.length > 0) {
  process.stderr.write(`--only knows ${Object.keys(sections).join(', ')}, not ${unknown.join(', ')}\n`);
  process.exit(2);
}
const [cpu] = cpus();
say(
  `${new Date().toISOString().slice(0, 10)}, Node ${process.version}, Linux ${release()}, ` +
    `${cpus().length} × ${cpu?.model ?? ''}, ${Math.round(totalmem() / 2 ** 30)} GB`,
);
for (const name of wanted) {
  const world = await openWorld();
  say(`\n## ${name}\n`);
  try {
    say((await sections[name]?.(world, effort)) ?? '');
  } finally {
    world.close();
  }
}
process.exit();
