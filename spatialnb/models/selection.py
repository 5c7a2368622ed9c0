"""What is pointed at, as data: a small algebra over the things of a project, with a JSON form and a text form."""

from __future__ import annotations

from typing import TypeAlias

from spatialnb.models.base import Frozen


class Ids(Frozen):
    ids: tuple[str, ...]


Selection: TypeAlias = Ids
SelectionLike: TypeAlias = str | tuple[str, ...] | Selection
