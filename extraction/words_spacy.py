"""Words as vectors without context: those of a spaCy pipeline. `spoken_vectors` says how tokens are read.

Of a pipeline only `vocab/vectors`, `vocab/key2row` and `vocab/vectors.cfg` are read: none of its code runs, and nothing
in them is a pickle. spaCy keeps words apart by case ("Obama" and "obama" have a row each), where a spoken word has
none: its row is that of the word in small letters, else with a capital, else in capitals. Pruned tables (those of the
medium English pipeline: 514,157 words on 20,000 rows) give several words one row. Tables of the floret kind make every
word's vector of its letters, so every word is observed.

Source: https://spacy.io/api/vectors.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from extraction.errors import InputError
from extraction.spoken_vectors import SpokenVectors
from extraction.types import Floats


class SpacyEmbedder(SpokenVectors):
    """A WordEmbedder; `spec` has D columns, those of the pipeline's vectors.

    Args:
        pipeline: the folder of a spaCy pipeline, one that has a folder `vocab`.

    Raises:
        InputError: spaCy is not installed, or the folder holds no vectors that can be read.
    """

    def __init__(self, pipeline: str | Path) -> None:
        super().__init__(_PipelineRows(Path(pipeline)), "spacy")


def pipeline_folder(name: str | Path) -> Path | None:
    """The folder of the spaCy pipeline that `name` means, or None.

    Args:
        name: a pipeline's folder, a folder with one such folder in it, or the name of an installed package that is
            the latter (`en_core_web_md`; it is not imported).
    """
    package = str(name).replace("-", "_")
    places = [Path(name)]
    if not places[0].exists() and package.isidentifier():
        try:
            spec = find_spec(package)
        except ValueError:  # a module that runs as a script has no spec
            spec = None
        places = [Path(place) for place in (spec.submodule_search_locations or ())] if spec else []
    for place in places:
        if (place / "vocab").is_dir():
            return place
        inside = [vocab.parent for vocab in place.glob("*/vocab") if vocab.is_dir()]
        if len(inside) == 1:
            return inside[0]
    return None


def check_pipeline(pipeline: Path) -> None:
    """Raise InputError, as `SpacyEmbedder` would, unless spaCy and vectors are there; neither is loaded."""
    if find_spec("spacy") is None:
        raise _no_spacy()
    _check_vectors(pipeline)


def _no_spacy() -> InputError:
    return InputError(
        "Vectors of a spaCy pipeline are read by spaCy, which is not installed: "
        "install spacy (the extra `spacy` of this package), or choose another embedder."
    )


def _check_vectors(pipeline: Path) -> None:
    if not (pipeline / "vocab" / "vectors").is_file():
        raise InputError(f"{pipeline} holds no vocab/vectors: give the folder of a spaCy pipeline that has vectors.")


class _PipelineRows:
    """Vectors of a pipeline, all in memory; words are known by their hashes alone."""

    def __init__(self, pipeline: Path) -> None:
        try:
            from spacy.strings import get_string_id
        except ImportError as error:
            raise _no_spacy() from error
        self._hash = get_string_id
        self._vectors = _load(pipeline)
        self.dim = int(self._vectors.data.shape[1])
        digest = hashlib.sha256()
        for file in ("vectors", "key2row", "vectors.cfg"):
            place = pipeline / "vocab" / file
            digest.update(place.read_bytes() if place.is_file() else b"")
        self.digest = digest.hexdigest()

    def __contains__(self, word: str) -> bool:
        return bool(word) and self._form(word) is not None

    def read(self, words: Collection[str]) -> dict[str, Floats]:
        """The vector (D,) of each word."""
        return {word: np.asarray(self._vectors[self._form(word)], dtype=np.float32) for word in words}

    def _form(self, word: str) -> str | None:
        """The first spelling of `word` that has a vector."""
        forms = (word, word.capitalize(), word.upper())
        return next((form for form in forms if self._hash(form) in self._vectors), None)


def _load(pipeline: Path) -> Any:
    """The table of a pipeline's vectors, found to be whole. Raises InputError."""
    from spacy.vectors import Vectors

    vocab = pipeline / "vocab"
    _check_vectors(pipeline)
    try:
        vectors = Vectors().from_disk(vocab, exclude=["strings", "keys"])
        rows = np.fromiter(vectors.key2row.values(), dtype=np.int64, count=len(vectors.key2row))
        data = vectors.data
        floret = vectors.mode == "floret" and vectors.hash_count > 0
        whole = data.ndim == 2 and data.dtype.kind == "f" and bool(np.isfinite(data).all())
        whole = whole and (not rows.size or (rows.min() >= 0 and rows.max() < len(data)))
    except (OSError, EOFError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as error:
        raise InputError(f"The vectors in {vocab} are damaged ({error}): install the pipeline again.") from error
    if not whole:
        raise InputError(f"The vectors in {vocab} are not a table of finite numbers: install the pipeline again.")
    if not data.size or not (rows.size or floret):
        raise InputError(f"{pipeline} has no word vectors: give a pipeline that has, such as en_core_web_md.")
    return vectors
