"""What is checked in somebody else's data, as functions on arrays and names: padding, missing values, sizes, leaks.

Conventions. A *sequence* is one clip's rows (L, D). Padding is a run of blank rows at one end: every value zero, or
none of them a finite number. Which end is decided for each modality over all clips, as files are padded left or right
and often not all modalities alike; blank rows elsewhere are rows in which nothing was measured.
Source: the published sizes of the corpora's folds; the digests in the READMEs of MMSA and Self-MM.
"""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from engine.formats.findings import Findings
from extraction.errors import DataError
from extraction.types import Bools, Floats

Side = Literal["left", "right", "none"]

SIZES: Mapping[str, Mapping[str, int]] = {
    "CMU-MOSI": {"train": 1284, "valid": 229, "test": 686},
    "CMU-MOSEI": {"train": 16326, "valid": 1871, "test": 4659},
    "CMU-MOSEI as MulT counts it": {"train": 16265, "valid": 1869, "test": 4643},
}
_PUBLISHED = {  # how a digest begins -> the file
    "sha256": {
        "d3994fd2": "MMSA's published aligned_50.pkl of CMU-MOSI",
        "78e0f8b5": "MMSA's published unaligned_50.pkl of CMU-MOSI",
    },
    "sha1": {
        "5c62b896": "Self-MM's published aligned_50.pkl of CMU-MOSI",
        "5da0b844": "Self-MM's published unaligned_50.pkl of CMU-MOSI",
    },
}
_SENTINELS = (255.0, 999.0, 9999.0)  # written, with either sign, where a tool had nothing to say
_ORDER = ("test", "valid", "train")  # a clip in two splits stays in the first of these
_LONG_TEXT = 5  # words; shorter ones are said twice by chance


@dataclass(frozen=True)
class ClipId:
    """What tells one clip from another: its name, speaker (or video), split and words in lower case."""

    name: str
    speaker: str | None
    split: str | None
    words: tuple[str, ...]


def blank_rows(rows: NDArray[Any]) -> Bools:
    """Which of (L, D) hold nothing: every value zero, or none of them finite."""
    finite = np.isfinite(rows)
    return np.asarray((rows == 0).all(axis=1) | ~finite.any(axis=1))


def padding_side(sequences: Iterable[NDArray[Any]]) -> Side:
    """The end at which these sequences (L, D) are padded; "none" where neither end has more blank rows."""
    leading = trailing = 0
    for rows in sequences:
        filled = np.flatnonzero(~blank_rows(rows))
        if len(filled):
            leading += int(filled[0])
            trailing += len(rows) - 1 - int(filled[-1])
    if leading == trailing:
        return "none"
    return "left" if leading > trailing else "right"


def real_rows(rows: NDArray[Any], side: Side) -> slice:
    """The rows of (L, D) that are left when the padding of that side is taken off; an empty slice for a blank one."""
    filled = np.flatnonzero(~blank_rows(rows))
    if not len(filled):
        return slice(0, 0)
    start = int(filled[0]) if side == "left" else 0
    stop = int(filled[-1]) + 1 if side == "right" else len(rows)
    return slice(start, stop)


def sentinels(rows: NDArray[Any]) -> Bools:
    """Which values of (R, D) stand for "nothing measured": +-255, +-999 or +-9999 as a column's extreme.

    Held for one if it comes twice or more, or lies far from every other value; a column of whole numbers has none.
    """
    found = np.zeros(rows.shape, dtype=bool)
    size = np.where(np.isfinite(rows), np.abs(rows), 0.0)
    for column in np.flatnonzero(np.isin(size.max(axis=0, initial=0.0), _SENTINELS)):
        extreme = size[:, column] == size[:, column].max()
        rest = size[~extreme, column]
        whole = bool((rest == np.round(rest)).all()) and bool((rest != 0).any())
        far = rest.max(initial=0.0) < 0.9 * size[extreme, column][0]
        if not whole and (extreme.sum() >= 2 or far):
            found[:, column] = extreme
    return found


def without_missing(sequences: Sequence[NDArray[Any]], names: Sequence[str], findings: Findings) -> list[Floats]:
    """The same sequences (L, D) as float32, with NaN wherever nothing was measured; a finding says what was replaced.

    That is: infinities, NaN, sentinels, numbers beyond float32, and whole rows of zeros.
    """
    if not sequences:
        return []
    rows = np.concatenate([np.asarray(s, dtype=s.dtype if s.dtype.kind == "f" else np.float64) for s in sequences])
    with np.errstate(invalid="ignore"):
        infinite = np.isinf(rows) | (np.abs(rows) > np.finfo(np.float32).max)
    marked = {
        "Infinities": infinite,
        "NaN": np.isnan(rows),
        "Markers such as 255": sentinels(np.where(infinite, np.nan, rows)),
    }
    blank = (rows == 0).all(axis=1)
    missing = np.repeat(blank[:, None], rows.shape[1], axis=1)
    for what, where in marked.items():
        missing |= where
        if where.any():
            columns = [names[i] for i in np.flatnonzero(where.any(axis=0))]
            share = f"{int(where.sum())} of {where[:, where.any(axis=0)].size} values"
            findings.note(f"{what} in {_listed(columns)} count as not measured ({share}).")
    if blank.any():
        findings.note(f"{int(blank.sum())} of {len(rows)} rows of {_family(names)} are all zero: not observed.")
    clean = np.where(missing, np.nan, rows).astype(np.float32)
    return np.split(clean, np.cumsum([len(s) for s in sequences])[:-1])


def check_label(label: float, clip: str) -> float:
    """The label itself. Raises DataError, naming the clip, if it is no number or does not lie in [-3, 3]."""
    if math.isnan(label) or abs(label) > 3:
        raise DataError(f"Clip {clip!r} has the label {label:g}, which does not lie in [-3, 3]: correct or remove it.")
    return label


def split_sizes(counts: Mapping[str, int], findings: Findings) -> str | None:
    """Compare the sizes of the splits present with the published ones; the corpus they fit exactly, or None."""
    shown = "/".join(str(counts[split]) for split in ("train", "valid", "test") if split in counts)
    for corpus, sizes in SIZES.items():
        if counts and all(sizes[split] == count for split, count in counts.items()):
            findings.note(f"{', '.join(counts)}: {shown} clips, as in {corpus}.")
            return corpus
    off = {c: sum(abs(s[split] - n) for split, n in counts.items()) for c, s in SIZES.items()}
    corpus = min(off, key=lambda c: off[c])
    if off[corpus] <= 0.1 * sum(counts.values()):
        differing = [(s, n, SIZES[corpus][s]) for s, n in counts.items() if n != SIZES[corpus][s]]
        parts = [f"{split} has {n} clips where {corpus} has {known}" for split, n, known in differing]
        findings.note(f"The splits are not the published ones: {', '.join(parts)}.")
    else:
        findings.note(f"{', '.join(counts)}: {shown} clips, which are the sizes of no corpus known here.")
    return None


def leaks(clips: Sequence[ClipId], findings: Findings) -> list[int]:
    """Positions of the clips to keep: one that lies in two splits stays in test, else valid; a repeated one once.

    Findings name clips, speakers, and texts of five words and more that lie in two splits.
    """
    best: dict[str, int] = {}
    shared: set[str] = set()
    for i, clip in enumerate(clips):
        held = best.setdefault(clip.name, i)
        if clips[held].split != clip.split:
            shared.add(clip.name)
            if _rank(clip.split) < _rank(clips[held].split):
                best[clip.name] = i
    kept = sorted(best.values())
    if shared:
        findings.note(
            f"Error: {_counted(sorted(shared), 'clip', 'clips')} in two splits ({_listed(sorted(shared))}), "
            "kept in test, else in valid, and left out of the others."
        )
    if len(clips) - len(kept) > len(shared):
        findings.note("Some clips come twice in one split: each is kept once.")
    for key, *what in (
        (_speaker, "speaker or video", "speakers or videos"),
        (_long_text, "text of five words or more", "texts of five words or more"),
    ):
        both = _in_two_splits([(key(clips[i]), clips[i].split) for i in kept])
        if both:
            findings.note(f"Leak: {_counted(both, *what)} in two splits ({_listed(sorted(both))}).")
    return kept


def published(path: Path) -> str | None:
    """Which published file `path` is, by how its SHA-256 or SHA-1 begins; None for any other."""
    digests = {"sha256": hashlib.sha256(), "sha1": hashlib.sha1(usedforsecurity=False)}
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            for digest in digests.values():
                digest.update(block)
    for kind, digest in digests.items():
        what = _PUBLISHED[kind].get(digest.hexdigest()[:8])
        if what:
            return f"This is {what} ({kind.upper()} {digest.hexdigest()[:8]}...)."
    return None


def _rank(split: str | None) -> int:
    return _ORDER.index(split) if split in _ORDER else len(_ORDER)


def _speaker(clip: ClipId) -> str | None:
    return clip.speaker


def _long_text(clip: ClipId) -> str | None:
    return " ".join(clip.words) if len(clip.words) >= _LONG_TEXT else None


def _in_two_splits(pairs: Iterable[tuple[str | None, str | None]]) -> list[str]:
    splits: dict[str, set[str]] = defaultdict(set)
    for value, split in pairs:
        if value is not None and split is not None:
            splits[value].add(split)
    return [value for value, found in splits.items() if len(found) > 1]


def _counted(items: Sequence[str], one: str, more: str) -> str:
    return f"1 {one} lies" if len(items) == 1 else f"{len(items)} {more} lie"


def _listed(names: Sequence[str]) -> str:
    shown = [name if len(name) <= 60 else f"{name[:57]}..." for name in names[:5]]
    return ", ".join(shown) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _family(names: Sequence[str]) -> str:
    """What columns called `covarep_0`, `covarep_1` are together."""
    return names[0].rsplit("_", 1)[0]
