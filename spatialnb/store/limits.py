"""Turns at something that many processes share and that takes only so much: requests and tokens in a window of time,
and calls at once. Who comes too early queues, and is told when it is their turn.

All of it is one script in Redis, so that four processes keep a limit as exactly as one. The `limits` library was
looked at: it counts hits in a window, but one limit at a time, so that a call could pass the first of three and burn
it; it has no leases for calls in flight, no queue, and no way to correct a count by what a call took in the end.

Fairness is start-time fair queueing on two levels: between tenants, and between the runs of each. A tenant that has
waited less has no credit for its idle time. Interactive calls go before background ones, but after `PATIENT` of them in
a row one that waits in the background is let through, so that it never waits for ever.
"""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spatialnb.store.together import joinable

if TYPE_CHECKING:
    from spatialnb.store.connection import Link

LEASE = 30.0
"""Seconds after which a call in flight counts as ended, unless its process says that it goes on."""
WAITER = 6.0
"""Seconds after which one that waits counts as gone, unless it asks again."""
CLAIM = 3.0
"""Seconds in which one whose turn it is has to take it; after that the turn is given to the next."""
PATIENT = 8
"""Interactive turns in a row after which a background one is given."""
WINDOW = 60.0

TURNS = """
-- KEYS: root of the keys of one pool. ARGV: verb, now (ms, 0: the server's clock), then what the verb takes.
-- <root>:window   sorted set: ticket -> when its call was made, for the length of the window and while it goes on
-- <root>:tokens   hash: ticket -> tokens it took, of those in the window; field '' is their sum
-- <root>:leases   sorted set: ticket -> when its lease ends
-- <root>:unclaimed  hash: ticket -> 1 until it takes its turn
-- <root>:alive    sorted set: waiting ticket -> when it counts as gone; <root>:tickets  hash: waiting ticket -> JSON
-- <root>:active:<class>   sorted set: tenant with waiting tickets -> its virtual time
-- <root>:last:<class>     hash: tenant -> its latest virtual time
-- <root>:queue:<class>:<tenant>   sorted set: waiting ticket -> its start tag among the tenant's runs
-- <root>:runs:<class>:<tenant>    hash: run -> finish tag of its latest; field '' is the tenant's virtual time
-- <root>:state    hash: seq, v:<class> (virtual time), row (interactive turns given in a row)
pcall(redis.set_repl, redis.REPL_NONE) -- nothing of this is worth keeping over a restart
local root = KEYS[1]
local verb, now = ARGV[1], tonumber(ARGV[2])
if now == 0 then
  local t = redis.call('TIME')
  now = t[1] * 1000 + math.floor(t[2] / 1000)
end
local CLASSES = {'i', 'b'}
local function key(...) return table.concat({root, ...}, ':') end
local function text(number) return string.format('%.17g', number) end

local function forget_call(ticket)
  redis.call('ZREM', key('window'), ticket)
  local tokens = tonumber(redis.call('HGET', key('tokens'), ticket) or '0')
  redis.call('HDEL', key('tokens'), ticket)
  if tokens ~= 0 then redis.call('HINCRBY', key('tokens'), '', -tokens) end
end

local function unqueue(ticket)
  local entry = redis.call('HGET', key('tickets'), ticket)
  if not entry then return nil end
  entry = cjson.decode(entry)
  redis.call('HDEL', key('tickets'), ticket)
  redis.call('ZREM', key('alive'), ticket)
  local queue = key('queue', entry.class, entry.tenant)
  redis.call('ZREM', queue, entry.member)
  if redis.call('EXISTS', queue) == 0 then
    redis.call('ZREM', key('active', entry.class), entry.tenant)
    redis.call('DEL', key('runs', entry.class, entry.tenant))
  end
  return entry
end

local function purge(window)
  for _, ticket in ipairs(redis.call('ZRANGEBYSCORE', key('leases'), '-inf', now)) do
    redis.call('ZREM', key('leases'), ticket)
    -- A turn that nobody took was no call.
    if redis.call('HDEL', key('unclaimed'), ticket) == 1 then forget_call(ticket) end
  end
  for _, ticket in ipairs(redis.call('ZRANGEBYSCORE', key('window'), '-inf', now - window)) do
    -- When a call under way reached the endpoint is not known yet, so it counts.
    if not redis.call('ZSCORE', key('leases'), ticket) then forget_call(ticket) end
  end
  for _, ticket in ipairs(redis.call('ZRANGEBYSCORE', key('alive'), '-inf', now)) do unqueue(ticket) end
end

local function head(class)
  local tenant = redis.call('ZRANGE', key('active', class), 0, 0)[1]
  if not tenant then return nil end
  local member = redis.call('ZRANGE', key('queue', class, tenant), 0, 0)[1]
  return string.sub(member, 14)
end

local function next_ticket()
  local first, patient = head('i'), head('b')
  if first and patient and tonumber(redis.call('HGET', key('state'), 'row') or '0') >= PATIENT then return patient end
  return first or patient
end

local function fits(limits, tokens)
  if limits.requests and redis.call('ZCARD', key('window')) >= limits.requests then return false end
  if limits.at_once and redis.call('ZCARD', key('leases')) >= limits.at_once then return false end
  if limits.tokens then
    local taken = tonumber(redis.call('HGET', key('tokens'), '') or '0')
    if taken + tokens > limits.tokens then return false end
  end
  return true
end

local function grant(ticket, entry, lease)
  local class, tenant = entry.class, entry.tenant
  local cost = math.max(1, entry.tokens)
  local v = tonumber(redis.call('ZSCORE', key('active', class), tenant))
  local start = tonumber(redis.call('ZSCORE', key('queue', class, tenant), entry.member))
  redis.call('HSET', key('state'), 'v:' .. class, text(v))
  redis.call('HSET', key('runs', class, tenant), '', text(start))
  redis.call('ZADD', key('active', class), text(v + cost), tenant)
  redis.call('HSET', key('last', class), tenant, text(v + cost))
  if class == 'i' then redis.call('HINCRBY', key('state'), 'row', 1) else redis.call('HSET', key('state'), 'row', 0) end
  unqueue(ticket)
  forget_call(ticket) -- of one that comes again after its lease had ended
  redis.call('ZADD', key('window'), now, ticket)
  redis.call('HSET', key('tokens'), ticket, entry.tokens)
  redis.call('HINCRBY', key('tokens'), '', entry.tokens)
  redis.call('ZADD', key('leases'), now + lease, ticket)
end

local function dispatch(limits, mine, lease, claim)
  while true do
    local ticket = next_ticket()
    if not ticket then return end
    local entry = cjson.decode(redis.call('HGET', key('tickets'), ticket))
    if not fits(limits, entry.tokens) then return end
    if ticket == mine then
      grant(ticket, entry, lease)
    else
      grant(ticket, entry, claim)
      redis.call('HSET', key('unclaimed'), ticket, 1)
      redis.call('RPUSH', entry.wake, ticket)
      redis.call('PEXPIRE', entry.wake, 60000)
    end
  end
end

local function keep(length)
  for _, name in ipairs({'window', 'tokens', 'leases', 'unclaimed', 'alive', 'tickets', 'state'}) do
    redis.call('PEXPIRE', key(name), length)
  end
  for _, class in ipairs(CLASSES) do
    redis.call('PEXPIRE', key('active', class), length)
    redis.call('PEXPIRE', key('last', class), length)
  end
end

local function rank(ticket, entry)
  -- Only for spreading those who ask again: how many of one's class and tenant are before.
  return redis.call('ZRANK', key('queue', entry.class, entry.tenant), entry.member) or 0
end

if verb == 'acquire' then
  local ticket, ask = ARGV[3], cjson.decode(ARGV[4])
  local limits = ask.limits
  local idle = 2 * ask.window + 3600000
  purge(ask.window)
  if redis.call('ZSCORE', key('leases'), ticket) then
    if redis.call('HDEL', key('unclaimed'), ticket) == 1 then
      redis.call('ZADD', key('window'), now, ticket)
    end
    redis.call('ZADD', key('leases'), now + ask.lease, ticket)
    return {1, 0}
  end
  if limits.tokens and ask.tokens > limits.tokens then return {-1, 0} end
  local entry = redis.call('HGET', key('tickets'), ticket)
  if entry then
    entry = cjson.decode(entry)
  else
    local class, tenant, run = ask.class, ask.tenant, ask.run
    local seq = redis.call('HINCRBY', key('state'), 'seq', 1)
    local runs = key('runs', class, tenant)
    local start = math.max(
      tonumber(redis.call('HGET', runs, '') or '0'), tonumber(redis.call('HGET', runs, 'r:' .. run) or '0'))
    entry = {class = class, tenant = tenant, tokens = ask.tokens, wake = ask.wake,
             member = string.format('%012d:%s', seq, ticket)}
    redis.call('HSET', runs, 'r:' .. run, text(start + math.max(1, ask.tokens)))
    redis.call('PEXPIRE', runs, idle)
    redis.call('HSET', key('tickets'), ticket, cjson.encode(entry))
    local queue = key('queue', class, tenant)
    if redis.call('EXISTS', queue) == 0 then
      local v = math.max(tonumber(redis.call('HGET', key('state'), 'v:' .. class) or '0'),
                         tonumber(redis.call('HGET', key('last', class), tenant) or '0'))
      redis.call('ZADD', key('active', class), text(v), tenant)
    end
    redis.call('ZADD', queue, text(start), entry.member)
    redis.call('PEXPIRE', queue, idle)
  end
  redis.call('ZADD', key('alive'), now + ask.waiter, ticket)
  dispatch(limits, ticket, ask.lease, ask.claim)
  keep(idle)
  if redis.call('ZSCORE', key('leases'), ticket) then return {1, 0} end
  local soonest = math.huge
  local function consider(score, after)
    if score then soonest = math.min(soonest, tonumber(score) + after - now) end
  end
  local calls = redis.call('ZRANGE', key('window'), 0, 99, 'WITHSCORES')
  for i = 1, #calls, 2 do
    if not redis.call('ZSCORE', key('leases'), calls[i]) then
      consider(calls[i + 1], ask.window)
      break
    end
  end
  consider(redis.call('ZRANGE', key('leases'), 0, 0, 'WITHSCORES')[2], 0)
  consider(redis.call('ZRANGE', key('alive'), 0, 0, 'WITHSCORES')[2], 0)
  return {0, math.max(1, soonest) + math.min(200, 3 * rank(ticket, entry))}
end

if verb == 'release' then
  local ticket, ask = ARGV[3], cjson.decode(ARGV[4])
  redis.call('ZREM', key('leases'), ticket)
  redis.call('HDEL', key('unclaimed'), ticket)
  unqueue(ticket)
  if ask.tokens < 0 then
    forget_call(ticket)
  elseif redis.call('HEXISTS', key('tokens'), ticket) == 1 then
    local before = tonumber(redis.call('HGET', key('tokens'), ticket))
    redis.call('HSET', key('tokens'), ticket, ask.tokens)
    redis.call('HINCRBY', key('tokens'), '', ask.tokens - before)
    redis.call('ZADD', key('window'), 'GT', now - ask.ago, ticket)
  end
  purge(ask.window)
  dispatch(ask.limits, '', ask.claim, ask.claim)
  return {1, 0}
end

if verb == 'renew' then
  if redis.call('ZSCORE', key('leases'), ARGV[3]) then
    redis.call('ZADD', key('leases'), now + tonumber(ARGV[4]), ARGV[3])
    return {1, 0}
  end
  return {0, 0}
end

if verb == 'look' then
  purge(tonumber(ARGV[4]))
  return {redis.call('ZCARD', key('leases')), redis.call('ZCARD', key('window')),
          tonumber(redis.call('HGET', key('tokens'), '') or '0'), redis.call('ZCARD', key('alive'))}
end
return redis.error_reply('unknown verb')
""".replace(">= PATIENT", f">= {PATIENT}")

_turns = joinable(TURNS)


@dataclass(frozen=True)
class Limits:
    """What a pool takes; None: as much as comes."""

    requests: int | None = None
    """In any window."""
    tokens: int | None = None
    """In any window, asked and answered together."""
    at_once: int | None = None

    def __bool__(self) -> bool:
        return self.requests is not None or self.tokens is not None or self.at_once is not None

    def json(self) -> dict[str, int]:
        given = {"requests": self.requests, "tokens": self.tokens, "at_once": self.at_once}
        return {name: value for name, value in given.items() if value is not None}


@dataclass(frozen=True)
class Ask:
    """One who wants a turn."""

    ticket: str
    pool: str
    limits: Limits
    tokens: int = 0
    """As many as the call may take at most."""
    tenant: str = ""
    run: str = ""
    background: bool = False


@dataclass(frozen=True)
class Load:
    """What a pool has on its hands."""

    at_once: int
    requests: int
    tokens: int
    waiting: int


class TooMuch(ValueError):
    """More tokens than the window ever takes."""


class Turns:
    """Turns at pools. `window`, `lease`, `waiter` and `claim` are seconds; `clock` gives milliseconds for tests."""

    def __init__(
        self,
        link: Link,
        root: str = "snb:{limits}",
        *,
        window: float = WINDOW,
        lease: float = LEASE,
        waiter: float = WAITER,
        claim: float = CLAIM,
        clock: Callable[[], int] = lambda: 0,
    ) -> None:
        self._link = link
        self._root = root
        self.window, self.lease, self.waiter, self.claim = window, lease, waiter, claim
        self._clock = clock
        self._bell = Bell(link, f"{root}:wake:{os.getpid()}-{uuid.uuid4().hex[:12]}")

    @staticmethod
    def ticket() -> str:
        return uuid.uuid4().hex

    def acquire(self, ask: Ask) -> float | None:
        """None if it is the asker's turn, which has to be released; else the seconds after which asking again may help.

        Whoever is told to wait keeps its place by asking again within `waiter` seconds with the same ticket; `heard`
        calls back as soon as it has been given its turn, which it takes by asking again within `claim` seconds. Raises
        `TooMuch` for what will never fit.
        """
        granted, wait = self._run("acquire", ask, {**self._asked(ask), "tokens": ask.tokens})
        if granted < 0:
            raise TooMuch(ask.pool)
        return None if granted else min(int(wait) / 1000, self.waiter / 3)

    def release(self, ask: Ask, tokens: int | None = None, ago: float = 0.0) -> None:
        """Give the turn, or the place in the queue, back. `tokens` is what the call took; None: no call was made.

        `ago` is how many seconds ago the endpoint had certainly got it; the window is counted from there on, so that
        the limit holds as the endpoint sees it, however long a call was under way to it.
        """
        self._run("release", ask, self._released(ask, tokens, ago))

    def _released(self, ask: Ask, tokens: int | None, ago: float) -> dict[str, Any]:
        return {**self._asked(ask), "tokens": -1 if tokens is None else tokens, "ago": int(ago * 1000)}

    def release_in(self, pipe: Any, ask: Ask, tokens: int | None = None, ago: float = 0.0) -> None:
        """`release` as a part of a pipeline."""
        import json

        told = self._released(ask, tokens, ago)
        _turns(pipe, [self._key(ask.pool)], ["release", self._clock(), ask.ticket, json.dumps(told)])

    def renew(self, ask: Ask) -> bool:
        """The call goes on. False if its lease had ended."""
        args: list[str | int | bytes] = ["renew", self._clock(), ask.ticket, int(self.lease * 1000)]
        return bool(self._link.run(lambda client: _turns(client, [self._key(ask.pool)], args))[0])

    def load(self, pool: str) -> Load:
        args: list[str | int | bytes] = ["look", self._clock(), "", int(self.window * 1000)]
        return Load(*self._link.run(lambda client: _turns(client, [self._key(pool)], args)))

    def heard(self, ticket: str, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back, on another thread, when the ticket is given its turn; returns what ends it."""
        return self._bell.listen(ticket, callback)

    def close(self) -> None:
        self._bell.close()

    def _asked(self, ask: Ask) -> dict[str, Any]:
        return {
            "limits": ask.limits.json() or {"none": 0},
            "window": int(self.window * 1000),
            "lease": int(self.lease * 1000),
            "waiter": int(self.waiter * 1000),
            "claim": int(self.claim * 1000),
            "class": "b" if ask.background else "i",
            "tenant": ask.tenant,
            "run": ask.run,
            "wake": self._bell.key,
        }

    def _run(self, verb: str, ask: Ask, told: dict[str, Any]) -> tuple[int, int]:
        import json

        args: list[str | int | bytes] = [verb, self._clock(), ask.ticket, json.dumps(told)]
        first, second = self._link.run(lambda client: _turns(client, [self._key(ask.pool)], args))
        return int(first), int(second)

    def _key(self, pool: str) -> str:
        return f"{self._root}:{pool}"


class Bell:
    """Waits, on a thread that lives while somebody listens, for the tickets that are called in this process."""

    def __init__(self, link: Link, key: str) -> None:
        self.key = key
        self._link = link
        self._lock = threading.Lock()
        self._listeners: dict[str, Callable[[], None]] = {}
        self._thread: threading.Thread | None = None

    def listen(self, ticket: str, callback: Callable[[], None]) -> Callable[[], None]:
        with self._lock:
            self._listeners[ticket] = callback
            if self._thread is None:
                self._thread = threading.Thread(target=self._wait, name="spatialnb-turns", daemon=True)
                self._thread.start()

        def end() -> None:
            with self._lock:
                self._listeners.pop(ticket, None)

        return end

    def _wait(self) -> None:
        from spatialnb.store.connection import is_away

        client: Any = None
        try:
            client = self._link.blocking_client()
            while True:
                called: Any = client.blpop([self.key], timeout=5)
                with self._lock:
                    callback = self._listeners.get(called[1].decode()) if called else None
                    if not self._listeners:
                        self._thread = None
                        return
                if callback is not None:
                    callback()
        except Exception as error:
            with self._lock:
                self._thread = None
            if not is_away(error):
                raise
            # Those who wait ask again by themselves, and find that the store is away.
        finally:
            if client is not None:
                client.close()

    def close(self) -> None:
        from spatialnb.errors import StoreUnavailable

        with self._lock:
            thread = self._thread
            self._listeners.clear()
        if thread is None or not thread.is_alive():
            return
        try:
            self._link.run(lambda client: client.rpush(self.key, ""))
        except StoreUnavailable:
            return
        thread.join(5)
        self._link.run(lambda client: client.delete(self.key))
