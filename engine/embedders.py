"""The word embedder that an option means: a sentence transformer, GloVe's file, or the vectors of a spaCy pipeline."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from extraction.errors import InputError
from extraction.published import MINILM as MINILM_WEIGHTS
from extraction.published import MPNET as MPNET_WEIGHTS
from extraction.weights import Weights, locate
from extraction.words_glove import GloveEmbedder, check_vectors
from extraction.words_sbert import SbertEmbedder, check_model
from extraction.words_spacy import SpacyEmbedder, check_pipeline, pipeline_folder

MINILM: Final = "minilm"
MPNET: Final = "mpnet"


Embedder = SbertEmbedder | GloveEmbedder | SpacyEmbedder


def make_embedder(name: str | None = None) -> Embedder:
    """The embedder called `name`.

    Args:
        name: `minilm` (also None) for the packaged all-MiniLM-L6-v2, `mpnet` for all-mpnet-base-v2, a folder for any
            other sentence-transformers model or a spaCy pipeline, the name of an installed spaCy pipeline, or a file
            for GloVe as text or `.npz`.

    Raises:
        InputError: there is no such file, folder or package, or it holds no embedder.
        WeightsError: the weights of `minilm` or `mpnet` are missing.
    """
    return find_embedder(name)()


def find_embedder(name: str | None = None) -> Callable[[], Embedder]:
    """What makes the embedder called `name`, found to be there and of a known kind; no model is loaded yet.

    Raises as `make_embedder`, which may still find a file damaged beyond its beginning.
    """
    if name is None or name == MINILM:
        return _published(MINILM_WEIGHTS)
    if name == MPNET:
        return _published(MPNET_WEIGHTS)
    path = Path(name)
    if path.is_file():
        check_vectors(path)
        return partial(GloveEmbedder, path)
    pipeline = pipeline_folder(name) if name.strip() else None
    if pipeline is not None:
        check_pipeline(pipeline)
        return partial(SpacyEmbedder, pipeline)
    if name.strip() and path.is_dir():
        check_model(path)
        return partial(SbertEmbedder, path)
    raise InputError(
        f"There is no embedder {name if name.strip() else repr(name)}: give {MINILM}, {MPNET}, the folder of a "
        "sentence-transformers model or a spaCy pipeline, the name of an installed spaCy pipeline, or the path of a "
        "GloVe file."
    )


def _published(weights: Weights) -> Callable[[], Embedder]:
    locate(weights)
    return partial(SbertEmbedder, weights)
