"""The outside sources of one project: added, kept, seen by its other kernels, and taken away without a trace."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spatialnb.errors import Invalid, NotFound, StoreUnavailable
from spatialnb.models.base import Frozen, FrozenDict, FrozenMap
from spatialnb.operations.external import looked_up
from spatialnb.operations.registry import Operation, Registry, nearest

if TYPE_CHECKING:
    from mcp_types import Tool

    from spatialnb.operations.external.endpoint import Endpoint, Pack
    from spatialnb.operations.external.mcp_link import Address, Link
    from spatialnb.operations.external.service import Service
    from spatialnb.store.tools import ToolStore

LOOK_AGAIN = 0.5
"""Seconds after which another kernel's additions are looked for, when something is asked for."""


class Source(Frozen):
    """What is kept of a source: enough to have it again, and never a secret."""

    name: str
    kind: str
    title: str
    location: str = ""
    base: str | None = None
    """What a person said about where it is."""
    headers: FrozenMap[str, str] = FrozenDict()
    env: FrozenMap[str, str] = FrozenDict()
    command: tuple[str, ...] = ()
    url: str = ""
    only: tuple[str, ...] | None = None
    pack: str = ""
    """Hash of its `Pack` in the media store."""


@dataclass
class _Active:
    source: Source
    pack: Pack
    service: Service | None = None
    link: Link | None = None

    def close(self) -> None:
        if self.service is not None:
            self.service.close()
        if self.link is not None:
            self.link.close()


class Sources:
    """The sources of a project, with the operations they bring to `registry`. Safe to use from several threads."""

    def __init__(self, registry: Registry, store: ToolStore, media: Any, recorder: Any = None) -> None:
        self._registry = registry
        self._store = store
        self._media = media
        self._recorder = recorder
        self._lock = threading.RLock()
        self._active: dict[str, _Active] = {}
        self._seen: Mapping[str, Any] = {}
        self._look_again = 0.0
        self._closed = False

    # -- adding and taking away ---------------------------------------------------------------------------------------
    def add_openapi(
        self,
        document: Mapping[str, Any] | str | Path,
        *,
        name: str | None = None,
        base: str | None = None,
        headers: Mapping[str, str] | None = None,
        only: Iterable[str] | None = None,
    ) -> tuple[str, ...]:
        """See `spatialnb.studio.tools.Tools.add_openapi`."""
        from spatialnb.operations.external import naming, openapi
        from spatialnb.operations.external.credentials import checked, checked_url
        from spatialnb.operations.external.document import load

        _warm()
        if isinstance(document, str) and document.startswith(("http://", "https://")):
            checked_url(document, "document")
        given = dict(headers or {})
        loaded = load(document, lambda url: self._document(url, given if _same_origin(url, document, base) else {}))
        info: Any = loaded.data.get("info")
        title = str(info.get("title") or "") if isinstance(info, Mapping) else ""
        name = self._name(name, naming.source_name(title or "api"))
        pack = openapi.read(loaded, name, base)
        pack = _narrowed(pack, only)
        checked(given, pack.schemes)
        source = Source(
            name=name,
            kind="openapi",
            title=pack.title,
            location=pack.location,
            base=base,
            headers=given,
            only=None if only is None else tuple(only),
        )
        return self.keep(source, pack)

    def add_mcp(
        self,
        command: Sequence[str] | str,
        *,
        name: str | None = None,
        env: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        only: Iterable[str] | None = None,
    ) -> tuple[str, ...]:
        """See `spatialnb.studio.tools.Tools.add_mcp`."""
        from spatialnb.operations.external import mcp_link, mcp_tools, naming
        from spatialnb.operations.external.credentials import checked

        _warm()
        address = mcp_link.address_of(command, checked(env or {}, {}), checked(headers or {}, {}))
        link = mcp_link.Link(name or "The MCP server", address)
        try:
            title, tools = looked_up.tools(self._recorder, address, link.tools)
            name = self._name(name, naming.source_name(title))
            pack = _narrowed(mcp_tools.read_tools(tools, name, title), only)
            return self.keep(self._mcp_source(name, title, address, only), pack, link)
        except BaseException:
            link.close()
            raise

    def _mcp_source(self, name: str, title: str, address: Address, only: Iterable[str] | None) -> Source:
        return Source(
            name=name,
            kind="mcp",
            title=title,
            env=dict(address.env),
            headers=dict(address.headers),
            command=address.command,
            url=address.url,
            only=None if only is None else tuple(only),
        )

    def keep(self, source: Source, pack: Pack, link: Link | None = None) -> tuple[str, ...]:
        """Keep a source for the project and register its operations, in place of one of that name.

        `link`: an open connection to an MCP server, which is used from now on. Returns the operations' names.

        Raises `Invalid` when a name is somebody else's.
        """
        with self._lock:
            for endpoint in pack.endpoints:
                known = self._registry.operations.get(endpoint.name)
                if known is not None and known.source != source.name:
                    raise Invalid(
                        f"{endpoint.name} is already an operation of {known.source}; add this with another name=.",
                        "name",
                    )
            kept = self._media.put(pack.model_dump_json().encode(), "application/json")
            source = source.model_copy(update={"pack": kept})
            self._store.put(source.name, source.model_dump(mode="json"))
            self._activate(source, pack, link)
            self._seen = {**self._seen, source.name: source.model_dump(mode="json")}
            return tuple(endpoint.name for endpoint in pack.endpoints)

    def remove(self, name: str, *, force: bool = False) -> int:
        """Take a source away, from this project and everywhere it is open; returns how many operations went.

        Raises `NotFound`, and `Invalid` when other operations need some of them, unless `force`.
        """
        with self._lock:
            self.sync(now=True)
            if name not in self._active:
                close = nearest(name, self._active)
                hint = f" Did you mean {close!r}?" if close else ""
                raise NotFound(f"There is no source {name!r}.{hint}")
            gone = self._registry.unload(name, force=force)
            self._store.remove(name)
            self._active.pop(name).close()
            self._seen = {key: value for key, value in self._seen.items() if key != name}
            return gone

    def close(self) -> None:
        """End all connections and processes. What was added stays the project's."""
        with self._lock:
            self._closed = True
            for active in self._active.values():
                active.close()
            self._active.clear()

    # -- what there is ------------------------------------------------------------------------------------------------
    def names(self) -> tuple[str, ...]:
        self.sync(now=True)
        return tuple(self._active)

    def get(self, name: str) -> tuple[Source, Pack]:
        """A source and what it offers. Raises `NotFound`."""
        self.sync(now=True)
        if name not in self._active:
            raise NotFound(f"There is no source {name!r}; there are: {', '.join(self._active) or 'none'}.")
        return self._active[name].source, self._active[name].pack

    def fresh(self, name: str) -> Pack:
        """What a source offers now, read anew from where it came from; nothing is changed by it.

        Raises `NotFound` where there is nothing to read it from, and what reading it raises.
        """
        source, _ = self.get(name)
        if source.kind == "mcp":
            from spatialnb.operations.external import mcp_tools

            link = self._active[name].link
            assert link is not None
            title, tools = looked_up.tools(self._recorder, link.address, link.tools)
            return _narrowed(mcp_tools.read_tools(tools, name, title), source.only)
        if not source.location:
            raise NotFound(f"{name} was added as a document at hand, so there is nothing to compare it with.")
        from spatialnb.operations.external import openapi
        from spatialnb.operations.external.document import load

        same = _same_origin(source.location, source.location, source.base)
        loaded = load(source.location, lambda url: self._document(url, source.headers if same else {}))
        return _narrowed(openapi.read(loaded, name, source.base), source.only)

    def _document(self, url: str, headers: Mapping[str, str]) -> bytes:
        from spatialnb.operations.external.service import fetched

        return looked_up.document(self._recorder, url, lambda: fetched(url, headers))

    def sync(self, *, now: bool = False) -> None:
        """Have what other kernels added, and let go of what they took away. Looks at most every `LOOK_AGAIN` seconds,
        unless `now`; while the store is away, what is known stays.
        """
        if not now and time.monotonic() < self._look_again:
            return
        with self._lock:
            self._look_again = time.monotonic() + LOOK_AGAIN
            if self._closed:
                return
            try:
                kept = self._store.all()
            except StoreUnavailable:
                return
            if kept == self._seen:
                return
            for name in [name for name in self._active if name not in kept]:
                self._registry.unload(name, force=True)
                self._active.pop(name).close()
            for name, value in kept.items():
                if self._seen.get(name) != value:
                    self._restore(value)
            self._seen = kept

    def _restore(self, value: Mapping[str, Any]) -> None:
        from spatialnb.operations.external.endpoint import Pack

        source = Source.model_validate(value)
        try:
            pack = Pack.model_validate_json(self._media.read(source.pack))
        except NotFound:
            return  # added on a machine whose media are not here; it is there again when they are
        self._activate(source, pack)

    # -- operations ---------------------------------------------------------------------------------------------------
    def _activate(self, source: Source, pack: Pack, link: Link | None = None) -> None:
        from spatialnb.operations.external import mcp_link, mcp_tools
        from spatialnb.operations.external.operation import HttpCaller, operation_of
        from spatialnb.operations.external.service import Service

        if (before := self._active.pop(source.name, None)) is not None:
            before.close()
        active = _Active(source, pack)
        if source.kind == "mcp":
            address = mcp_link.Address(source.command, source.url, source.env, source.headers)
            active.link = link or mcp_link.Link(source.title, address)
            active.link.title = source.title
            active.link.changed = lambda tools: self._changed(source.name, tools)
            caller: Any = mcp_tools.McpCaller(active.link)
        else:
            trusted = source.base is not None or _same_host(source.location, pack.base)
            active.service = Service(pack.title, pack.base, source.headers, pack.schemes, trusted)
            caller = HttpCaller(active.service)
        service = self._service_name(source, pack)
        self._active[source.name] = active
        self._replace(source.name, [operation_of(one, pack, source.name, service, caller) for one in pack.endpoints])

    def _replace(self, name: str, operations: Sequence[Operation]) -> None:
        wanted = {operation.name for operation in operations}
        for known in list(self._registry):
            if known.source == name and known.name not in wanted:
                self._registry.remove(known.name, force=True)
        for operation in operations:
            self._registry.add(operation)

    def _service_name(self, source: Source, pack: Pack) -> str:
        """The API's title, with the source's name where another source has the same."""
        others = {one.pack.title for name, one in self._active.items() if name != source.name}
        return f"{pack.title} ({source.name})" if pack.title in others else pack.title

    def _changed(self, name: str, tools: Sequence[Tool]) -> None:
        """A server says that its tools changed: have the new ones, and let the project's other kernels have them."""
        from spatialnb.operations.external import mcp_tools

        with self._lock:
            active = self._active.get(name)
            if active is None or self._closed:
                return
            pack = _narrowed(mcp_tools.read_tools(tools, name, active.source.title), active.source.only, empty=True)
            if pack.document == active.pack.document:
                return
            from spatialnb.operations.external.operation import operation_of

            kept = self._media.put(pack.model_dump_json().encode(), "application/json")
            active.source, active.pack = active.source.model_copy(update={"pack": kept}), pack
            assert active.link is not None
            caller, service = mcp_tools.McpCaller(active.link), self._service_name(active.source, pack)
            self._replace(name, [operation_of(one, pack, name, service, caller) for one in pack.endpoints])
            value = active.source.model_dump(mode="json")
            self._store.put(name, value)
            self._seen = {**self._seen, name: value}

    def _name(self, given: str | None, made: str) -> str:
        name = given if given is not None else made
        if not name.isidentifier() or not name.isascii() or name.startswith("_") or len(name) > 32:
            raise Invalid(f"name is a word such as 'github', of letters, digits and underscores; not {name!r}.", "name")
        if name in {operation.source for operation in self._registry if operation.source not in self._active}:
            raise Invalid(f"{name!r} is the name of what brings other operations; choose another.", "name")
        return name


def _warm() -> None:
    """Import what checks arguments while the first call is still being thought of; it takes a second in Jupyter."""
    if "jsonschema" not in sys.modules:
        threading.Thread(target=import_module, args=("jsonschema",), daemon=True).start()


def _narrowed(pack: Pack, only: Iterable[str] | None, *, empty: bool = False) -> Pack:
    """Only the operations that fit: names with or without the source's, "GET /path", or patterns of those (`*`)."""
    if only is None:
        return pack
    wanted = [only] if isinstance(only, str) else list(only)

    def fits(endpoint: Endpoint) -> bool:
        said = (endpoint.name, endpoint.name.partition("_")[2], endpoint.path, f"{endpoint.method} {endpoint.path}")
        return any(fnmatchcase(one, pattern) for pattern in wanted for one in said)

    kept = tuple(endpoint for endpoint in pack.endpoints if fits(endpoint))
    if not kept and not empty:
        close = nearest(wanted[0] if wanted else "", [endpoint.name for endpoint in pack.endpoints])
        hint = f" Did you mean {close!r}?" if close else ""
        raise Invalid(f"Nothing of {pack.title} is called {', '.join(map(repr, wanted)) or 'that'}.{hint}", "only")
    return pack.model_copy(update={"endpoints": kept})


def _same_origin(url: str, document: object, base: str | None) -> bool:
    """Whether credentials may go to where a document is: it is where the API is, as far as was said."""
    from urllib.parse import urlsplit

    beside = urlsplit(url)[:2] == urlsplit(str(document))[:2] if not isinstance(document, Mapping) else False
    return beside and (base is None or urlsplit(url)[:2] == urlsplit(base)[:2])


def _same_host(location: str, base: str) -> bool:
    from urllib.parse import urlsplit

    return bool(location) and urlsplit(location).hostname == urlsplit(base).hostname
