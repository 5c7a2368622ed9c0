"""Writes `methods.pyi`, by which editors and type checkers know the operations as methods of a studio.

    python -m spatialnb.studio.generate_methods

It is made from the registry: signatures as callers see them, docstrings in full. At run time methods are made from the
registry itself, so that plugins and outside tools complete too; with `--plugins`, those that are installed are written
as well. A type the generator does not know is an error, never `Any`.
"""

from __future__ import annotations

import inspect
import sys
import textwrap
import types
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from spatialnb.models.base import Json
from spatialnb.operations import load_operations
from spatialnb.operations.registry import DEFAULT, Operation, Registry
from spatialnb.studio.bound import signature_of

TARGET = Path(__file__).with_name("methods.pyi")
WIDTH = 116
_HEAD = '''"""The operations as methods, for editors and type checkers; `generate_methods` writes this file."""
# fmt: off
# ruff: noqa: E501

{imports}

Thing: TypeAlias = str | Selection | Item | Asset
"""One thing: words ("the red photo"), an id, an item, an asset or a selection."""
Things: TypeAlias = Thing | Sequence[str] | Sequence[Item] | Sequence[Asset] | Sequence[Item | Asset] | pd.DataFrame
"""Things: words ("the red photos"), ids, items, assets, a table with a column `id`, or a selection."""

class Methods:
'''


class Writer:
    """Types as text, and the imports that the text needs."""

    def __init__(self) -> None:
        self.imports: dict[str, set[str]] = {
            "collections.abc": {"Sequence"},
            "spatialnb.models.asset": {"Asset"},
            "spatialnb.models.canvas": {"Item"},
            "spatialnb.models.selection": {"Selection"},
            "typing": {"TypeAlias"},
        }

    def name(self, module: str, name: str) -> str:
        self.imports.setdefault(module, set()).add(name)
        return name

    def taken(self, annotation: Any) -> str:
        """A type as callers may give it: any sequence for a tuple, a mapping for a model, whole numbers for any."""
        origin, args = get_origin(annotation), get_args(annotation)
        if annotation is Json:
            return self.name("pydantic", "JsonValue")
        if annotation is None or annotation is type(None):
            return "None"
        if annotation is Any:
            return self.name("typing", "Any")
        if origin is Annotated:
            return self.taken(args[0])
        if origin in (Union, types.UnionType):
            return " | ".join(dict.fromkeys(self.taken(each) for each in args))
        if origin is Literal:
            return f"{self.name('typing', 'Literal')}[{', '.join(map(_quoted, args))}]"
        if origin in (tuple, list, set, frozenset) or annotation in (tuple, list):
            members = dict.fromkeys(self.taken(each) for each in args if each is not Ellipsis)
            return f"Sequence[{' | '.join(members) or self.name('typing', 'Any')}]"
        if origin in (dict, Mapping) or annotation is dict:
            members = ", ".join(self.taken(each) for each in args) or f"str, {self.name('typing', 'Any')}"
            return f"{self.name('collections.abc', 'Mapping')}[{members}]"
        if isinstance(annotation, type):
            return self._class(annotation)
        raise TypeError(f"generate_methods does not know how to write {annotation!r}; teach it.")

    def _class(self, known: type) -> str:
        if known.__module__ == "builtins":
            return known.__name__
        name = self.name(known.__module__, known.__qualname__)
        if issubclass(known, BaseModel):
            self.name("collections.abc", "Mapping")
            return f"{name} | Mapping[str, {self.name('typing', 'Any')}]"
        return f"{name} | str" if known.__module__ == "datetime" else name

    def method(self, operation: Operation) -> str:
        signature = signature_of(operation)
        hints = get_type_hints(operation.function, include_extras=True)
        lines, named = ["self"], False
        for name, parameter in signature.parameters.items():
            if parameter.kind is inspect.Parameter.KEYWORD_ONLY and not named:
                lines.append("*")
                named = True
            if (reference := operation.references.get(name)) is not None:
                told = ("Thing" if reference.one else "Things") + (" | None" if parameter.default is None else "")
            else:
                told = self.taken(hints[name])
            lines.append(f"{name}: {told}{_default(parameter)}")
        result = self.name(operation.result.__module__, operation.result.__qualname__)
        head = f"def {operation.name}({', '.join(lines)}) -> {result}:"
        if len(head) > WIDTH:
            head = f"def {operation.name}(\n" + "".join(f"    {line},\n" for line in lines) + f") -> {result}:"
        return f"{head}\n{textwrap.indent(_documented(operation), '    ')}\n"


def stub(registry: Registry, without: Iterable[str] = ()) -> str:
    """The text of the stub for `registry`; operations named in `without` are methods of another kind."""
    writer = Writer()
    left_out = set(without)
    named = sorted(registry, key=lambda operation: operation.name)
    methods = [writer.method(operation) for operation in named if operation.name not in left_out]
    imports = [
        f"from {module} import {', '.join(sorted(names))}"
        for module, names in sorted(writer.imports.items())
        if module != "pandas"
    ]
    standard = [line for line in imports if line.split()[1].split(".")[0] in sys.stdlib_module_names]
    ours = [line for line in imports if line.split()[1].split(".")[0] == "spatialnb"]
    others = ["import pandas as pd", *(line for line in imports if line not in standard and line not in ours)]
    head = "\n\n".join("\n".join(lines) for lines in (standard, others, ours))
    return _HEAD.format(imports=head) + textwrap.indent("\n".join(methods), "    ")


def _documented(operation: Operation) -> str:
    text = operation.description.replace("\\", "\\\\").replace('"""', r"\"\"\"")
    return f'"""{text}"""' if "\n" not in text else f'"""{text}\n"""'


def _default(parameter: inspect.Parameter) -> str:
    default = parameter.default
    if default is inspect.Parameter.empty:
        return ""
    plain = default is None or isinstance(default, (str, int, float, bool, tuple))
    return f" = {_quoted(default) if plain else '...'}"


def _quoted(value: Any) -> str:
    """A value as a formatter would write it."""
    if isinstance(value, str) and '"' not in value and "\\" not in value and value.isprintable():
        return f'"{value}"'
    if isinstance(value, tuple):
        members: Sequence[Any] = value
        inner = ", ".join(_quoted(each) for each in members)
        return f"({inner},)" if len(members) == 1 else f"({inner})"
    return repr(value)


def own_methods() -> frozenset[str]:
    """Names that a studio has of itself, such as `select`; they come before operations of that name."""
    from spatialnb.studio import Studio

    return frozenset(name for name in vars(Studio) if not name.startswith("_"))


def main(arguments: Sequence[str] = ()) -> None:
    load_operations()
    registry = Registry(parent=DEFAULT)
    if "--plugins" in arguments:
        from spatialnb.operations.plugins import load_plugins

        load_plugins(registry)
    TARGET.write_text(stub(registry, own_methods()), encoding="utf-8")
    print(f"{TARGET}: {len(registry)} operations")


if __name__ == "__main__":
    main(sys.argv[1:])
