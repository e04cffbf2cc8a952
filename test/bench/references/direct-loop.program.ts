// Reference for the gateway leg: the vendor's client called in loops, with no server in front of it.
// Arguments: endpoint, file of parameters (JSON list), access key, secret. Told `{seconds}`, answers `{calls, errors}`.
import { readFileSync } from 'node:fs';
import { vendorClient, type ApplyParameters } from './client.ts';

const [, , endpoint = '', file = '', accessKeyId = '', accessKeySecret = ''] = process.argv;
const parameters = JSON.parse(readFileSync(file, 'utf8')) as ApplyParameters[];
const call = vendorClient(endpoint, { accessKeyId, accessKeySecret });
let next = 0;

async function loop(endMs: number): Promise<{ calls: number; errors: number }> {
  let [calls, errors] = [0, 0];
  while (performance.now() < endMs) {
    const given = parameters[next++ % parameters.length];
    if (given === undefined) break;
    await call(given).catch(() => (errors += 1));
    calls += 1;
  }
  return { calls, errors };
}

process.on('message', ({ seconds, connections }: { seconds: number; connections: number }) => {
  const endMs = performance.now() + seconds * 1000;
  void Promise.all(Array.from({ length: connections }, () => loop(endMs))).then((ended) => {
    const total = (key: 'calls' | 'errors') => ended.reduce((sum, one) => sum + one[key], 0);
    process.send?.({ calls: total('calls'), errors: total('errors') });
  });
});
process.once('disconnect', () => process.exit());
process.send?.({ port: 0 });
