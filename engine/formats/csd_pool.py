"""Features of `.csd` files over words: the mean of every row whose interval intersects the word's.

Conventions. A row takes part if it begins before the word ends and ends after the word begins. Numbers that are not
finite, markers such as -255, rows of zeros (FACET and OpenFace write them where no face was found) and rows whose
column `success` is 0 take no part; a word without any row that does is not observed. Means are taken in float64.
Shape letters: F rows of features, W words, D columns.
Source: `process_mosi.py` of CMU-MultimodalSDK (its `myavg`, under `align`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate, groupby
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.formats.checks import sentinels
from engine.formats.csd_file import CsdFile, Intervals, opened_csd
from engine.formats.findings import Findings
from extraction.errors import DataError
from extraction.types import FeatureSpec, Floats, Modality, Stream

RECIPE: Final = 1
_SUCCESS: Final = "success"


class Spoken(Protocol):
    """A clip as far as pooling needs it."""

    @property
    def video(self) -> str:
        """The video it was cut from."""
        ...

    @property
    def spans(self) -> Intervals:
        """Its words' intervals (W, 2) in seconds of the video."""
        ...


def pooled(modality: Modality, paths: Sequence[Path], clips: Sequence[Spoken], found: Findings) -> list[Stream]:
    """One stream a clip, the columns of all files side by side. Raises DataError if a file cannot serve.

    Clips of one video lie next to each other, so that each video is read once.
    """
    parts = [_pooled_file(path, clips, found) for path in paths]
    spec = _joined(modality, [spec for spec, _ in parts])
    streams = []
    for rows in zip(*(values for _, values in parts), strict=True):
        values = np.concatenate(rows, axis=1)
        streams.append(Stream(spec, values, np.asarray(np.isfinite(values).any(axis=1))))
    return streams


def word_means(features: Floats, intervals: Intervals, spans: Intervals, usable: NDArray[np.bool_]) -> Floats:
    """Means (W, D) of `features` (F, D) over the rows that intersect each of `spans` (W, 2).

    Args:
        features: measurements.
        intervals: their intervals (F, 2), in any order, which may overlap.
        spans: the words' intervals.
        usable: which numbers take part (F, D).

    Returns:
        NaN where no number takes part.
    """
    order = np.argsort(intervals[:, 0], kind="stable")
    starts, ends = intervals[order].T
    known = usable[order]
    values = np.where(known, features[order], 0.0).astype(np.float64)
    reached = np.maximum.accumulate(ends) if len(ends) else ends
    first = np.searchsorted(reached, spans[:, 0], side="right")  # every row before it has ended when the word begins
    stop = np.searchsorted(starts, spans[:, 1], side="left")
    means = np.full((len(spans), features.shape[1]), np.nan, dtype=np.float32)
    for word, (a, b) in enumerate(zip(first, stop, strict=True)):
        rows = np.arange(a, max(a, b))
        rows = rows[ends[rows] > spans[word, 0]]
        count = known[rows].sum(axis=0)
        total = values[rows].sum(axis=0)
        means[word] = np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0)
    return means


def _pooled_file(path: Path, clips: Sequence[Spoken], found: Findings) -> tuple[FeatureSpec, list[Floats]]:
    with opened_csd(path) as file:
        names = file.column_names()
        success = names.index(_SUCCESS) if _SUCCESS in names else None
        spec = FeatureSpec("A", file.root, _version(file), names)
        rows: list[Floats] = []
        missing: list[str] = []
        for video, members in groupby(clips, key=lambda clip: clip.video):
            spans = [clip.spans for clip in members]
            if video in file.videos:
                means = _means_of_video(file, video, np.concatenate(spans), success)
            else:
                missing.append(video)
                means = np.full((sum(map(len, spans)), spec.dim), np.nan, dtype=np.float32)
            rows += np.split(means, list(accumulate(map(len, spans)))[:-1])
    if len(missing) == len({clip.video for clip in clips}):
        raise DataError(f"{path.name} has none of the videos that the labels name: give files of one dataset.")
    if missing:
        found.note(
            f"{path.name} lacks {len(missing)} of the labelled videos: {_names(missing)} are not observed in it."
        )
    seen = np.concatenate([np.isfinite(row).any(axis=1) for row in rows])
    found.note(f"{file.root} ({spec.dim} columns) is observed in {seen.mean():.1%} of {len(seen)} words.")
    return spec, rows


def _means_of_video(file: CsdFile, video: str, spans: Intervals, success: int | None) -> Floats:
    features, intervals = file.numbers(video)
    if features.shape[1] != file.dim():
        raise DataError(
            f"Video {video!r} of {file.path.name} has {features.shape[1]} columns and others {file.dim()}: "
            "load the file again."
        )
    seen = (features != 0).any(axis=1)
    if success is not None:
        seen &= features[:, success] != 0
    usable = np.isfinite(features) & ~sentinels(features) & seen[:, None]
    return word_means(features, intervals, spans, usable)


def _version(file: CsdFile) -> str:
    return f"csd {file.metadata.get('computational sequence version')}/word-mean-{RECIPE}"


def _joined(modality: Modality, specs: Sequence[FeatureSpec]) -> FeatureSpec:
    """The columns of all files as one feature set; with several, each name begins with its root's."""
    if len(specs) == 1:
        return FeatureSpec(modality, specs[0].name, specs[0].version, specs[0].names)
    names = tuple(f"{spec.name}/{name}" for spec in specs for name in spec.names)
    if len(set(names)) < len(names):
        raise DataError(f"Two files of features are called {specs[0].name!r}: give each once.")
    return FeatureSpec(modality, "+".join(s.name for s in specs), "+".join(s.version for s in specs), names)


def _names(names: Iterable[str]) -> str:
    shown = list(names)
    return ", ".join(shown[:5]) + (f" and {len(shown) - 5} more" if len(shown) > 5 else "")
