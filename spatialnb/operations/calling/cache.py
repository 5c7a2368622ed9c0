"""Outcomes used again: the same operation and version, the same arguments, on the same content.

Content is what is pointed at: a file by the hash of its bytes and what is known of it, an item by all its fields. For
operations that were not brought by the package itself the project counts as well, as two of them may go by one name.
What an outcome changed is kept with it, so that using it again changes the project alike, as a Change of its own.
"""

from __future__ import annotations

import logging
import time
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from spatialnb.errors import NotFound, ServiceUnavailable, StoreUnavailable
from spatialnb.models.asset import Asset
from spatialnb.models.base import digest
from spatialnb.models.canvas import Item
from spatialnb.models.change import Edit
from spatialnb.models.draft import to_json
from spatialnb.models.project import Project
from spatialnb.operations.calling.call import Calling, Kept, Next
from spatialnb.operations.calling.performing import performed, portable
from spatialnb.operations.calling.words import seconds_in_words
from spatialnb.operations.context import Context
from spatialnb.store.keys import RESULTS_TTL

if TYPE_CHECKING:
    from spatialnb.operations.registry import Outcome

log = logging.getLogger(__name__)

OUTSIDE = 15 * 60.0
"""Seconds for which what came from outside may be used again; what was made here depends on nothing that ages."""
_EDITS: TypeAdapter[tuple[Edit, ...]] = TypeAdapter(tuple[Edit, ...])


def reused(call: Calling, then: Next) -> Outcome:
    """The outcome of an earlier call where there is one, else a new one, which is kept.

    Where a service that had to be asked anew is away, the earlier outcome is better than none, and the notes say so.
    """
    if call.operation.outside and call.recorded:
        # A recording has to hold the call, and a replay has to ask for it.
        return then(call)
    key = _key(call)
    if not call.fresh and (kept := _found(call, key)):
        call.kept = kept
        return performed(call)
    try:
        outcome = then(call)
    except ServiceUnavailable as error:
        if not call.fresh or (kept := _found(call, key, oldest=RESULTS_TTL)) is None:
            raise
        call.kept = kept
        ago = seconds_in_words(time.time() - kept.at)
        call.note(f"{error.service or 'The service'} is not there; this is what it gave {ago} ago.")
        return performed(call)
    _keep(call, key, outcome)
    return outcome


def _key(call: Calling) -> str:
    """What the outcome depends on, as a digest."""
    workspace, operation = call.workspace, call.operation
    args = portable(operation, {k: v for k, v in call.args.items() if k not in operation.references})
    things: dict[str, Any] = {}
    if operation.references:
        project = call.within.project if call.within else workspace.project
        context = Context(project=project, library=workspace.library, log=workspace.log, pointing=workspace.pointing)
        references = {name: call.args[name] for name in operation.references}
        resolved = workspace.resolved(operation, references, context)
        things = {name: _content(value, project) for name, value in resolved.items()}
    own = operation.source == "spatialnb"
    return digest(
        [
            operation.name,
            operation.version,
            operation.source,
            *(() if own else (workspace.name, operation.service, operation.description, _body(operation.function))),
            {name: args[name] for name in operation.args.model_fields if name in args},
            things,
        ]
    )


def _body(function: Any) -> str:
    """What a function does, as far as its own code says: in a notebook it is changed without a new version."""
    code = getattr(function, "__code__", function)
    if not hasattr(code, "co_code"):
        return ""
    inside = [_body(each) if hasattr(each, "co_code") else repr(each) for each in code.co_consts]
    return f"{code.co_code.hex()} {code.co_names} {inside}"


def _content(value: Any, project: Project) -> Any:
    if isinstance(value, Item):
        asset = project.asset_of(value)
        return [value.model_dump(mode="json"), asset and asset.model_dump(mode="json")]
    if isinstance(value, Asset):
        return value.model_dump(mode="json")
    if isinstance(value, tuple):
        return [_content(inner, project) for inner in value]
    return value


def _found(call: Calling, key: str, *, oldest: float | None = None) -> Kept | None:
    """What was kept, if it can still be used: it is young enough, and its files are still there."""
    age = oldest or (OUTSIDE if call.operation.outside else RESULTS_TTL)
    try:
        found = call.workspace.store.results.get(key, oldest=age)
    except StoreUnavailable:
        return None
    except (ValueError, KeyError, zlib.error):
        log.warning("A kept outcome of %s cannot be read; it is made anew.", call.operation.name)
        return None
    if found is None or not isinstance(found[0], Mapping):
        return None
    try:
        outcome = call.operation.result.model_validate(found[0]["outcome"])
        edits = _EDITS.validate_python(found[0]["edits"])
    except (ValidationError, KeyError):
        # Kept by another version of the program.
        return None
    return Kept(outcome, edits, found[1]) if _there(call, outcome, edits) else None


def _keep(call: Calling, key: str, outcome: Outcome) -> None:
    if type(outcome) is not call.operation.result or set(outcome.notes) - set(call.notes):
        # What came with a caveat, such as a lesser result, is not what the next caller should get.
        return
    if any(edit.path[0] != "assets" or (len(edit.path) == 2 and edit.after is None) for edit in call.edits):
        # Only what adds files to the library means the same on any project.
        return
    edits = _additions(call, outcome)
    try:
        call.workspace.store.results.keep(
            key,
            {
                "outcome": outcome.model_copy(update={"notes": ()}).model_dump(mode="json"),
                "edits": [edit.model_dump(mode="json") for edit in edits],
            },
        )
    except StoreUnavailable:
        log.info("An outcome of %s could not be kept, as the store is away.", call.operation.name)


def _additions(call: Calling, outcome: Outcome) -> list[Edit]:
    """The assets that the outcome speaks of, whole: here some of them may have been there before, elsewhere none is."""
    assets = call.after.assets if call.after else {}
    ids = dict.fromkeys([*(edit.path[1] for edit in call.edits), *getattr(outcome, "assets", ())])
    return [Edit(path=("assets", each), after=to_json(assets[each])) for each in ids if each in assets]


def _there(call: Calling, outcome: Outcome, edits: tuple[Edit, ...]) -> bool:
    """Whether the files that an outcome speaks of are still in the media store."""
    hashes = {*outcome.preview.images, outcome.preview.audio, outcome.preview.video} - {""}
    for edit in edits:
        if len(edit.path) == 2 and isinstance(edit.after, Mapping):
            asset = Asset.model_validate(edit.after)
            hashes |= {asset.hash, *(rendition.hash for rendition in asset.renditions.values())}
    media = call.workspace.media
    try:
        return not hashes or all(media.mime(each) for each in hashes)
    except NotFound:
        return False
