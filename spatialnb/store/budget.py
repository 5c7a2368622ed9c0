"""Money: what may be spent, what was, and what is set aside for calls that are under way.

A call sets aside the most that it may cost before it is made, in one step with the check that every budget has that
much left, so that no number of processes together spend more than a budget. Afterwards what it did cost is written
down in its place. What a killed process had set aside is free again after `HELD` seconds.

Sums are whole billionths of a US dollar, which Lua's numbers hold exactly up to nine million dollars.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from spatialnb.store.keys import DAY, quoted
from spatialnb.store.together import joinable

if TYPE_CHECKING:
    from spatialnb.store.connection import Link

Scope: TypeAlias = Literal["run", "project", "tenant", "day"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
HELD = 120.0
"""Seconds after which what a call set aside is free again, unless its process says that the call goes on."""
RUN_TTL = 90 * DAY
NANO = 10**9
ROUNDING = 1e-3
"""What binary fractions may add to a sum in billionths."""

MONEY = """
-- KEYS: caps, spent, reserved, held, details, run.  ARGV: verb, now (ms, 0: the server's clock), then the verb's own.
-- caps      hash, for ever: scope, or project:<name>, to its budget
-- spent     hash, for ever: tenant, day:<number>, project:<name>, to what was spent;  run  string, RUN_TTL: the same
-- reserved  hash: scope with its name to what is set aside;  held  sorted set: id to when that ends
-- details   hash: id to what it set aside, and where
pcall(redis.set_repl, redis.REPL_NONE) -- what is set aside need not outlive the server; what was spent must
local verb, now = ARGV[1], tonumber(ARGV[2])
if now == 0 then
  local t = redis.call('TIME')
  now = t[1] * 1000 + math.floor(t[2] / 1000)
end
local day = 'day:' .. math.floor(now / 86400000)
local function whole(number) return string.format('%.0f', number) end

local function let_go(id)
  local entry = redis.call('HGET', KEYS[5], id)
  redis.call('ZREM', KEYS[4], id)
  if not entry then return nil end
  entry = cjson.decode(entry)
  redis.call('HDEL', KEYS[5], id)
  for _, place in ipairs(entry.places) do
    if redis.call('HINCRBY', KEYS[3], place, whole(0 - entry.amount)) <= 0 then redis.call('HDEL', KEYS[3], place) end
  end
  return entry
end

local function purge()
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', now)) do let_go(id) end
end

local function spent(place, run)
  if place == run then return tonumber(redis.call('GET', KEYS[6]) or '0') end
  return tonumber(redis.call('HGET', KEYS[2], place) or '0')
end

if verb == 'reserve' then
  local id, amount, ttl, project, run = ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6], ARGV[7]
  if redis.call('EXISTS', KEYS[1]) == 0 then return {1, '', '0', '0'} end
  purge()
  if redis.call('HEXISTS', KEYS[5], id) == 1 then return {1, '', '0', '0'} end
  local caps = {}
  local listed = redis.call('HGETALL', KEYS[1])
  for i = 1, #listed, 2 do caps[listed[i]] = tonumber(listed[i + 1]) end
  local places = {'tenant', day}
  local limits = {caps.tenant or false, caps.day or false}
  if project ~= '' then
    table.insert(places, project)
    table.insert(limits, caps[project] or caps.project or false)
  end
  if run ~= '' then
    table.insert(places, run)
    table.insert(limits, caps.run or false)
  end
  local tight, least
  for i, place in ipairs(places) do
    if limits[i] then
      local left = limits[i] - spent(place, run) - tonumber(redis.call('HGET', KEYS[3], place) or '0')
      if not least or left < least then tight, least = place, left end
    end
  end
  if least and (amount > least or amount < 0) then
    return {0, tight, whole(least), redis.call('HGET', KEYS[3], tight) or '0'}
  end
  if not least then return {1, '', '0', '0'} end
  for _, place in ipairs(places) do redis.call('HINCRBY', KEYS[3], place, whole(amount)) end
  redis.call('ZADD', KEYS[4], now + ttl, id)
  redis.call('HSET', KEYS[5], id, cjson.encode({amount = amount, places = places}))
  return {1, tight, whole(least), '0'}
end

if verb == 'settle' then
  local id, amount, project, run, ttl = ARGV[3], tonumber(ARGV[4]), ARGV[5], ARGV[6], ARGV[7]
  local entry = let_go(id)
  if entry then redis.call('PUBLISH', ARGV[8], '') end
  if amount <= 0 then return 1 end
  pcall(redis.set_repl, redis.REPL_ALL)
  local places = entry and entry.places or {'tenant', day, project, run}
  for _, place in ipairs(places) do
    if place == run and run ~= '' then
      redis.call('INCRBY', KEYS[6], whole(amount))
      redis.call('EXPIRE', KEYS[6], ttl)
    elseif place ~= '' then
      redis.call('HINCRBY', KEYS[2], place, whole(amount))
    end
  end
  return 1
end

if verb == 'renew' then
  if redis.call('ZSCORE', KEYS[4], ARGV[3]) then redis.call('ZADD', KEYS[4], now + tonumber(ARGV[4]), ARGV[3]) end
  return 1
end

if verb == 'look' then
  purge()
  return {day, redis.call('HGETALL', KEYS[1]), redis.call('HGETALL', KEYS[2]), redis.call('HGETALL', KEYS[3]),
          redis.call('GET', KEYS[6]) or '0'}
end
return redis.error_reply('unknown verb')
"""

_money = joinable(MONEY)


@dataclass(frozen=True)
class Purse:
    """Whose money a call spends. Its tenant's and the day's it spends always."""

    project: str = ""
    run: str = ""


@dataclass(frozen=True)
class Verdict:
    """Whether money was set aside; if some budget applies, the tightest of them and what it had left before."""

    granted: bool
    scope: str = ""
    left_usd: float = math.inf
    held_usd: float = 0.0
    """Where it was not granted: what calls under way have set aside of that budget, and may yet free."""


class Budget:
    """The money of one tenant. Amounts are US dollars; what is set aside is rounded up."""

    def __init__(self, link: Link, root: str, *, held: float = HELD) -> None:
        self._link = link
        self._root = root
        self.held = held

    @staticmethod
    def ticket() -> str:
        return uuid.uuid4().hex

    def cap(self, scope: Scope, usd: float | None, project: str = "") -> None:
        """Let `scope` (each run, each project or just that one, the tenant in all, each day) spend `usd`; None: all."""
        name = _place("project", project) if scope == "project" and project else scope
        if usd is None:
            self._link.run(lambda client: client.hdel(self._keys()[0], name))
        else:
            self._link.run(lambda client: client.hset(self._keys()[0], name, str(round(usd * NANO))))

    def reserve(self, ticket: str, usd: float | None, purse: Purse) -> Verdict:
        """Set `usd` aside for one call, if every budget has that much left. None, for a price that nobody knows, is
        granted only if no budget applies."""
        args: list[str | int | bytes] = [
            *("reserve", 0, ticket, -1 if usd is None else math.ceil(usd * NANO - ROUNDING), int(self.held * 1000)),
            *_places(purse),
        ]
        granted, place, left, held = self._link.run(lambda client: _money(client, self._keys(purse), args))
        if not place:
            return Verdict(bool(granted))
        return Verdict(bool(granted), place.decode().partition(":")[0], int(left) / NANO, int(held) / NANO)

    def settle(self, ticket: str, usd: float, purse: Purse) -> None:
        """Free what was set aside and write down that `usd` were spent."""
        self._link.run(lambda client: self.settle_in(client, ticket, usd, purse))

    def settle_in(self, client: Any, ticket: str, usd: float, purse: Purse) -> Any:
        """`settle` on a client, or as a part of a pipeline."""
        args: list[str | int | bytes] = ["settle", 0, ticket, round(usd * NANO), *_places(purse), RUN_TTL, self._freed]
        return _money(client, self._keys(purse), args)

    def freed(self) -> Freed:
        """Hear of money that is freed from now on; close it."""
        return Freed(self._link, self._freed)

    @property
    def _freed(self) -> str:
        """Channel on which it is said that a call was settled."""
        return f"{self._root}:freed"

    def renew(self, ticket: str) -> None:
        """The call goes on."""
        args: list[str | int | bytes] = ["renew", 0, ticket, int(self.held * 1000)]
        self._link.run(lambda client: _money(client, self._keys(), args))

    def caps(self) -> dict[str, float]:
        """The budgets: scope, or `project:<name>`, to US dollars."""
        return {_shown(name): int(value) / NANO for name, value in self._look(Purse())[1].items()}

    def spent(self, scope: Scope, purse: Purse | None = None) -> float:
        """US dollars that were spent, by the tenant in all, today (UTC), or by the purse's project or run."""
        purse = purse or Purse()
        day, _, spent, _, run = self._look(purse)
        if scope == "run":
            return int(run) / NANO
        place = {"tenant": "tenant", "day": day, "project": _places(purse)[0]}[scope]
        return int(spent.get(place, 0)) / NANO

    def reserved(self) -> float:
        """US dollars that are set aside for calls under way."""
        return int(self._look(Purse())[3].get("tenant", 0)) / NANO

    def _look(self, purse: Purse) -> tuple[str, Mapping[str, str], Mapping[str, str], Mapping[str, str], str]:
        args: list[str | int | bytes] = ["look", 0]
        day, caps, spent, reserved, run = self._link.run(lambda client: _money(client, self._keys(purse), args))
        return day.decode(), _pairs(caps), _pairs(spent), _pairs(reserved), run.decode()

    def _keys(self, purse: Purse | None = None) -> list[str]:
        names = ("caps", "spent", "reserved", "held", "details")
        run = _places(purse)[1] if purse else ""
        return [*(f"{self._root}:{name}" for name in names), f"{self._root}:{run or 'run:'}"]


class Freed:
    """Waits for calls to be settled."""

    def __init__(self, link: Link, channel: str) -> None:
        self._heard: Any = link.run(lambda client: _subscribed(client, channel))

    def wait(self, seconds: float) -> None:
        """Until a call of any process was settled, or `seconds` are over; raises `StoreUnavailable`."""
        from spatialnb.errors import StoreUnavailable
        from spatialnb.store.connection import is_away

        try:
            self._heard.get_message(timeout=seconds)
        except Exception as error:
            if is_away(error):
                raise StoreUnavailable("The store is away; it is looked for in the background.") from None
            raise

    def close(self) -> None:
        self._heard.close()


def _subscribed(client: Any, channel: str) -> Any:
    heard = client.pubsub(ignore_subscribe_messages=True)
    heard.subscribe(channel)
    heard.get_message(timeout=1)  # the answer to subscribing
    return heard


def _place(scope: str, name: str) -> str:
    return f"{scope}:{quoted(name)}"


def _shown(place: str) -> str:
    from spatialnb.store.keys import unquoted

    scope, _, name = place.partition(":")
    return f"{scope}:{unquoted(name)}" if name else scope


def _places(purse: Purse) -> tuple[str, str]:
    project = _place("project", purse.project) if purse.project else ""
    run = f"run:{quoted(purse.project)}/{quoted(purse.run)}" if purse.run else ""
    return project, run


def _pairs(listed: list[bytes]) -> dict[str, str]:
    words = [entry.decode() for entry in listed]
    return dict(zip(words[::2], words[1::2], strict=True))
