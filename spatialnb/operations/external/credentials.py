"""Who calls: secrets that are named, not kept. A value such as `"Bearer env:GITHUB_TOKEN"` holds the variable's name;
its content is read when a call is made, goes into that call and nowhere else.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, quote, urlsplit

from spatialnb.errors import Invalid
from spatialnb.operations.external.endpoint import Scheme

_NAMED = re.compile(r"\benv:([A-Za-z_][A-Za-z0-9_]*)")
_SECRET = re.compile(
    r"(?:^|[-_])(?:auth|authorization|tokens?|keys?|secrets?|passwords?|passwd|pat|cookie|session|credentials?)(?:$|[-_])"
    r"|(?:api|access|private)key|token$|secret$|password$",
    re.IGNORECASE,
)
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
HIDDEN = "•••"
_AT_LEAST = 6
"""Characters from which a secret is looked for in what a service says."""


def checked(given: Mapping[str, str], schemes: Mapping[str, Scheme]) -> dict[str, str]:
    """Headers (or names of the document's security schemes) to values, safe to keep.

    Raises `Invalid` for a secret that is written out, and for what is no header.
    """
    for name, value in given.items():
        if name not in schemes and not _HEADER.fullmatch(name):
            raise Invalid(f"{name!r} is no name of a header.", "headers")
        if not _NAMED.search(value) and (name in schemes or _SECRET.search(name)):
            raise Invalid(
                f"{name} looks like a secret, and secrets are not kept: put it into an environment variable and give "
                f"its name, such as {{{name!r}: 'env:MY_TOKEN'}}.",
                "headers",
            )
        if any(ord(c) < 32 for c in value):
            raise Invalid(f"{name} cannot hold line breaks.", "headers")
    return dict(given)


def checked_url(url: str, what: str) -> str:
    """An address that is safe to keep. Raises `Invalid` for one with a password or a key in it."""
    parts = urlsplit(url)
    in_query = any(_SECRET.search(name) for name, _ in parse_qsl(parts.query))
    if parts.username or parts.password or in_query:
        raise Invalid(
            "There is a secret in the address, and addresses are kept; give it in headers as 'env:NAME'.", what
        )
    return url


def checked_command(words: Iterable[str]) -> tuple[str, ...]:
    """A command line that is safe to keep. Raises `Invalid` for one with a key in it."""
    kept = tuple(words)
    for word, after in zip(kept, (*kept[1:], ""), strict=True):
        flag, _, value = word.partition("=")
        value = value or ("" if after.startswith("-") else after)
        if flag.startswith("-") and _SECRET.search(flag.strip("-")) and value and not _NAMED.search(value):
            raise Invalid(
                f"{flag} looks like a secret, and secrets are not kept: put it into an environment variable and write "
                f"env:ITS_NAME in its place.",
                "command",
            )
    return kept


def filled(template: str, what: str) -> str:
    """`template` with every `env:NAME` replaced by that variable. Raises `Invalid` when one is not set."""

    def value(found: re.Match[str]) -> str:
        content = os.environ.get(found[1], "").strip()
        if not content:
            raise Invalid(f"{what} needs the environment variable {found[1]}, which is not set; set it and try again.")
        return content

    return _NAMED.sub(value, template)


def secrets_in(templates: Iterable[str]) -> tuple[str, ...]:
    """The contents of the variables that these values name, those that are set; longest first."""
    names = {found for template in templates for found in _NAMED.findall(template)}
    known = {content for name in names if len(content := os.environ.get(name, "").strip()) >= _AT_LEAST}
    known |= {base64.b64encode(content.encode()).decode() for content in known}
    return tuple(sorted(known, key=len, reverse=True))


def hidden(text: str, secrets: Iterable[str]) -> str:
    """`text` without the secrets: services repeat what they were sent more often than one thinks."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    return text


def signed(
    url: str, headers: Mapping[str, str], templates: Mapping[str, str], schemes: Mapping[str, Scheme], what: str
) -> tuple[str, dict[str, str]]:
    """The address and headers of a request with the credentials in them."""
    made = dict(headers)
    for name, template in templates.items():
        scheme = schemes.get(name)
        value = filled(template, what)
        if scheme is None:
            made[name] = _authorization(value, template, schemes) if name.lower() == "authorization" else value
        elif scheme.kind == "query":
            url += f"{'&' if '?' in url else '?'}{quote(scheme.parameter, safe='')}={quote(value, safe='')}"
        elif scheme.kind == "cookie":
            made["Cookie"] = "; ".join(filter(None, (made.get("Cookie"), f"{scheme.parameter}={value}")))
        elif scheme.kind in ("bearer", "basic"):
            made["Authorization"] = _with_scheme(value, scheme.kind)
        else:
            made[scheme.parameter or name] = value
    return url, made


def _authorization(value: str, template: str, schemes: Mapping[str, Scheme]) -> str:
    """A bare token with the word before it that the document asks for; what has a word already as it is."""
    if not re.fullmatch(_NAMED, template.strip()) or " " in value:
        return value
    kinds = [scheme.kind for scheme in schemes.values() if scheme.parameter.lower() == "authorization"]
    if "header" in kinds:
        return value
    return _with_scheme(value, "basic" if kinds and "bearer" not in kinds and "basic" in kinds else "bearer")


def _with_scheme(value: str, kind: str) -> str:
    if " " in value:
        return value
    if kind == "bearer":
        return f"Bearer {value}"
    pair = value if ":" in value else f"{value}:"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def lacking(
    security: tuple[tuple[str, ...], ...], templates: Mapping[str, str], schemes: Mapping[str, Scheme]
) -> Scheme | None:
    """A scheme that an endpoint needs and nothing was given for; None when it can be called."""
    if not security or any(not alternative for alternative in security):
        return None
    sent = {name.lower() for name in templates}

    def has(name: str) -> bool:
        scheme = schemes.get(name)
        return name.lower() in sent or (scheme is not None and scheme.parameter.lower() in sent)

    if any(all(has(name) for name in alternative) for alternative in security):
        return None
    return next((schemes[name] for name in security[0] if name in schemes and not has(name)), None)
