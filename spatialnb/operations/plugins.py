"""Plugins: installed packages that bring operations, found by the entry-point group `spatialnb.operations`.

An entry point names a module that declares operations with `@operation`, or an operation, some operations, or a
function that is given a registry to add to. A plugin is loaded into one registry, whole or not at all, and can be taken
away again while everything runs: its operations, and when nobody has them any more its modules too, so that a newer
version that was installed meanwhile can be loaded in its place.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import sys
import threading
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from weakref import WeakSet

from spatialnb.errors import Invalid, NotFound
from spatialnb.operations.registry import ASIDE, DECLARED, Operation, Registry, nearest

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "spatialnb.operations"
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Loaded:
    """A plugin, as loading it went."""

    source: str
    """Name of its distribution."""
    operations: tuple[str, ...] = ()
    error: str = ""
    """Why nothing of it was loaded, in one sentence; or empty."""
    version: str = ""
    """Version of its distribution."""


@dataclass
class _Brought:
    """What an imported plugin brings, and who has it."""

    version: str
    operations: tuple[Operation, ...]
    modules: frozenset[str]
    holders: WeakSet[Registry] = field(default_factory=WeakSet[Registry])


_LOCK = threading.RLock()
_BROUGHT: dict[str, _Brought] = {}


def load_plugins(registry: Registry, only: Iterable[str] | None = None) -> list[Loaded]:
    """Load every installed plugin (or those named in `only`) into `registry`, and say how it went with each.

    Can be called again at any time: what was installed, upgraded or uninstalled since is loaded, replaced or taken
    away. A plugin that cannot be loaded changes nothing and is reported. Raises `NotFound` for a name that is not
    installed.
    """
    from spatialnb.operations import load_operations

    load_operations()
    importlib.invalidate_caches()
    installed = _installed()
    wanted = list(installed) if only is None else list(only)
    for name in wanted:
        if name not in installed:
            close = nearest(name, installed)
            hint = f" Did you mean {close!r}?" if close else ""
            raise NotFound(f"No plugin {name!r} is installed.{hint} Install it with pip, then load it.")
    with _LOCK:
        if only is None:
            for gone in [s for s, b in _BROUGHT.items() if s not in installed and registry in b.holders]:
                unload_plugin(registry, gone, force=True)
        return _in_order([_loaded(registry, name, installed[name]) for name in wanted], registry, installed)


def unload_plugin(registry: Registry, source: str, *, force: bool = False) -> int:
    """Take a plugin out of `registry`; returns how many operations that were.

    Its modules are let go of too when no other registry has it. Raises `Invalid` when others need it, unless `force`.
    """
    with _LOCK:
        count = registry.unload(source, force=force)
        if (brought := _BROUGHT.get(source)) is not None:
            brought.holders.discard(registry)
            if not brought.holders:
                del _BROUGHT[source]
                _forget(brought.modules)
        return count


def plugins_of(registry: Registry) -> list[Loaded]:
    """The plugins that are loaded into `registry`."""
    with _LOCK:
        return [
            Loaded(source, tuple(operation.name for operation in brought.operations), version=brought.version)
            for source, brought in _BROUGHT.items()
            if registry in brought.holders
        ]


def _installed() -> dict[str, list[EntryPoint]]:
    """Entry points by the name of the distribution they are of."""
    from importlib.metadata import entry_points

    found: dict[str, list[EntryPoint]] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        if point.dist is not None:
            found.setdefault(point.dist.name, []).append(point)
    return found


def _in_order(first: list[Loaded], registry: Registry, installed: Mapping[str, list[EntryPoint]]) -> list[Loaded]:
    """Plugins that need each other's operations may come in any order: what failed is tried again while that helps."""
    results = {each.source: each for each in first}
    while failed := [each.source for each in results.values() if each.error]:
        again = [_loaded(registry, name, installed[name]) for name in failed]
        results |= {each.source: each for each in again}
        if all(each.error for each in again):
            break
    for each in results.values():
        if each.error:
            _LOG.warning("%s", each.error)
    return list(results.values())


def _loaded(registry: Registry, source: str, points: list[EntryPoint]) -> Loaded:
    dist = points[0].dist
    version = dist.version if dist is not None else ""
    known = _BROUGHT.get(source)
    if known is not None and known.version == version and registry in known.holders:
        return Loaded(source, tuple(o.name for o in known.operations), version=version)
    roots = tuple({_root(point.module) for point in points})
    # After an upgrade the old modules must make way; they come back if the new ones are no good.
    old = {name: sys.modules.pop(name) for name in known.modules} if known and known.version != version else {}
    before = set(sys.modules)
    try:
        if known is None or old:
            operations = _brought(source, points)
            modules = frozenset(name for name in set(sys.modules) - before if _within(name, roots))
            brought = _Brought(version, operations, modules)
        else:
            brought = known
        for holder in {registry, *(known.holders if known else ())}:
            _put(holder, source, brought)
    except (Exception, SystemExit) as error:  # noqa: BLE001 a plugin's import may raise anything; it is reported
        if known is None or old:
            _forget(name for name in set(sys.modules) - before if _within(name, roots))
            sys.modules.update(old)
        told = str(error) if isinstance(error, Invalid) else f"{type(error).__name__}: {error}".partition("\n")[0]
        stays = f" Version {known.version} stays." if known and registry in known.holders else ""
        return Loaded(source, (), f"The plugin {source} {version} could not be loaded. {told}{stays}", version)
    _BROUGHT[source] = brought
    return Loaded(source, tuple(o.name for o in brought.operations), version=version)


def _put(registry: Registry, source: str, brought: _Brought) -> None:
    """Have just what was brought as the source's operations in `registry`, or leave it as it was."""
    had = [operation for operation in registry.every_version() if operation.source == source]
    registry.unload(source, force=True)
    try:
        registry.add_all(o for o in brought.operations if not _is_there(o, registry))
    except Invalid:
        for operation in had:
            registry.add(operation)
        raise
    brought.holders.add(registry)


def _brought(source: str, points: list[EntryPoint]) -> tuple[Operation, ...]:
    """The operations that the entry points of a distribution lead to, as its own."""
    found: dict[str, Operation] = {}
    with _aside():
        for point in points:
            for operation in _operations_of(point):
                found[operation.key] = replace(operation, source=source)
    if not found:
        raise Invalid(f"It brings no operations: its entry points of {GROUP} lead to none.")
    for operation in found.values():
        if not operation.name.isidentifier() or operation.name.startswith("_"):
            raise Invalid(f"{operation.name!r} cannot be an operation's name; use a Python name without a leading _.")
        operation.tool()  # makes the schema, and so tells now what is wrong with the parameters' types
    return tuple(found.values())


def _operations_of(point: EntryPoint) -> Iterator[Operation]:
    value = point.load()
    if isinstance(value, Operation):
        yield value
    elif not point.attr:
        prefixes = (point.module,)
        for name, module in sorted(sys.modules.items()):
            if _within(name, prefixes):
                yield from vars(module).get(DECLARED, {}).values()
    elif callable(value):
        declared = [o for o in getattr(value, "__globals__", {}).get(DECLARED, {}).values() if o.function is value]
        if declared:
            yield from declared
        else:
            scratch = Registry()
            value(scratch)
            yield from scratch.every_version()
    elif isinstance(value, Iterable):
        for each in value:
            if not isinstance(each, Operation):
                raise Invalid(f"{point.value} holds a {type(each).__name__}, which is no operation.")
            yield each
    else:
        raise Invalid(f"{point.value} is a {type(value).__name__}: neither a module nor operations.")


def _is_there(operation: Operation, registry: Registry) -> bool:
    """Whether the very same function is registered already, since its module was imported by hand."""
    return any(o.function is operation.function for o in registry.versions(operation.name))


def _root(module: str) -> str:
    """The package to which a plugin's modules belong: the first that is no mere namespace."""
    parts = module.split(".")
    for count in range(1, len(parts)):
        name = ".".join(parts[:count])
        try:
            spec = importlib.util.find_spec(name)
        except (ImportError, ValueError):
            return module
        if spec is None or spec.origin is not None:
            return name
    return module


def _within(module: str, roots: Iterable[str]) -> bool:
    return any(module == root or module.startswith(f"{root}.") for root in roots)


def _forget(modules: Iterable[str]) -> None:
    for name in list(modules):
        sys.modules.pop(name, None)
    importlib.invalidate_caches()


@contextmanager
def _aside() -> Generator[None]:
    token = ASIDE.set(True)
    try:
        yield
    finally:
        ASIDE.reset(token)
