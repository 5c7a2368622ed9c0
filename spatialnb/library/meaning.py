"""Which words mean much the same: static word vectors (WordLlama, 256 numbers a word piece) from the package's files.

The package itself is not imported: it looks for its tokenizer where it is not, would fetch it, and sets up logging.
"""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Sequence
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
        self.of = lru_cache(maxsize=16_384)(self._of)
        self.size = 256 if self._table is None else int(self._table.shape[1])

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

    def _of(self, text: str) -> NDArray[np.float32]:
        """The unit vector of a text, or of any word: the mean of its pieces. Zeros for what has none."""
        ids = [] if self._table is None else self._tokenizer.encode(text, add_special_tokens=False).ids
        if self._table is None or not ids:
            return np.zeros(self.size, np.float32)
        mean = self._table[ids].astype(np.float32).mean(axis=0)
        length = float(np.linalg.norm(mean))
        return mean / length if length else mean

    def of_word(self, word: str) -> NDArray[np.float32]:
        """The unit vector of a word, zeros for what is no word: numbers, and letters in a row."""
        vector = self.vector(word)
        return np.zeros(self.size, np.float32) if vector is None else vector

    def likeness_of(self, word: str, others: Sequence[str]) -> tuple[str, float] | None:
        """The most alike of `others`, and its cosine."""
        if not others:
            return None
        cosines = np.stack([self.of(other) for other in others]) @ self.of_word(word)
        best = int(np.argmax(cosines))
        return others[best], float(cosines[best])

    def likeness(self, word: str, others: NDArray[np.float32]) -> NDArray[np.float32]:
        """Cosines of `word` with the rows of `others`; zeros when it has no vector."""
        vector = self.vector(word)
        return others @ vector if vector is not None else np.zeros(len(others), np.float32)


@lru_cache(maxsize=1)
def meaning() -> Meaning:
    """The vectors, loaded once for the process."""
    return Meaning()
