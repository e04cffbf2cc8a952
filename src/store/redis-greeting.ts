// What is asked of a Redis before it is used: whether what it holds is of a format known here, and whether it would throw
// records away. Asked anew with each connection, since another server may stand behind the name by then.
import type { RedisKeys } from './redis-keys.ts';
import { RedisRefusal } from './redis-problem.ts';
import type { RedisWire } from './redis-wire.ts';
import type { StoreLog } from './store.ts';

/**
 * The format of what is kept: redis-keys.ts, redis-records.ts, redis-documents.ts. A higher minor only adds what this
 * version may overlook; another major is refused.
 */
const format = { major: 1, minor: 0 };

/** Rejects with a RedisRefusal for another format, and with an error where Redis cannot be written. */
export async function greetRedis(wire: RedisWire, keys: RedisKeys, log: StoreLog): Promise<void> {
  const [written] = await Promise.all([writtenFormat(wire, keys), checkEviction(wire, log)]);
  const [major] = written.split('.');
  if (Number(major) === format.major) return;
  throw Number(major) > format.major
    ? new RedisRefusal(
        `store.prefix: what Redis holds under ${keys.format} was written in format ${written} by a later version of ` +
          `token-proxy, this one reads format ${format.major}; run that version, or choose another prefix`,
      )
    : new RedisRefusal(
        `store.prefix: the format ${JSON.stringify(written)} of what Redis holds under ${keys.format} is unknown; ` +
          'choose another prefix, or delete those keys (tokens issued before are then unknown)',
      );
}

/** Marks an empty place as ours; of several that do so at once, the first decides. */
async function writtenFormat(wire: RedisWire, { format: key }: RedisKeys): Promise<string> {
  const before = await wire.send(key, ['GET', key]);
  if (typeof before === 'string') return before;
  const ours = `${format.major}.${format.minor}`;
  await wire.send(key, ['SET', key, ours, 'NX']);
  return String(await wire.send(key, ['GET', key]));
}

async function checkEviction(wire: RedisWire, log: StoreLog): Promise<void> {
  const policies = await evictionPolicies(wire);
  if (policies === undefined) {
    log('warn', 'Redis does not tell its maxmemory-policy: see to it that it is noeviction');
    return;
  }
  const wrong = policies.filter((policy) => policy !== 'noeviction');
  if (wrong.length === 0) return;
  log(
    'warn',
    `Redis forgets records before their time when its memory is full: set its maxmemory-policy to noeviction, not ${wrong.join(', ')}`,
  );
}

/** INFO and CONFIG may both be forbidden to the user; that is no reason not to serve. */
async function evictionPolicies(wire: RedisWire): Promise<string[] | undefined> {
  const infos = await wire.sendToAll(['INFO', 'memory']).catch(() => []);
  const told = infos.flatMap((info) => /^maxmemory_policy:(\S+)/m.exec(String(info))?.[1] ?? []);
  if (told.length > 0) return told;
  const answers = await wire.sendToAll(['CONFIG', 'GET', 'maxmemory-policy']).catch(() => []);
  const configured = answers.flatMap((answer) => (Array.isArray(answer) ? [String(answer[1])] : []));
  return configured.length > 0 ? configured : undefined;
}
