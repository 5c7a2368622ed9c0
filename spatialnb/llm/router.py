"""The one door to hosted models: chooses one for a task, and another when it fails."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from spatialnb.config import Settings
from spatialnb.errors import ModelUnavailable
from spatialnb.llm.answers import Answer, Hop, Message, Priority, Task, Used
from spatialnb.llm.client import Model, Refused, TooLong, close

if TYPE_CHECKING:
    from spatialnb.store import Store


class Router:
    """Asks hosted models. `models` come before those of the settings and of the store."""

    def __init__(
        self,
        settings: Settings,
        store: Store | None = None,
        recorder: Any = None,
        *,
        models: Sequence[Model] = (),
    ) -> None:
        self._recorder = recorder
        named = (Model(settings.model, settings.model_base),) if settings.model else ()
        self._models = (*models, *named)

    def has(self, task: Task = "plan") -> bool:
        """Whether any endpoint could be asked for `task`. Asks and imports nothing."""
        return bool(self._models)

    async def text(
        self,
        task: Task,
        messages: Sequence[Message],
        *,
        tools: Sequence[Mapping[str, Any]] = (),
        schema: Mapping[str, Any] | None = None,
        on_text: Callable[[str], None] = lambda _: None,
        on_again: Callable[[], None] = lambda: None,
        run: str = "",
        project: str = "",
        priority: Priority = "interactive",
    ) -> Answer:
        """The answer of the model that suits `task`. `on_text` gets the text as it comes, and `on_again` is called
        when what came so far is void, because the call is made again or another model is asked.

        Raises `Refused` if no endpoint takes `tools` or `schema`, `TooLong` before another model is asked where a
        shorter request could do, else `ModelUnavailable` with `.hops`.
        """
        if not self._models:
            raise ModelUnavailable("No model is set up; set SPATIALNB_MODEL or use studio.models.add.")
        model = self._models[0]
        try:
            answer = await model.answer(messages, tools=tools, schema=schema, on_text=on_text, on_again=on_again)
        except (Refused, TooLong):
            raise
        except ModelUnavailable as error:
            raise ModelUnavailable(str(error), (Hop(model.name, str(error), time.time()),)) from None
        return replace(answer, used=Used(model.name, "settings", "the only one there is"))

    async def takes_tools(self, task: Task = "plan") -> bool | None:
        """Whether a model for `task` calls tools by itself; None if that is not known."""
        return await self._models[0].takes_tools() if self._models else False

    async def close(self) -> None:
        """Close the connections that this event loop's calls have kept."""
        await close()
