"""What an outside call means, as far as its answer depends on it: two calls that mean the same are answered the same.

Left out are the order of tools, ids of calls, clocks, white space, seeds and temperatures, the order of keys, where the
endpoint is, and everything secret. What stays is who is asked (the model), what is said, and which tools with which
parameters are offered.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from spatialnb.llm.secrets import SECRET, is_secret
from spatialnb.models.base import Json, canonical_json

_VOLATILE = """
temperature top_p top_k frequency_penalty presence_penalty timeout request_timeout stream stream_options max_retries
num_retries user metadata request_id x_request_id client_request_id idempotency_key traceparent tracestate api_base
base_url base endpoint api_version organization extra_headers user_agent accept_encoding connection host content_length
date created created_at timestamp system_fingerprint mcp_session_id logprobs store service_tier prompt_cache_key
safety_identifier correlation_id run step
"""
VOLATILE = frozenset(_VOLATILE.split())
"""Fields at the top of a request, or of its headers, that do not change what it means."""
MODELS = frozenset({"model", "embedding", "image", "speech"})
_CLOCKS = frozenset({"created", "created_at", "at"})
SEEDED = frozenset({"image", "speech"})
"""Kinds of call to which a seed is a wish; to a language model it is none."""
_TIME = re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?\b")
_UUID = re.compile(r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b")
_LOOPBACK = re.compile(r"\b(?:127(?:\.\d{1,3}){3}|localhost|\[::1\]|0\.0\.0\.0)(?::\d{1,5})?(?=[/\s?#\"')\]]|$)")
_WORDS = ("description", "title", "examples", "default")
TITLE = 70


def stated(kind: str, request: Any) -> Any:
    """A request as it is written down: without what is volatile at its top, everything else as it was."""
    if not isinstance(request, Mapping):
        return request
    kept = {
        str(name): value
        for name, value in request.items()
        if _plain(name) not in VOLATILE and value is not None and (name != "seed" or kind in SEEDED)
    }
    if isinstance(headers := kept.get("headers"), Mapping):
        kept["headers"] = {str(k): v for k, v in headers.items() if _plain(k) not in VOLATILE}
    return kept


def meaning(kind: str, request: Any) -> Json:
    """The canonical form of a request that was `stated` and has no secrets in it."""
    ids: dict[str, str] = {}
    whole = stated(kind, request)
    tools: Any = None
    if isinstance(whole, Mapping):
        whole = {
            name: _without_secrets(value) if name in ("headers", "query", "params", "cookies") else value
            for name, value in whole.items()
            if not is_secret(name)
        }
        if isinstance(whole.get("tools"), (list, tuple)):
            tools = [
                tool for _, tool in sorted((_tool(canonical_json(t)) for t in whole.pop("tools")), key=itemgetter(0))
            ]
        if isinstance(messages := whole.get("messages"), (list, tuple)):
            whole["messages"] = [_message(message, ids) for message in messages]
        if isinstance(url := whole.get("url"), str):
            whole["url"] = _url(url)
    told = _same(whole)
    return {"kind": kind, "request": told if tools is None else {**told, "tools": tools}}


def key(kind: str, request: Any) -> str:
    """Equal for calls that mean the same."""
    return hashlib.sha256(canonical_json(meaning(kind, request)).encode()).hexdigest()


# -- parts of a request ------------------------------------------------------------------------------------------------
def _plain(name: Any) -> str:
    return str(name).lower().replace("-", "_")


def _without_secrets(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): v for k, v in value.items() if not is_secret(str(k)) and v != SECRET}
    if isinstance(value, (list, tuple)):
        return [v for v in value if not (isinstance(v, (list, tuple)) and len(v) == 2 and is_secret(str(v[0])))]
    return value


@lru_cache(maxsize=2048)
def _tool(text: str) -> tuple[str, Any]:
    """A tool by name and parameters, as canonical text and as data; how it is worded is left out."""
    tool = json.loads(text)
    function = tool.get("function", tool) if isinstance(tool, Mapping) else tool
    if isinstance(function, Mapping):
        function = {name: _unworded(value) for name, value in function.items() if name not in ("description", "strict")}
    told = _same(function)
    return canonical_json(told), told


def _unworded(schema: Any) -> Any:
    if isinstance(schema, Mapping):
        # A property may be called "title"; only the texts about a schema are left out.
        return {k: _unworded(v) for k, v in schema.items() if not (k in _WORDS and isinstance(v, (str, list)))}
    if isinstance(schema, (list, tuple)):
        return [_unworded(value) for value in schema]
    return schema


def _message(message: Any, ids: dict[str, str]) -> Any:
    """A message with its calls' ids by order, and their arguments as data."""
    if not isinstance(message, Mapping):
        return message
    told = {str(name): value for name, value in message.items() if value not in (None, "", [])}
    told.pop("reasoning_content", None)
    if isinstance(calls := told.get("tool_calls"), (list, tuple)):
        told["tool_calls"] = [_call(call, ids) for call in calls]
    if isinstance(name := told.get("tool_call_id"), str):
        told["tool_call_id"] = ids.setdefault(name, f"call {len(ids) + 1}")
    return told


def _call(call: Any, ids: dict[str, str]) -> Any:
    if not isinstance(call, Mapping):
        return call
    told = {str(name): value for name, value in call.items() if name not in ("index", "type")}
    if isinstance(told.get("id"), str):
        told["id"] = ids.setdefault(told["id"], f"call {len(ids) + 1}")
    if isinstance(function := told.get("function"), Mapping):
        told["function"] = {**function, "arguments": _data(function.get("arguments"))}
    return told


def _data(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text or "{}")
    except ValueError:
        return text


def _url(url: str) -> str:
    """A URL without secrets, its query in order."""
    parts = urlsplit(url)
    pairs = sorted(
        (k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not is_secret(k) and v != SECRET
    )
    host = parts.netloc.rpartition("@")[2].lower()
    return parts._replace(netloc=host, query=urlencode(pairs), fragment="").geturl()


@lru_cache(maxsize=2048)
def _text_of(text: str) -> str:
    text = " ".join(text.split())
    text = _TIME.sub("<time>", text)
    text = _UUID.sub("<id>", text)
    return _LOOPBACK.sub("<loopback>", text)


def _same(value: Any) -> Any:
    """Values that mean the same as one value."""
    if isinstance(value, str):
        return _text_of(value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 2**53 else float(f"{value:.9g}")
    if isinstance(value, Mapping):
        return {str(name): _same(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_same(inner) for inner in value]
    return value


def settled(kind: str, answer: Any) -> Any:
    """An answer as it is written down: a model's without the time at which it came."""
    if kind not in MODELS:
        return answer
    if isinstance(answer, Mapping):
        return {
            str(name): 0 if name in _CLOCKS and isinstance(value, (int, float)) else settled(kind, value)
            for name, value in answer.items()
        }
    if isinstance(answer, (list, tuple)):
        return [settled(kind, value) for value in answer]
    return answer


# -- for people --------------------------------------------------------------------------------------------------------
def title(kind: str, request: Any) -> str:
    """A call in a few words: who is asked, and what for."""
    told = request if isinstance(request, Mapping) else {}
    model = str(told.get("model") or told.get("task") or "")
    if isinstance(messages := told.get("messages"), (list, tuple)):
        return _short(f"{model}: {_asked(messages)}")
    service = str(told.get("service") or told.get("server") or "")
    if kind == "http":
        where = _LOOPBACK.sub("loopback", str(told.get("url") or told.get("path") or ""))
        return _short(f"{service} {told.get('method', 'GET')} {where}".strip())
    if kind == "mcp":
        return _short(f"{service or 'mcp'}: {told.get('tool') or told.get('name') or told.get('method') or ''}")
    what = told.get("prompt", told.get("input", told.get("texts", told.get("text", ""))))
    if isinstance(what, (list, tuple)):
        what = f"{len(what)} texts, first “{what[0]}”" if what else "no texts"
    else:
        what = f"“{what}”"
    return _short(" ".join(part for part in (model, kind, what) if part))


def _asked(messages: Sequence[Any]) -> str:
    said = [m for m in messages if isinstance(m, Mapping)]
    user = next((_text(m.get("content")) for m in reversed(said) if m.get("role") == "user"), "")
    rounds = sum(m.get("role") == "assistant" for m in said[_last_user(said) :])
    return f"“{user}”{f', round {rounds + 1}' if rounds else ''}"


def _last_user(messages: Sequence[Mapping[str, Any]]) -> int:
    return max((at for at, m in enumerate(messages) if m.get("role") == "user"), default=0)


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, (list, tuple)):
        return " ".join(str(part.get("text", "")) for part in content if isinstance(part, Mapping))
    return ""


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= TITLE else f"{text[: TITLE - 1]}…"


def differences(recorded: Json, asked: Json, most: int = 6) -> list[str]:
    """How two meanings differ, a line a place, at most `most` lines and one that counts the rest."""
    found = list(_differs("", recorded, asked))
    if len(found) > most:
        return [*found[: most - 1], f"and {len(found) - most + 1} more places"]
    return found


def alike(recorded: str, asked: str) -> float:
    """How alike two canonical texts are, 0 to 1, quickly."""
    return difflib.SequenceMatcher(None, recorded[-4000:], asked[-4000:], autojunk=False).quick_ratio()


def _differs(path: str, old: Any, new: Any) -> Iterator[str]:
    if type(old) is type(new) and old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for name in sorted({*old, *new}):
            where = f"{path}.{name}" if path else name
            if name not in new:
                yield f"{where}: not asked now; recorded {_shown(old[name])}"
            elif name not in old:
                yield f"{where}: not recorded; now {_shown(new[name])}"
            else:
                yield from _differs(where, old[name], new[name])
    elif isinstance(old, list) and isinstance(new, list):
        if path.endswith("tools"):
            before, now = _named(old), _named(new)
            yield from _differs(path, before, now)
            return
        for at, (one, other) in enumerate(zip(old, new, strict=False)):
            yield from _differs(f"{path}[{at}]", one, other)
        if len(old) != len(new):
            yield f"{path}: {len(old)} recorded, {len(new)} now"
    elif isinstance(old, str) and isinstance(new, str):
        yield f"{path}: {_changed(old, new)}"
    else:
        yield f"{path}: recorded {_shown(old)}, now {_shown(new)}"


def _named(tools: list[Any]) -> dict[str, Any]:
    return {str(tool.get("name", at)) if isinstance(tool, dict) else str(at): tool for at, tool in enumerate(tools)}


def _shown(value: Any) -> str:
    return _short(value if isinstance(value, str) else canonical_json(value))


def _changed(old: str, new: str) -> str:
    """The part of a text that changed, with a little around it."""
    start = next((at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    end = next(
        (at for at, (a, b) in enumerate(zip(reversed(old), reversed(new), strict=False)) if a != b),
        min(len(old), len(new)),
    )
    end = min(end, len(old) - start, len(new) - start)
    before = max(0, start - 20)
    return f"recorded “{_short(old[before : len(old) - end + 12])}”, now “{_short(new[before : len(new) - end + 12])}”"
