from __future__ import annotations

import pytest

from spatialnb.server.types import delivery_of


@pytest.mark.parametrize("mime", ["image/webp", "video/mp4", "audio/mp4", "model/gltf-binary", "IMAGE/PNG"])
def test_media_are_shown_as_what_they_are(mime: str) -> None:
    assert delivery_of(mime) == (mime.lower(), False)


@pytest.mark.parametrize(
    "mime",
    ["image/svg+xml", "text/html", "text/html; charset=utf-8", "application/xhtml+xml", "text/javascript", "text/xml"],
)
def test_nothing_that_could_run_is_shown(mime: str) -> None:
    assert delivery_of(mime) == ("text/plain; charset=utf-8", True)


@pytest.mark.parametrize("mime", ["", "application/pdf", "application/x-sh", "nonsense", "multipart/mixed"])
def test_the_unknown_is_only_for_saving(mime: str) -> None:
    assert delivery_of(mime) == ("application/octet-stream", True)
