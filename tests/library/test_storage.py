from __future__ import annotations

import hashlib
import multiprocessing
from pathlib import Path

import pytest

from spatialnb.errors import Invalid, NotFound
from spatialnb.library import MediaStore


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> MediaStore:
    if request.param == "folder":
        return MediaStore(tmp_path / "media")
    return MediaStore(f"memory://{tmp_path.name}", cache=tmp_path / "cache")


def test_what_is_put_can_be_read_by_its_hash(store: MediaStore) -> None:
    key = store.put(b"neon", "image/webp")
    assert key == hashlib.sha256(b"neon").hexdigest()
    assert key in store
    assert store.read(key) == b"neon"
    assert store.path(key).read_bytes() == b"neon"
    assert store.mime(key) == "image/webp"


def test_a_file_is_copied_and_the_same_bytes_are_kept_once(store: MediaStore, tmp_path: Path) -> None:
    file = tmp_path / "a.bin"
    file.write_bytes(b"x" * 3_000_000)
    key = store.put(file, "video/mp4")
    assert store.put(file.read_bytes(), "image/png") == key
    assert store.mime(key) == "video/mp4"
    file.unlink()
    assert len(store.read(key)) == 3_000_000


@pytest.mark.parametrize("key", ["", "abc", "../../etc/passwd", "0" * 64, "A" * 64, "0" * 63 + "/"])
def test_unknown_and_foreign_keys_are_not_found(store: MediaStore, key: str) -> None:
    assert key not in store
    for ask in (store.path, store.read, store.mime):
        with pytest.raises(NotFound):
            ask(key)


def test_notes_are_kept_beside_a_file(store: MediaStore) -> None:
    key = store.put(b"picture", "image/webp")
    assert store.noted(key, "tile64") is None
    store.note(key, "tile64", b"raw")
    assert store.noted(key, "tile64") == b"raw"
    with pytest.raises(Invalid):
        store.note(key, "../escape", b"")


@pytest.mark.parametrize("mime", ["", "html", "image/png\r\nX-Evil: 1"])
def test_what_is_no_media_type_is_refused(store: MediaStore, mime: str) -> None:
    with pytest.raises(Invalid):
        store.put(b"x", mime)


def test_nothing_half_written_is_left_behind(tmp_path: Path) -> None:
    store = MediaStore(tmp_path / "media")
    with pytest.raises(FileNotFoundError):
        store.put(tmp_path / "missing", "image/png")
    store.put(b"whole", "image/png")
    assert not list((tmp_path / "media").rglob(".part-*"))


def _put_many(root: Path, start: object) -> None:
    start.wait()  # type: ignore[attr-defined]
    store = MediaStore(root)
    for number in range(200):
        key = store.put(f"the same {number}".encode() * 500, "text/plain")
        assert len(store.read(key)) == len(f"the same {number}") * 500
        assert store.mime(key) == "text/plain"


def test_two_processes_may_write_the_same_files(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    start = context.Event()
    workers = [context.Process(target=_put_many, args=(tmp_path / "media", start)) for _ in range(2)]
    for worker in workers:
        worker.start()
    start.set()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0]
    files = [path for path in (tmp_path / "media").rglob("*") if path.is_file()]
    assert len(files) == 400
