"""How calls to models fail, told apart by what is to be done next."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from spatialnb.errors import ModelUnavailable, Refused, TooLong

Why: TypeAlias = Literal["time", "busy", "key", "missing", "long", "form", "broken", "refusal", "limit", "budget"]
BLAME: frozenset[Why] = frozenset({"time", "broken"})
"""What says that an endpoint is not well."""
HOPELESS: frozenset[Why] = frozenset({"key", "missing"})
"""What a person has to put right first."""
AGAIN: frozenset[Why] = frozenset({"time", "busy", "broken"})
"""What may pass by itself in a moment."""


class Failure(Exception):
    """One call that failed. What the provider said is not passed on: it may quote a key."""

    def __init__(
        self, why: Why, told: str, wait: float = 0.0, *, sent: bool = True, refuses: Literal["", "tools"] = ""
    ) -> None:
        super().__init__(told)
        self.why: Why = why
        self.told = told
        self.wait = wait
        """Seconds for which the endpoint asks to be left alone."""
        self.sent = sent
        """Whether a call was made at all."""
        self.refuses = refuses
        """What the endpoint said it has no support for."""

    @property
    def error(self) -> ModelUnavailable:
        """As an error for callers."""
        kind = {"form": Refused, "long": TooLong}.get(self.why, ModelUnavailable)
        return kind(self.told)


_NO_TOOLS = re.compile(
    r"(tools?\b|function.?call).{0,80}(support|unrecogni[sz]ed|unexpected|unknown|not (permitted|allowed))"
    r"|(support|unrecogni[sz]ed|unexpected|unknown|not (permitted|allowed)).{0,80}(\btools?\b|function.?call)"
)
_LONG = re.compile(
    r"context.?(length|window)|maximum context|too (long|many tokens)|prompt is too|exceeds? .{0,40}tokens"
)


def failure_of(error: Exception, name: str, asked_more: bool) -> Failure:
    """What LiteLLM raised, told apart. `asked_more`: tools or a schema were sent, which not every endpoint takes."""
    status = getattr(error, "status_code", None)
    kind = type(error).__name__
    if kind in ("Timeout", "TimeoutError") or status in (408, 504):
        return Failure("time", f"{name} did not answer in time.")
    if status == 429:
        return Failure("busy", f"{name} is overloaded or out of quota.", retry_after(error))
    if status in (401, 403):
        return Failure("key", f"{name} refused the key. Set the provider's key in the environment.")
    if kind == "ContextWindowExceededError" or (status in (400, 413, 422) and _LONG.search(str(error).lower())):
        return Failure("long", f"The request is too long for {name}.")
    if kind == "ContentPolicyViolationError":
        return Failure("refusal", f"{name} would not do this.")
    if status == 404 or kind == "NotFoundError":
        return Failure("missing", f"There is no model {name} at its endpoint. Check SPATIALNB_MODEL or studio.models.")
    if status in (400, 415, 422) or kind == "UnsupportedParamsError":
        refuses = "tools" if _NO_TOOLS.search(str(error).lower()) else ""
        return Failure("form" if asked_more else "refusal", f"{name} did not take the request.", refuses=refuses)
    return Failure("broken", f"{name} cannot be reached or broke off.", retry_after(error))


def retry_after(error: Exception) -> float:
    for headers in (
        getattr(error, "litellm_response_headers", None),
        getattr(getattr(error, "response", None), "headers", None),
    ):
        try:
            if headers and (value := headers.get("retry-after")):
                return max(0.0, float(value))
        except (TypeError, ValueError):
            continue
    return 0.0


_UNWILLING = re.compile(
    r"^\W*(i['’]?m (very |so )?sorry|sorry|i apologi[sz]e|unfortunately|as an ai( language model)?)?[,.:;!—–\s]*"
    r"(but |however |and )?(i|we) ?(['’]m| am)? ?"
    r"(can ?not|can['’]?t|won['’]t|will not|(not )?(able|unable) to|not able to)"
    r" (help|assist|comply|do that|do this|fulfil+|provide|create|generate|engage|continue|answer)",
    re.IGNORECASE,
)
LONGEST_REFUSAL = 400
"""Characters; whoever says more than that has something to say."""


def is_unwilling(text: str) -> bool:
    """Whether an answer says no more than that it will not be given."""
    return len(text) <= LONGEST_REFUSAL and _UNWILLING.match(text.strip()) is not None
