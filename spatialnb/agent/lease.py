"""The runs that one conductor goes on with, each by a lease, so that no other does at the same time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from spatialnb.errors import StoreUnavailable, Unavailable
from spatialnb.store.leases import Lease, Taken, this_process

if TYPE_CHECKING:
    from spatialnb.store.leases import Leases


class Elsewhere(Unavailable):
    """A run that another process goes on with."""


class Tenure:
    """Leases that are held. Safe to use from several threads."""

    def __init__(self, leases: Leases, name: str) -> None:
        self._leases = leases
        self._holder = this_process(name)
        self._held: dict[str, Lease] = {}
        self._lock = threading.Lock()

    def holds(self, run: str) -> bool:
        return run in self._held

    @property
    def any(self) -> bool:
        """Whether something is held."""
        return bool(self._held)

    def take(self, run: str) -> int:
        """Take the lease on a run; its fence, or 0 while the store is away, when nobody could take it over.

        Raises `Elsewhere` when another process that is alive goes on with it.
        """
        try:
            lease = self._leases.take(run, self._holder)
        except StoreUnavailable:
            return 0
        if isinstance(lease, Taken):
            raise Elsewhere(
                f"Run {run} goes on in another kernel ({lease.where}): wait until it is over, or stop it there."
            )
        with self._lock:
            self._held[run] = lease
        return lease.fence

    def renew(self) -> list[str]:
        """Make all leases last longer; the runs that someone else has taken over meanwhile."""
        with self._lock:
            held = list(self._held.values())
        if not held:
            return []
        try:
            still = self._leases.renew(held)
        except StoreUnavailable:
            return []
        lost = [lease for lease, is_ours in zip(held, still, strict=True) if not is_ours]
        with self._lock:
            for lease in lost:
                if self._held.get(lease.run) == lease:
                    del self._held[lease.run]
        return [lease.run for lease in lost]

    def release(self, run: str) -> None:
        """Nothing of the run goes on here any more."""
        with self._lock:
            lease = self._held.pop(run, None)
        if lease is not None:
            try:
                self._leases.release(lease)
            except StoreUnavailable:
                return  # it ends by itself

    def release_all(self) -> None:
        for run in list(self._held):
            self.release(run)
