from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from spatialnb.errors import NotFound
from spatialnb.library import IngestReport, Library, MediaStore
from spatialnb.library import ingest as ingest_module
from spatialnb.library.files import natural
from tests import media
from tests.library.conftest import Gallery


def _reasons(report: IngestReport) -> dict[str, str]:
    return {failed.path: failed.reason for failed in report.failed}


def test_a_mixed_folder_ingests_whole(gallery: Gallery) -> None:
    assert gallery.report.failed == gallery.report.skipped == gallery.report.noted == ()
    kinds = [asset.kind for asset in gallery.report.added]
    assert {kind: kinds.count(kind) for kind in kinds} == {"video": 1, "model": 3, "text": 1, "image": 14, "audio": 2}
    for asset in gallery.report.added:
        assert asset.id == f"{asset.kind}-{asset.hash[:12]}"
        assert asset.hash in gallery.library.media
        assert gallery.library.media.mime(asset.hash) == asset.mime
        assert "thumbnail" in asset.renditions
        assert all(rendition.hash in gallery.library.media for rendition in asset.renditions.values())
        assert asset.labels
        assert asset.created is not None
        assert asset.created.tzinfo is not None
        assert not os.path.isabs(asset.source)


def test_the_order_is_natural_and_every_time_the_same(gallery: Gallery, tmp_path: Path) -> None:
    sources = [asset.source for asset in gallery.report.added]
    assert sources == sorted(sources, key=natural)
    again = Library(MediaStore(tmp_path)).ingest(gallery.folder)
    assert again.added == gallery.report.added


def test_bad_files_are_reported_and_nothing_else_is_lost(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "media"
    media.photo(folder / "good.jpg", "green")
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "words.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"this is no picture")
    (folder / "cut.jpg").write_bytes((folder / "good.jpg").read_bytes()[:9000])
    media.bomb(folder / "huge.png")
    (folder / "dangling.jpg").symlink_to(folder / "nowhere.jpg")
    os.mkfifo(folder / "pipe.jpg")
    media.sound(folder / "named_wrongly.jpg.tmp.wav").rename(folder / "wrong.jpg")
    (folder / "folder.jpg").mkdir()
    with zipfile.ZipFile(folder / "all.zip", "w") as archive:
        archive.write(folder / "good.jpg")
    report = library.ingest(folder)
    assert [asset.source for asset in report.added] == ["good.jpg", "wrong.jpg"]
    assert report.added[1].kind == "audio"
    assert [(noted.path, noted.note) for noted in report.noted] == [
        ("wrong.jpg", "Its name ends in .jpg, but it is a WAV sound; it was taken as that.")
    ]
    reasons = _reasons(report)
    assert set(reasons) == {"all.zip", "cut.jpg", "dangling.jpg", "empty.jpg", "huge.png", "pipe.jpg", "words.png"}
    assert reasons["empty.jpg"] == "The file is empty."
    assert "60000 x 60000" in reasons["huge.png"]
    assert "cut short" in reasons["cut.jpg"]
    assert "does not exist" in reasons["dangling.jpg"]
    assert "not a regular file" in reasons["pipe.jpg"]
    assert "unpack it" in reasons["all.zip"]
    assert all(reason.endswith(".") and str(tmp_path) not in reason for reason in reasons.values())


def test_an_unreadable_file_is_reported(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    media.photo(tmp_path / "a.jpg").chmod(0)
    if os.geteuid() == 0:
        # Root may read everything, so the question is answered for it as it would be for anyone else.
        monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert "permissions" in library.ingest(tmp_path / "a.jpg").failed[0].reason


def test_a_file_too_large_for_its_kind_is_refused_unread(library: Library, tmp_path: Path) -> None:
    path = media.poster(tmp_path / "poster.png")
    os.truncate(path, 3 << 30)
    report = library.ingest(path)
    assert "MB is the most for its kind" in report.failed[0].reason
    assert not any((library.media.folder or tmp_path).rglob("*"))


def test_duplicates_are_skipped_and_say_of_what(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "media"
    first = media.photo(folder / "a" / "first.jpg")
    (folder / "b").mkdir()
    (folder / "b" / "second.jpg").write_bytes(first.read_bytes())
    report = library.ingest(folder)
    assert [asset.source for asset in report.added] == ["a/first.jpg"]
    assert [(s.path, s.reason, s.asset) for s in report.skipped] == [
        ("b/second.jpg", "It is the same file as 'a/first.jpg'.", report.added[0].id)
    ]
    again = library.ingest(folder / "b", known=[report.added[0].id])
    assert again.added == ()
    assert again.skipped[0].reason == "It is in the project already."


def test_what_is_known_but_lost_from_the_store_is_made_again(gallery: Gallery, library: Library) -> None:
    report = library.ingest(gallery.folder / "photos" / "red_wall-01.jpg", known=list(gallery.assets))
    assert [asset.source for asset in report.added] == ["red_wall-01.jpg"]
    assert report.added[0].hash in library.media


def test_hidden_files_and_checkpoints_are_left_out(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "media"
    media.photo(folder / "seen.jpg")
    media.photo(folder / ".hidden.jpg", "blue")
    media.photo(folder / ".ipynb_checkpoints" / "seen-checkpoint.jpg", "teal")
    media.photo(folder / "__MACOSX" / "seen.jpg", "pink")
    (folder / "Thumbs.db").write_bytes(b"x")
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    report = library.ingest(folder)
    assert ([asset.source for asset in report.added], report.failed, report.skipped) == (["seen.jpg"], (), ())


def test_the_media_store_itself_is_not_ingested(tmp_path: Path) -> None:
    library = Library(MediaStore(tmp_path / "store"))
    media.photo(tmp_path / "a.jpg")
    assert len(library.ingest(tmp_path).added) == 1
    assert library.ingest(tmp_path, known=()).failed == ()


def test_several_paths_with_the_same_names_are_told_apart(library: Library, tmp_path: Path) -> None:
    one, two = media.photo(tmp_path / "one" / "a.jpg", "red"), media.photo(tmp_path / "two" / "a.jpg", "blue")
    report = library.ingest([one.parent, str(two), one])
    assert [(asset.source, asset.colours[0].name) for asset in report.added] == [("a.jpg", "red"), ("a.jpg", "blue")]
    assert report.skipped == ()


def test_a_path_that_is_not_there_raises_before_anything_is_done(library: Library, tmp_path: Path) -> None:
    media.photo(tmp_path / "media" / "a.jpg")
    with pytest.raises(NotFound, match="nowhere"):
        library.ingest([tmp_path / "media", tmp_path / "nowhere"])
    assert not any((library.media.folder or tmp_path).rglob("*"))


def test_an_empty_folder_gives_an_empty_report(library: Library, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    report = library.ingest(tmp_path / "empty")
    assert str(report) == "nothing to ingest."


def test_progress_rises_to_one_and_names_files(gallery: Gallery, library: Library) -> None:
    seen: list[tuple[float | None, str]] = []
    library.ingest(gallery.folder / "photos", report=lambda fraction, note: seen.append((fraction, note)))
    fractions = [fraction or 0 for fraction, _ in seen]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert any("red_wall-01.jpg" in note for _, note in seen)


def test_stopping_keeps_what_was_finished(gallery: Gallery, library: Library) -> None:
    done: list[str] = []
    report = library.ingest(
        gallery.folder / "photos",
        report=lambda fraction, note: done.append(note) if note.startswith("Ingested") else None,
        stopped=lambda: len(done) >= 3,
    )
    assert report.stopped
    assert 3 <= len(report.added) < 12
    assert report.failed == ()
    assert all(asset.hash in library.media for asset in report.added)


def test_stopping_ends_a_long_conversion(library: Library, tmp_path: Path) -> None:
    path = media.video(tmp_path / "film.avi", codec="mpeg4", seconds=60, size=(1280, 720), with_sound=False)
    asked = 0

    def stopped() -> bool:
        nonlocal asked
        asked += 1
        return asked > 4

    report = library.ingest(path, stopped=stopped)
    assert (report.stopped, report.added, report.failed) == (True, (), ())


def test_a_failure_nobody_foresaw_costs_one_file_only(
    gallery: Gallery, library: Library, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = ingest_module.examine

    def breaks(source: ingest_module.Source, name: str, store: MediaStore) -> object:
        if name == "blue_wall-06.jpg":
            raise ZeroDivisionError("a reader's own mistake")
        return real(source, name, store)

    monkeypatch.setattr(ingest_module, "examine", breaks)
    report = library.ingest(gallery.folder / "photos")
    assert len(report.added) == 11
    assert _reasons(report) == {"blue_wall-06.jpg": "It could not be read (ZeroDivisionError); the log has more."}
    assert "blue_wall-06.jpg" in caplog.text


def test_renditions_carry_nothing_of_where_the_photo_was_taken(library: Library, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"
    exif[0x010E] = "secret place"
    media.picture("green").save(tmp_path / "a.jpg", exif=exif)
    asset = library.ingest(tmp_path / "a.jpg").added[0]
    for rendition in asset.renditions.values():
        data = library.media.read(rendition.hash)
        assert b"secret" not in data
        assert not Image.open(io.BytesIO(data)).getexif()
