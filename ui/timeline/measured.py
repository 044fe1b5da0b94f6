"""The tracks of a clip as the timeline's script reads them: families of rows, and one block of bytes with the numbers.

The block holds, a track after the other, `times` (F,) float32 seconds, then, for each column, F values as uint16,
little-endian: 0 where nothing was measured, 1 for the column's smallest value to 65535 for its largest. Tracks faster
than 50 Hz are thinned to it, by the mean of what was measured: more a screen cannot show.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extraction.descriptor_sets import set_of
from extraction.types import MODALITIES, FeatureSpec, Modality, Track

RATE = 50.0  # Hz, the most that is sent
FIRST = 4  # rows of a family that are shown before the others are asked for, where there are three more or above
_FEW = 0.01  # of the values at either end: what may be drawn at a row's edge when it lies far beyond it
_LEAST = {"": 0.05, "deg": 5.0}  # what a row of the face spans at least, by its unit, lest noise look like movement
_STEPS = 65_534  # from the smallest to the largest value of a column

# A family's title here by its name in `descriptor_sets`, in the order in which they are shown.
TITLES: Mapping[Modality, Mapping[str, str]] = {
    "T": {},
    "A": {
        "pitch": "pitch and voicing",
        "level": "loudness",
        "perturbation": "voice quality",
        "harmonics": "voice quality",
        "voice quality": "voice quality",
        "glottal source": "glottal source",
        "formants": "formants",
        "spectrum": "spectrum",
        "cepstrum": "cepstra",
    },
    "V": {
        "upper face action units": "upper face",
        "blinks": "upper face",
        "lower face action units": "lower face",
        "head pose": "head",
        "gaze": "gaze",
        "emotion patterns": "emotions",
    },
}
_OTHER: Mapping[Modality, str] = {"T": "text", "A": "voice", "V": "face"}
_TELLING = r"F\d frequency|AU(1|2|4|6|12|15|25|26) "  # columns that stand first in their family
_BLENDSHAPES = (("gaze", r"eyeLook"), ("upper face", r"brow|eye|cheekSquint"), ("lower face", r""))


@dataclass(frozen=True)
class Measured:
    """What there is to draw, as plain JSON (`families`, `frames`), and the numbers (`block`)."""

    families: list[dict[str, Any]]
    frames: list[dict[str, Any]]
    block: bytes


@dataclass(frozen=True)
class _Thinned:
    times: NDArray[np.float64]
    values: NDArray[np.float64]
    period: float


def measured(tracks: Mapping[Modality, Track]) -> Measured:
    """Families of rows over the tracks; a row says its label, unit, smallest and largest value (None: none at all).

    `edges` are the values at a row's bottom and top: those, or, where they lie far out, the 1st and 99th percentile, or
    some more of a face's measure that hardly moves.
    """
    families: dict[str, dict[str, Any]] = {}
    frames: list[dict[str, Any]] = []
    block = bytearray()
    for modality, track in _all(tracks):
        shown = [(title, column) for title, column in _grouped(track.spec) if title not in families]
        sent = sorted(column for _, column in shown)
        thinned = _thin(track, sent)
        low, high, steps = _quantised(thinned.values)
        for title, column in shown:
            family = families.setdefault(title, {"title": title, "modality": modality, "rows": []})
            label, unit = _label(track.spec.names[column])
            at = sent.index(column)
            least = _LEAST.get(unit, 0.0) if modality == "V" else 0.0
            ends = {"low": low[at], "high": high[at], "edges": _edges(thinned.values[:, at], least)}
            family["rows"].append({"label": label, "unit": unit, **ends, "track": len(frames), "column": at})
        block.extend(b"\0" * (-len(block) % 4))
        frames.append({"count": len(thinned.times), "period": round(thinned.period, 6), "offset": len(block)})
        block.extend(thinned.times.astype("<f4").tobytes() + steps.T.astype("<u2").tobytes())
    for family in families.values():
        family["first"] = FIRST if len(family["rows"]) > FIRST + 2 else len(family["rows"])
    return Measured(list(families.values()), frames, bytes(block))


def _all(tracks: Mapping[Modality, Track]) -> Iterator[tuple[Modality, Track]]:
    """The tracks, each before the one beside it, of which only families that are not there yet are shown."""
    for modality in (m for m in MODALITIES if m in tracks):
        yield modality, tracks[modality]
        beside = tracks[modality].beside
        if beside is not None:
            yield modality, beside


def _thin(track: Track, columns: Sequence[int]) -> _Thinned:
    """Some columns, at most RATE frames a second, NaN where nothing was observed."""
    values = np.where(track.observed[:, None], track.values[:, columns], np.nan).astype(np.float64)
    every = max(1, math.ceil(1 / (RATE * track.period) - 1e-6)) if track.period > 0 else 1
    if every == 1 or not len(values):
        return _Thinned(track.times, values, track.period)
    starts = np.arange(0, len(values), every)
    seen = np.isfinite(values)
    total, number = (np.add.reduceat(part, starts, axis=0) for part in (np.where(seen, values, 0.0), seen.astype(int)))
    mean = np.where(number > 0, total / np.maximum(number, 1), np.nan)
    times = np.add.reduceat(track.times, starts) / np.diff(np.append(starts, len(values)))
    return _Thinned(times, mean, track.period * every)


def _quantised(values: NDArray[np.float64]) -> tuple[list[float | None], list[float | None], NDArray[np.uint16]]:
    """Smallest and largest value a column, and (F, D) steps from 1 to 65535, 0 where there is no value."""
    seen = np.isfinite(values)
    low = np.where(seen, values, np.inf).min(axis=0, initial=np.inf)
    high = np.where(seen, values, -np.inf).max(axis=0, initial=-np.inf)
    span = np.where(high > low, high - low, 1.0)
    shares = (np.where(seen, values, 0.0) - np.where(np.isfinite(low), low, 0.0)) / span
    steps = np.where(seen, 1 + np.rint(_STEPS * np.where(seen, shares, 0.0)), 0).astype(np.uint16)
    ends = [[float(f"{v:.6g}") if np.isfinite(v) else None for v in side] for side in (low, high)]
    return ends[0], ends[1], steps


def _edges(values: NDArray[np.float64], least: float) -> tuple[float, float] | None:
    """What the bottom and the top of a row stand for: all values, unless a few far ones would flatten the others.

    They are `least` apart or more.
    """
    seen = values[np.isfinite(values)]
    if not len(seen):
        return None
    all_of_them, most = np.quantile(seen, (0, 1)), np.quantile(seen, (_FEW, 1 - _FEW))
    far = 0 < most[1] - most[0] < (all_of_them[1] - all_of_them[0]) / 2
    low, high = most if far else all_of_them
    high = max(high, low + least)
    return float(f"{low:.6g}"), float(f"{high:.6g}")


def _grouped(spec: FeatureSpec) -> Iterable[tuple[str, int]]:
    """(family, column) of every column: families in the order shown, what its own set lists first coming first."""
    titles = dict.fromkeys(TITLES[spec.modality].values())
    order = {title: number for number, title in enumerate([*titles, _OTHER[spec.modality]])}
    known = set_of(spec)
    patterns = [family.pattern for family in known.families] if known else []
    found = []
    for column, name in enumerate(spec.names):
        rank = next((n for n, pattern in enumerate(patterns) if re.match(pattern, name)), len(patterns))
        family = known.families[rank].name if known and rank < len(patterns) else ""
        title = _title(spec.modality, family, name)
        found.append((order[title], re.match(_TELLING, name) is None, rank, column, title))
    return [(title, column) for *_, column, title in sorted(found)]


def _title(modality: Modality, family: str, name: str) -> str:
    if family == "blendshapes":
        return next(title for title, pattern in _BLENDSHAPES if re.match(pattern, name))
    return TITLES[modality].get(family, _OTHER[modality])


def _label(name: str) -> tuple[str, str]:
    """A column's name as words and without its unit, and the unit."""
    unit = re.search(r"\s*\[([^\]]+)\]$", name)
    if unit:
        return name[: unit.start()], unit[1]
    return (_apart(name) if re.fullmatch(r"[a-z]+([A-Z][a-z]+)+", name) else name), ""


def _apart(name: str) -> str:
    """A blendshape's name as words: `eye look down left`."""
    return re.sub(r"[A-Z]", lambda capital: f" {capital[0].lower()}", name)
