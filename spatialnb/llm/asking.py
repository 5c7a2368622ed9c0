"""One call from the choice to the answer: the endpoints that suit are asked in turn until one answers well."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from spatialnb.errors import ModelUnavailable, OverBudget, Refused, TooLong
from spatialnb.llm.answers import Answer, Hop, Used
from spatialnb.llm.calls import Call, Done, written
from spatialnb.llm.choice import Candidate
from spatialnb.llm.client import LONGEST_WAIT, RETRIES, Model
from spatialnb.llm.failures import AGAIN, BLAME, HOPELESS, Failure, Why
from spatialnb.llm.gate import Gate, OverLimit, Pass
from spatialnb.models.base import Json

SHORT_WAIT = 2.0
"""Seconds that a `retry-after` may make us wait where another endpoint could be asked."""
PATIENCE = {"interactive": 60.0, "background": 600.0}
"""Seconds to wait for a turn at the last endpoint there is."""
IMPATIENCE = {"interactive": 2.0, "background": 20.0}
"""Seconds to wait for a turn where another endpoint could be asked."""
CHARACTERS = 3
"""Of a text, taken for a token where an answer broke off before anybody counted."""


@dataclass
class Asking:
    """One call under way."""

    call: Call
    candidates: Sequence[Candidate]
    gate: Gate
    hopeless: Callable[[Candidate, str], None] = lambda _candidate, _why: None
    """Told of an endpoint that a person has to put right first."""
    patience: float = 1.0
    """Factor on pauses before a call is made again."""
    hops: list[Hop] = field(default_factory=list[Hop])
    cost_usd: float = 0.0
    whys: list[Why] = field(default_factory=list[Why])
    _over: OverLimit | None = None
    _longest: int = 0
    """The largest window that the request did not fit into."""
    _poor: tuple[Candidate, Pass, Done] | None = None

    async def pieces(self) -> AsyncIterator[Json]:
        """`{"text": …}` as it comes, `{"again": true}` when that is void, and at last one piece with all else.

        Raises `ModelUnavailable`, or the kind of it that says what would help, when nobody answers.
        """
        todo = [*self.candidates]
        while todo:
            candidate = todo.pop(0)
            if self._skipped(candidate):
                continue
            last = not any(not other.blocked for other in todo)
            for attempt in range(RETRIES + 1):
                heard: list[str] = []
                try:
                    async for piece in self._once(candidate, last, attempt, heard):
                        yield piece
                    return
                except Failure as failure:
                    if heard:
                        yield {"again": True}
                    pause = self._pause(failure, attempt, last)
                    if pause is None:
                        self._hop(candidate, failure)
                        break
                await asyncio.sleep(pause * self.patience)
        if self._poor is not None:
            candidate, leave, done = self._poor
            if isinstance(done, Answer):
                yield {"text": done.text}
            told = next(hop.error for hop in self.hops if hop.model == candidate.endpoint.model)
            self.hops = [hop for hop in self.hops if hop.model != candidate.endpoint.model]
            yield self._last(candidate, leave, done, reduced=f"{told} Nobody else could.")
            return
        raise self._nobody()

    def _skipped(self, candidate: Candidate) -> bool:
        """Whether an endpoint is passed over, which is a hop, too."""
        told, why = candidate.blocked, "form" if candidate.form else "limit"
        if not told and self._too_long(candidate):
            told, why = f"The request is too long for {candidate.endpoint.short}.", "long"
        if told:
            self._note(candidate, why, told)
        return bool(told)

    def _too_long(self, candidate: Candidate) -> bool:
        if (window := candidate.window) is None:
            return False
        if window <= self._longest:
            return True
        # Counted only where the quick bound leaves a doubt; a tenth of the count is room for what a provider adds.
        return self.call.bound() > window and self.call.counted(candidate.endpoint) * 10 // 11 > window

    # -- one call ------------------------------------------------------------------------------------------------------
    async def _once(self, candidate: Candidate, last: bool, attempt: int, heard: list[str]) -> AsyncIterator[Json]:
        """One call of one endpoint. Raises `Failure`, with in `heard` what came before."""
        endpoint, errand = candidate.endpoint, self.call.errand
        leave = await self.gate.enter(self.call, candidate, (PATIENCE if last else IMPATIENCE)[errand.priority])
        going = self.gate.going_on(leave)
        began = time.perf_counter()
        arrived: float | None = None
        done: Done | None = None
        told: dict[str, Json] | None = None
        lost: Failure | None = None
        try:
            model = Model(
                endpoint.model, endpoint.base or None, endpoint.timeout, key=endpoint.key, label=endpoint.short
            )
            async for piece in self.call.perform(model, leave.most):
                arrived = arrived or time.perf_counter()
                if isinstance(piece, str):
                    heard.append(piece)
                    yield {"text": piece}
                else:
                    done = piece
            told = {"ok": True, "call": True, "latency": time.perf_counter() - began}
        except Failure as failure:
            lost = failure
            told = self._verdict(failure, final=self._pause(failure, attempt, last) is None)
            raise
        finally:
            going.close()
            tokens, usd = self._taken(candidate, done, heard, lost)
            self.cost_usd += usd
            ago = time.perf_counter() - arrived if arrived else 0.0
            self.gate.leave(leave, tokens, usd, told, ago)
        assert done is not None, "a call ends with what it came to, or fails"
        if (poor := self.call.poor(done)) and (not last or self._poor is not None):
            self._poor = self._poor or (candidate, leave, done)
            raise Failure("refusal", f"{endpoint.short} {poor}")
        self._poor = None
        yield self._last(candidate, leave, done)

    def _taken(
        self, candidate: Candidate, done: Done | None, heard: Sequence[str], lost: Failure | None
    ) -> tuple[int, float]:
        """Tokens and US dollars that a call took: as counted, or, of one that broke off, as it must have been."""
        if done is not None:
            return done.usage.prompt + done.usage.output, self.call.cost(candidate.endpoint, done)
        if lost is not None and lost.why != "time" and not heard:
            return 0, 0.0  # nothing was answered, so nothing is charged
        # Who gave no answer in time, or was left in the middle of one, has read the question all the same.
        asked = self.call.counted(candidate.endpoint)
        answered = sum(map(len, heard)) // CHARACTERS
        return asked + answered, self.call.worst(candidate.price, asked, answered) or 0.0

    def _verdict(self, failure: Failure, *, final: bool) -> dict[str, Json]:
        """What a failure says of the endpoint. One call that is made three times is one failure."""
        told: dict[str, Json] = {"ok": False, "call": True, "why": failure.told}
        if failure.why in BLAME and final:
            told["blame"] = True
        if failure.why == "busy" and failure.wait:
            told["pause"] = min(failure.wait, 300.0)
        if failure.why in ("refusal", "long", "form"):
            told = {"ok": True, "call": True}
        if failure.refuses and self.call.tools:
            told["refuses"] = failure.refuses
        return told

    def _pause(self, failure: Failure, attempt: int, last: bool) -> float | None:
        """Seconds after which the same endpoint is asked again; None: it is not."""
        if failure.why not in AGAIN or not failure.sent or attempt == RETRIES:
            return None
        if failure.wait:
            return failure.wait if failure.wait <= (LONGEST_WAIT if last else SHORT_WAIT) else None
        if not last or (failure.why == "time" and attempt):
            return None
        return 0.3 * 2**attempt

    # -- hops ----------------------------------------------------------------------------------------------------------
    def _hop(self, candidate: Candidate, failure: Failure) -> None:
        if failure.why in HOPELESS:
            self.hopeless(candidate, failure.told)
        if failure.why == "long" and candidate.window:
            self._longest = max(self._longest, candidate.window)
        if isinstance(failure, OverLimit):
            self._over = failure
        self._note(candidate, failure.why, failure.told)

    def _note(self, candidate: Candidate, why: Any, told: str) -> None:
        self.whys.append(why)
        self.hops.append(Hop(candidate.endpoint.model, told, time.time()))

    def _last(self, candidate: Candidate, leave: Pass, done: Done, reduced: str = "") -> dict[str, Json]:
        used = Used(
            candidate.endpoint.model,
            candidate.endpoint.name,
            candidate.reason if not self.hops else f"the next best after {_listed(self.hops)}",
            reduced or self._reduced(candidate, leave),
            tuple(self.hops),
        )
        return {**written(done), "cost_usd": round(self.cost_usd, 9), "used": used.json()}

    def _reduced(self, candidate: Candidate, leave: Pass) -> str:
        best = max(c.endpoint.quality for c in self.candidates)
        told: list[str] = []
        if self.hops and candidate.endpoint.quality < best:
            told.append(f"{self.hops[0].error.rstrip('.')}; {candidate.endpoint.short} did this instead, less well.")
        return " ".join([*told, *([leave.short] if leave.short else [])])

    def _nobody(self) -> ModelUnavailable:
        """What is raised when no endpoint answers."""
        if not self.hops:
            return ModelUnavailable(
                f"There is no model for this ({self.call.task}); set SPATIALNB_MODEL or use studio.models.add."
            )
        told = self.hops[0].error
        if len(self.hops) > 1:
            others = "; ".join(hop.error.rstrip(".") for hop in self.hops)
            told = f"None of {len(self.hops)} models could do it: {others}."
        if "form" in self.whys:
            return Refused(told, self.hops)
        if "long" in self.whys:
            return TooLong(told, self.hops)
        if self._over is not None:
            return OverBudget(told, self.hops, self._over.scope, self._over.left_usd)
        return ModelUnavailable(told, self.hops)


def _listed(hops: Sequence[Hop]) -> str:
    names = list(dict.fromkeys(hop.model.rpartition("/")[2] for hop in hops))
    return " and ".join(names) if len(names) < 3 else f"{', '.join(names[:-1])} and {names[-1]}"
