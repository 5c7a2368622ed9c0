"""Secrets never reach what is written down, wherever they stand."""

from __future__ import annotations

import base64
import json
import string
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatialnb.llm.secrets import SECRET, is_secret, scrubber

SAFE = string.ascii_letters + string.digits
secrets = st.text(SAFE + "!$%&/()=?+*#-_.:;<>|@\"'\\ ", min_size=8, max_size=40).filter(
    lambda text: text.strip() == text and not text.isdigit() and "://" not in text and not text.startswith("/")
)
words = st.text(" .,éß語", max_size=30)
NAMES = ("OPENAI_API_KEY", "GITHUB_TOKEN", "DB_PASSWORD", "my_secret", "AWS_SECRET_ACCESS_KEY", "SESSION_COOKIE")


@given(secrets, st.sampled_from(NAMES), words, words)
def test_what_the_environment_keeps_secret_is_found_in_every_form(value: str, name: str, left: str, right: str) -> None:
    scrub = scrubber({name: value})
    if scrub._known is None:
        return  # an ordinary word
    forms = {value, quote(value, safe=""), base64.b64encode(value.encode()).decode()}
    for form in forms:
        data = {"a": [f"{left} {form} {right}", {form: 1}], "b": {"c": form}}
        assert form not in scrub(data)["a"][0]
        assert form not in scrub(data)["a"][1]
        assert scrub(data)["b"]["c"] == SECRET
    written = json.dumps({"text": value})
    assert json.dumps(value)[1:-1] not in scrub.text(written)


@given(st.text(SAFE, min_size=20, max_size=40), words)
def test_keys_are_known_by_their_look(tail: str, left: str) -> None:
    scrub = scrubber({})
    for key in (f"sk-{tail}", f"ghp_{tail}", f"hf_{tail}", f"AIza{tail}{tail}", f"eyJ{tail}.{tail}.{tail}"):
        assert tail not in scrub.text(f"{left} Incorrect API key provided: {key}.")
    for text in (
        f"Authorization: Bearer {tail}",
        f"https://me:{tail}@host/x",
        f"/x?token={tail}&a=1",
        f"api_key={tail}",
    ):
        assert tail not in scrub.text(text), text


@given(
    st.text(min_size=1), st.sampled_from(["Authorization", "x-api-key", "Cookie", "set-cookie", "apiKey", "password"])
)
def test_headers_and_fields_are_known_by_name(value: str, name: str) -> None:
    assert scrubber({})({"h": {name: value}}) == {"h": {name: SECRET}}
    assert scrubber({})({"h": [[name, value]]}) == {"h": [[name, SECRET]]}


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(string.ascii_lowercase + " .,", max_size=40),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["text", "name", "tokens", "max_tokens", "items", "keys"]), inner, max_size=3)
    ),
)


@given(plain)
def test_what_is_no_secret_stays_and_scrubbing_twice_is_scrubbing_once(value: Any) -> None:
    scrub = scrubber({"LANG": "C.UTF-8", "EMPTY_KEY": "", "USE_TOKEN": "true", "KEY_FILE": "/etc/keys/one.pem"})
    assert scrub(value) == value
    assert scrub(scrub(value)) == scrub(value)


def test_schemas_keep_their_parameters_of_secret_names() -> None:
    schema = {"properties": {"password": {"type": "string", "description": "Yours"}, "key": {"type": "string"}}}
    assert scrubber({})(schema) == schema


@pytest.mark.parametrize("value", [{"key": "C major"}, {"token": "hello"}, {"code": "de"}, {"signature": "3/4"}])
def test_words_under_doubtful_names_stay(value: Any) -> None:
    assert scrubber({})(value) == value


def test_names() -> None:
    assert all(is_secret(name) for name in ("X-API-Key", "clientSecret", "stripe_api_key", "refreshToken"))
    assert not any(is_secret(name) for name in ("max_tokens", "keyboard", "author", "monkey", "secretary"))
