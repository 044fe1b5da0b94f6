"""The word embedder that an option means: the packaged sentence transformer, another one's folder, or GloVe's file."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from extraction.errors import InputError
from extraction.words_glove import GloveEmbedder
from extraction.words_sbert import SbertEmbedder

MINILM: Final = "minilm"


def make_embedder(name: str | None = None) -> SbertEmbedder | GloveEmbedder:
    """The embedder called `name`.

    Args:
        name: `minilm` (also None) for the packaged all-MiniLM-L6-v2, a folder for any other sentence-transformers
            model, a file for GloVe as text or `.npz`.

    Raises:
        InputError: there is no such file or folder, or it holds no embedder.
        WeightsError: the packaged model is missing.
    """
    if name is None or name == MINILM:
        return SbertEmbedder()
    path = Path(name)
    if path.is_dir():
        return SbertEmbedder(path)
    if not path.is_file():
        raise InputError(f"There is no embedder {name}: give {MINILM}, or the path of a GloVe file.")
    return GloveEmbedder(path)
