"""Understanding requests with no model and no network: from words to a plan of operations.

`lexicon` is made from the operation registry, `clauses` cuts a request up,
`pieces` finds what every stretch of words may
mean, `reading` chooses the pieces that cover a clause best, `frames` fits them to an operation's parameters, and
`planner` joins the clauses into a plan.
"""

from __future__ import annotations

from spatialnb.agent.planner.planner import plan

__all__ = ["plan"]
