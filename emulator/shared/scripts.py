"""What Redis runs as one step each: it looks at its clock and at the log, and then writes.

The log's hash has: `birth`, which tells this log from any other that may come to be there; `run`,
the run of the server that it was last used on; `last`, the last stamp; `ahead`, which no stamp has
passed that is not written; `head`, the last entry's position; `cut`, the position of the last entry
taken from the stream; and what is known of the snapshot.

A stamp has 51 bits, so the numbers of Lua hold it until the year 2255. `last` is written by `look`
without being put into the append-only file or sent to replicas, for that would cost each look what
an append costs; hence `ahead`. Scripts without a first line `#!lua` begin even where memory is
short, and their first write is refused: so `APPEND` still tells what it did before.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha1

FORMAT = 1
"""How the log is kept. A log of a higher one is refused."""

AHEAD = 1_000_000
"""Microseconds that looks write ahead."""

REMEMBERED = 600_000
"""Milliseconds that a worker's last batch is remembered: far longer than it is sent again."""

PRELUDE = """
local key, stream = KEYS[1], KEYS[2]
local function text(stamp) return string.format('%.0f', stamp) end
local function now()
  local clock = redis.call('TIME')
  return tonumber(clock[1]) * 1000000 + tonumber(clock[2])
end
local function older(a, b)
  local at, an = string.match(a, '(%d+)-(%d+)')
  local bt, bn = string.match(b, '(%d+)-(%d+)')
  at, bt = tonumber(at), tonumber(bt)
  return at < bt or (at == bt and tonumber(an) < tonumber(bn))
end
local function there(position)
  return #redis.call('XRANGE', stream, position, position, 'COUNT', 1) > 0
end
local function lost(why) return redis.error_reply('LOST ' .. why) end
local function fence(birth, run)
  if birth ~= ARGV[1] then return lost('the log is not the one that it was') end
  if run ~= ARGV[2] then return redis.error_reply('STALE the server has begun anew') end
end
"""

BEGIN = f"""
local birth, run, last, ahead, head, cut, format = unpack(redis.call('HMGET', key,
  'birth', 'run', 'last', 'ahead', 'head', 'cut', 'format'))
local clock = now()
if not birth then
  if ARGV[1] ~= '' then return lost('the log is gone') end
  birth, last, head, cut = text(clock) .. ' ' .. ARGV[2], '0', '0-0', '0-0'
  redis.call('DEL', stream)
  redis.call('HSET', key, 'birth', birth, 'run', ARGV[2], 'last', last, 'ahead', '0',
    'head', head, 'cut', cut, 'format', '{FORMAT}')
  run = ARGV[2]
elseif tonumber(format) > {FORMAT} then
  return redis.error_reply('FORMAT ' .. format)
elseif ARGV[1] ~= '' and ARGV[1] ~= birth then
  return lost('the log is not the one that it was')
end
if run ~= ARGV[2] then
  redis.call('HSET', key, 'run', ARGV[2], 'last', text(math.max(tonumber(last), tonumber(ahead))))
end
local seen = ARGV[3]
if older(cut, seen) and not there(seen) then
  return lost('it ends at ' .. head .. ', and ' .. seen .. ' was in it')
end
return {{birth, head, text(clock)}}
"""

APPEND = f"""
local birth, run, last, ahead = unpack(redis.call('HMGET', key, 'birth', 'run', 'last', 'ahead'))
if birth ~= ARGV[1] then return lost('the log is not the one that it was') end
local done = redis.call('GET', KEYS[3])
local clock = now()
if done then
  local number, stamp, first = string.match(done, '(%d+) (%d+) (%d+)')
  if number == ARGV[3] then return {{stamp, first, text(clock)}} end
  if tonumber(number) > tonumber(ARGV[3]) then
    return redis.error_reply('LATE a later batch has been written')
  end
end
local no = fence(birth, run)
if no then return no end
if clock > tonumber(ARGV[4]) then return redis.error_reply('LATE it came after its time') end
local stamp = text(math.max(tonumber(last), clock))
local first, id
for at = 6, #ARGV, 3 do
  id = redis.call('XADD', stream, stamp .. '-*',
    'world', ARGV[at], 'kind', ARGV[at + 1], 'data', ARGV[at + 2], 'by', ARGV[5])
  first = first or string.match(id, '-(%d+)')
end
redis.call('HSET', key, 'last', stamp, 'head', id)
redis.call('SET', KEYS[3], ARGV[3] .. ' ' .. stamp .. ' ' .. first, 'PX', {REMEMBERED})
return {{stamp, first, text(clock)}}
"""

LOOK = f"""
local birth, run, last, ahead, head = unpack(redis.call('HMGET', key,
  'birth', 'run', 'last', 'ahead', 'head'))
local no = fence(birth, run)
if no then return no end
local stamp = math.max(tonumber(last), now())
if stamp > tonumber(ahead) then redis.call('HSET', key, 'ahead', text(stamp + {AHEAD})) end
redis.set_repl(redis.REPL_NONE)
redis.call('HSET', key, 'last', text(stamp))
return {{text(stamp), head}}
"""

CHECK = """
local birth, run, cut = unpack(redis.call('HMGET', key, 'birth', 'run', 'cut'))
local no = fence(birth, run)
if no then return no end
local after = ARGV[3]
if older(after, cut) then return redis.error_reply('BEHIND ' .. cut) end
if older(cut, after) and not there(after) then return lost('it does not have ' .. after) end
return 'OK'
"""

KEEP = """
local birth, run, kept, head, prefix, parts = unpack(redis.call('HMGET', key,
  'birth', 'run', 'kept', 'head', 'prefix', 'parts'))
local no = fence(birth, run)
if no then return no end
local position, margin = ARGV[3], tonumber(ARGV[4])
if older(head, position) then return redis.error_reply('AHEAD ' .. head) end
if redis.call('GET', KEYS[3]) == ARGV[7] then redis.call('DEL', KEYS[3]) end
if kept and prefix == ARGV[5] then return 1 end
if kept and not older(kept, position) then
  for at = 4, #KEYS do redis.call('UNLINK', KEYS[at]) end
  return 0
end
for at = 4, #KEYS do
  if redis.call('PERSIST', KEYS[at]) == 0 then return redis.error_reply('PART ' .. KEYS[at]) end
end
for part = 1, tonumber(parts or 0) do redis.call('UNLINK', prefix .. ':' .. part) end
redis.call('HSET', key, 'kept', position, 'prefix', ARGV[5], 'parts', #KEYS - 3, 'size', ARGV[6])
local stamp = tonumber(string.match(position, '(%d+)-'))
local from = margin > 0 and text(math.max(stamp - margin, 0)) .. '-0' or position
local gone = redis.call('XREVRANGE', stream, '(' .. from, '-', 'COUNT', 1)
if #gone > 0 then
  redis.call('XTRIM', stream, 'MINID', from)
  redis.call('HSET', key, 'cut', gone[1][1])
end
return 1
"""


@dataclass(frozen=True, slots=True)
class Script:
    """A script, and the digest that Redis knows it by."""

    text: str
    digest: str


def _script(body: str, flags: str | None = None) -> Script:
    first = "" if flags is None else f"#!lua flags={flags}\n"
    whole = first + PRELUDE + body
    return Script(whole, sha1(whole.encode(), usedforsecurity=False).hexdigest())


begin = _script(BEGIN, "allow-oom")
append = _script(APPEND)
look = _script(LOOK, "allow-oom")
check = _script(CHECK, "no-writes,allow-oom")
keep = _script(KEEP, "allow-oom")

EVERY = (begin, append, look, check, keep)
