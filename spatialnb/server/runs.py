"""Routes of runs: requests in words, what has become of them, and answers to what they ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from spatialnb.errors import Invalid, NotFound
from spatialnb.server.api import ApiHandler, first_of
from spatialnb.server.problems import Refused

if TYPE_CHECKING:
    from pydantic import BaseModel

    from spatialnb.models.plan import RunState
    from spatialnb.studio import Studio

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
            kept = studio.workspace.store.conversation(studio.name).get(run)
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
            try:
                found.answer(given.step, given.decision, given.args)
            except Invalid as error:
                raise Refused(409, str(error), "step") from None
            self.gateway.projects.keep_for(project, found)
            return found.state.model_dump_json()

        self.answer(await self.gateway.read(project, answer))


class StopHandler(_RunHandler):
    """`POST /projects/{project}/runs/{run}/stop`: stop now; what is finished is kept."""

    async def do_post(self, project: str, run: str) -> None:
        self.answer(await self.gateway.read(project, lambda studio: studio.get_run(run).stop().state.model_dump_json()))
