"""Before a call: a turn at the endpoint, and the money for the worst that it may cost. After it: both given back."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from spatialnb.errors import StoreUnavailable
from spatialnb.llm.calls import Call, longest_answer
from spatialnb.llm.choice import Candidate
from spatialnb.llm.failures import Failure
from spatialnb.llm.ledger import Ledger
from spatialnb.llm.prices import facts
from spatialnb.llm.profiles import PROFILES
from spatialnb.models.base import Json
from spatialnb.store.budget import Purse
from spatialnb.store.limits import Ask, TooMuch

if TYPE_CHECKING:
    from spatialnb.store import Store

A_WHILE = 2.0
"""Seconds after which money is looked for again, had nobody said that some was freed."""
A_PART = 20
"""A request of a twentieth of the limit is not worth counting exactly."""
_SCOPES: Mapping[str, str] = {
    "run": "this run's budget",
    "project": "the project's budget",
    "tenant": "the budget",
    "day": "today's budget",
}


@dataclass(frozen=True)
class Pass:
    """Leave to make one call. `leave` the gate with it, whatever became of the call."""

    ticket: str
    candidate: Candidate
    purse: Purse
    ask: Ask | None = None
    asked: int = 0
    """Tokens that are asked, as far as they were counted."""
    most: int | None = None
    """Tokens that the answer may have."""
    short: str = ""
    """Why the answer has to be shorter than usual."""


class OverLimit(Failure):
    """A budget has too little left."""

    def __init__(self, told: str, scope: str, left_usd: float, *, passing: bool = False) -> None:
        super().__init__("budget", told, sent=False)
        self.scope = scope
        self.left_usd = left_usd
        self.passing = passing
        """Whether calls under way have set so much aside that what they free may do."""


def asking(store: Store) -> Callable[..., Awaitable[Any]]:
    """How to ask the store on an event loop: on a thread where it is far; one on this machine answers sooner than a
    thread begins."""
    if store.kind == "url":
        return asyncio.to_thread

    async def here(ask: Callable[..., Any], *args: Any, **more: Any) -> Any:
        return ask(*args, **more)

    return here


class Gate:
    """Of one process; the limits and budgets are those of all."""

    def __init__(self, store: Store, ledger: Ledger) -> None:
        self._turns = store.turns()
        self._budget = store.budget()
        self._table = store.endpoints()
        self._tenant = store.tenant
        self._ledger = ledger
        self._ask = asking(store)
        self._capped = False
        """Whether a budget applied when that was last looked up."""

    async def enter(self, call: Call, candidate: Candidate, patience: float) -> Pass:
        """Wait for a turn, up to `patience` seconds, and set money aside. Raises `Failure` if either cannot be had."""
        leave = self._pass(call, candidate)
        try:
            if leave.ask is not None:
                await self._turn(leave.ask, candidate, patience)
        except StoreUnavailable:
            raise self._unkept(candidate, "limits") from None
        try:
            try:
                return await self._ask(self._funded, call, leave)
            except OverLimit as error:
                if not error.passing:
                    raise
            return await asyncio.to_thread(self._funded_in_time, call, leave, patience)
        except StoreUnavailable:
            if self._capped or leave.ask is not None:
                raise self._unkept(candidate, "budgets") from None
            return leave  # what it costs is written down when the store is back
        except BaseException:
            if leave.ask is not None:
                ask = leave.ask
                self._ledger.enter(lambda pipe: self._turns.release_in(pipe, ask))
            raise

    @staticmethod
    def _unkept(candidate: Candidate, what: str) -> Failure:
        return Failure(
            "limit",
            f"The store is away, so {what} cannot be kept and {candidate.endpoint.short} is not asked.",
            sent=False,
        )

    def _pass(self, call: Call, candidate: Candidate) -> Pass:
        endpoint, errand = candidate.endpoint, call.errand
        leave = Pass(self._turns.ticket(), candidate, Purse(errand.project, errand.run))
        if not endpoint.limits:
            return leave
        tokens, most = 0, None
        if endpoint.tokens is not None:
            # The answer may be as long as usual, or as the limit leaves room for, and not longer.
            # A quick bound does where it is a small part of the limit, as the rest is given back after the call.
            asked, profile = call.bound(), PROFILES[call.task]
            asked = call.counted(endpoint) if asked * A_PART > endpoint.tokens else asked
            answer = max(min(profile.output, endpoint.tokens - asked), profile.least)
            tokens, most = asked + answer, answer or None
        ask = Ask(
            leave.ticket,
            endpoint.shared,
            endpoint.limits,
            tokens=tokens,
            tenant=self._tenant,
            run=f"{errand.project}/{errand.run}",
            background=errand.priority == "background",
        )
        return replace(leave, ask=ask, most=most)

    async def _turn(self, ask: Ask, candidate: Candidate, patience: float) -> None:
        name = candidate.endpoint.short
        try:
            if await self._ask(self._turns.acquire, ask) is None:
                return
        except TooMuch:
            raise Failure("limit", f"The request is more than {name} takes in a minute.", sent=False) from None
        loop, called = asyncio.get_running_loop(), asyncio.Event()

        def ring() -> None:
            loop.call_soon_threadsafe(called.set)

        unhear = self._turns.heard(ask.ticket, ring)
        deadline = loop.time() + patience
        try:
            # Asked once more now that the bell can be heard: the turn may have come in between.
            while (wait := await self._ask(self._turns.acquire, ask)) is not None:
                left = deadline - loop.time()
                if left <= 0:
                    raise Failure("limit", f"{name} has as much to do as it takes.", sent=False)
                await _either(called, min(wait, left))
        except BaseException:
            self._ledger.enter(lambda pipe: self._turns.release_in(pipe, ask))
            raise
        finally:
            unhear()

    # -- money ---------------------------------------------------------------------------------------------------------
    def _funded_in_time(self, call: Call, leave: Pass, patience: float) -> Pass:
        """`leave` with money set aside; what calls under way will free is waited for."""
        deadline = time.monotonic() + patience
        freed = self._budget.freed()
        try:
            while True:
                try:
                    return self._funded(call, leave)
                except OverLimit as error:
                    left = deadline - time.monotonic()
                    if not error.passing or left <= 0:
                        raise
                freed.wait(min(left, A_WHILE))
        finally:
            freed.close()

    def _funded(self, call: Call, leave: Pass) -> Pass:
        candidate, name = leave.candidate, leave.candidate.endpoint.short
        if candidate.state == "half_open" and not self._table.claim(candidate.endpoint.health_key):
            raise Failure("limit", f"{candidate.health.why.rstrip('.')} a moment ago; it is being tried.", sent=False)
        price, ticket, purse = candidate.price, leave.ticket, leave.purse
        listed = facts(candidate.endpoint.model).output if price.listed else None
        most = min(longest_answer(call.task, listed), leave.most or PROFILES[call.task].output)
        asked = call.bound()
        worst = call.worst(price, asked, most)
        verdict = self._budget.reserve(ticket, worst, purse)
        self._capped = bool(verdict.scope)
        if verdict.granted:
            return replace(leave, asked=asked, most=(most or None) if verdict.scope and worst else leave.most)
        whose = _SCOPES[verdict.scope]
        if worst is None:
            raise OverLimit(
                f"Nobody knows the price of {name}, so {whose} cannot be kept; state it with studio.models.add.",
                verdict.scope,
                verdict.left_usd,
            )
        # The quick bound did not fit; what the request really counts as may, and a shorter answer may.
        asked = call.counted(candidate.endpoint)
        worst = call.worst(price, asked, most) or 0.0
        verdict = self._budget.reserve(ticket, worst, purse)
        if verdict.granted:
            return replace(leave, asked=asked, most=most or None)
        fewer = self._affordable(call, candidate, asked, verdict.left_usd)
        if fewer:
            verdict = self._budget.reserve(ticket, call.worst(price, asked, fewer), purse)
            if verdict.granted:
                short = f"The answer had to be short, as {whose} has ${verdict.left_usd:.4f} left."
                return replace(leave, asked=asked, most=fewer, short=short)
        in_all = verdict.left_usd + verdict.held_usd
        raise OverLimit(
            f"{name} may cost ${worst:.4f}, and {whose} has ${max(0.0, in_all):.4f} left.",
            verdict.scope,
            in_all,
            passing=verdict.held_usd > 0 and (worst <= in_all or self._affordable(call, candidate, asked, in_all) > 0),
        )

    @staticmethod
    def _affordable(call: Call, candidate: Candidate, asked: int, left_usd: float) -> int:
        """Tokens of an answer that the rest of a budget pays for; 0 if they would be too few."""
        price, least = candidate.price, PROFILES[call.task].least
        if not least or not price.token_out or price.token_in is None:
            return 0
        tokens = math.floor((left_usd - price.token_in * asked) / price.token_out) - 1
        return tokens if tokens >= least else 0

    # -- under way, and after ------------------------------------------------------------------------------------------
    def going_on(self, leave: Pass) -> Going:
        """Says that a call goes on, until it is closed."""
        return Going(self, leave)

    def renew(self, leave: Pass) -> None:
        """Say now that a call goes on."""
        try:
            if leave.ask is not None:
                self._turns.renew(leave.ask)
            self._budget.renew(leave.ticket)
        except StoreUnavailable:
            return  # there is nobody to tell; what was set aside waits in the store, too

    @property
    def pause(self) -> float:
        """Seconds between two such words."""
        return min(self._turns.lease, self._budget.held) / 3

    def leave(
        self, leave: Pass, tokens: int | None, usd: float, told: Mapping[str, Json] | None, ago: float = 0.0
    ) -> None:
        """Give the turn back with the `tokens` that were taken (None: no call was made), settle for `usd`, and take
        down how the endpoint did, which had got the call `ago` seconds ago."""
        steps = [lambda pipe: self._budget.settle_in(pipe, leave.ticket, usd, leave.purse)]
        if (ask := leave.ask) is not None:
            steps.append(lambda pipe: self._turns.release_in(pipe, ask, tokens, ago))
        if told is not None:
            key = leave.candidate.endpoint.health_key
            steps.append(lambda pipe: self._table.record_in(pipe, key, told))
        self._ledger.enter(*steps)


class Going:
    """Renews a call's lease and money while it takes long."""

    def __init__(self, gate: Gate, leave: Pass) -> None:
        self._gate, self._leave = gate, leave
        self._loop = asyncio.get_running_loop()
        self._handle = self._loop.call_later(gate.pause, self._renew)

    def _renew(self) -> None:
        self._loop.run_in_executor(None, self._gate.renew, self._leave)
        self._handle = self._loop.call_later(self._gate.pause, self._renew)

    def close(self) -> None:
        self._handle.cancel()


async def _either(event: asyncio.Event, seconds: float) -> None:
    """Until the event is set, which is unset then, or the time is over."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
    event.clear()
