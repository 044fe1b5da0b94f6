"""Hutto and Gilbert's rated texts to a word table with text alone: sentences on films, goods, news and daily life.

Each of 23,700 sentences was rated by at least twenty people from -4 to 4; the label is their mean, times 3/4. They
come with version 0.5 of the package vaderSentiment, under its licence (MIT), as an archive within its source archive. A
clip is called `<kind>_<id>`, has no speaker and no times, and is for training. Names, links and the mark of a hashtag
are taken off tweets; a sentence that comes again, whatever its marks, and one of a single word are left out.
Source: Hutto and Gilbert (2014), VADER: a parsimonious rule-based model for sentiment analysis of social media text,
ICWSM; the readme of the data.
"""

from __future__ import annotations

import html
import io
import re
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from engine.formats.label_csv import ManyEmbedder
from extraction.errors import DataError
from extraction.store import Entry, WordTable, make_table
from extraction.transcripts.plain import words_of
from extraction.types import Aligned

Kind = Literal["movie", "amazon", "tweet", "nyt"]
FILES: Final[dict[Kind, str]] = {
    "movie": "movieReviewSnippets_GroundTruth.txt",
    "amazon": "amazonReviewSnippets_GroundTruth.txt",
    "tweet": "tweets_GroundTruth.txt",
    "nyt": "nytEditorialSnippets_GroundTruth.txt",
}
INNER: Final = "hutto_ICWSM_2014.tar.gz"
HOW: Final = "get them with `pip download --no-deps --no-binary :all: vaderSentiment==0.5`"
_SCALE: Final = 3 / 4  # of ratings, to our labels'
_OF_TWEETS: Final = re.compile(r"@\w+|https?://\S+|#")


@dataclass(frozen=True)
class Rated:
    """A sentence; `label` in [-3, 3]."""

    clip: str
    text: str
    label: float


def read_rated_texts(archive: Path, embedder: ManyEmbedder) -> WordTable:
    """The rated texts in vaderSentiment's source archive, embedded.

    Raises DataError, naming the reason, if the file is missing or another one.
    """
    found = [(one, words) for one in rated_texts(archive) if (words := words_of(one.text))]
    streams = embedder.embed_many([[word.text for word in words] for _, words in found])
    return make_table(
        Entry(Aligned(one.clip, words, {"T": stream}, duration=0.0), one.label, "train")
        for (one, words), stream in zip(found, streams, strict=True)
    )


def rated_texts(archive: Path) -> Iterator[Rated]:
    """Every sentence once, in the order of `FILES`. Raises DataError as `read_rated_texts` does."""
    seen: set[str] = set()
    for kind, lines in _files(archive).items():
        for number, line in enumerate(lines, start=1):
            one = _rated(kind, line, f"{FILES[kind]}, line {number}")
            bare = re.sub(r"\W", "", one.text.lower())
            if len(one.text.split()) > 1 and bare not in seen:
                seen.add(bare)
                yield one


def _rated(kind: Kind, line: str, where: str) -> Rated:
    try:
        number, rating, text = line.split("\t", 2)
        label = round(float(rating) * _SCALE, 3)
    except ValueError as error:
        raise DataError(f"{where} is not an id, a rating and a text: {HOW} anew.") from error
    if not -3 <= label <= 3:
        raise DataError(f"{where}: the rating {rating} does not lie in [-4, 4]: {HOW} anew.")
    text = html.unescape(text).replace("''", '"')
    return Rated(f"{kind}_{number}", (_OF_TWEETS.sub("", text) if kind == "tweet" else text).strip(), label)


def present(archive: Path) -> Path:
    """The archive itself. Raises DataError if there is none."""
    if not archive.is_file():
        raise DataError(f"There are no rated texts at {archive}: {HOW}, then set S2S_RATED to the file.")
    return archive


def _files(archive: Path) -> dict[Kind, list[str]]:
    """The lines of each file."""
    present(archive)
    try:
        with zipfile.ZipFile(archive) as outer:
            name = next(name for name in outer.namelist() if name.endswith(f"/{INNER}"))
            inner = outer.read(name)
        with tarfile.open(fileobj=io.BytesIO(inner)) as files:
            there = {Path(member.name).name: member for member in files.getmembers() if member.isfile()}
            return {kind: _lines(files, there[name]) for kind, name in FILES.items()}
    except (zipfile.BadZipFile, tarfile.TarError, StopIteration, KeyError, OSError, EOFError) as error:
        raise DataError(f"{archive.name} is not the source archive of vaderSentiment 0.5: {HOW}.") from error


def _lines(files: tarfile.TarFile, member: tarfile.TarInfo) -> list[str]:
    """A file's lines: no other sign ends one, for texts hold signs that Python else takes for an end."""
    content = files.extractfile(member)
    if content is None:
        raise KeyError(member.name)
    return [line.rstrip("\r") for line in content.read().decode("latin-1").split("\n") if line.strip()]
