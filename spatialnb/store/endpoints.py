"""The model endpoints of a tenant, how they have been doing, and what the tenant prefers. Never a key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spatialnb.models.base import Json
from spatialnb.store.together import joinable

if TYPE_CHECKING:
    from spatialnb.store.connection import Link

FAILURES = 3
"""Failures in a row after which an endpoint is left alone for a while."""
COOL_DOWN = 5.0
"""Seconds of the first while; each time it is twice as long, up to `LONGEST`."""
LONGEST = 300.0
TRIAL = 20.0
"""Seconds that one process has to try an endpoint whose while is over, before another may."""
SMOOTH = 0.2
"""Weight of the latest call in what is measured."""

_TEMPLATE = """
-- KEYS: health.  ARGV: verb, endpoint, now (ms, 0: the server's clock), then the verb's own.
-- health  hash: endpoint to JSON: calls, failures, success (0 to 1), latency (s), streak, opened, until_ms,
--         why, at (ms), refuses
local verb, name, now = ARGV[1], ARGV[2], tonumber(ARGV[3])
if now == 0 then
  local t = redis.call('TIME')
  now = t[1] * 1000 + math.floor(t[2] / 1000)
end
local kept = redis.call('HGET', KEYS[1], name)
local h = kept and cjson.decode(kept) or
  {calls = 0, failures = 0, success = 1, streak = 0, opened = 0, until_ms = 0, why = '', at = 0}

if verb == 'try' then
  if h.until_ms > now then return 0 end
  if h.opened > 0 then
    h.until_ms = now + TRIAL_MS
    redis.call('HSET', KEYS[1], name, cjson.encode(h))
  end
  return 1
end

local told = cjson.decode(ARGV[4])
if told.call then
  h.calls = h.calls + 1
  h.success = h.success + SMOOTH * ((told.ok and 1 or 0) - h.success)
end
if told.ok and not told.call then
  h.until_ms = math.min(h.until_ms, now) -- it answers a look: a call may find out
elseif told.ok then
  h.streak, h.opened, h.until_ms = 0, 0, 0
  if told.latency then
    h.latency = h.latency and h.latency + SMOOTH * (told.latency - h.latency) or told.latency
  end
else
  if told.call then h.failures = h.failures + 1 end
  h.why = told.why
  if told.blame then
    h.streak = h.streak + 1
    if h.streak >= FAILURES or h.opened > 0 then
      h.until_ms = math.max(h.until_ms, now + math.min(LONGEST_MS, COOL_MS * 2 ^ h.opened))
      h.opened = h.opened + 1
    end
  end
  if told.pause then h.until_ms = math.max(h.until_ms, now + told.pause * 1000) end
end
if told.refuses then h.refuses = h.refuses or {} ; h.refuses[told.refuses] = now end
h.at = now
redis.call('HSET', KEYS[1], name, cjson.encode(h))
return 1
"""


def _filled(template: str, **numbers: float) -> str:
    for name, value in numbers.items():
        template = template.replace(name, str(value))
    return template


_record = joinable(
    _filled(
        _TEMPLATE,
        FAILURES=FAILURES,
        COOL_MS=int(COOL_DOWN * 1000),
        LONGEST_MS=int(LONGEST * 1000),
        TRIAL_MS=int(TRIAL * 1000),
        SMOOTH=SMOOTH,
    )
)


@dataclass(frozen=True)
class Snapshot:
    """Everything a choice goes by, at one moment."""

    now_ms: int
    endpoints: Mapping[str, Mapping[str, Any]]
    health: Mapping[str, Mapping[str, Any]]
    preferences: Mapping[str, Json]


class EndpointTable:
    """Endpoints by name as JSON, their health by a key that also says which address it was measured at."""

    def __init__(self, link: Link, root: str) -> None:
        self._link = link
        self._endpoints, self._health = f"{root}:endpoints", f"{root}:health"
        self._preferences = f"{root}:preferences"

    def snapshot(self) -> Snapshot:
        def read(client: Any) -> Any:
            pipe = client.pipeline(transaction=False)
            pipe.time()
            pipe.hgetall(self._endpoints)
            pipe.hgetall(self._health)
            pipe.hgetall(self._preferences)
            return pipe.execute()

        (seconds, micros), endpoints, health, preferences = self._link.run(read)
        return Snapshot(seconds * 1000 + micros // 1000, _decoded(endpoints), _decoded(health), _decoded(preferences))

    def save(self, name: str, data: Mapping[str, Json]) -> None:
        text = json.dumps(data, sort_keys=True)
        self._link.run(lambda client: client.hset(self._endpoints, name, text))

    def remove(self, name: str, health: str) -> bool:
        """Take an endpoint and all that was measured of it away; whether there was one."""

        def away(client: Any) -> Any:
            pipe = client.pipeline()
            pipe.hdel(self._endpoints, name)
            pipe.hdel(self._health, health)
            return pipe.execute()

        return bool(self._link.run(away)[0])

    def prefer(self, name: str, value: Json) -> None:
        text = json.dumps(value)
        self._link.run(lambda client: client.hset(self._preferences, name, text))

    def claim(self, key: str) -> bool:
        """Whether an endpoint may be asked now. Of one that failed lately, one call at a time may find out."""
        return bool(self._link.run(lambda client: _record(client, [self._health], ["try", key, 0])))

    def record(self, key: str, told: Mapping[str, Json]) -> None:
        """Take down how a call, or a look, went.

        `ok`; `call`: it was a call; `latency` in seconds; `why` it failed; `blame`: the endpoint is not well; `pause`:
        seconds for which it wants to be left alone; `refuses`: what it does not take.
        """
        self._link.run(lambda client: self.record_in(client, key, told))

    def record_in(self, client: Any, key: str, told: Mapping[str, Json]) -> Any:
        """`record` on a client, or as a part of a pipeline."""
        return _record(client, [self._health], ["record", key, 0, json.dumps(told)])

    def claim_look(self, key: str, seconds: float) -> bool:
        """Whether this process is the one to look after an endpoint for the next `seconds`."""
        place = f"{self._health}:look:{key}"
        return bool(self._link.run(lambda client: client.set(place, 1, nx=True, px=int(seconds * 1000))))


def _decoded(kept: Mapping[bytes, bytes]) -> dict[str, Any]:
    return {name.decode(): json.loads(value) for name, value in kept.items()}
