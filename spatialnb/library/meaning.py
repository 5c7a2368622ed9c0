"""Which words mean much the same: static word vectors (WordLlama, 256 numbers a word piece) from the package's files.

The package itself is not imported: it looks for its tokenizer where it is not, would fetch it, and sets up logging.
"""

from __future__ import annotations

import importlib.util
import logging
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_LOG = logging.getLogger(__name__)
ALIKE = 0.40
"""Cosine from which two words are taken as kin. Measured on pairs: synonyms 0.4 to 0.8, strangers under 0.25."""


class Meaning:
    """Vectors of single words. Without the package every word is only like itself, and that is logged once."""

    def __init__(self) -> None:
        self._tokenizer: Any = None
        self._table: NDArray[np.float16] | None = None
        try:
            self._load()
        except (ImportError, OSError, ValueError, KeyError) as error:
            _LOG.warning("word vectors could not be loaded, search goes by words alone: %s", error)
        self.vector = lru_cache(maxsize=65_536)(self._vector)

    def _load(self) -> None:
        found = importlib.util.find_spec("wordllama")
        if found is None or found.origin is None:
            raise ImportError("wordllama is not installed")
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        folder = Path(found.origin).parent
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizers" / "l2_supercat_tokenizer_config.json"))
        self._tokenizer.no_padding()
        self._table = load_file(folder / "weights" / "l2_supercat_256.safetensors")["embedding.weight"]

    def _vector(self, word: str) -> NDArray[np.float32] | None:
        """A unit vector, or None for what the vectors know nothing of: numbers, and words of many pieces."""
        if self._table is None or not word.isalpha() or len(word) < 3:
            return None
        ids = self._tokenizer.encode(word, add_special_tokens=False).ids
        if not ids or len(ids) > 3 or len(ids) > max(1, len(word) // 3):
            return None
        mean = self._table[ids].astype(np.float32).mean(axis=0)
        length = float(np.linalg.norm(mean))
        return mean / length if length else None

    def likeness(self, word: str, others: NDArray[np.float32]) -> NDArray[np.float32]:
        """Cosines of `word` with the rows of `others`; zeros when it has no vector."""
        vector = self.vector(word)
        return others @ vector if vector is not None else np.zeros(len(others), np.float32)
