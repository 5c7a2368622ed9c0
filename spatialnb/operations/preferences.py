"""What a person wants done from now on, and what one has said so often that it need not be said again.

Both fill in what words leave open; code means what it says and gets neither. Preferences are part of the project and
its log, so that they are undone, written down and run again like everything else; habits are read from the log.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, create_model

from spatialnb.errors import Invalid, NotFound
from spatialnb.models.base import FrozenDict, Json
from spatialnb.models.project import Preference, copy_with
from spatialnb.operations.calling.call import Calling
from spatialnb.operations.calling.defaults import Filled
from spatialnb.operations.context import Context
from spatialnb.operations.registry import DEFAULT, Operation, Outcome, nearest, operation

if TYPE_CHECKING:
    from spatialnb.store.changes import ChangeLog

HABIT = 3
"""How often in a row the same must have been said to count as meant every time."""
REMEMBERED = 500
"""Changes that are looked back on for habits when a project is opened."""


@operation(changes="preferences", tags={"preferences"}, words=("prefer", "remember", "by default use"))
def prefer(ctx: Context, setting: str, value: Json) -> Outcome:
    """Do something this way from now on, unless a request says otherwise.

    `setting` is `<operation>.<parameter>`, as in `arrange.spacing`; `value` what the parameter takes. It holds for
    requests in words, in this project, until it is undone or forgotten.
    """
    about, name = _named(ctx, setting)
    kept = _checked(about, name, value)
    ctx.project = ctx.project.with_preferences({f"{about.name}.{name}": Preference(value=kept)})
    return Outcome(summary=f"From now on, {_told(about.name, name, kept)}")


@operation(changes="preferences", tags={"preferences"}, words=("forget preference", "forget preferences"))
def forget(ctx: Context, setting: str = "") -> Outcome:
    """Go back to the default that everybody has, for one setting such as `arrange.spacing`, or for all."""
    if setting:
        about, name = _named(ctx, setting)
        ctx.project = ctx.project.with_preferences({f"{about.name}.{name}": Preference()})
        return Outcome(summary=f"Forgot how {_words(name)} was preferred for {_words(about.name)}")
    if not any(preference.value is not None for preference in ctx.project.preferences.values()):
        raise Invalid("There are no preferences to forget.", "setting")
    forgotten = {key: Preference() for key in ctx.project.preferences}
    ctx.project = copy_with(ctx.project, preferences=FrozenDict(forgotten))
    return Outcome(summary="Forgot all preferences")


def preferred(call: Calling) -> Filled | None:
    """What was preferred in words for a call that words led to."""
    preferences = call.workspace.log.head.preferences
    if call.author == "code" or not preferences:
        return None
    start = f"{call.operation.name}."
    args = {
        key.removeprefix(start): preference.value
        for key, preference in preferences.items()
        if key.startswith(start) and preference.value is not None
    }
    new = {name: value for name, value in args.items() if name not in call.given}
    return (
        Filled(new, tuple(f"{_told('', name, value)}, as you prefer" for name, value in new.items())) if new else None
    )


class Habits:
    """What was said for matters of taste the last times, read from the log as far as it has grown."""

    def __init__(self, log: ChangeLog) -> None:
        self._log = log
        self._seen: int | None = None
        self._said: dict[tuple[str, str], deque[Json]] = {}

    def __call__(self, call: Calling) -> Filled | None:
        """What has become a habit, for a call that words led to."""
        if call.author == "code" or not call.operation.tastes:
            return None
        self._catch_up()
        known = self._log.head.preferences
        args: dict[str, Json] = {}
        for name in call.operation.tastes:
            said = tuple(self._said.get((call.operation.name, name), ()))
            if len(said) < HABIT or any(value != said[0] for value in said):
                continue
            if name not in call.given and f"{call.operation.name}.{name}" not in known:
                args[name] = said[0]
        notes = tuple(f"{_told('', name, value)}, as the last {HABIT} times" for name, value in args.items())
        return Filled(args, notes) if args else None

    def _catch_up(self) -> None:
        head = self._log.head.revision
        start = max(1, head - REMEMBERED) if self._seen is None else self._seen + 1
        self._seen = head
        if start > head:
            return
        for change in self._log.history(start, head):
            made = change.call.operation.partition("@")[0]
            if change.author == "code" or made not in DEFAULT:
                continue
            for name in DEFAULT.get(made).tastes:
                said = self._said.setdefault((made, name), deque(maxlen=HABIT))
                if name in change.call.args:
                    said.append(change.call.args[name])
                else:
                    said.clear()


def _named(ctx: Context, setting: str) -> tuple[Operation, str]:
    """The operation and the parameter that a setting names. Raises `Invalid`, `NotFound` with the nearest."""
    registry = DEFAULT if ctx.operations is None else ctx.operations
    name, _, parameter = setting.partition(".")
    about = registry.get(name)
    if not parameter:
        raise Invalid(
            f"A setting is an operation and a parameter, such as {name}.{next(iter(about.args.model_fields), 'x')}."
        )
    if parameter not in about.args.model_fields or parameter in about.references:
        close = nearest(parameter, (each for each in about.args.model_fields if each not in about.references))
        raise NotFound(f"{name} has no setting {parameter!r}.{f' Did you mean {close!r}?' if close else ''}")
    return about, parameter


def _checked(about: Operation, name: str, value: Json) -> Json:
    """The value as the operation would take it. Raises `Invalid` in the words that it would have for it."""
    field = about.args.model_fields[name]
    fields: dict[str, Any] = {name: (field.annotation, field)}
    alone = create_model(about.args.__name__, __config__=about.args.model_config, **fields)
    taken = replace(about, args=alone, references={}, schema_=None).validate({name: value})[name]
    return TypeAdapter(Any).dump_python(taken, mode="json")


def _told(operation_name: str, name: str, value: Json) -> str:
    where = f" of {_words(operation_name)}" if operation_name else ""
    shown = {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
    return f"{_words(name)}{where} is {shown}"


def _words(name: str) -> str:
    return name.replace("_", " ")


__all__ = ["Habits", "forget", "prefer", "preferred"]
