"""The word embedder that an option means: a sentence transformer, GloVe's file, or the vectors of a spaCy pipeline."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from extraction.errors import InputError
from extraction.published import MPNET as MPNET_WEIGHTS
from extraction.words_glove import GloveEmbedder
from extraction.words_sbert import SbertEmbedder
from extraction.words_spacy import SpacyEmbedder, pipeline_folder

MINILM: Final = "minilm"
MPNET: Final = "mpnet"


def make_embedder(name: str | None = None) -> SbertEmbedder | GloveEmbedder | SpacyEmbedder:
    """The embedder called `name`.

    Args:
        name: `minilm` (also None) for the packaged all-MiniLM-L6-v2, `mpnet` for all-mpnet-base-v2, a folder for any
            other sentence-transformers model or a spaCy pipeline, the name of an installed spaCy pipeline, or a file
            for GloVe as text or `.npz`.

    Raises:
        InputError: there is no such file, folder or package, or it holds no embedder.
        WeightsError: the weights of `minilm` or `mpnet` are missing.
    """
    if name is None or name == MINILM:
        return SbertEmbedder()
    if name == MPNET:
        return SbertEmbedder(MPNET_WEIGHTS)
    path = Path(name)
    if path.is_file():
        return GloveEmbedder(path)
    pipeline = pipeline_folder(name)
    if pipeline is not None:
        return SpacyEmbedder(pipeline)
    if path.is_dir():
        return SbertEmbedder(path)
    raise InputError(
        f"There is no embedder {name}: give {MINILM}, {MPNET}, the folder of a sentence-transformers model or a spaCy "
        "pipeline, the name of an installed spaCy pipeline, or the path of a GloVe file."
    )
