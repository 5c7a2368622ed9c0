"""Takes secrets out of what is written down: by the name they go under, by what the environment holds, by their look.

What is taken out leaves `<secret>` behind, the same for every secret, so that a recording made with one key is the same
as one made with another.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus

SECRET = "<secret>"
SHORTEST = 6
"""Values from the environment that are shorter than this could be any word."""

MOST_KEPT, LONGEST_KEPT = 4096, 20_000
"""Texts that a scrubber remembers, and their length."""
_SECRET_NAMES = """
authorization proxy_authorization api_key apikey x_api_key x_goog_api_key x_auth_token access_token refresh_token
id_token auth_token bearer_token session_token csrf_token xsrf_token x_xsrf_token x_csrf_token client_secret
aws_secret_access_key aws_session_token password passwd passphrase private_key credential credentials cookie cookies
set_cookie x_amz_signature x_amz_security_token x_amz_credential session_id sessionid ocp_apim_subscription_key
"""
_NAMES = frozenset(_SECRET_NAMES.split())
_AT_TIMES = frozenset({"key", "token", "secret", "auth", "sig", "signature", "code"})
"""Names under which a secret may stand or a word: long ones without a space are taken for secrets."""
_ENDINGS = ("_api_key", "_apikey", "_access_key", "_secret", "_password", "_token", "_secret_key", "_private_key")
_OF_ENVIRONMENT = re.compile(r"key|token|secret|passw|passphrase|credential|auth|cookie|private|dsn", re.IGNORECASE)
_ORDINARY = re.compile(
    r"(?i)true|false|none|null|yes|no|on|off|enabled|disabled|default|\d{1,6}|[\w.+-]*://[^:@/]*(/[^@]*)?|(/[\w.@+-]+)+/?"
)
"""Values under a secret-looking name that are none: switches, counts, addresses without a password, paths."""
_LOOKS = tuple(
    re.compile(pattern)
    for pattern in (
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)",
        r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*",
        r"\b(?:sk|pk|rk)[-_][A-Za-z0-9][\w-]{14,}",
        r"\b(?:gh[pousr]|github_pat|glpat|xox[abeoprs]|hf|gsk|r8|npm|pypi|dop_v1|shpat)[-_][\w-]{10,}",
        r"\bAIza[\w-]{30,}",
        r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b",
    )
)
_GROUPS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(\b(?:bearer|basic)\s+)[\w.~+/=-]{6,}",
        r"(\w+://)[^/\s:@\"']*:[^/\s@\"']+(?=@)",
        r"([?&;](?:api[-_]?key|key|access[-_]?token|auth[-_]?token|token|secret|client[-_]?secret|password|sig|signature|"
        r"x-amz-[a-z-]*(?:signature|token|credential))=)[^&\s\"'<>#]+",
        r"(\b(?:x-)?(?:api[-_ ]?key|access[-_ ]?token|authorization|secret[-_ ]?key|client[-_ ]?secret|password)\b"
        r"(?:\s+provided)?[\"']?\s*[:=]\s*[\"']?)(?!<secret>|bearer\b|basic\b)[^\s\"',;&}<]{4,}",
    )
)


@lru_cache(maxsize=4096)
def _spelled(name: str) -> str:
    """A name in lower case with underscores."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().replace("-", "_").replace(" ", "_")


def is_secret(name: str, value: Any = None) -> bool:
    """Whether what goes under this name (of a header, a field, a query parameter) is a secret."""
    plain = _spelled(name)
    if plain in _AT_TIMES:
        return (
            value is None or value == SECRET or (isinstance(value, str) and re.fullmatch(r"\S{16,}", value) is not None)
        )
    return plain in _NAMES or plain.endswith(_ENDINGS)


class Scrubber:
    """Takes secrets out of JSON data: these values, in all forms they are written in, and what looks like one."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = {form for value in secrets for form in _forms(value)}
        self._cleaned: dict[str, str] = {}
        # Longest first: one secret may begin another.
        ordered = sorted(known, key=lambda value: (-len(value), value))
        self._known = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def __call__(self, value: Any) -> Any:
        """`value` (JSON data) without secrets; a copy."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {
                self.text(str(name)): _hidden(inner) if is_secret(str(name), inner) else self(inner)
                for name, inner in value.items()
            }
        if isinstance(value, (list, tuple)):
            if len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], str) and is_secret(*value):
                return [value[0], SECRET]  # headers and query parameters are often written as pairs
            return [self(inner) for inner in value]
        return value

    def text(self, text: str) -> str:
        """A text without secrets."""
        # Conversations say the same again and again.
        if (clean := self._cleaned.get(text)) is None:
            clean = self._clean(text)
            if len(self._cleaned) >= MOST_KEPT:
                self._cleaned.clear()
            if len(text) <= LONGEST_KEPT:
                self._cleaned[text] = clean
        return clean

    def _clean(self, text: str) -> str:
        if self._known:
            text = self._known.sub(SECRET, text)
        if len(text) < SHORTEST:
            return text
        for look in _LOOKS:
            text = look.sub(SECRET, text)
        for group in _GROUPS:
            text = group.sub(rf"\1{SECRET}", text)
        return text


def scrubber(environment: Mapping[str, str] | None = None) -> Scrubber:
    """A scrubber that knows the secrets which the environment holds now."""
    return _made(tuple(sorted(set(_values(os.environ if environment is None else environment)))))


_made = lru_cache(maxsize=4)(Scrubber)


def _hidden(value: Any) -> Any:
    """What stood under a secret's name, hidden; what is no value, such as the schema of a parameter, is kept."""
    if isinstance(value, str):
        return SECRET if value else value
    if isinstance(value, (list, tuple)) and all(isinstance(inner, str) for inner in value):
        return [SECRET] * len(value)
    if isinstance(value, Mapping):
        return {
            name: inner if name in ("type", "description", "title") else _hidden(inner) for name, inner in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_hidden(inner) for inner in value]
    return value


def _values(environment: Mapping[str, str]) -> Iterable[str]:
    for name, value in environment.items():
        value = value.strip()
        if _OF_ENVIRONMENT.search(name) and len(value) >= SHORTEST and not _ORDINARY.fullmatch(value):
            yield value


def _forms(value: str) -> Iterable[str]:
    """A secret as it may be written: plain, in a URL, in JSON, in base64."""
    yield from (value, quote(value, safe=""), quote_plus(value))
    yield value.replace("\\", "\\\\").replace('"', '\\"')
    yield base64.b64encode(value.encode()).decode()
