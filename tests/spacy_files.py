"""A small spaCy pipeline with word vectors, for tests of whatever reads one; spaCy writes it."""

import tempfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from glove_files import vectors

from extraction.words_spacy import SpacyEmbedder

NEEDS_SPACY = (  # importing spaCy takes seconds
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("spacy") is None, reason="spaCy (the extra `spacy`) is not installed"),
)


def needs_spacy(test):
    for mark in NEEDS_SPACY:
        test = mark(test)
    return test


def write_pipeline(folder, rows, **how):
    """An English pipeline without components, whose vectors are `rows` (or, of the floret kind, all its table)."""
    import spacy
    from spacy.vectors import Vectors

    data = np.array(list(rows.values()), dtype=np.float32)
    pipeline = spacy.blank("en")
    keys = {} if how else {"keys": list(rows)}
    pipeline.vocab.vectors = Vectors(strings=pipeline.vocab.strings, data=data, **keys, **how)
    folder.parent.mkdir(parents=True, exist_ok=True)
    pipeline.to_disk(folder)
    return folder


@cache
def _folder():
    return tempfile.TemporaryDirectory()


def small_spacy():
    folder = Path(_folder().name) / "small"
    return SpacyEmbedder(folder if folder.exists() else write_pipeline(folder, vectors()))
