"""What thought for a run, in one line for people: which model, what it cost, whether quality was reduced."""

from __future__ import annotations

from collections.abc import Sequence

from spatialnb.errors import ModelUnavailable
from spatialnb.llm.answers import Answer, Hop
from spatialnb.models.plan import ModelUse

PLANNER = "local planner"
INSTEAD = "the local planner did this instead, more simply."
NEITHER = "the local planner did not understand it either."
KEPT = "what was done before is kept."


def use_of(answer: Answer, asked: str = "", reduced: str = "") -> ModelUse:
    """The use that one answer makes of a model. `asked` says how it was asked, where that is worth a word."""
    used = answer.used
    return ModelUse(
        name=used.model,
        endpoint=used.endpoint,
        reason="; ".join(part for part in (used.reason, asked) if part),
        reduced=used.reduced or reduced,
        hops=tuple(_told(hop) for hop in used.hops),
        calls=1,
        cost_usd=answer.cost_usd,
    )


def stand_in(error: ModelUnavailable) -> ModelUse:
    """The local planner in place of a model that failed with `error`."""
    return ModelUse(
        name=PLANNER,
        reason="no model answered",
        reduced=f"{_clause(error)}; {INSTEAD}",
        hops=tuple(_told(hop) for hop in _hops(error)),
    )


def not_even(uses: Sequence[ModelUse]) -> ModelUse:
    """The local planner, that did not understand what it was to do; in place of what, `uses` tells."""
    stood_in = next((use.reduced for use in uses if use.name == PLANNER), "")
    return ModelUse(name=PLANNER, reduced=stood_in.replace(INSTEAD, NEITHER))


def given_up(error: ModelUnavailable, name: str) -> ModelUse:
    """A model that failed with `error` after some of its steps were done."""
    hops = tuple(_told(hop) for hop in _hops(error))
    return ModelUse(name=name, reduced=f"{_clause(error)}; {KEPT}", hops=hops)


def added(uses: Sequence[ModelUse], use: ModelUse) -> tuple[ModelUse, ...]:
    """`uses` with one more; calls of the same model for the same reason are counted together."""
    for at, known in enumerate(uses):
        if (known.name, known.endpoint) == (use.name, use.endpoint):
            both = known.model_copy(
                update={
                    "reason": use.reason if known.reason in use.reason else known.reason,
                    "reduced": use.reduced or known.reduced,
                    "hops": tuple(dict.fromkeys((*known.hops, *use.hops))),
                    "calls": known.calls + use.calls,
                    "cost_usd": known.cost_usd + use.cost_usd,
                }
            )
            return (*uses[:at], both, *uses[at + 1 :])
    return (*uses, use)


def line(uses: Sequence[ModelUse]) -> str:
    """One line for people: "gpt-5.1 · $0.0042"; empty if nothing was used."""
    if not uses:
        return ""
    said = list(dict.fromkeys(use.reduced for use in uses if use.reduced))
    if uses[-1].name == PLANNER and uses[-1].reduced:
        said = said[-1:]  # what stood in at last; what had gone wrong before led to it
        names: list[str] = []
    else:
        named = dict.fromkeys(_short(use.name) for use in uses)
        names = [name for name in named if not any(name in text for text in said)]
    spent = price(sum(use.cost_usd for use in uses))
    parts = [part for part in (", ".join(names), *said, spent) if part]
    return " · ".join([*(part.rstrip(".") for part in parts[:-1]), parts[-1]]) if parts else ""


def price(usd: float) -> str:
    """ "$0.0042"; empty for nothing."""
    if usd <= 0:
        return ""
    return "under $0.0001" if usd < 0.0001 else f"${usd:.4f}" if usd < 0.1 else f"${usd:.2f}"


def _short(name: str) -> str:
    """A model's name without its provider, as people say it."""
    return name.rpartition("/")[2]


def _hops(error: ModelUnavailable) -> tuple[Hop, ...]:
    return tuple(hop for hop in error.hops if isinstance(hop, Hop))


def _told(hop: Hop) -> str:
    error = hop.error.replace(hop.model, _short(hop.model))
    return error if _short(hop.model) in error else f"{_short(hop.model)}: {error}"


def _clause(error: ModelUnavailable) -> str:
    """What went wrong, as the first half of a sentence."""
    text = str(error).partition("\n")[0]
    for hop in _hops(error):
        text = text.replace(hop.model, _short(hop.model))
    return text.rstrip(".! ")
