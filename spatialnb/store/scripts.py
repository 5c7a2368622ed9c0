"""What has to happen in Redis as one step, in Lua."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from redis import Redis

APPEND = """
-- KEYS: changes, head, steps, fences.
-- ARGV: revision, change, token, mark, step (or ''), seconds the steps are kept, run, its fence (or 0).
-- Answers the latest revision, and 1 if the entry is there, 0 if another is, -1 if someone else has the run by now.
local head = tonumber(redis.call('GET', KEYS[2]) or '0')
local revision = tonumber(ARGV[1])
if head ~= revision - 1 then
  -- A retry after a lost answer finds its own entry.
  if head == revision then
    local last = redis.call('XRANGE', KEYS[1], ARGV[1] .. '-0', ARGV[1] .. '-0')
    if last[1] then
      local fields = last[1][2]
      for i = 1, #fields, 2 do
        if fields[i] == 't' and fields[i + 1] == ARGV[3] then return {head, 1} end
      end
    end
  end
  return {head, 0}
end
if ARGV[8] ~= '0' and tonumber(redis.call('HGET', KEYS[4], ARGV[7]) or '0') > tonumber(ARGV[8]) then
  return {head, -1}
end
redis.call('XADD', KEYS[1], ARGV[1] .. '-0', 'c', ARGV[2], 't', ARGV[3], 'm', ARGV[4])
redis.call('SET', KEYS[2], ARGV[1])
if ARGV[5] ~= '' then
  redis.call('HSET', KEYS[3], ARGV[5], ARGV[1])
  redis.call('EXPIRE', KEYS[3], ARGV[6])
end
return {revision, 1}
"""

SAVE_RUN = """
-- KEYS: runs, turns, records of the run (which the state holds now), fences.
-- ARGV: run id, state, runs kept, seconds kept, the run's fence (or 0).
if ARGV[5] ~= '0' and tonumber(redis.call('HGET', KEYS[4], ARGV[1]) or '0') > tonumber(ARGV[5]) then return 0 end
if not redis.call('ZSCORE', KEYS[2], ARGV[1]) then
  local last = redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')
  redis.call('ZADD', KEYS[2], (tonumber(last[2]) or 0) + 1, ARGV[1])
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('DEL', KEYS[3])
local over = redis.call('ZCARD', KEYS[2]) - tonumber(ARGV[3])
if over > 0 then
  for _, id in ipairs(redis.call('ZRANGE', KEYS[2], 0, over - 1)) do
    redis.call('HDEL', KEYS[1], id)
    redis.call('ZREM', KEYS[2], id)
  end
end
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('EXPIRE', KEYS[2], ARGV[4])
"""

RECORD_STEPS = """
-- KEYS: records of the run, fences.  ARGV: run id, its fence (or 0), seconds kept, then step ids and states.
if ARGV[2] ~= '0' and tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or '0') > tonumber(ARGV[2]) then return 0 end
for i = 4, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""

TAKE_LEASE = """
-- KEYS: lease, fences.  ARGV: run id, holder, milliseconds, the lease of a process that is dead (or ''), seconds kept.
-- Answers the fence and the lease; 0 and the lease that stands if someone else has it.
local now = redis.call('GET', KEYS[1])
if now and now ~= ARGV[4] and string.sub(now, string.find(now, ' ') + 1) ~= ARGV[2] then return {0, now} end
local fence = redis.call('HINCRBY', KEYS[2], ARGV[1], 1)
redis.call('EXPIRE', KEYS[2], ARGV[5])
local lease = fence .. ' ' .. ARGV[2]
redis.call('SET', KEYS[1], lease, 'PX', ARGV[3])
return {fence, lease}
"""

RENEW_LEASE = """
local held = redis.call('GET', KEYS[1])
if not held and redis.call('HGET', KEYS[2], ARGV[3]) == ARGV[4] then
  -- It ended while its holder was too busy to renew it, and nobody has taken the run over since.
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return 1
end
if held ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""

RELEASE_LEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
"""


class Script:
    """A script, sent once and then called by its hash."""

    def __init__(self, text: str) -> None:
        import hashlib

        self._text = text
        self._hash = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    def __call__(self, client: Redis, keys: list[str], args: list[str | int | bytes]) -> Any:
        from redis.exceptions import NoScriptError

        try:
            return client.evalsha(self._hash, len(keys), *keys, *args)  # pyright: ignore[reportArgumentType]
        except NoScriptError:
            return client.eval(self._text, len(keys), *keys, *args)  # pyright: ignore[reportArgumentType]


append = Script(APPEND)
save_run = Script(SAVE_RUN)
record_steps = Script(RECORD_STEPS)
take_lease = Script(TAKE_LEASE)
