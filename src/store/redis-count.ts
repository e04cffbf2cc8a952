// How many records a whole fleet keeps in Redis, without anybody counting them: replicas add up what they wrote, by the
// hour in which it leaves, and what is past drops out. Off by what a process had not yet added when it was killed, and by what
// was added twice because Redis did not answer in time.
import type { RedisKeys } from './redis-keys.ts';
import type { RedisLink, RedisScript } from './redis-link.ts';

export interface RecordCount {
  /** A record came. @param before when the one that it replaced would have left, ms since epoch; 0 where there was none */
  replaced(before: number, leavesMs: number): void;
  /** Records of the whole fleet, as of some seconds ago, with those of this process since. */
  current(): number;
  /** Adds what was not added yet, or tries to. */
  stop(): Promise<void>;
}

export interface CountOptions {
  /** ms since epoch. */
  readonly now: () => number;
  /** How finely it is known when records leave, ms; they are counted until the end of their slot. */
  readonly slotMs?: number;
  readonly refreshMs?: number;
}

/** Kept after the last refresh for as long as records live at most, ms. */
const keptMs = 32 * 24 * 3_600_000;

/** Arguments: the slot of now, how long the count is kept (ms), then slots and what is to be added to them. Answers the sum. */
const addScript: RedisScript = {
  name: 'count',
  text: `
for i = 3, #ARGV, 2 do redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1]) end
local slots, sum = redis.call('HGETALL', KEYS[1]), 0
for i = 1, #slots, 2 do
  if tonumber(slots[i]) < tonumber(ARGV[1]) then redis.call('HDEL', KEYS[1], slots[i])
  else sum = sum + slots[i + 1] end
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return sum
`,
};

export const countScripts = [addScript];

export function createRecordCount(
  link: Pick<RedisLink, 'script'>,
  { leaving }: RedisKeys,
  { now, slotMs = 3_600_000, refreshMs = 5_000 }: CountOptions,
): RecordCount {
  let added = new Map<number, number>();
  /** Told to Redis, and not answered yet. */
  let telling: ReadonlyMap<number, number> | undefined;
  let told = Promise.resolve();
  let sum = 0;
  const slotOf = (ms: number) => Math.floor(ms / slotMs);
  const timer = setInterval(refreshNow, refreshMs).unref();

  function add(slot: number, records: number): void {
    added.set(slot, (added.get(slot) ?? 0) + records);
  }

  /** One at a time: a sum that is answered late knows nothing of what a later refresh has told. */
  function refreshNow(): void {
    if (telling === undefined) told = refresh();
  }

  async function refresh(): Promise<void> {
    const adding = added;
    telling = adding;
    added = new Map();
    const slots = [...adding].flatMap(([slot, records]) => [String(slot), String(records)]);
    try {
      const args = [String(slotOf(now())), String(keptMs), ...slots];
      sum = Number(await link.script(addScript, [leaving], args));
    } catch {
      for (const [slot, records] of adding) add(slot, records);
    }
    telling = undefined;
  }

  refreshNow();
  return {
    replaced(before, leavesMs) {
      if (before > 0) add(slotOf(before), -1);
      add(slotOf(leavesMs), 1);
    },
    current: () => Math.max(0, sum + sumOf(telling ?? nothing) + sumOf(added)),
    async stop() {
      clearInterval(timer);
      await told;
      await refresh();
    },
  };
}

const nothing: ReadonlyMap<number, number> = new Map();

function sumOf(counts: ReadonlyMap<number, number>): number {
  return [...counts.values()].reduce((sum, records) => sum + records, 0);
}
