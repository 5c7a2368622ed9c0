"""Documents are read whole, bounded, and from nowhere but where the first one is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from spatialnb.errors import Invalid, NotFound, Unsupported
from spatialnb.operations.external.document import load


def nowhere(url: str) -> bytes:
    raise AssertionError(f"{url} was fetched")


def web(pages: dict[str, str]) -> Any:
    return lambda url: pages[url].encode()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 2020-01-02", {"a": "2020-01-02"}),
        ("a: [on, off, yes, no, true]", {"a": ["on", "off", "yes", "no", True]}),
        ("200: {b: null}", {"200": {"b": None}}),
        ("a: &x {b: 1}\nc: *x", {"a": {"b": 1}, "c": {"b": 1}}),
        ("a: .nan\nb: 1.5", {"a": None, "b": 1.5}),
    ],
)
def test_yaml_is_read_as_json_data(text: str, value: Any) -> None:
    assert load(f"{text}\n", nowhere).data == value


def test_no_objects_are_made_from_yaml() -> None:
    with pytest.raises(Unsupported, match="neither JSON nor YAML"):
        load("a: !!python/object/apply:os.system ['true']\n", nowhere)


def test_a_document_that_unfolds_without_end_is_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join(['*a' + str(n - 1)] * 10)}]" for n in range(1, 12)]
    with pytest.raises(Unsupported, match="too large"):
        load("\n".join(lines), nowhere)
    with pytest.raises(Unsupported, match="contains itself"):
        load("a: &a\n  b: *a\n", nowhere)
    with pytest.raises(Unsupported):
        load("[" * 100_000 + "\n", nowhere)


@pytest.mark.parametrize("text", ["just words\n", "- a\n- b\n", "{a: [}\n", "\x00\n"])
def test_what_is_no_document_is_said_to_be_none(text: str) -> None:
    with pytest.raises(Unsupported):
        load(text, nowhere)


def test_a_path_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no document"):
        load(tmp_path / "none.json", nowhere)


def test_documents_beside_it_are_taken_in(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "api.yaml").write_text("a: {$ref: 'parts/one.yaml#/x'}\nb: {$ref: './parts/one.yaml'}\n")
    (tmp_path / "parts" / "one.yaml").write_text("x: {$ref: '#/y'}\ny: {$ref: '../api.yaml#/c'}\n")
    document = load(tmp_path / "api.yaml", nowhere)
    assert document.at(document.data["a"]["$ref"]) == {"$ref": "#/x-others/0/y"}
    assert document.at("#/x-others/0/y") == {"$ref": "#/c"}
    assert document.data["b"]["$ref"] == "#/x-others/0"


@pytest.mark.parametrize(
    "reference",
    ["../secret.yaml#/a", "/etc/passwd", "http://169.254.169.254/latest#/a", "//elsewhere/x", "file:///etc/passwd"],
)
def test_nothing_outside_its_folder_is_read(tmp_path: Path, reference: str) -> None:
    (tmp_path / "secret.yaml").write_text("a: 1\n")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "api.json").write_text(json.dumps({"a": {"$ref": reference}}))
    with pytest.raises(Unsupported, match="not where it came from"):
        load(tmp_path / "in" / "api.json", nowhere)


def test_a_document_at_hand_refers_to_nothing_else() -> None:
    with pytest.raises(Unsupported):
        load({"a": {"$ref": "other.json#/b"}}, nowhere)


def test_only_the_same_origin_is_asked() -> None:
    pages = {
        "https://api.test/v1/a.json": '{"a": {"$ref": "b.json#/x"}}',
        "https://api.test/v1/b.json": '{"x": {"type": "string"}}',
    }
    document = load("https://api.test/v1/a.json", web(pages))
    assert document.at(document.data["a"]["$ref"]) == {"type": "string"}
    for other in ("http://api.test/b.json", "https://evil.test/b.json", "https://api.test:444/b.json"):
        pages["https://api.test/v1/a.json"] = json.dumps({"a": {"$ref": other}})
        with pytest.raises(Unsupported):
            load("https://api.test/v1/a.json", web(pages))


def test_a_reference_to_nothing_is_named() -> None:
    with pytest.raises(Invalid, match="#/a/b"):
        load({"a": {}}, nowhere).at("#/a/b")


TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(-1e6, 1e6).map(lambda x: round(x, 3)) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(TEXT.filter(lambda key: key != "$ref"), JSON, max_size=5))
@settings(max_examples=60, deadline=None)
def test_json_comes_back_as_it_was_however_it_was_written(data: dict[str, Any]) -> None:
    assert load(json.dumps(data), nowhere).data == data
    written = yaml.safe_dump(data, allow_unicode=True)
    if "\n" in written and not written.lstrip().startswith("{"):
        assert load(written, nowhere).data == load(data, nowhere).data
