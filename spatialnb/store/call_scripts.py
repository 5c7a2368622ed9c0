"""What has to happen in Redis as one step around the calls of operations, in Lua."""

from __future__ import annotations

from spatialnb.store.scripts import Script

COUNT = """
-- KEYS: measures, mark of this batch, then one list of samples an operation.
-- ARGV: seconds measures are kept, samples kept, number of counts, field and amount of each count,
-- number of texts, field and text of each, then for each list: how many samples, and they, oldest first.
if not redis.call('SET', KEYS[2], '1', 'NX', 'EX', 3600) then return 0 end
local at = 4
for _ = 1, tonumber(ARGV[3]) do
  redis.call('HINCRBYFLOAT', KEYS[1], ARGV[at], ARGV[at + 1])
  at = at + 2
end
local texts = tonumber(ARGV[at])
at = at + 1
for _ = 1, texts do
  redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1])
  at = at + 2
end
redis.call('EXPIRE', KEYS[1], ARGV[1])
for list = 3, #KEYS do
  local samples = tonumber(ARGV[at])
  at = at + 1
  for _ = 1, samples do
    redis.call('LPUSH', KEYS[list], ARGV[at])
    at = at + 1
  end
  redis.call('LTRIM', KEYS[list], 0, tonumber(ARGV[2]) - 1)
  redis.call('EXPIRE', KEYS[list], ARGV[1])
end
return 1
"""

ASK_SERVICE = """
-- KEYS: service.  ARGV: token of the caller, milliseconds a trial may take.
-- Answers: may it be asked (1 or 0), state, failures in a row, milliseconds to wait, why.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local kept = redis.call('HMGET', KEYS[1], 'state', 'failures', 'until', 'trial_until', 'why')
local state, failures, why = kept[1] or 'closed', tonumber(kept[2] or '0'), kept[5] or ''
if state == 'closed' then return {1, state, failures, 0, why} end
if state == 'open' then
  local left = tonumber(kept[3] or '0') - now
  if left > 0 then return {0, state, failures, left, why} end
  redis.call('HSET', KEYS[1], 'state', 'half_open', 'since', now)
else
  local left = tonumber(kept[4] or '0') - now
  if left > 0 then return {0, state, failures, left, why} end
end
redis.call('HSET', KEYS[1], 'trial', ARGV[1], 'trial_until', now + tonumber(ARGV[2]))
return {1, 'half_open', failures, 0, why}
"""

TELL_SERVICE = """
-- KEYS: service, names of services.
-- ARGV: ok, failed or neither; token of the caller; why; quoted name; failures that open; milliseconds it then rests,
-- and at most; milliseconds the service itself asked for; seconds kept.
-- Answers the state before and after, and milliseconds until it is tried again.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local kept = redis.call('HMGET', KEYS[1], 'state', 'failures', 'opened', 'trial')
local before, failures, opened = kept[1] or 'closed', tonumber(kept[2] or '0'), tonumber(kept[3] or '0')
local trying = before == 'half_open' and kept[4] == ARGV[2]
local after, rest = before, 0
if ARGV[1] == 'ok' then
  -- What was asked before it opened and came back late says nothing of how it is now.
  if before == 'closed' or trying then
    after = 'closed'
    redis.call('DEL', KEYS[1])
  end
elseif ARGV[1] == 'failed' then
  failures = failures + 1
  redis.call('HSET', KEYS[1], 'failures', failures, 'why', ARGV[3])
  if trying or (before == 'closed' and failures >= tonumber(ARGV[5])) then
    after = 'open'
    rest = math.min(tonumber(ARGV[6]) * 2 ^ opened, tonumber(ARGV[7]))
    rest = math.floor(math.max(rest, tonumber(ARGV[8])))
    redis.call('HSET', KEYS[1], 'state', after, 'opened', opened + 1, 'until', now + rest)
  elseif before == 'closed' then
    redis.call('HSET', KEYS[1], 'state', 'closed')
  end
  if redis.call('HEXISTS', KEYS[1], 'since') == 0 then redis.call('HSET', KEYS[1], 'since', now) end
  redis.call('SADD', KEYS[2], ARGV[4])
  redis.call('EXPIRE', KEYS[2], ARGV[9])
  redis.call('EXPIRE', KEYS[1], ARGV[9])
elseif trying then
  redis.call('HDEL', KEYS[1], 'trial', 'trial_until')
end
if after ~= before and after ~= 'closed' then redis.call('HSET', KEYS[1], 'since', now) end
return {before, after, rest}
"""

KEEP_RESULT = """
-- KEYS: values, used, bytes.  ARGV: digest, value, seconds (now), results kept, bytes kept, seconds kept.
local size = redis.call('HSTRLEN', KEYS[1], ARGV[1])
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
local total = redis.call('INCRBY', KEYS[3], #ARGV[2] - size)
while redis.call('ZCARD', KEYS[2]) > tonumber(ARGV[4]) or total > tonumber(ARGV[5]) do
  local oldest = redis.call('ZRANGE', KEYS[2], 0, 0)[1]
  if not oldest then break end
  total = redis.call('DECRBY', KEYS[3], redis.call('HSTRLEN', KEYS[1], oldest))
  redis.call('HDEL', KEYS[1], oldest)
  redis.call('ZREM', KEYS[2], oldest)
end
for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, ARGV[6]) end
"""

count = Script(COUNT)
ask_service = Script(ASK_SERVICE)
tell_service = Script(TELL_SERVICE)
keep_result = Script(KEEP_RESULT)
