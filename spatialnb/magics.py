"""`%spatial` and `%%spatial`: open a project and talk to it in plain words, without writing Python.

%load_ext spatialnb
%spatial museum

%%spatial --approve auto
arrange the photos in a circle
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_cell_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring

from spatialnb.errors import SpatialError

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from spatialnb.agent.run import Run
    from spatialnb.studio import Studio


@magics_class
class SpatialMagics(Magics):
    """One current project for each shell; its studio is also the variable `studio`, its latest run `run`."""

    default_project: ClassVar[str] = "notebook"

    def __init__(self, shell: InteractiveShell) -> None:
        super().__init__(shell)
        self._studios: dict[str, Studio] = {}
        self._current: Studio | None = None

    @magic_arguments()
    @argument("name", nargs="*", help="The project to open; without it, the current one is shown.")
    @argument("--project", metavar="NAME", help="The project that the words are for, instead of the current one.")
    @argument(  # pyright: ignore[reportUntypedFunctionDecorator]
        "--approve",
        choices=("ask", "auto"),
        default="ask",
        help="Whether steps that delete, spend or publish wait for you (ask) or go ahead (auto).",
    )
    @line_cell_magic
    def spatial(self, line: str, cell: str | None = None) -> Any:
        """Open a project (`%spatial museum`), or run the words of a cell in it (`%%spatial`)."""
        options = parse_argstring(self.spatial, line)
        name = (options.project or " ".join(options.name)).strip().strip("\"'")
        try:
            if cell is None:
                return self._open(name) if name or self._current is None else self._current
            studio = self._studio(name) if name else self._current or self._open("")
            return self._run(studio, cell.strip(), options.approve)
        except SpatialError as error:
            # Plain words for a person; the traceback of a sentence helps nobody.
            raise UsageError(str(error)) from None

    def _open(self, name: str) -> Studio:
        """Make a project the current one."""
        self._current = self._studio(name or self.default_project)
        self._give("studio", self._current)
        return self._current

    def _studio(self, name: str) -> Studio:
        if name not in self._studios:
            from spatialnb.studio import Studio

            self._studios[name] = Studio(name)
        return self._studios[name]

    def _run(self, studio: Studio, words: str, approve: Any) -> Run | None:
        run = studio.run(words, approve=approve)
        self._give("run", run)
        if getattr(self.shell, "kernel", None) is not None:
            return None  # its steps and its reply are the outputs of this cell
        print(run.reply)
        return None

    def _give(self, name: str, value: Any) -> None:
        assert self.shell is not None
        self.shell.push({name: value})


def load_ipython_extension(shell: InteractiveShell) -> None:
    """What `%load_ext spatialnb` calls. Loading it again keeps the open projects."""
    if "spatial" not in shell.magics_manager.magics["cell"]:
        shell.register_magics(SpatialMagics(shell))
