// Records in Redis, many to a key: how they lie there, come and go. A read is one command, a write one script.

/*
 * A key of its own for each record takes 193 bytes, most of them Redis's: entries in two hash tables, a key and an object,
 * each an allocation. So records whose digests begin with the same 20 bits share one hash, which Redis packs into a single
 * allocation while it has at most 512 entries of at most 64 bytes (its defaults).
 *
 * A hash expires with the last of its records; the others, once they are past, are removed by every fourth record that
 * comes to it. So under steady load some four of a hash are past, and when the load ends it goes as a whole: nothing needs
 * to sweep. Redis's clock says what is past, so that no replica with a wrong one removes the records of others.
 */
import type { RedisConnection } from './redis-connection.ts';
import type { RedisKeys } from './redis-keys.ts';
import type { RedisScript } from './redis-link.ts';
import type { RecordCount } from './redis-count.ts';
import type { Backing } from './backing.ts';

export type RedisRecords = Pick<Backing, 'putRecord' | 'getRecord'>;

/** Of a digest, the hexadecimal digits that decide on the hash, and the bytes that are the field's name: 120 bits of 256. */
const hashDigits = 5;
const fieldStart = 2;
const fieldEnd = 15;

/** A value: 1 bit for its rank, 47 bits for when it expires (ms since epoch), big-endian; then the record. */
const headBytes = 6;
const finalBit = 2 ** 47;
const latestMs = finalBit - 1;

/**
 * Keys: the hash. Arguments: field, value, ms until it expires. Answers when the value that it replaced would have expired
 * (ms since epoch); 0 where there was none, -1 where the one that is there stays.
 */
const putScript: RedisScript = {
  name: 'put',
  text: `
local function leaves(value) return struct.unpack('>I6', value) % ${finalBit} end
local function final(value) return string.byte(value) > 127 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local before = redis.call('HGET', KEYS[1], ARGV[1])
if before and final(before) and leaves(before) > now and not final(ARGV[2]) then return -1 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
if before then return leaves(before) end
if redis.call('HLEN', KEYS[1]) % 4 == 0 then
  local all = redis.call('HGETALL', KEYS[1])
  for i = 2, #all, 2 do
    if leaves(all[i]) <= now then redis.call('HDEL', KEYS[1], all[i - 1]) end
  end
end
return 0
`,
};

export const recordScripts = [putScript];

export interface RedisRecordsOptions {
  /** ms since epoch. */
  readonly now: () => number;
  readonly count: Pick<RecordCount, 'replaced'>;
}

export function createRedisRecords(
  connection: Pick<RedisConnection, 'command' | 'script'>,
  keys: RedisKeys,
  { now, count }: RedisRecordsOptions,
): RedisRecords {
  return {
    async putRecord(key, value, expiresAtMs, rank = 'replaceable') {
      const lifetimeMs = Math.ceil(expiresAtMs - now());
      if (lifetimeMs <= 0) return;
      const { hash, field } = placeOf(key, keys);
      const leavesMs = Math.min(Math.ceil(expiresAtMs), latestMs);
      const stored = Buffer.alloc(headBytes + value.length);
      stored.writeUIntBE(leavesMs + (rank === 'final' ? finalBit : 0), 0, headBytes);
      stored.set(value, headBytes);
      const before = Number(await connection.script(putScript, [hash], [field, stored, String(lifetimeMs)]));
      if (before !== -1) count.replaced(before, leavesMs);
    },
    async getRecord(key) {
      const { hash, field } = placeOf(key, keys);
      const stored = await connection.command(hash, ['HGET', hash, field], true);
      if (!Buffer.isBuffer(stored) || stored.length < headBytes) return undefined;
      const head = stored.readUIntBE(0, headBytes);
      const isFinal = head >= finalBit;
      if ((isFinal ? head - finalBit : head) <= now()) return undefined;
      return { value: stored.subarray(headBytes), rank: isFinal ? 'final' : 'replaceable' };
    },
  };
}

function placeOf(key: string, keys: RedisKeys): { hash: string; field: Buffer } {
  const digest = Buffer.from(key, 'base64url');
  if (digest.length !== digestBytes) throw new RangeError('a record goes by a SHA-256 in base64url');
  const digits = digest.toString('hex', 0, fieldStart + 1).slice(0, hashDigits);
  return { hash: keys.records(digits), field: digest.subarray(fieldStart, fieldEnd) };
}

const digestBytes = 32;
