"""What a studio can do, as tables, and ways to make it able to do more: any API, any MCP server, plugins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from os import PathLike
from typing import TYPE_CHECKING, Any

from spatialnb.operations.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

    from spatialnb.operations.plugins import Loaded

COLUMNS = ("name", "tier", "version", "source", "service", "summary")


class Tools:
    """The operations of a studio: `studio.tools`."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    # -- adding and taking away ---------------------------------------------------------------------------------------
    def add_openapi(
        self,
        document: Mapping[str, Any] | str | PathLike[str],
        *,
        name: str | None = None,
        base: str | None = None,
        headers: Mapping[str, str] | None = None,
        only: Iterable[str] | None = None,
    ) -> tuple[str, ...]:
        """Have every operation of an API: OpenAPI 3.0 and 3.1 or Swagger 2.0, as JSON or YAML; returns their names.

        `document` is the document itself, a path or a URL. `name` comes before every operation's name, and `base` says
        where the API is, where the document does not or you mean another place. `headers` say who calls: headers, or
        names of the document's security schemes, to values such as `"env:GITHUB_TOKEN"` or `"token env:JUPYTER_TOKEN"`,
        whose variables are read when a call is made. `only` picks operations: names, `"GET /path"`, patterns with `*`.
        Operations that write need a person's approval when an agent calls them. Kept for the project: its other
        kernels and servers have them too. Adding under a name that is there replaces what was added before.
        """
        document = document if isinstance(document, (Mapping, str)) else str(document)
        return self._workspace.sources.add_openapi(document, name=name, base=base, headers=headers, only=only)

    def add_mcp(
        self,
        command: Sequence[str] | str,
        *,
        name: str | None = None,
        env: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        only: Iterable[str] | None = None,
    ) -> tuple[str, ...]:
        """Have every tool of an MCP server, by its command (stdio) or URL (streamable HTTP); returns their names.

        Values of `env` (for a command) and `headers` (for a URL) may be `"env:NAME"`. The server runs while it is used,
        is started again when it has died, and ends with the studio. Tools that do not say that they only read need a
        person's approval when an agent calls them.
        """
        return self._workspace.sources.add_mcp(command, name=name, env=env, headers=headers, only=only)

    def remove(self, name: str, *, force: bool = False) -> int:
        """Take away what was added under `name`, everywhere in the project; returns how many operations that were.

        A plugin, by the name of its distribution, is taken out of this studio alone. Raises `NotFound`, and `Invalid`
        when other operations need some of them, unless `force`.
        """
        from spatialnb.operations.plugins import plugins_of, unload_plugin

        registry = self._workspace.registry
        if name in {plugin.source for plugin in plugins_of(registry)}:
            return unload_plugin(registry, name, force=force)
        return self._workspace.sources.remove(name, force=force)

    def load_plugins(self) -> Sequence[Loaded]:
        """Have what installed plugins bring (entry points `spatialnb.operations`), those installed just now among them;
        says how it went with each.
        """
        from spatialnb.operations.plugins import load_plugins

        return load_plugins(self._workspace.registry)

    def lock(self, path: str | PathLike[str], names: Iterable[str] | None = None) -> tuple[str, ...]:
        """Write what was added (all, or those of `names`) to a lock file; says what differs from the one there was."""
        from spatialnb.operations.external.lock import write_lock

        return write_lock(self._workspace.sources, str(path), names)

    def load_lock(self, path: str | PathLike[str]) -> tuple[str, ...]:
        """Have what a lock file holds, as it was and without any network; returns the operations' names."""
        from spatialnb.operations.external.lock import load_lock

        return load_lock(self._workspace.sources, str(path))

    def changed(self, name: str | None = None) -> tuple[str, ...]:
        """What sources offer now that they did not when they were added or locked, in plain words; asks them."""
        from spatialnb.operations.external.lock import differences

        sources = self._workspace.sources
        return tuple(line for one in ((name,) if name else sources.names()) for line in differences(sources, one))

    def problems(self, name: str) -> tuple[str, ...]:
        """What in a source's document could not be used, in plain words."""
        return self._workspace.sources.get(name)[1].problems

    # -- looking ------------------------------------------------------------------------------------------------------
    def list(self) -> pd.DataFrame:
        """A row an operation: name, tier, version, source (who brought it), service (what it calls), summary."""
        import pandas as pd

        rows = [{column: getattr(one, column) for column in COLUMNS} for one in self._workspace.registry]
        return pd.DataFrame(rows, columns=list(COLUMNS)).sort_values("name", ignore_index=True)

    def search(self, words: str, *, limit: int = 10) -> pd.DataFrame:
        """Operations that can do what `words` ask for, best first, with why: "what can make sound?"."""
        import pandas as pd

        found = self._workspace.registry.search(words, limit=limit)
        rows = [
            {"name": one.operation.name, "score": one.score, "why": one.why, "summary": one.operation.summary}
            for one in found
        ]
        return pd.DataFrame(rows, columns=["name", "score", "why", "summary"])

    def frame(self) -> pd.DataFrame:
        """A row an operation that was called: how often, how fast, how well, at what cost."""
        return self._workspace.measures.frame()

    def services(self) -> pd.DataFrame:
        """A row an outside service: whether it is asked at present (`closed`), and why not."""
        import pandas as pd

        columns = ["name", "state", "failures", "since", "why"]
        rows = [{column: asdict(one)[column] for column in columns} for one in self._workspace.services()]
        return pd.DataFrame(rows, columns=columns)

    def __repr__(self) -> str:
        names = self._workspace.sources.names()
        return f"<Tools: {len(self._workspace.registry)} operations; added: {', '.join(names) or 'none'}>"
