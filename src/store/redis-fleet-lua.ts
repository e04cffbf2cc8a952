// Lua for what Redis knows of the fleet: its own time, which members there are, and into how many parts limits are divided.
// Part of the scripts in redis-budgets.ts, which give it `call` and the keys.
//
// Time. Only intervals matter. The time in the books never goes back: where Redis' clock does (set back, or another server
// after a failover), `shift` makes up for it. Where it jumps ahead, the next call shows it: no more can have passed since
// an earlier call than that member's own clock says. A member's clock that lies, or a call that is long on its way, can
// thus make the time slow, never fast; so silence is judged by Redis' clock as well, else a member that has gone would count
// as live for longer than it waits itself. A jump then costs a second in which all seem to have been away.
//
// Members. One is live while it is known to have had an answer within the last second: `heard` is the time that its last
// call proves to have been told, so neither a late call nor a lost answer makes a member live. After two seconds without
// an answer it may call on its own (`apart_after`): when it comes back, what it sent must be over before it is live again.
// Silent ones count as calling on their own for ten minutes, unless they said goodbye.
//
// Parts. Limits are divided into `parts`, of which the live ones have `live` together.
//
//   present = live + joining; parts = present + missing, but no more than the fleet is known to be: the most that were
//   present at once within ten minutes or more, or the replicas that the configuration speaks of; never less than present.
//   One that calls, whether or not it hears the answers, counts towards the most when it has been there for two seconds:
//   else one that crashes, and is there again while its old self still counts as live, would count twice.
//
//   fleet of 3, …                            live  joining  missing  known  parts  live ones have
//   all well                                    3        0        0      3      3  the whole
//   one silent (cut off, or dead)               2        0        1      3      3  2/3
//   it comes back from calling on its own       2        1        0      3      3  2/3, for a second
//   one crashes all the time, 9 ids left        3        0        9      3      3  the whole
//   … and is down at this moment                2        0       10      3      3  2/3
//   one crashed and is there again              3        0        1      3      3  the whole
//   … for the second in which both seem live    4        0        0      3      4  the whole
//   a fourth starts                             4        0        0      4      4  the whole
//   one is replaced, goodbye said               3        0        0      4      3  the whole
//   two of three said goodbye                   1        0        0      3      1  the whole
//   data lost, one is back, two not yet         1        0        0      1      3  1/3 (`claimed` says 3)
//   first start, configuration says 3           1        0        0      1      3  1/3, for ten minutes
//
// What this cannot know: a replica that is cut off from Redis alone, and goes on, while another one was started in its
// place, is counted as dead. The fleet is then over by one part for as long as that lasts.
//
// Loss. Books without memory (Redis restarted empty) or with less than a member was told (an asynchronous failover) grant
// nothing for a second. While they are young, as many parts are made as any member knows of.
import { windowMs } from './redis-budget-lua.ts';

const liveMs = 1_000;
/** = until a member counts as gone, and then until what was granted while it did not is over. */
export const apartAfterMs = liveMs + windowMs;
export const forgetMs = 600_000;
/** How much later than by the member's clock a call may run before it is taken for a jump of Redis' clock, ms. */
const jitterMs = 20;
/** Members remembered; far more than a fleet has, so that one that crashes all the time cannot fill the memory. */
const mostMembers = 256;

export const fleetLua = `
local function stored(key)
  local packed = redis.call('GET', key)
  return packed and cmsgpack.unpack(packed)
end

local function keep(key, value)
  redis.call('SET', key, cmsgpack.pack(value), 'PX', ${forgetMs + 60_000})
end

local time = redis.call('TIME')
local clock = time[1] * 1000 + math.floor(time[2] / 1000)
local fleet = stored(KEYS[1]) or {
  at = clock, shift = 0, born = clock, quiet = clock + ${windowMs}, turn = 0,
  most = 0, most_before = 0, most_since = clock, claimed = 0, members = {},
}
local now = math.max(fleet.at, clock + fleet.shift)

local function keep_time()
  local told = call.told
  if told and told.atMs <= fleet.at then
    now = math.max(fleet.at, math.min(now, told.atMs + told.elapsedMs + ${jitterMs}))
  end
  fleet.shift = now - clock
  fleet.at = now
  fleet.turn = fleet.turn + 1
end

-- Whether what a member holds may still be sent.
local function holds(id)
  local member = fleet.members[id]
  return member ~= nil and not member.gone and now - member.at < permit_ms
end

-- By whichever clock says more: the time in the books may have been slowed while a member's call was on its way.
local function silent_ms(member)
  return math.max(now - member.heard, clock - (member.heard_clock or clock))
end

local function is_joining(member) return now - member.since < ${windowMs} end
local function is_live(member)
  return not member.gone and silent_ms(member) < ${liveMs} and not is_joining(member)
end

-- Returns the member as it was, and whether Redis has forgotten what it told it.
local function meet()
  local told = call.told and math.min(call.told.atMs, now)
  local member = fleet.members[call.member]
  local lost = told ~= nil and (member == nil or told > member.at)
  if lost then fleet.claimed = math.max(fleet.claimed, call.fleet) end
  -- One that has just started has called nobody yet: it is live as soon as it shows that it hears the answers.
  if member == nil then
    local started = call.number == 1
    member = {met = now, heard = now - ${liveMs}, heard_clock = clock - ${liveMs}, since = started and 0 or now, number = 0}
    fleet.members[call.member] = member
  elseif lost then
    fleet.quiet = now + ${windowMs}
  elseif told and (told - member.heard >= ${apartAfterMs} or silent_ms(member) >= ${apartAfterMs}) then
    member.since = now
  end
  local number_before = member.number
  member.number = call.number
  -- The last answer was heard: it was given when Redis' clock said so.
  if told and told == member.at then member.heard_clock = member.clock end
  member.at = now
  member.clock = clock
  member.heard = math.max(member.heard, told or 0)
  member.gone = call.leaves or nil
  return member, number_before, lost
end

local function forget_members()
  local number, oldest = 0, nil
  for id, member in pairs(fleet.members) do
    if now - member.at >= ${forgetMs} then
      fleet.members[id] = nil
    else
      number = number + 1
      if not oldest or member.at < fleet.members[oldest].at then oldest = id end
    end
  end
  if number > ${mostMembers} then fleet.members[oldest] = nil end
end

local function census()
  local live, joining, missing, settled = 0, 0, 0, 0
  for _, member in pairs(fleet.members) do
    if not member.gone then
      if silent_ms(member) >= ${liveMs} then missing = missing + 1
      elseif is_joining(member) then joining = joining + 1
      else live = live + 1 end
      if now - member.at < ${liveMs} and now - member.met >= ${apartAfterMs} then settled = settled + 1 end
    end
  end
  local present = live + joining
  if now - fleet.most_since >= ${forgetMs} then
    fleet.most_before, fleet.most, fleet.most_since = fleet.most, settled, now
  end
  fleet.most = math.max(fleet.most, settled)
  local known = math.max(fleet.most, fleet.most_before, call.replicas)
  local parts = math.max(present, math.min(present + missing, known), 1)
  if now - fleet.born < ${forgetMs} then
    parts = math.max(parts, fleet.claimed, call.replicas)
  end
  return {live = live, parts = parts}
end
`;
