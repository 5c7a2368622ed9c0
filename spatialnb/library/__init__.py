"""Ingest media, make their renditions, find them again."""

from __future__ import annotations

from spatialnb.library.hits import Hit
from spatialnb.library.library import Library
from spatialnb.library.report import Failed, IngestReport, Noted, Skipped
from spatialnb.library.storage import MediaStore

__all__ = ["Failed", "Hit", "IngestReport", "Library", "MediaStore", "Noted", "Skipped"]
