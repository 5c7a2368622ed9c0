"""What every route of the API does the same way: who may, how much, in which form, and what is answered to errors."""

from __future__ import annotations

import json
import re
import threading
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from jupyter_server.auth.decorator import allow_unauthenticated, authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web
from tornado.iostream import StreamClosedError

from spatialnb.errors import Invalid, SpatialError
from spatialnb.server.gateway import Gateway
from spatialnb.server.problems import PROBLEM_JSON, Problem, Refused, problem_of

if TYPE_CHECKING:
    from pydantic import BaseModel

LARGEST_BODY = 4 * 1024 * 1024
"""Bytes."""
CORRELATION = re.compile(r"[A-Za-z0-9_.:-]{1,100}")
METHODS = ("GET", "POST", "PUT", "DELETE")

Q = TypeVar("Q", bound="BaseModel")


@web.stream_request_body
class ApiHandler(APIHandler):
    """Base of the routes. A subclass has `do_get`, `do_post`, ... for the methods it answers to.

    Signing in, authorization, cross-site checks, CORS and the count of activity are Jupyter's own. Whoever acts is who
    Jupyter says: `self.actor`.
    """

    auth_resource = "spatialnb"
    gateway: Gateway

    def initialize(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.gone = threading.Event()
        """Set when whoever asked has gone away."""
        self._when_gone: list[Callable[[], object]] = []
        given = self.request.headers.get("X-Correlation-Id", "")
        self.correlation_id = given if CORRELATION.fullmatch(given) else uuid.uuid4().hex
        self._body = bytearray()
        self._refusal: Exception | None = None
        self._streaming = False

    @property
    def actor(self) -> str:
        """The name of whoever acts, as Jupyter knows it; `token` for a bearer of the server's token without a name.

        For those Jupyter makes up an anonymous user anew with every request.
        """
        user: Any = self.current_user
        if self.token_authenticated and str(getattr(user, "name", "")).startswith("Anonymous "):
            return "token"
        return str(getattr(user, "username", "") or "")

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")
        self.set_header("Cache-Control", "private, no-cache")

    # -- before the method --------------------------------------------------------------------------------------------
    async def prepare(self) -> None:  # type: ignore[override]
        length = self.request.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > LARGEST_BODY:
            raise Refused(413, f"The body is too large: at most {LARGEST_BODY // 1024 // 1024} MB are taken.")
        try:
            await super().prepare()
        except web.HTTPError as error:
            # Answered when the body is read: a connection that is closed while the client still sends loses the answer.
            self._refusal = error

    def data_received(self, chunk: bytes) -> None:
        if len(self._body) + len(chunk) > LARGEST_BODY:
            self._refusal = Refused(413, f"The body is too large: at most {LARGEST_BODY // 1024 // 1024} MB are taken.")
            self._body.clear()
        elif not isinstance(self._refusal, Refused):
            self._body += chunk

    def on_connection_close(self) -> None:
        self.gone.set()
        for callback in self._when_gone:
            callback()

    def when_gone(self, callback: Callable[[], object]) -> None:
        """Call when whoever asked has gone away."""
        self._when_gone.append(callback)

    # -- the methods --------------------------------------------------------------------------------------------------
    @web.authenticated
    @authorized
    async def get(self, *path: str) -> None:
        await self._serve(*path)

    @web.authenticated
    @authorized
    async def post(self, *path: str) -> None:
        await self._serve(*path)

    @web.authenticated
    @authorized
    async def put(self, *path: str) -> None:
        await self._serve(*path)

    @web.authenticated
    @authorized
    async def delete(self, *path: str) -> None:
        await self._serve(*path)

    @allow_unauthenticated
    def options(self, *path: str) -> None:
        """What a browser asks before it sends a request from another site."""
        super().options(*path)

    async def _serve(self, *path: str) -> None:
        if self._refusal is not None:
            raise self._refusal
        method: Callable[..., Awaitable[None]] | None = getattr(self, f"do_{(self.request.method or '').lower()}", None)
        if method is None:
            raise web.HTTPError(405)
        self.gateway.rates.take(self.actor)
        try:
            await method(*path)
        except StreamClosedError:
            return  # nobody is left to answer to

    # -- what was sent ------------------------------------------------------------------------------------------------
    def query(self, model: type[Q]) -> Q:
        """The query parameters, checked. Raises `Invalid`, or `Refused` (400) for what is no text."""
        from pydantic import ValidationError

        given: dict[str, str] = {}
        for name, values in self.request.query_arguments.items():
            if name in model.model_fields:
                try:
                    given[name] = values[-1].decode()
                except UnicodeDecodeError:
                    raise Refused(400, f"The query parameter {name} is no UTF-8 text.", name) from None
        try:
            return model.model_validate(given)
        except ValidationError as error:
            raise first_of(error) from None

    def json_object(self) -> dict[str, Any]:
        """The body, a JSON object; nothing counts as an empty one. Raises `Refused` (400, 415) and `Invalid`."""
        if self.request.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
            raise Refused(415, "Send the body as it is, not compressed.")
        if not self._body:
            return {}
        kind = self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise Refused(415, f"Send the body as application/json, not as {kind or 'nothing in particular'}.")
        from pydantic_core import from_json

        try:
            # Refuses NaN, lone surrogates and nesting without end as well.
            value = from_json(bytes(self._body), allow_inf_nan=False)
        except ValueError as error:
            raise Refused(400, f"The body is not JSON: {error}.") from None
        if not isinstance(value, dict):
            raise Invalid('The body is a JSON object, such as {"items": "the photos"}.')
        return cast("dict[str, Any]", value)

    # -- what is answered ---------------------------------------------------------------------------------------------
    def answer(self, body: bytes | str | Mapping[str, Any], status: int = 200, kind: str = "application/json") -> None:
        """Finish with JSON: text that is JSON already, or a mapping."""
        self.set_status(status)
        self.set_header("X-Correlation-Id", self.correlation_id)
        text = json.dumps(body, ensure_ascii=False) if isinstance(body, Mapping) else body
        self.finish(text, set_content_type=kind)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = (kwargs.get("exc_info") or (None, None))[1] or web.HTTPError(status_code)
        problem = self._of_tornado(error) if isinstance(error, web.HTTPError) else problem_of(error)
        if hasattr(self, "_jupyter_current_user"):
            self.set_cors_headers()  # a page of another site may know why it was refused
        for name, value in (problem.headers or {}).items():
            self.set_header(name, value)
        self.set_header("Cache-Control", "no-store")
        self.answer(problem.body(self.correlation_id), problem.status, PROBLEM_JSON)

    def _of_tornado(self, error: web.HTTPError) -> Problem:
        if error.status_code == 405:
            allowed = ", ".join(name for name in METHODS if hasattr(self, f"do_{name.lower()}"))
            told = f"{self.request.method} is not possible here; {allowed} is."
            return problem_of(Refused(405, told, headers={"Allow": f"{allowed}, OPTIONS"}))
        said = error.log_message if error.status_code < 500 and error.log_message else ""
        return problem_of(Refused(error.status_code, said or SAID.get(error.status_code, "This did not work.")))

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        """An error that was foreseen has its own status, and is no news for the log."""
        error = (kwargs.get("exc_info") or (None, None))[1]
        if self._headers_written and isinstance(error, SpatialError):
            self.finish()
            return
        super().send_error(problem_of(error).status if isinstance(error, SpatialError) else status_code, **kwargs)

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        if not isinstance(value, SpatialError):
            super().log_exception(typ, value, tb)

    def update_api_activity(self) -> None:
        # Jupyter's own reads the query as text, and fails on what is none.
        if "no_track_activity" not in self.request.query_arguments:
            from jupyter_server._tz import utcnow

            self.settings["api_last_activity"] = utcnow()


def first_of(error: Any) -> Invalid:
    """A pydantic error as one sentence about one parameter."""
    first = error.errors(include_url=False)[0]
    name = ".".join(str(part) for part in first["loc"])
    if first["type"] == "missing":
        return Invalid(f"This needs {name!r}.", name)
    return Invalid(f"{name} cannot be {first.get('input')!r:.100}: {first['msg'].lower()}.", name)


SAID = {
    403: "Sign in to this Jupyter server first: send its token in the header “Authorization: token …”.",
    404: "There is nothing here.",
}
"""What to do about statuses that Jupyter gives without a word."""


class NothingHere(ApiHandler):
    """Whatever else is asked for under the address of the API."""

    async def do_get(self, *_: str) -> None:
        raise Refused(404, "There is no such address; openapi.json lists those there are.")

    do_post = do_put = do_delete = do_get
