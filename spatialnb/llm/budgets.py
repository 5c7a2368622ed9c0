"""What may be spent on models, and what was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spatialnb.errors import Invalid
from spatialnb.store.budget import SCOPES, Budget, Purse, Scope

if TYPE_CHECKING:
    from spatialnb.llm.ledger import Ledger


class Budgets:
    """Budgets of a tenant in US dollars. They are checked, in one step for every process, against the most that a call
    may cost before each call and each hop to another model."""

    def __init__(self, budget: Budget, ledger: Ledger) -> None:
        self._budget = budget
        self._ledger = ledger

    def set(self, scope: Scope, usd: float | None, project: str = "") -> None:
        """Let each run, each project (or just `project`), the tenant in all, or each day (UTC) spend `usd`; None takes
        the budget away. Raises `Invalid`."""
        if scope not in SCOPES:
            raise Invalid(f"There is no budget of a {scope!r}; there are: {', '.join(SCOPES)}.", "scope")
        if usd is not None and not 0 <= usd < 1e6:
            raise Invalid("A budget is a number of US dollars, 0 or more; None takes it away.", "usd")
        self._budget.cap(scope, usd, project)

    def spent(self, scope: Scope = "tenant", *, project: str = "", run: str = "") -> float:
        """US dollars spent, with what this process has just spent."""
        self._ledger.flush()
        return self._budget.spent(scope, Purse(project, run))

    def all(self) -> dict[str, float]:
        """The budgets there are: scope, or `project:<name>`, to US dollars."""
        return self._budget.caps()
