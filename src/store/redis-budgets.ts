// Permits of all replicas together, kept in Redis by one script: one round trip reports what was sent and asks for more.
// When to call, and what to do without an answer, is for who uses it (src/quota/fleet-budgets.ts).
//
// Why no more leaves the fleet than a limit in any second. Take the permit that was granted last of those sent in it. At
// that moment each of the others was held, or sent within the second before: it counted, and together they were within
// the limit. That holds however long a permit takes to the wire, and whatever gets lost on the way:
//
// A report arrives twice, or nobody knows whether it did. `held` says how it is, not how it changed, so it can be said
// again; a send names the call that carried it first, and is counted only if no later-or-equal call of the member was.
// The answer to an ask gets lost. Its permits count as held until the next call says what the member really holds.
// A call arrives late. It is ignored once a later one was there; before that it can do what any call can.
// A member dies. What it held counts for `permitMs` after its last call.
//
// All keys share one hash tag, so they lie in one slot of a cluster, and leave by themselves eleven minutes after their
// last use. Values are maps with names, so that a release may add to them; the fleet's key is written last, so that a
// script that Redis ends for want of memory leaves a report to be made again, not lost.
import { budgetLua, windowMs } from './redis-budget-lua.ts';
import { apartAfterMs, fleetLua } from './redis-fleet-lua.ts';
import type { RedisLink, RedisScript } from './redis-link.ts';
import {
  mostBudgetsRead,
  type BooksAnswer,
  type BooksRules,
  type PermitWait,
  type SharedBooks,
} from './shared-books.ts';
import { StoreError } from './store.ts';

export interface RedisBudgetsOptions {
  /** In front of every key. */
  readonly prefix: string;
  /** The longest that a call takes from its permit to the wire, ms. */
  readonly permitMs?: number;
}

const rules: BooksRules = { windowMs, apartAfterMs, heartbeatMs: 200 };

const settleScript: RedisScript = {
  name: 'quota-settle',
  text: `
local call = cjson.decode(ARGV[1])
local permit_ms = tonumber(ARGV[2])
local share
${fleetLua}
${budgetLua}
local known = fleet.members[call.member]
if known and call.number <= known.number then return cjson.encode({overtaken = true}) end

keep_time()
local me, number_before, lost = meet()
forget_members()
share = census()

local budgets = {}
for index, report in ipairs(call.budgets) do
  local budget = open_budget(KEYS[index + 1])
  local held = report.held
  for _, send in ipairs(report.sends) do
    if send.inCall > number_before then
      note_sent(budget, send.ageMs, 1)
    end
  end
  if call.leaves then
    note_sent(budget, 0, held)
    held = 0
  end
  budget.held[call.member] = held > 0 and held or nil
  count(budget)
  budget.mine, budget.granted, budget.refused, budget.wait = report.mine or 0, 0, 0, 0
  budgets[index] = budget
end

local waits, used = {}, {}
local closed = math.max(fleet.quiet, me.since + ${windowMs}) - now
if not is_live(me) then closed = math.max(closed, 1) end
for index, ask in ipairs(call.asks) do
  local account, address = budgets[ask.account + 1], budgets[ask.address + 1]
  local account_wait, address_wait = closed, closed
  if closed <= 0 then
    account_wait = until_room(account, ask.accountLimit)
    address_wait = until_room(address, ask.addressLimit)
    if account_wait <= 0 and address_wait <= 0 then
      grant(account)
      grant(address)
    elseif account_wait > 0 then
      refuse(account, account_wait)
    else
      refuse(address, address_wait)
    end
  end
  waits[index * 2 - 1] = math.max(0, account_wait)
  waits[index * 2] = math.max(0, address_wait)
end

for index, budget in ipairs(budgets) do
  used[index] = budget.used
  if budget.granted + budget.refused > 0 then remember_want(budget) end
  keep_budget(KEYS[index + 1], budget)
end
keep(KEYS[1], fleet)
return cjson.encode({
  atMs = now, waits = waits, used = used, live = share.live, parts = share.parts, lost = lost,
})
`,
};

const readScript: RedisScript = {
  name: 'quota-read',
  text: `
local call, share, permit_ms = nil, nil, tonumber(ARGV[1])
${fleetLua}
${budgetLua}
local used = {}
for index = 2, #KEYS do
  local budget = open_budget(KEYS[index])
  count(budget)
  used[index - 1] = budget.used
end
return used
`,
};

/** To be sent ahead to each new connection. */
export const redisBudgetsScripts: readonly RedisScript[] = [settleScript, readScript];

/** What the script says; Lua writes an empty list as an empty object. */
interface Settled {
  readonly overtaken?: true;
  readonly atMs: number;
  readonly waits: readonly number[] | object;
  readonly used: readonly number[] | object;
  readonly live: number;
  readonly parts: number;
  readonly lost: boolean;
}

export function createRedisBudgets(link: RedisLink, options: RedisBudgetsOptions): SharedBooks {
  const { prefix, permitMs = 10_000 } = options;
  const tag = `{${prefix}:quota}`;
  const keysOf = (names: readonly string[]) => [`${tag}:fleet`, ...names.map((name) => `${tag}:${name}`)];

  return {
    rules,
    async settle(call) {
      const keys = keysOf(call.budgets.map(({ name }) => name));
      const answer = await link.script(settleScript, keys, [
        JSON.stringify(call, withoutNames),
        String(permitMs),
      ]);
      return settled(JSON.parse(String(answer)) as Settled);
    },
    async read(names) {
      const keys = keysOf(names.slice(0, mostBudgetsRead));
      return listOf((await link.script(readScript, keys, [String(permitMs)])) as number[]);
    },
  };
}

/** The names are in the keys already. */
function withoutNames(key: string, value: unknown): unknown {
  return key === 'name' ? undefined : value;
}

function settled({ overtaken, atMs, waits, used, live, parts, lost }: Settled): BooksAnswer {
  if (overtaken) throw new StoreError('redis: a later call of this replica has been answered already');
  const flat = listOf(waits);
  const pairs = flat.flatMap((accountMs, index): PermitWait[] =>
    index % 2 === 0 ? [{ accountMs, addressMs: flat[index + 1] ?? 0 }] : [],
  );
  return { atMs, waits: pairs, used: listOf(used), fleet: { live, parts }, lost };
}

function listOf(value: readonly number[] | object): readonly number[] {
  return Array.isArray(value) ? (value as readonly number[]) : [];
}
