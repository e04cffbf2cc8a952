// Lua for one budget as Redis keeps it: permits that are held, calls that were sent, and who waits for room.
// Part of the scripts in redis-budgets.ts, which give it `call`, and `now`, `fleet` and `share` from redis-fleet-lua.ts.
//
// A budget is a map:
//   born    of which memory of the fleet it is part
//   held    permits by member
//   sends   calls sent, in buckets of 20 ms, two bytes each, from the bucket that counts longest to the present one
//   from    the number of the first of these buckets
//   sent    how many they hold together
//   latest  when the last of them was sent
//   grants  of the last 100 ms: time, number, time, number, …
//   wants   members refused for lack of room: since which call they wait, for how many permits, until when their place
//           is kept, and `mine`, what counted of theirs
//
// A call counts until its bucket's end is a second past: up to a bucket longer than it must, never shorter.
//
// Who goes first. Of what is free, a member leaves to each other one that waits as much as would bring that one level with
// it; between equals, who waits longer goes first, and who was given something waits anew. So scarce permits are divided
// evenly whoever is nearest to Redis, and what others do not want is there for one that does (max-min).

/** How long a call counts, ms (PROTOCOL section 2, limits: calls per second). */
export const windowMs = 1_000;
/** How much longer, ms: the gateway judges by another clock. */
const guardMs = 2;
const bucketMs = 20;
/** Within this time, ms, … */
const burstMs = 100;
/** … this part of a second's calls may be granted: so bursts do not bunch up (src/quota/pacer.ts has the reasons). */
const burstPart = 9;
/** A member asks again after this long at the latest, ms: permits may come back unused at any time. */
const longestWaitMs = 250;
/** How much longer than it was told to wait a member's place is kept for it, ms. */
const graceMs = 100;
const rounding = 1e-9;

export const budgetLua = `
local function bucket(ms) return math.floor(ms / ${bucketMs}) end

local function new_budget()
  return {
    born = fleet.born, held = {}, sends = '', from = 0, sent = 0, latest = 0, grants = {}, wants = {},
  }
end

local function in_bucket(budget, index)
  local high, low = string.byte(budget.sends, 2 * index + 1, 2 * index + 2)
  return high * 256 + low
end

local function advance(budget)
  local from, top = bucket(now - ${windowMs + guardMs}), bucket(now + 1)
  local gone = math.min(from - budget.from, #budget.sends / 2)
  for index = 0, gone - 1 do budget.sent = budget.sent - in_bucket(budget, index) end
  local rest = string.sub(budget.sends, 2 * gone + 1)
  budget.sends = rest .. string.rep('\\0', 2 * (top - from + 1) - #rest)
  budget.from = from
end

local function note_sent(budget, age, number)
  local ms = now + 1 - age
  local index = bucket(ms) - budget.from
  if index < 0 or number == 0 then return end
  local calls = in_bucket(budget, index) + number
  local before, after = string.sub(budget.sends, 1, 2 * index), string.sub(budget.sends, 2 * index + 3)
  budget.sends = before .. string.char(math.floor(calls / 256), calls % 256) .. after
  budget.sent = budget.sent + number
  budget.latest = math.max(budget.latest, ms)
end

local function count(budget)
  budget.used = budget.sent
  for member, held in pairs(budget.held) do
    if holds(member) then budget.used = budget.used + held else budget.held[member] = nil end
  end
end

-- How long until room for some more has come, where there are too many by this number.
local function until_fewer(budget, too_many)
  if too_many <= 0 then return 0 end
  for index = 0, #budget.sends / 2 - 1 do
    too_many = too_many - in_bucket(budget, index)
    if too_many <= 0 then return (budget.from + index + 1) * ${bucketMs} + ${windowMs + guardMs} - now end
  end
  return ${longestWaitMs}
end

local function until_paced(budget, turn, burst)
  local recent, kept = 0, {}
  for index = 1, #budget.grants, 2 do
    if budget.grants[index] + ${burstMs} > now then
      kept[#kept + 1] = budget.grants[index]
      kept[#kept + 1] = budget.grants[index + 1]
      recent = recent + budget.grants[index + 1]
    end
  end
  budget.grants = kept
  local too_many = recent + math.min(turn, burst) - burst
  if too_many <= 0 then return 0 end
  for index = 1, #kept, 2 do
    too_many = too_many - kept[index + 1]
    if too_many <= 0 then return kept[index] + ${burstMs} - now end
  end
  return ${burstMs}
end

local function kept_for_others(budget)
  local kept = 0
  local own = budget.wants[call.member]
  local since = own and own.since or fleet.turn
  for member, want in pairs(budget.wants) do
    if want.till <= now then
      budget.wants[member] = nil
    elseif member ~= call.member then
      local ahead = budget.mine - want.mine
      if want.since < since then ahead = ahead + 1 end
      kept = kept + math.max(0, math.min(want.number, ahead))
    end
  end
  return kept
end

local function until_room(budget, limit)
  local part = limit * share.live / share.parts
  if part <= 0 then return ${longestWaitMs} end
  local calls = math.max(1, math.floor(part + ${rounding}))
  local turn = kept_for_others(budget) + 1
  local wait = math.max(
    until_fewer(budget, budget.used + turn - calls),
    until_paced(budget, turn, math.ceil(calls / ${burstPart}))
  )
  -- Less than one call a second: one call counts for as long as it takes to stay below that on average.
  if part + ${rounding} < 1 then
    wait = math.max(wait, budget.latest + ${windowMs} / part + ${guardMs} - now)
  end
  return math.ceil(math.min(wait, ${longestWaitMs}))
end

local function grant(budget)
  budget.held[call.member] = (budget.held[call.member] or 0) + 1
  budget.used = budget.used + 1
  budget.mine = budget.mine + 1
  budget.granted = budget.granted + 1
  local last = #budget.grants - 1
  if budget.grants[last] == now + 1 then
    budget.grants[last + 1] = budget.grants[last + 1] + 1
  else
    budget.grants[last + 2] = now + 1
    budget.grants[last + 3] = 1
  end
end

local function refuse(budget, wait)
  budget.refused = budget.refused + 1
  budget.wait = math.max(budget.wait, wait)
end

local function remember_want(budget)
  local before = budget.wants[call.member]
  budget.wants[call.member] = budget.refused > 0 and {
    since = before and budget.granted == 0 and before.since or fleet.turn,
    number = budget.refused,
    mine = budget.mine,
    till = now + budget.wait + ${graceMs},
  } or nil
end

local function open_budget(key)
  local budget = stored(key)
  if not budget or budget.born ~= fleet.born then budget = new_budget() end
  advance(budget)
  return budget
end

local function keep_budget(key, budget)
  for _, name in ipairs({'used', 'mine', 'granted', 'refused', 'wait'}) do budget[name] = nil end
  keep(key, budget)
end
`;
