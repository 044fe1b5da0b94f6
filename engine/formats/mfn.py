"""The HDF5 folders of the Memory Fusion Network to a word table: `X_*.h5`, or a file a modality, as its `new_data` has.

`X_{train,valid,test}.h5` hold 325 columns: 300 of text, 5 of audio, 20 of video. Else `text_{split}_emb.h5`,
`audio_{split}.h5` and `video_{split}.h5` hold one modality each (ICT-MMMO, POM, YouTube). Either way a file holds one
dataset (N, S, D): N clips of S word-aligned steps, zeros where there is no word (a clip fills the last steps);
`y_{split}.h5` holds the labels (N,).

Conventions here. Zero steps at a clip's ends are padding and left out; a zero row inside is a word that was not
observed. What else counts as missing is decided in `checks`. Labels from 1 to 5 are shifted by -3 and those from 1 to 7
by -4, so that zero is neutral and the mean absolute error keeps its unit. The files hold no words: they are called
`w1`, `w2`, ..., without times.
Source: Zadeh et al. (2018), Memory Fusion Network, arXiv 1802.00927; github.com/pliang279/MFN.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.formats.checks import without_missing
from engine.formats.findings import Findings, Imported
from engine.formats.foreign import columns, untold
from engine.formats.hdf5 import opened
from extraction.errors import DataError
from extraction.store import Entry, make_table
from extraction.types import MODALITIES, MODALITY_NAMES, Aligned, FeatureSpec, Floats, Modality, Stream

SPLITS: Final = ("train", "valid", "test")
_COLUMNS: Final[Mapping[Modality, slice]] = {"T": slice(0, 300), "A": slice(300, 305), "V": slice(305, 325)}  # of X_*
_FILES: Final[Mapping[Modality, tuple[str, ...]]] = {
    "T": ("text_{}_emb.h5", "text_{}.h5"),
    "A": ("audio_{}.h5",),
    "V": ("video_{}.h5",),
}
_RANGES: Final = ((-3, 3, 0), (1, 5, 3), (1, 7, 4))  # lowest label, highest, what is taken off


@dataclass(frozen=True)
class _Part:
    """One split: `raw` modality -> (N, S, D) as the files have it, `labels` (N,)."""

    raw: Mapping[Modality, Floats]
    labels: NDArray[np.float64]


@dataclass(frozen=True)
class _Clip:
    """Row `row` of a split, whose words are the steps `[first, stop)`."""

    split: str
    row: int
    first: int
    stop: int


def read_mfn(folder: Path, modalities: Collection[Modality] = MODALITIES) -> Imported:
    """Read the splits that lie in `folder`; a clip is called `<split>_<position>`, counted from 0.

    A modality of which some split has no file is there unobserved, and a finding says so; one without any file is not
    in the table.

    Raises:
        DataError: the folder has no labels or none of the modalities, or its arrays do not fit each other.
    """
    found = Findings()
    parts = {split: part for split in SPLITS if (part := _read_part(folder, split)) is not None}
    if not parts:
        raise DataError(
            f"{folder} has no split with labels and measurements (y_train.h5 and X_train.h5 or audio_train.h5, ...): "
            "give the folder of an MFN set."
        )
    for split in SPLITS:
        if split not in parts and (folder / f"y_{split}.h5").is_file():
            found.note(f"The split {split} has labels but no measurements and is left out.")
    dims = _dims(folder, parts, modalities)
    specs = {m: _spec(m, dim) for m, dim in dims.items()}
    for modality in specs:
        lacking = [split for split, part in parts.items() if modality not in part.raw]
        if lacking:
            name = MODALITY_NAMES[modality]
            found.note(f"There is no {name} for {' and '.join(lacking)}: it is not observed in these clips.")
    shift = _shift(folder, np.concatenate([part.labels for part in parts.values()]), found)
    clips = _clips(parts, found)
    streams = {m: _streams(spec, parts, clips, found) for m, spec in specs.items()}
    found.note("The files name neither words nor speakers: words are called w1, w2, ... and have no times.")
    return found.imported(
        make_table(
            Entry(
                Aligned(f"{c.split}_{c.row:04d}", untold(c.stop - c.first), {m: s[i] for m, s in streams.items()}, 0.0),
                float(parts[c.split].labels[c.row]) - shift,
                c.split,
            )
            for i, c in enumerate(clips)
        )
    )


def _read_part(folder: Path, split: str) -> _Part | None:
    """A split's arrays, or None if it lacks labels or measurements. Raises DataError if they do not fit each other."""
    labels_path, raw = folder / f"y_{split}.h5", _read_raw(folder, split)
    if not labels_path.is_file() or not raw:
        return None
    labels = _array(labels_path)
    if labels.size != len(labels):
        raise DataError(f"{labels_path.name} has {labels.shape[1:]} numbers a clip: give a file with one label a clip.")
    if any(x.shape[:2] != (len(labels), next(iter(raw.values())).shape[1]) for x in raw.values()):
        shown = ", ".join(f"{MODALITY_NAMES[m]} {x.shape[0]} x {x.shape[1]}" for m, x in raw.items())
        raise DataError(
            f"The {split} files of {folder.name} do not fit each other ({shown}, {len(labels)} labels): "
            "give files of one set."
        )
    return _Part(raw, labels.reshape(-1))


def _read_raw(folder: Path, split: str) -> dict[Modality, Floats]:
    whole = folder / f"X_{split}.h5"
    if whole.is_file():
        x = _array(whole)
        if x.ndim != 3 or x.shape[2] != _COLUMNS["V"].stop:
            raise DataError(f"{whole.name} is of shape {x.shape}: text, audio and video need (clips, steps, 325).")
        return {m: x[:, :, columns] for m, columns in _COLUMNS.items()}
    raw: dict[Modality, Floats] = {}
    for modality, names in _FILES.items():
        path = next((p for name in names if (p := folder / name.format(split)).is_file()), None)
        if path is None:
            continue
        x = _array(path)
        if x.ndim != 3:
            raise DataError(f"{path.name} is of shape {x.shape}: measurements need (clips, steps, columns).")
        raw[modality] = x
    return raw


def _array(path: Path) -> NDArray[Any]:
    """The one dataset of a file, whatever it is called."""
    with opened(path) as file:
        datasets = [file[name] for name in file if hasattr(file[name], "dtype")]
        if len(datasets) != 1 or datasets[0].dtype.kind not in "fiu" or not datasets[0].shape or not datasets[0].size:
            raise DataError(f"{path.name} does not hold one array of numbers: give a file as MFN has it.")
        return np.asarray(datasets[0][()], dtype=np.float64)


def _dims(folder: Path, parts: Mapping[str, _Part], modalities: Collection[Modality]) -> dict[Modality, int]:
    dims: dict[Modality, int] = {}
    for split, part in parts.items():
        for modality, x in part.raw.items():
            if dims.setdefault(modality, x.shape[2]) != x.shape[2]:
                name = MODALITY_NAMES[modality]
                raise DataError(
                    f"The {name} of {split} has {x.shape[2]} columns and that of another split {dims[modality]}: "
                    "give files of one set."
                )
    chosen = {m: dims[m] for m in MODALITIES if m in dims and m in modalities}
    if not chosen:
        raise DataError(
            f"{folder} has no file for any modality asked for: give a folder with audio_train.h5 and so on."
        )
    return chosen


def _spec(modality: Modality, dim: int) -> FeatureSpec:
    name = f"mfn-{MODALITY_NAMES[modality]}-{dim}"
    return FeatureSpec(modality, name, "mfn/words-1", columns(modality, dim))


def _shift(folder: Path, labels: NDArray[np.float64], found: Findings) -> int:
    """What is taken off the labels. Raises DataError if they lie in no known range."""
    for low, high, shift in _RANGES:
        if low <= labels.min() and labels.max() <= high:
            if shift:
                found.note(
                    f"The labels lie in [{low}, {high}]: {shift} is taken off, to [{low - shift}, {high - shift}], so "
                    "that 0 is neutral and a mean absolute error keeps its unit."
                )
            return shift
    raise DataError(
        f"The labels of {folder.name} lie in [{labels.min():g}, {labels.max():g}]: "
        "sentiment in [-3, 3], [1, 5] or [1, 7] is read."
    )


def _clips(parts: Mapping[str, _Part], found: Findings) -> list[_Clip]:
    """Each clip's steps between its ends' padding; a clip of zeros alone is left out."""
    clips: list[_Clip] = []
    for split, part in parts.items():
        something = np.any([(x != 0).any(axis=2) for x in part.raw.values()], axis=0)  # (N, S)
        for row, steps in enumerate(something):
            filled = np.flatnonzero(steps)
            if len(filled):
                clips.append(_Clip(split, row, int(filled[0]), int(filled[-1]) + 1))
        empty = int((~something.any(axis=1)).sum())
        if empty:
            found.note(f"Clips of {split} that are zero throughout and left out: {empty}.")
    if not clips:
        raise DataError("Every clip of the folder is zero throughout: load the files again.")
    return clips


def _streams(spec: FeatureSpec, parts: Mapping[str, _Part], clips: Sequence[_Clip], found: Findings) -> list[Stream]:
    """One stream a clip, not observed where its split has no file of the modality."""
    known = [c for c in clips if spec.modality in parts[c.split].raw]
    rows = [parts[c.split].raw[spec.modality][c.row, c.first : c.stop] for c in known]
    cleaned = dict(zip(known, without_missing(rows, spec.names, found), strict=True))
    streams = []
    for clip in clips:
        values = cleaned.get(clip)
        if values is None:
            values = np.full((clip.stop - clip.first, spec.dim), np.nan, dtype=np.float32)
        streams.append(Stream(spec, values, np.asarray(np.isfinite(values).any(axis=1))))
    return streams
