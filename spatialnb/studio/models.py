"""The models that a studio may use: where they are, how they do, what they may cost."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from spatialnb.errors import Invalid
from spatialnb.llm.answers import Task
from spatialnb.llm.choice import Health
from spatialnb.llm.endpoints import SETTINGS, Endpoint, Kind
from spatialnb.llm.prices import known_price
from spatialnb.llm.profiles import PREFERENCES, PROFILES, Prefer
from spatialnb.store.budget import SCOPES, Scope

if TYPE_CHECKING:
    import pandas as pd

    from spatialnb.llm import Router
    from spatialnb.store import Store

COLUMNS = (
    "name",
    "model",
    "kinds",
    "quality",
    "state",
    "calls",
    "success",
    "latency_s",
    "input_usd",
    "output_usd",
    "limits",
    "busy",
    "waiting",
    "last_error",
)
_STATES = {"closed": "well", "half_open": "to be tried", "open": "left alone"}


class Models:
    """The hosted models of a studio: `studio.models`. Shown as a table in a notebook.

    Endpoints, preference and budgets are the tenant's: every notebook on the same store has them. Keys are never kept;
    an endpoint only knows the name of the environment variable that holds its key.
    """

    def __init__(self, router: Router, store: Store, project: str) -> None:
        self._router = router
        self._store = store
        self._project = project

    # -- endpoints -----------------------------------------------------------------------------------------------------
    def add(
        self,
        name: str,
        model: str,
        *,
        base: str = "",
        key_env: str = "",
        quality: float = 0.5,
        kinds: tuple[Kind, ...] = ("text",),
        input_usd: float | None = None,
        output_usd: float | None = None,
        image_usd: float | None = None,
        speech_usd: float | None = None,
        requests: int | None = None,
        tokens: int | None = None,
        at_once: int | None = None,
        window: int | None = None,
        tools: bool | None = None,
        timeout: float = 60.0,
        pool: str = "",
    ) -> None:
        """Add an endpoint, in place of one of that name; it may be asked from the next call on.

        `model` is a LiteLLM name such as `openai/gpt-5.1`, `base` its URL where that is not the provider's own, and
        `key_env` the name of the environment variable with its key. `quality` is 0 to 1, compared with the others, and
        `kinds` what it does: "text", "embedding", "image", "speech". Prices are US dollars per million tokens asked and
        answered, per picture, and per million characters spoken; LiteLLM's list is used where none is given. It is
        asked for no more than `requests` and `tokens` a minute and `at_once` at a time, by all processes together.
        `window` is how many tokens fit into a call, `tools` whether it calls tools. Raises `Invalid`.
        """
        self._router.endpoints.add(
            Endpoint(
                name=name,
                model=model,
                base=base,
                key_env=key_env,
                quality=quality,
                kinds=tuple(kinds),
                input_usd=input_usd,
                output_usd=output_usd,
                image_usd=image_usd,
                speech_usd=speech_usd,
                requests=requests,
                tokens=tokens,
                at_once=at_once,
                window=window,
                tools=tools,
                timeout=timeout,
                pool=pool,
            )
        )

    def remove(self, name: str) -> None:
        """Take an endpoint away, with what was measured of it. Raises `NotFound`."""
        self._router.endpoints.remove(name)

    def look(self) -> pd.DataFrame:
        """Look now at every endpoint that has an address of its own; the table that `frame` gives."""
        self._router.look()
        return self.frame()

    def frame(self) -> pd.DataFrame:
        """A row an endpoint: what it is, how it has been doing, what it costs per million tokens, who waits for it."""
        import pandas as pd

        frame = pd.DataFrame(self._rows(), columns=list(COLUMNS))
        numbers = ("quality", "success", "latency_s", "input_usd", "output_usd")
        return frame.astype(dict.fromkeys(numbers, "float64") | dict.fromkeys(("calls", "busy", "waiting"), "int64"))

    def _rows(self) -> list[dict[str, Any]]:
        self._router.flush()
        snapshot = self._store.endpoints().snapshot()
        return [
            self._row(endpoint, Health.of(snapshot.health.get(endpoint.health_key)), snapshot.now_ms)
            for endpoint in self._router.endpoints.all(snapshot.endpoints)
        ]

    def _row(self, endpoint: Endpoint, health: Health, now_ms: int) -> dict[str, Any]:
        price = known_price(endpoint)
        load = self._store.turns().load(endpoint.shared) if endpoint.limits else None
        limits = {
            "requests a minute": endpoint.requests,
            "tokens a minute": endpoint.tokens,
            "at once": endpoint.at_once,
        }
        return {
            "name": endpoint.name,
            "model": endpoint.model,
            "kinds": ", ".join(endpoint.kinds),
            "quality": endpoint.quality,
            "state": health.state(now_ms),
            "calls": health.calls,
            "success": health.success if health.calls else None,
            "latency_s": health.latency,
            "input_usd": None if price.token_in is None else price.token_in * 1e6,
            "output_usd": None if price.token_out is None else price.token_out * 1e6,
            "limits": ", ".join(f"{value:,} {name}" for name, value in limits.items() if value is not None),
            "busy": load.at_once if load else 0,
            "waiting": load.waiting if load else 0,
            "last_error": health.why,
        }

    # -- choosing ------------------------------------------------------------------------------------------------------
    def prefer(self, what: Prefer | None) -> None:
        """Let "quality", "cost" or "latency" matter most; None: what suits each task. Raises `Invalid`."""
        if what is not None and what not in PREFERENCES:
            raise Invalid(f"Prefer one of {', '.join(PREFERENCES)}, or None for what suits each task.", "what")
        self._router.prefer(what)

    def why(self, task: Task = "plan") -> pd.DataFrame:
        """Who would be asked for a task now, first first, and why; why not, for those that would be passed over."""
        import pandas as pd

        if task not in PROFILES:
            raise Invalid(f"There is no task {task!r}; there are: {', '.join(PROFILES)}.", "task")
        rows = [
            (c.endpoint.name, c.endpoint.model, round(c.score, 3), c.blocked or c.reason, not c.blocked)
            for c in self._router.candidates(task)
        ]
        return pd.DataFrame(rows, columns=["name", "model", "score", "why", "asked"])

    # -- money ---------------------------------------------------------------------------------------------------------
    def budget(self, usd: float | None = None, scope: Scope = "day", *, project: str = "") -> None:
        """Let each "run", each "project" (or just `project`), the "tenant" in all, or each "day" (UTC) spend `usd`;
        None takes that budget away. Not even all processes at once spend more. Raises `Invalid`."""
        self._router.budgets.set(scope, usd, project)

    def budgets(self) -> dict[str, float]:
        """The budgets there are, in US dollars."""
        return self._router.budgets.all()

    def spent(self, scope: Scope = "project", *, run: str = "") -> float:
        """US dollars spent on models: by this "project", its `run`, the "tenant" in all, or on this "day" (UTC)."""
        if scope not in SCOPES:
            raise Invalid(f"There is no budget of a {scope!r}; there are: {', '.join(SCOPES)}.", "scope")
        return self._router.budgets.spent(scope, project=self._project, run=run)

    # -- shown ---------------------------------------------------------------------------------------------------------
    def __len__(self) -> int:
        return len(self._router.endpoints.all())

    def __repr__(self) -> str:
        if not (rows := self._rows()):
            return "No models: the local planner does everything. Add one with studio.models.add(name, model)."
        lines = [f"{row['name']}: {row['model']}, {_STATES[row['state']]}{_calls(row)}" for row in rows]
        return "\n".join([*lines, self._money()])

    def _money(self) -> str:
        caps = self.budgets()
        told = "; ".join(f"${usd:,.2f} a {scope}" for scope, usd in sorted(caps.items()))
        return f"Spent by this project: ${self.spent():.4f}. Budgets: {told or 'none'}."

    def _repr_html_(self) -> str:
        if not (rows := self._rows()):
            return f"<p>{html.escape(repr(self))}</p>"
        heads = ("Name", "Model", "For", "State", "Calls", "Success", "Time", "$ per million in / out", "Limits")
        head = "".join(f"<th style='text-align:left'>{html.escape(name)}</th>" for name in heads)
        body = "".join(f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in _cells(row))}</tr>" for row in rows)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><p>{html.escape(self._money())}</p>"


def _calls(row: Mapping[str, Any]) -> str:
    if not row["calls"]:
        return ""
    time = "" if row["latency_s"] is None else f", {row['latency_s']:.2f} s"
    return f", {row['calls']} calls, {row['success']:.0%} well{time}"


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    def number(name: str, form: str) -> str:
        return "–" if row[name] is None else format(row[name], form)

    name = "the settings" if row["name"] == SETTINGS else row["name"]
    state = _STATES[row["state"]] + (f": {row['last_error']}" if row["state"] != "closed" else "")
    prices = f"{number('input_usd', '.2f')} / {number('output_usd', '.2f')}"
    return (
        *(name, row["model"], row["kinds"], state, f"{row['calls']:,}", number("success", ".0%")),
        *(f"{number('latency_s', '.2f')} s" if row["latency_s"] is not None else "–", prices, row["limits"] or "–"),
    )
