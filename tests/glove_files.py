"""A small GloVe text file, for tests of whatever reads one."""

import tempfile
from functools import cache
from pathlib import Path

import numpy as np

from extraction.words_glove import GloveEmbedder

WORDS = ("i", "love", "this", "movie", "do", "n't", "you", "twenty", "dollars", "cafe", "one", "two", "good", "bad")
WORDS += ("the", ".", ",", "<unk>")


def vectors(words=WORDS, dim=8):
    rng = np.random.default_rng(0)
    return {word: rng.normal(size=dim).round(4) for word in words}


def write_text(path, rows, header=False):
    lines = [f"{len(rows)} {len(next(iter(rows.values())))}"] if header else []
    lines += [" ".join([word, *map(str, row)]) for word, row in rows.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@cache
def _folder():
    return tempfile.TemporaryDirectory()


def small_glove():
    return GloveEmbedder(write_text(Path(_folder().name) / "small.txt", vectors()))
