"""Who goes on with a run: one kernel at a time, by a lease that ends by itself when its kernel does.

A lease alone cannot keep two apart, as a kernel that slept does not know that its lease has ended. So every taking of a
lease counts a number up (the fence), and whatever is recorded for the run carries the number: the store refuses it when
a later number has been given out.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from spatialnb.store import scripts
from spatialnb.store.connection import Client, Link
from spatialnb.store.keys import RECORDS_TTL, ProjectKeys

LEASE = 10.0
"""Seconds that a lease lasts without being renewed."""

FENCE: ContextVar[int] = ContextVar("fence", default=0)
"""The number under which the current call records what it does for its run; 0: nobody has to be kept apart."""


@contextmanager
def fenced(fence: int) -> Generator[None]:
    """What is recorded inside carries this number."""
    token = FENCE.set(fence)
    try:
        yield
    finally:
        FENCE.reset(token)


class Lease(NamedTuple):
    """A run that is one's own for the time being."""

    run: str
    fence: int
    value: str


class Taken(NamedTuple):
    """A run that someone else goes on with."""

    holder: str

    @property
    def where(self) -> str:
        """For people: the process and its machine."""
        host, pid, *_ = self.holder.split(":")
        return f"process {pid}" + ("" if host == socket.gethostname() else f" on {host}")


class Leases:
    """The leases of one project's runs."""

    def __init__(self, link: Link, keys: ProjectKeys) -> None:
        self._link = link
        self._keys = keys

    def take(self, run: str, holder: str) -> Lease | Taken:
        """The lease on a run, from nobody, from oneself, or from a process of this machine that is dead.

        `holder` comes from `this_process`. Raises `StoreUnavailable`.
        """
        dead = ""
        while True:
            keys = [self._keys.lease(run), self._keys.fences]
            args: list[str | int | bytes] = [run, holder, int(LEASE * 1000), dead, RECORDS_TTL]
            reply: Any = self._link.run(lambda client, k=keys, a=args: scripts.take_lease(client, k, a))
            fence, value = int(reply[0]), reply[1].decode()
            if fence:
                return Lease(run, fence, value)
            holding = value.partition(" ")[2]
            if value == dead or not is_dead(holding):
                return Taken(holding)
            dead = value

    def renew(self, leases: Sequence[Lease]) -> list[bool]:
        """Make leases last longer; of each, whether it is still one's own.

        One that has ended is one's own for as long as nobody else took the run over.
        """

        def ask(client: Client) -> Any:
            with client.pipeline(transaction=False) as pipe:
                for lease in leases:
                    keys = (self._keys.lease(lease.run), self._keys.fences)
                    milliseconds = int(LEASE * 1000)
                    pipe.eval(scripts.RENEW_LEASE, 2, *keys, lease.value, milliseconds, lease.run, lease.fence)
                return pipe.execute()

        return [bool(answer) for answer in self._link.run(ask)]

    def release(self, lease: Lease) -> None:
        """Let someone else have it at once."""
        key = self._keys.lease(lease.run)
        self._link.run(lambda client: client.eval(scripts.RELEASE_LEASE, 1, key, lease.value))


def this_process(name: str) -> str:
    """Who one is, among all machines and processes; `name` tells parts of one process from each other."""
    return f"{socket.gethostname()}:{os.getpid()}:{_began(os.getpid())}:{name}"


def is_dead(holder: str) -> bool:
    """Whether a holder is a process of this machine that has ended. False if that cannot be told."""
    host, pid, began, *_ = (*holder.split(":"), "", "")
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return bool(began) and _began(int(pid)) != began


def _began(pid: int) -> str:
    """When a process began, in ticks since the machine did; tells it from a later one of the same number."""
    if pid == os.getpid():
        return _own_beginning(pid)
    return _read_beginning(pid)


@cache
def _own_beginning(pid: int) -> str:
    return _read_beginning(pid)


def _read_beginning(pid: int) -> str:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    # A process that has ended and that nobody has looked after yet is as good as gone.
    return "" if fields[0] == "Z" else fields[19]
