"""Words as vectors without context: GloVe, the text input of Pham et al. (2018).

How a token is read is said in `spoken_vectors`. A file's `<unk>` row is never taken in a word's place: where vectors
were cut to a corpus's vocabulary it is often random.

Two files are read: text with `word v1 .. vD` a line (an optional first line `rows D`, as word2vec writes it), of which
only the places of the rows are held in memory, and `.npz` with `words` (V,) and `vectors` (V, D).

Source: Pennington, Socher and Manning (2014), GloVe: Global Vectors for Word Representation.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Collection, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from extraction.errors import InputError
from extraction.spoken_vectors import SpokenVectors
from extraction.types import Floats


class GloveEmbedder(SpokenVectors):
    """A WordEmbedder; `spec` has D columns, those of the file.

    Args:
        path: a GloVe text file, or an `.npz` with `words` and `vectors`.

    Raises:
        InputError: there is no such file, or it is not one of the two.
    """

    def __init__(self, path: str | Path) -> None:
        path = Path(path)
        try:
            self._rows: _ArrayRows | _TextRows = _ArrayRows(path) if _is_arrays(path) else _TextRows(path)
        except OSError as error:
            raise _unreadable(path, error) from error
        super().__init__(self._rows, "glove")

    def table(self) -> tuple[tuple[str, ...], Floats]:
        """Every word of the file (V,) and its vector (V, D), all in memory."""
        words = self._rows.words()
        vectors = self._rows.read(words)
        return words, np.stack([vectors[word] for word in words])


def check_vectors(path: Path) -> None:
    """Raise InputError, as `GloveEmbedder` would, unless a file begins as one of the two; no more of it is read."""
    try:
        if not _is_arrays(path):
            _TextRows(path, lines=2)
        elif not zipfile.is_zipfile(path):
            raise _no_arrays(path)
    except OSError as error:
        raise _unreadable(path, error) from error


def _is_arrays(path: Path) -> bool:
    return path.suffix.lower() == ".npz"


def _unreadable(path: Path, error: OSError) -> InputError:
    return InputError(f"The word vectors {path} cannot be read ({error.strerror or error}): check the path.")


def _no_arrays(path: Path) -> InputError:
    return InputError(f"{path.name} has no arrays `words` and `vectors`: give word vectors as such.")


class _ArrayRows:
    """Vectors of an .npz, all in memory."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self.digest = hashlib.file_digest(file, "sha256").hexdigest()
        try:
            with np.load(path, allow_pickle=False) as arrays:
                words, vectors = arrays["words"], arrays["vectors"]
        except (ValueError, KeyError, EOFError, zipfile.BadZipFile, AttributeError, TypeError) as error:
            raise _no_arrays(path) from error
        if words.ndim != 1 or words.dtype.kind != "U" or vectors.shape[:1] != words.shape or vectors.ndim != 2:
            raise InputError(f"{path.name} has not one row of `vectors` a word of `words`: give word vectors as such.")
        if vectors.dtype.kind != "f" or not vectors.size or not np.isfinite(vectors).all():
            raise InputError(f"{path.name} has `vectors` that are not all finite numbers: give other word vectors.")
        self.dim = int(vectors.shape[1])
        self._vectors = vectors.astype(np.float32)
        self._row: dict[str, int] = {}
        for i, word in enumerate(words.tolist()):
            self._row.setdefault(word, i)

    def __contains__(self, word: str) -> bool:
        return word in self._row

    def words(self) -> tuple[str, ...]:
        """Every word."""
        return tuple(self._row)

    def read(self, words: Collection[str]) -> dict[str, Floats]:
        """The vector (D,) of each word."""
        return {word: self._vectors[self._row[word]] for word in words}


class _TextRows:
    """Vectors of a text file: where each line begins is held, the numbers are read when asked for.

    Of the file no more than `lines` are read, if so many are given.
    """

    def __init__(self, path: Path, lines: int | None = None) -> None:
        self._path = path
        self._place: dict[str, int] = {}
        self.dim = 0
        digest = hashlib.sha256()
        with path.open("rb") as file:
            place = 0
            for number, line in enumerate(islice(file, lines), start=1):
                digest.update(line)
                fields = line.rstrip(b" \r\n")
                if not self.dim and not (number == 1 and _is_header(fields)):
                    self.dim = self._dimension(fields)
                if self.dim and fields:
                    self._place.setdefault(self._word(fields, number), place)
                place += len(line)
        if not self._place:
            raise InputError(f"{path.name} holds no word vectors: give a GloVe text file, `word v1 .. vD` a line.")
        self.digest = digest.hexdigest()

    def __contains__(self, word: str) -> bool:
        return word in self._place

    def words(self) -> tuple[str, ...]:
        """Every word."""
        return tuple(self._place)

    def read(self, words: Collection[str]) -> dict[str, Floats]:
        """The vector (D,) of each word, read in the file's order. Raises InputError at one that is no D numbers."""
        vectors: dict[str, Floats] = {}
        if not words:
            return vectors
        with self._path.open("rb") as file:
            for word in sorted(words, key=self._place.__getitem__):
                file.seek(self._place[word])
                vectors[word] = self._numbers(file.readline().split()[-self.dim :], word)
        return vectors

    def _dimension(self, fields: bytes) -> int:
        """D, from the first row, whose word has no space in it."""
        word, *numbers = fields.split(b" ")
        if not word or not numbers:
            raise InputError(f"{self._path.name} is not a GloVe text file: give one with `word v1 .. vD` a line.")
        self._numbers(numbers, word.decode(errors="replace"))
        return len(numbers)

    def _word(self, fields: bytes, number: int) -> str:
        """The word of a line: all but its last D fields (some published rows have spaces in their word)."""
        spaces = fields.count(b" ")
        if spaces < self.dim:
            raise InputError(f"Line {number} of {self._path.name} has fewer than {self.dim} numbers: load it again.")
        word = fields[: fields.index(b" ")] if spaces == self.dim else fields.rsplit(b" ", self.dim)[0]
        return word.decode(errors="replace")

    def _numbers(self, fields: Sequence[bytes], word: str) -> Floats:
        try:
            vector = np.array([float(field) for field in fields], dtype=np.float32)
        except ValueError:
            vector = np.array([np.nan], dtype=np.float32)
        if not np.isfinite(vector).all():
            raise InputError(
                f"The vector of {word[:40]!r} in {self._path.name} is not made of numbers: give GloVe text."
            )
        return vector


def _is_header(fields: bytes) -> bool:
    """Whether a first line is word2vec's `rows D`."""
    parts = fields.split()
    return len(parts) == 2 and all(part.isdigit() for part in parts)
