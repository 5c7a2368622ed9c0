from __future__ import annotations

import subprocess
import sys

import spatialnb.library


def test_the_public_names_are_these() -> None:
    assert spatialnb.library.__all__ == ["Failed", "Hit", "IngestReport", "Library", "MediaStore", "Noted", "Skipped"]


def test_importing_the_library_loads_nothing_heavy() -> None:
    heavy = ("av", "cv2", "trimesh", "magika", "onnxruntime", "wordllama", "pandas", "tokenizers", "fsspec")
    code = f"import sys, spatialnb.library; print([name for name in {heavy} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
