"""The command line: the same operations, runs and projects, for terminals and CI.

Exit codes: 0 done, 1 failed, 2 bad usage, 3 waiting for an answer.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, cast

import typer

from spatialnb.errors import SpatialError

if TYPE_CHECKING:
    from spatialnb.operations.registry import Operation, Registry
    from spatialnb.studio import Studio

EXIT = {"done": 0, "partial": 1, "failed": 1, "stopped": 1, "waiting": 3, "running": 3}

app = typer.Typer(
    name="spatialnb",
    help="Say it, see it, move it, run it again.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

tools = typer.Typer(help="The operations: list them, find them.", invoke_without_command=True)
app.add_typer(tools, name="tools")

Project = Annotated[str, typer.Option("--project", "-p", help="Name of the project.")]
SomeProject = Annotated[str | None, typer.Option("--project", "-p", help="With the tools of this project.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.command()
def run(
    request: Annotated[str, typer.Argument(help="What you want, in words.")],
    project: Project,
    approve: Annotated[
        str, typer.Option(help="Who agrees to steps that delete, spend or publish: ask or auto.")
    ] = "ask",
    as_json: AsJson = False,
) -> None:
    """Plan and run a request in words."""
    if approve not in ("ask", "auto"):
        raise typer.BadParameter("--approve is ask or auto.")
    with _studio(project) as studio:
        done = studio.run(request, approve=cast(Any, approve), show=False)
        if as_json:
            _print(
                {
                    "status": done.status,
                    "reply": done.reply,
                    "choices": list(done.choices),
                    "steps": [step.model_dump(mode="json") for step in done.steps],
                    "cost_usd": done.cost_usd,
                    "used": done.used,
                    "correlation_id": done.correlation_id,
                    "scene_hash": studio.scene_hash(),
                    "revision": studio.project.revision,
                }
            )
        else:
            _tell(done)
        raise typer.Exit(EXIT["waiting"] if done.choices else EXIT.get(done.status, 1))


@app.command()
def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders of media.")],
    project: Project,
    as_json: AsJson = False,
) -> None:
    """Bring media into a project's library."""
    with _studio(project) as studio:
        from rich.console import Console
        from rich.progress import Progress

        with Progress(console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("Reading", total=1.0)

            def report(fraction: float | None, note: str) -> None:
                progress.update(task, completed=fraction, description=note)

            done: Any = studio.workspace.do("ingest", {"paths": [str(path) for path in paths]}, report=report)
        if as_json:
            _print(done.model_dump(mode="json", exclude={"preview"}))
        else:
            print(done.summary)
            for refusal in (*done.skipped, *done.failed):
                print(f"  {refusal.path}: {refusal.reason}", file=sys.stderr)
        if done.failed and not done.added:
            raise typer.Exit(1)


@app.command()
def state(project: Project, as_json: AsJson = False) -> None:
    """Print what a project holds."""
    with _studio(project) as studio:
        if as_json:
            _print({**studio.project.model_dump(mode="json"), "scene_hash": studio.scene_hash()})
            return
        print(repr(studio))
        frame = studio.items()
        if len(frame):
            print(frame[["id", "kind", "x", "y", "z", "width", "height"]].to_string(index=False))


@app.command(name="do")
def do_(
    operation: Annotated[str, typer.Argument(help="Name of the operation; see `spatialnb tools`.")],
    project: Project,
    args: Annotated[str, typer.Option("--args", help="Arguments as a JSON object.")] = "{}",
) -> None:
    """Call one operation and print its outcome as JSON."""
    try:
        given = json.loads(args)
    except json.JSONDecodeError as error:
        raise typer.BadParameter(f"--args is not JSON: {error}.") from None
    if not isinstance(given, dict):
        raise typer.BadParameter('--args is a JSON object, such as \'{"items": "the photos"}\'.')
    with _studio(project) as studio:
        _print(studio.do(operation, **given).model_dump(mode="json"))


@tools.callback()
def list_tools(context: typer.Context, project: SomeProject = None, as_json: AsJson = False) -> None:
    """List the operations: those that every project has, or with -p those of one project."""
    if context.invoked_subcommand is None:
        with _registry(project) as registry:
            _list(list(registry), as_json)


@tools.command()
def search(
    words: Annotated[list[str], typer.Argument(help="What is to be done, such as: what can make sound?")],
    project: SomeProject = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Find operations by what they can do, best first."""
    with _registry(project) as registry:
        _list([found.operation for found in registry.search(" ".join(words), limit=limit)], as_json)


@tools.command()
def lock(
    path: Annotated[Path, typer.Argument(help="The lock file.")],
    project: Project,
    names: Annotated[list[str] | None, typer.Option("--only", help="Only the tools added under this name.")] = None,
) -> None:
    """Write what outside tools a project has to a file, so that plans are made with the same tools again."""
    with _studio(project) as studio:
        changed = studio.tools.lock(path, names or None)
        for line in changed:
            print(line)
        print(f"Wrote {path}.")


@app.command()
def mcp(
    project: Project,
    approve: Annotated[
        str,
        typer.Option(help="ask: whoever sits at the client agrees to what deletes, spends or publishes; auto: nobody."),
    ] = "ask",
) -> None:
    """Serve a project to an MCP client over standard input and output."""
    if approve not in ("ask", "auto"):
        raise typer.BadParameter("--approve is ask or auto.")
    from spatialnb.server.mcp_stdio import serve_stdio

    with _studio(project) as studio:
        serve_stdio(studio, policy=cast(Any, approve))


@app.command()
def export(
    target: Annotated[str, typer.Argument(help="web or video.")],
    path: Annotated[Path, typer.Argument(help="Folder of the page, or file of the film.")],
    project: Project,
    quality: Annotated[str, typer.Option(help="draft, standard or high.")] = "standard",
) -> None:
    """Write a project's scene as a web page or a film."""
    with _studio(project) as studio:
        print(studio.do("export", target=target, path=str(path), quality=quality).path)


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Where the media, the page and the film are put.")] = Path(
        "demo-output"
    ),
) -> None:
    """The whole story without a browser: media, words, a hand, an undo, a page and a film."""
    from spatialnb.demo import run_demo

    run_demo(folder)


@app.command()
def replay(
    notebook: Annotated[Path, typer.Argument(help="The notebook.")],
    record: Annotated[bool, typer.Option("--record", help="Make the outside calls and record them.")] = False,
    timeout: Annotated[float | None, typer.Option(help="Seconds that a cell may take.")] = None,
    as_json: AsJson = False,
) -> None:
    """Run a notebook from its recording, in a fresh project with the network off."""
    from spatialnb.studio.replaying import replay_notebook

    done = replay_notebook(notebook, record=record, timeout=timeout)
    if as_json:
        _print({**asdict(done), "seconds": round(done.seconds, 3)})
        return
    print(done.summary)
    for project, scene in done.scenes.items():
        print(f"  {project}: scene {scene}")


@app.command()
def doctor() -> None:
    """Say what is there, what is missing, and what to do about it."""
    from spatialnb.doctor import examine

    fine = True
    for finding in examine():
        print(f"{'ok ' if finding.fine else '-- '} {finding.what}: {finding.text}")
        fine = fine and (finding.fine or not finding.needed)
    raise typer.Exit(0 if fine else 1)


def _studio(project: str) -> Studio:
    from spatialnb.studio import Studio

    return Studio(project)


@contextmanager
def _registry(project: str | None) -> Generator[Registry]:
    """The operations of a project, or those that all have."""
    if project is not None:
        with _studio(project) as studio:
            yield studio.workspace.registry
        return
    from spatialnb.operations import load_operations
    from spatialnb.operations.registry import DEFAULT

    load_operations()
    yield DEFAULT


def _list(operations: Sequence[Operation], as_json: bool) -> None:
    columns = ("name", "tier", "version", "summary", "source", "service")
    if as_json:
        _print([{column: getattr(operation, column) for column in columns} for operation in operations])
        return
    for operation in operations:
        print(f"{operation.name:<20} {operation.summary}")


def _print(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, default=str))


def _tell(done: Any) -> None:
    for step in done.steps:
        print(
            f"  [{step.status}] {step.title or step.operation}{': ' + step.error if step.error else ''}",
            file=sys.stderr,
        )
    print(done.reply)
    for choice in done.choices:
        print(f"  - {choice}")
    if done.state.reduced:
        print(done.used, file=sys.stderr)


def main() -> NoReturn:
    """Run a command; an error goes to standard error in one sentence."""
    try:
        code = app(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except typer.Exit as leave:
        sys.exit(leave.exit_code)
    except SpatialError as error:
        print(f"spatialnb: {error}", file=sys.stderr)
        sys.exit(1)
    except Exception as error:
        # Typer's own usage errors carry their text and code; they are told in the same one-sentence form.
        if not hasattr(error, "format_message"):
            raise
        print(f"spatialnb: {error.format_message()} Try: spatialnb --help", file=sys.stderr)  # type: ignore[attr-defined]
        sys.exit(2)


if __name__ == "__main__":
    main()
