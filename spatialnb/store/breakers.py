"""Circuit breakers of outside services, the same in every process of a tenant.

A service that fails FAILURES times in a row is left alone for a while, and for twice as long after every trial that
fails too. When the while is over one caller, in one process, tries it; the others are still told that it is away. All
of this happens inside Redis, in one round trip before a call and one after it if there is anything to tell.

pybreaker is not used: it holds a lock while the service is being called, so that a process could ask only one thing at
a time; it reads and writes state, counter and clock in separate commands, so that several processes would try at once;
and its keys never expire.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias, cast

from spatialnb.store import call_scripts as scripts
from spatialnb.store.connection import Client, Link
from spatialnb.store.keys import SERVICE_TTL, TenantKeys, quoted, unquoted

State: TypeAlias = Literal["closed", "open", "half_open"]
Ending: TypeAlias = Literal["ok", "failed", "neither"]

FAILURES = 3
"""Calls in a row that fail, each after all its retries, before a service is left alone."""
REST = 15.0
"""Seconds that it is left alone the first time."""
LONGEST_REST = 300.0
TRIAL = 120.0
"""Seconds after which a trial that was never told the end of counts as lost, and another may begin."""


@dataclass(frozen=True)
class Leave:
    """Whether a service may be asked now."""

    service: str
    given: bool
    state: State
    failures: int
    """Failures in a row so far."""
    wait: float
    """Seconds after which it may be asked, where it may not be now."""
    why: str
    """The latest failure."""
    token: str


@dataclass(frozen=True)
class Turned:
    """What the end of a call has made of a service."""

    before: State
    after: State
    rest: float = 0.0
    """Seconds that it is left alone."""


@dataclass(frozen=True)
class Standing:
    """One service as it stands."""

    name: str
    state: State = "closed"
    failures: int = 0
    since: datetime | None = None
    """When it came into this state, UTC; for `closed` with failures, the first of them."""
    why: str = ""


class Breakers:
    """The services of a tenant. Safe to use from several threads and processes."""

    def __init__(self, link: Link, keys: TenantKeys) -> None:
        self._link = link
        self._keys = keys

    def ask(self, service: str) -> Leave:
        """Whether `service` may be asked. Raises `StoreUnavailable`."""
        token = secrets.token_hex(8)
        keys, args = [self._keys.service(service)], cast("list[str | int | bytes]", [token, int(TRIAL * 1000)])
        given, state, failures, wait, why = self._link.run(lambda client: scripts.ask_service(client, keys, args))
        return Leave(service, bool(given), state.decode(), int(failures), int(wait) / 1000, why.decode(), token)

    def tell(self, leave: Leave, ending: Ending, *, why: str = "", retry_after: float | None = None) -> Turned:
        """How the call ended for which leave was given. Raises `StoreUnavailable`."""
        if leave.state == "closed" and (ending == "neither" or (ending == "ok" and not leave.failures)):
            return Turned("closed", "closed")
        keys = [self._keys.service(leave.service), self._keys.services]
        times = [int(seconds * 1000) for seconds in (REST, LONGEST_REST, retry_after or 0.0)]
        args: list[str | int | bytes] = [ending, leave.token, why, quoted(leave.service), FAILURES, *times, SERVICE_TTL]
        before, after, rest = self._link.run(lambda client: scripts.tell_service(client, keys, args))
        return Turned(before.decode(), after.decode(), int(rest) / 1000)

    def standings(self) -> dict[str, Standing]:
        """Every service that has failed lately, by name. Raises `StoreUnavailable`."""
        names: Any = self._link.run(lambda client: client.smembers(self._keys.services))
        services = sorted(unquoted(name.decode()) for name in names)

        def read(client: Client) -> list[dict[bytes, bytes]]:
            with client.pipeline(transaction=False) as pipe:
                for service in services:
                    pipe.hgetall(self._keys.service(service))
                return pipe.execute()

        kept = self._link.run(read) if services else []
        return {name: _standing(name, fields) for name, fields in zip(services, kept, strict=True)}


def _standing(name: str, fields: dict[bytes, bytes]) -> Standing:
    if not fields:
        return Standing(name)
    since = fields.get(b"since")
    return Standing(
        name,
        cast("State", fields.get(b"state", b"closed").decode()),
        int(fields.get(b"failures", b"0")),
        datetime.fromtimestamp(int(since) / 1000, UTC) if since else None,
        fields.get(b"why", b"").decode(),
    )
