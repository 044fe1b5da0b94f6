"""Clips with what a corpus says of them, gathered into one table; how it lies on disk is said in `store`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from extraction.errors import TableError
from extraction.types import Aligned, FeatureSpec, Modality

LIMIT = 3.0  # of a sentiment, on either side


@dataclass(frozen=True)
class Entry:
    """One clip of a word table: its words and streams, and what a corpus says of it.

    Attributes:
        aligned: words and streams (no tracks: they are not stored).
        label: sentiment in [-3, 3], or None.
        split: train, valid or test, or None.
        speaker: whoever speaks, so that a speaker never lies on both sides of a split; or None.
    """

    aligned: Aligned
    label: float | None = None
    split: str | None = None
    speaker: str | None = None


@dataclass(frozen=True)
class WordTable:
    """Entries in file order, and the feature spec of each modality present. Every entry has every modality."""

    specs: Mapping[Modality, FeatureSpec]
    entries: tuple[Entry, ...]

    @property
    def fingerprint(self) -> str:
        """SHA-256 over clips, words, labels, splits, speakers and feature specs, in hexadecimal.

        Equal for the same data extracted in the same way on any machine; the measurements themselves, whose last
        digits depend on the processor, are left out.
        """
        return fingerprint_of(self.specs, self.entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)


def fingerprint_of(specs: Mapping[Modality, FeatureSpec], entries: Iterable[Entry]) -> str:
    """`WordTable.fingerprint` of entries that need not be held together."""
    digest = hashlib.sha256(json.dumps({m: s.fingerprint for m, s in specs.items()}).encode())
    for entry in entries:
        words = [word.text for word in entry.aligned.words]
        digest.update(json.dumps([entry.aligned.clip, words, entry.label, entry.split, entry.speaker]).encode())
    return digest.hexdigest()


def make_table(entries: Iterable[Entry]) -> WordTable:
    """Gather entries into one table. Raises TableError if two clips share a name or differ in their feature sets."""
    gathered = tuple(_checked(entries))
    return WordTable(specs_in(gathered[0]), gathered)


def _checked(entries: Iterable[Entry]) -> Iterator[Entry]:
    """The entries, if they belong into one table. Raises TableError as `make_table` does."""
    specs: Mapping[Modality, FeatureSpec] | None = None
    names: set[str] = set()
    for entry in entries:
        clip = entry.aligned.clip
        if clip in names:
            raise named_twice(clip)
        names.add(clip)
        specs = specs or specs_in(entry)
        if specs_in(entry) != specs:
            raise measured_otherwise(clip)
        yield entry
    if not names:
        raise no_clips()


def named_twice(clip: str) -> TableError:
    """Two clips of a table share this name."""
    return TableError(f"Two clips are called {clip!r}: give each clip of a table its own name.")


def measured_otherwise(clip: str) -> TableError:
    """A clip does not go with those before it."""
    return TableError(f"Clip {clip!r} has other features than the first clip: extract all with one setting.")


def no_clips() -> TableError:
    """A table would be empty."""
    return TableError("There are no clips to put into a word table: give at least one.")


def specs_in(entry: Entry) -> dict[Modality, FeatureSpec]:
    """The feature spec of each modality of a clip."""
    return {modality: stream.spec for modality, stream in entry.aligned.streams.items()}
