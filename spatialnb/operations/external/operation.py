"""An endpoint as an operation like any other."""

from __future__ import annotations

import base64
import inspect
import re
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Protocol

from spatialnb.errors import Stopped
from spatialnb.models.base import Json
from spatialnb.models.plan import Preview
from spatialnb.operations.context import Context
from spatialnb.operations.external.answer import (
    Answered,
    AnsweredMedia,
    bounded,
    escaped,
    notes_of,
    picked,
    shown,
    told,
)
from spatialnb.operations.external.arguments import ABSENT, Contract, LazySchema
from spatialnb.operations.external.credentials import lacking
from spatialnb.operations.external.endpoint import Endpoint, Pack
from spatialnb.operations.external.faults import fault
from spatialnb.operations.external.media import MEDIA, taken_in, uploads
from spatialnb.operations.external.naming import snake
from spatialnb.operations.external.request import Request, build
from spatialnb.operations.external.service import Service
from spatialnb.operations.registry import Operation

LONGEST_TEXT = 900
"""Characters of a document's description that a tool's description keeps."""
EXTERNAL = "external"
"""Tag of every operation made here."""


class Caller(Protocol):
    """Performs one endpoint's calls."""

    def __call__(self, ctx: Context, contract: Contract, args: Mapping[str, Any]) -> Answered: ...


class External:
    """The function of an external operation. Its signature shows the API's arguments."""

    def __init__(self, contract: Contract, caller: Caller) -> None:
        self.contract = contract
        self.caller = caller
        self.__name__ = self.__qualname__ = contract.endpoint.name
        self.__doc__ = contract.endpoint.summary

    def __call__(self, ctx: Context, /, **args: Any) -> Answered:
        ctx.check()
        return self.caller(ctx, self.contract, {name: value for name, value in args.items() if value is not ABSENT})

    @cached_property
    def __signature__(self) -> inspect.Signature:
        return self.contract.signature


def operation_of(endpoint: Endpoint, pack: Pack, source: str, service: str, caller: Caller) -> Operation:
    """The operation that calls `endpoint` by `caller`."""
    contract = Contract(endpoint, pack.definitions)
    media = pack.kind == "mcp" or any(MEDIA.match(kind) for kind in endpoint.answers.media)
    tags = {EXTERNAL, source, *(snake(tag) for tag in endpoint.tags if snake(tag))}
    return Operation(
        name=endpoint.name,
        function=External(contract, caller),
        summary=endpoint.summary,
        description=_description(endpoint, pack),
        args=contract.model(),
        references={},
        result=AnsweredMedia if media else Answered,
        changes="assets" if media else "",
        tags=frozenset(tags),
        approval=endpoint.approval,
        service=service,
        source=source,
        retries=endpoint.safe,
        outside=True,
        schema_=LazySchema(lambda: contract.shown),
    )


def endpoint_of(operation: Operation) -> Endpoint | None:
    """The endpoint an operation was made of; None for one that is no external operation."""
    return operation.function.contract.endpoint if isinstance(operation.function, External) else None


def place_of(operation: Operation) -> str:
    """Where the API of an external operation is; empty for a tool of an MCP server."""
    caller = operation.function.caller if isinstance(operation.function, External) else None
    return caller.service.base if isinstance(caller, HttpCaller) else ""


def _description(endpoint: Endpoint, pack: Pack) -> str:
    text = re.sub(r"<[^>]+>", "", endpoint.description)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text).strip()
    if len(text) > LONGEST_TEXT:
        text = f"{text[:LONGEST_TEXT].rsplit(' ', 1)[0]} …"
    old = "Deprecated by its makers. " if endpoint.deprecated else ""
    where = (
        f"{endpoint.method} {endpoint.path} of {pack.title}."
        if endpoint.method != "TOOL"
        else f"A tool of {pack.title}."
    )
    told = text.startswith(endpoint.summary.rstrip(" …"))
    parts = ["" if told else endpoint.summary, text, f"{old}{where}"]
    return "\n\n".join(part for part in parts if part)


class HttpCaller:
    """Calls endpoints of one service over HTTP."""

    def __init__(self, service: Service) -> None:
        self.service = service

    def __call__(self, ctx: Context, contract: Contract, args: Mapping[str, Any]) -> Answered:
        endpoint, service = contract.endpoint, self.service
        where = args.get(endpoint.where) if endpoint.where else None
        request = build(endpoint, service.base, args, contract.body(args), uploads(ctx))
        ctx.report(None, f"Asking {service.title}")

        def perform() -> Json:
            answer: Any = service.send(request, ctx.stopped)
            if (status := int(answer["status"])) >= 400:
                # Within the recorded call, so that a failure that passes is not what is kept of it.
                raise fault(service.title, status, answer, lacking(endpoint.security, service.headers, service.schemes))
            return answer

        answer: Any = recorded(ctx, "http", self._asked(endpoint, request), perform)
        return answered(ctx, endpoint, answer, where)

    def _asked(self, endpoint: Endpoint, request: Request) -> Json:
        """The request as it is recorded: told apart by what it asks for, not by where the service is at present."""
        base = endpoint.base or self.service.base
        told: dict[str, Json] = {
            "service": self.service.title,
            "operation": endpoint.name,
            "method": request.method,
            "path": request.url.removeprefix(base),
            "headers": {k: v for k, v in request.headers.items() if k not in ("Accept", "Content-Type")},
        }
        return told if request.content is None else {**told, "body": request.told}


def recorded(ctx: Context, kind: str, request: Json, perform: Callable[[], Json]) -> Json:
    """An outside call by way of the recorder, where there is one."""
    ctx.check()
    answer: Json = ctx.recorder.call(kind, request, perform) if ctx.recorder is not None else perform()
    if ctx.stopped():
        raise Stopped("Stopped. What was finished before is kept.")
    return answer


def answered(ctx: Context, endpoint: Endpoint, answer: Mapping[str, Any], where: Mapping[str, Json] | None) -> Answered:
    """The outcome of an HTTP answer."""
    status, headers = int(answer["status"]), answer.get("headers", {})
    media = str(headers.get("content-type", "")).split(";")[0].strip().lower()
    if status in (301, 302, 303, 307, 308):
        to = str(headers.get("location", ""))
        note = f"The answer is elsewhere, at {escaped(to, 200)}; other hosts are not asked with this service's keys."
        return Answered(
            summary=f"{endpoint.summary}: the answer is at another address", status=status, data={"location": to},
            notes=(note,),
        )  # fmt: skip
    if "base64" in answer:
        return _binary(ctx, endpoint, answer, status, media)
    data: Json = answer.get("json", answer.get("text"))
    return outcome(ctx, endpoint, data, status=status, where=where, notes=_pages(headers))


def outcome(
    ctx: Context,
    endpoint: Endpoint,
    data: Json,
    *,
    status: int = 0,
    where: Mapping[str, Json] | None = None,
    notes: tuple[str, ...] = (),
    assets: tuple[str, ...] = (),
    images: tuple[str, ...] = (),
) -> Answered:
    """An answer's data, picked, bounded for an agent, and told in words."""
    what = ""
    if where:
        data = picked(data, where)
        words = [escaped(value, 40) for value in where.values() if isinstance(value, str)]
        what = words[0] if len(words) == len(where) == 1 else ""
    kept, cut = bounded(data) if ctx.author == "agent" else (data, "")
    preview = shown(data) if data is not None else Preview()
    summary = told(endpoint.summary.rstrip("."), data, what)
    if assets and data is None:
        count = "a file is" if len(assets) == 1 else f"{len(assets)} files are"
        summary = f"{endpoint.summary.rstrip('.')}: {count} in the library"
    made: dict[str, Any] = {
        "summary": summary,
        "status": status,
        "data": kept,
        "cut": bool(cut),
        "notes": notes_of([*notes, cut]),
        "preview": preview.model_copy(update={"images": images}),
    }
    return AnsweredMedia(**made, assets=assets) if assets else Answered(**made)


def _binary(ctx: Context, endpoint: Endpoint, answer: Mapping[str, Any], status: int, media: str) -> Answered:
    data = base64.b64decode(answer["base64"])
    asset = taken_in(ctx, data, media, endpoint.summary, endpoint.name) if MEDIA.match(media) else None
    if asset is None:
        size = f"{len(data):,} bytes of {media or 'unknown content'}"
        whole: Json = f"data:{media or 'application/octet-stream'};base64,{answer['base64']}"
        kept: Json = (
            {"media": media, "bytes": len(data)} if ctx.author == "agent" else {"media": media, "content": whole}
        )
        return Answered(summary=f"{endpoint.summary}: {size}", status=status, data=kept, cut=ctx.author == "agent")
    thumbnail = asset.rendition("thumbnail")
    return AnsweredMedia(
        summary=f"{endpoint.summary}: {asset.name} is in the library",
        status=status,
        data={"asset": asset.id, "media": media, "bytes": len(data)},
        assets=(asset.id,),
        preview=Preview(text=asset.name, images=(thumbnail.hash,) if thumbnail else ()),
    )


def _pages(headers: Mapping[str, Any]) -> tuple[str, ...]:
    link = str(headers.get("link", ""))
    return ("There are more pages; ask for the next one",) if re.search(r'rel="?next', link) else ()
