"""Routes of runs: requests in words, what has become of them, and answers to what they ask."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from spatialnb.errors import Invalid, NotFound
from spatialnb.server.api import ApiHandler, first_of
from spatialnb.server.problems import Refused

if TYPE_CHECKING:
    from pydantic import BaseModel

    from spatialnb.agent.run import Run
    from spatialnb.models.events import Event
    from spatialnb.models.plan import RunState
    from spatialnb.studio import Studio

HEEDED = 2.0
"""Seconds."""

B = TypeVar("B", bound="BaseModel")


class _RunHandler(ApiHandler):
    def body(self, model: type[B]) -> B:
        from pydantic import ValidationError

        try:
            return model.model_validate(self.json_object())
        except ValidationError as error:
            raise first_of(error) from None


class RunsHandler(_RunHandler):
    """`/projects/{project}/runs`: POST begins one and answers at once, GET lists them, oldest first."""

    async def do_get(self, project: str) -> None:
        from spatialnb.server.queries import RunsQuery

        query = self.query(RunsQuery)

        def runs(studio: Studio) -> str:
            turns = studio.workspace.store.conversation(studio.name).turns(query.limit)
            return f'{{"runs": [{",".join(state.model_dump_json() for state in turns)}]}}'

        self.answer(await self.gateway.read(project, runs))

    async def do_post(self, project: str) -> None:
        from spatialnb.server.queries import RunRequest

        asked = self.body(RunRequest)

        def begin() -> RunState:
            with self.gateway.projects.borrow(project, create=True) as studio:
                run = studio.submit(asked.request, approve=asked.approve, by=self.actor)
                self.gateway.projects.keep_for(project, run)
                return run.state

        state = await self.gateway.calls.run(begin)
        self.set_header("Location", f"{self.request.path.rstrip('/')}/{state.id}")
        self.answer(state.model_dump_json(), 202)


class RunHandler(_RunHandler):
    """`GET /projects/{project}/runs/{run}`: how it stands."""

    async def do_get(self, project: str, run: str) -> None:
        def look(studio: Studio) -> str:
            # The store is told of a run a moment later than whoever runs it. Only of one that waits it may know more:
            # another process may have heard the answer, and have gone on with it.
            here = self.gateway.projects.run_here(project, run)
            kept = studio.workspace.store.conversation(studio.name).get(run)
            if here is not None and (kept is None or here.status != "waiting" or kept.status == "waiting"):
                kept = here.state
            if kept is None:
                raise NotFound(f"There is no run {run[:100]!r} in project {studio.name!r}.")
            return kept.model_dump_json()

        self.answer(await self.gateway.read(project, look))


class ApprovalsHandler(_RunHandler):
    """`POST /projects/{project}/runs/{run}/approvals`: the answer to a step that waits. Each is answered once."""

    async def do_post(self, project: str, run: str) -> None:
        from spatialnb.server.queries import Approval

        given = self.body(Approval)

        def answer(studio: Studio) -> str:
            found = studio.get_run(run)
            self.gateway.projects.keep_for(project, found)
            try:
                heeded(studio, found, lambda: found.answer(given.step, given.decision, given.args))
            except Invalid as error:
                raise Refused(409, str(error), "step") from None
            return found.state.model_dump_json()

        self.answer(await self.gateway.read(project, answer))


class StopHandler(_RunHandler):
    """`POST /projects/{project}/runs/{run}/stop`: stop now; what is finished is kept."""

    async def do_post(self, project: str, run: str) -> None:
        def stop(studio: Studio) -> str:
            found = studio.get_run(run)
            if found.status in ("running", "waiting"):
                heeded(studio, found, found.stop)
            return found.state.model_dump_json()

        self.answer(await self.gateway.read(project, stop))


def heeded(studio: Studio, run: Run, steer: Callable[[], object]) -> None:
    """Steer a run, and wait a moment until it goes another way: then whoever looks next sees that it does."""
    from spatialnb.models.events import RunChanged, StepChanged

    moved = threading.Event()

    def hear(event: Event) -> None:
        if isinstance(event, StepChanged | RunChanged) and event.state.status != "waiting":
            of = event.state.run if isinstance(event, StepChanged) else event.state.id
            if of == run.id:
                moved.set()

    unfollow = studio.follow(hear)
    try:
        steer()
        moved.wait(HEEDED)
    finally:
        unfollow()
