"""The media store: files kept under the SHA-256 of their bytes, in a local folder or anywhere fsspec reaches.

    ab/cdef…          the bytes of the file whose hash is abcdef…
    ab/cdef….mime     its type
    ab/cdef….NAME     something derived from it that can be made again, such as a tile of a thumbnail

Every write goes to a file of its own and is then renamed, so that readers in other threads, kernels and processes see a
whole file or none. The same bytes are kept once.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from spatialnb.errors import Invalid, NotFound

_HASH = re.compile(r"[0-9a-f]{64}")
_NOTE = re.compile(r"[a-z0-9]{1,16}")
_MIME = re.compile(r"[a-z]+/[a-zA-Z0-9.+-]+")
_BLOCK = 1 << 20
DEFAULT_MIME = "application/octet-stream"


def hash_of(data: bytes | Path) -> str:
    """SHA-256 (hexadecimal) of bytes, or of a file read in blocks."""
    if isinstance(data, bytes):
        return hashlib.sha256(data).hexdigest()
    with data.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class MediaStore:
    """Content-addressed files. `root` is a folder, or an fsspec URL such as `s3://bucket/media` or `memory://media`.

    For a remote root, `cache` is the local folder that `path` copies files to (by default one in the system's temporary
    folder).
    """

    def __init__(self, root: Path | str, *, cache: Path | None = None) -> None:
        place = str(root)
        self._place: _Place
        if "://" in place and not place.startswith("file://"):
            self._place = _Remote(place, cache)
        else:
            self._place = _Folder(Path(place.removeprefix("file://")).expanduser())
        self._mime = lru_cache(maxsize=65_536)(self._read_mime)

    @property
    def folder(self) -> Path | None:
        """The local folder that the files are in; None for a remote store."""
        return self._place.root if isinstance(self._place, _Folder) else None

    def put(self, data: bytes | Path, mime: str = DEFAULT_MIME) -> str:
        """Keep these bytes, or the bytes of this local file, and return their hash. `mime` counts the first time."""
        if not _MIME.fullmatch(mime):
            raise Invalid(f"'{mime}' is not a media type such as image/webp.", field="mime")
        key = hash_of(data)
        name = _name(key)
        if self._place.has(name):
            return key
        # The type first: whoever sees the file also finds its type.
        self._place.write(f"{name}.mime", mime.encode())
        kept = self._place.write(name, data)
        if kept != key:
            self._place.remove(name)
            raise Invalid("The file was changed while it was being read; try again when it is complete.")
        return key

    def path(self, key: str) -> Path:
        """A local file with these bytes, to be read only. Raises `NotFound`."""
        return self._place.local(self._known(key))

    def read(self, key: str) -> bytes:
        """The bytes of `key`. Raises `NotFound`."""
        data = self._place.read(_name(key)) if _HASH.fullmatch(key) else None
        if data is None:
            raise _missing(key)
        return data

    def mime(self, key: str) -> str:
        """The media type of `key`. Raises `NotFound`."""
        return self._mime(key)

    def note(self, key: str, name: str, data: bytes) -> None:
        """Keep something derived from `key` beside it. It may be lost at any time; be able to make it again."""
        self._place.write(f"{_name(key)}.{_checked_note(name)}", data)

    def noted(self, key: str, name: str) -> bytes | None:
        """What `note` kept under `name`, or None."""
        return self._place.read(f"{_name(key)}.{_checked_note(name)}")

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and _HASH.fullmatch(key) is not None and self._place.has(_name(key))

    def __repr__(self) -> str:
        return f"<MediaStore in {self._place.title}>"

    def _read_mime(self, key: str) -> str:
        kept = self._place.read(f"{self._known(key)}.mime")
        return kept.decode() if kept else DEFAULT_MIME

    def _known(self, key: str) -> str:
        if key not in self:
            raise _missing(key)
        return _name(key)


class _Place(Protocol):
    """Where the files are. Names are relative, with `/`."""

    title: str

    def has(self, name: str) -> bool: ...
    def read(self, name: str) -> bytes | None: ...
    def write(self, name: str, data: bytes | Path) -> str:
        """Write as a whole or not at all; returns the hash of what was written."""
        ...

    def remove(self, name: str) -> None: ...
    def local(self, name: str) -> Path: ...


class _Folder:
    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.title = "a local folder"

    def has(self, name: str) -> bool:
        return os.path.isfile(f"{self.root}/{name}")

    def read(self, name: str) -> bytes | None:
        try:
            with open(f"{self.root}/{name}", "rb") as file:
                return file.read()
        except FileNotFoundError:
            return None

    def write(self, name: str, data: bytes | Path) -> str:
        target = self.root / name
        try:
            return self._write(target, data)
        except FileNotFoundError:
            target.parent.mkdir(parents=True, exist_ok=True)
            return self._write(target, data)

    def _write(self, target: Path, data: bytes | Path) -> str:
        # The temporary file is in the same folder, so that renaming it is one step of the file system.
        handle, part = tempfile.mkstemp(prefix=".part-", dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as out:
                key = hash_of(data) if isinstance(data, bytes) else _copy(data, out)
                if isinstance(data, bytes):
                    out.write(data)
            os.replace(part, target)
        except BaseException:
            Path(part).unlink(missing_ok=True)
            raise
        return key

    def remove(self, name: str) -> None:
        (self.root / name).unlink(missing_ok=True)

    def local(self, name: str) -> Path:
        return self.root / name


class _Remote:
    def __init__(self, url: str, cache: Path | None) -> None:
        import fsspec

        self.fs: Any
        self.fs, root = fsspec.core.url_to_fs(url)
        self.root = str(root).rstrip("/")
        self.title = url.partition("?")[0]
        self._cache = cache

    def has(self, name: str) -> bool:
        return bool(self.fs.isfile(f"{self.root}/{name}"))

    def read(self, name: str) -> bytes | None:
        try:
            return bytes(self.fs.cat_file(f"{self.root}/{name}"))
        except FileNotFoundError:
            return None

    def write(self, name: str, data: bytes | Path) -> str:
        target = f"{self.root}/{name}"
        self.fs.makedirs(target.rpartition("/")[0], exist_ok=True)
        if isinstance(data, bytes):
            self.fs.pipe_file(target, data)
        else:
            self.fs.put_file(str(data), target)
        return hash_of(data)

    def remove(self, name: str) -> None:
        if self.has(name):
            self.fs.rm_file(f"{self.root}/{name}")

    def local(self, name: str) -> Path:
        kept = _Folder(self._folder())
        if not kept.has(name):
            data = self.read(name)
            if data is None:
                raise _missing(name.replace("/", ""))
            kept.write(name, data)
        return kept.local(name)

    def _folder(self) -> Path:
        if self._cache is None:
            self._cache = Path(tempfile.mkdtemp(prefix="spatialnb-media-"))
            import atexit

            atexit.register(shutil.rmtree, self._cache, ignore_errors=True)
        return self._cache


def _copy(source: Path, out: Any) -> str:
    digest = hashlib.sha256()
    with source.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            out.write(block)
    return digest.hexdigest()


def _name(key: str) -> str:
    return f"{key[:2]}/{key[2:]}"


def _checked_note(name: str) -> str:
    if not _NOTE.fullmatch(name):
        raise Invalid(f"'{name}' is not a name for derived data: use lower case letters and digits.", field="name")
    return name


def _missing(key: str) -> NotFound:
    return NotFound(f"The media store has no file '{key[:12]}'; ingest the original again.")
