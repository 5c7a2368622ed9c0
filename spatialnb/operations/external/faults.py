"""What a service's refusal means, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from spatialnb.errors import ServiceRefused, SpatialError
from spatialnb.operations.calling.faults import for_status
from spatialnb.operations.external.endpoint import Scheme


def fault(service: str, status: int, answer: Mapping[str, Any], lacks: Scheme | None) -> SpatialError:
    """The error for an answer with a status of 400 or more. `lacks` is what it needs to know who calls."""
    if status == 401 and lacks is not None:
        how = f"add it again with headers={{'{lacks.name}': 'env:NAME_OF_A_VARIABLE'}}"
        return ServiceRefused(f"{service} needs to know who calls; {how}.", service, status)
    return for_status(status, service, said=words_of(answer), headers=answer.get("headers"))


_SAYING = ("message", "detail", "error_description", "error", "title", "reason", "description", "msg", "errors")


def words_of(answer: Mapping[str, Any], longest: int = 240) -> str:
    """What an answer says in words, in one line; empty where it says nothing that people read."""

    def look(value: Any, depth: int = 0) -> str:
        if isinstance(value, str):
            return value
        if depth < 4 and isinstance(value, Mapping):
            for name in _SAYING:
                if value.get(name) and (found := look(value[name], depth + 1)):
                    return found
        if depth < 4 and isinstance(value, list) and value:
            return look(value[0], depth + 1)
        return ""

    text = look(answer["json"]) if "json" in answer else str(answer.get("text", ""))
    if re.match(r"\s*<(!doctype|html|\?xml)", text, re.IGNORECASE):
        return ""
    text = " ".join(text.split()).rstrip(".")
    return text if len(text) <= longest else f"{text[:longest].rsplit(' ', 1)[0]} …"
