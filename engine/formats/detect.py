"""Which format a foreign file is in, told from what it holds and not from its name.

HDF5 with `<root>/data` is CMU-MultimodalSDK, a folder of HDF5 files with `y_train.h5` is MFN's; a pickle's keys tell
MMSA, MulT and MMSA-FET apart, and what a list's entries hold MISA from MMIM; a CSV file's header tells label.csv.
Pickles are opened as data: nothing in them runs.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Literal, get_args

from engine.formats import hdf5
from engine.formats.folder import is_folder_of_clips
from engine.formats.label_csv import COLUMNS
from engine.formats.layout import SPLITS
from engine.formats.restricted_pickle import load
from extraction.errors import DataError, InputError

Format = Literal["mmsa", "mult", "misa", "mmim", "mfn", "csd", "fet", "label-csv"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)

_PARQUET: Final = b"PAR1"
_PICKLE: Final = b"\x80"  # how protocols from 2 on begin
_PICKLE_SUFFIXES: Final = {".pkl", ".pickle", ".p"}  # older ones are told by their name


def detect(paths: Sequence[Path]) -> Format:
    """The format of `paths`, which is one file or folder, or the several `.csd` files of one dataset.

    Raises:
        InputError: several paths that are not all `.csd` files, or something that needs no import.
        DataError: a path is missing, damaged, or in no format known here; the sentence names those that are.
    """
    if not paths:
        raise InputError("There is nothing to import: give a file.")
    formats = [_detect(path) for path in paths]
    if len(formats) > 1 and set(formats) != {"csd"}:
        raise InputError(f"{len(paths)} files were given: give one, or the .csd files of one dataset.")
    return formats[0]


def _detect(path: Path) -> Format:
    if path.is_dir():
        return _of_folder(path)
    try:
        with path.open("rb") as file:
            start = file.read(len(hdf5.SIGNATURE))
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}): check the path.") from error
    if start == hdf5.SIGNATURE:
        found = _of_hdf5(path)
    elif start.startswith(_PARQUET):
        raise InputError(f"{path.name} is a Parquet file: a word table needs no import.")
    elif start.startswith(_PICKLE) or path.suffix.lower() in _PICKLE_SUFFIXES:
        found = _of_pickle(load(path))
    else:
        found = "label-csv" if _has_columns(path) else None
    return found or _unknown(path)


def _of_folder(path: Path) -> Format:
    if is_folder_of_clips(path):
        raise InputError(f"{path.name} holds clips that nothing was measured in yet: give it to `s2s extract`.")
    return "mfn" if any((path / f"y_{split}.h5").is_file() for split in SPLITS) else _unknown(path)


def _of_hdf5(path: Path) -> Format | None:
    with hdf5.opened(path) as file:
        roots = [file[root] for root in file]
        if roots and hasattr(roots[0], "keys") and "data" in roots[0]:
            return "csd"
        if len(roots) == 1 and hasattr(roots[0], "dtype"):
            raise InputError(f"{path.name} is one array of several: give MFN's folder {path.parent} in its place.")
    return None


def _of_pickle(data: object) -> Format | None:
    if isinstance(data, list):
        return _of_list(data)
    if not isinstance(data, dict):
        return None
    parts = [data[split] for split in SPLITS if data.get(split) is not None]
    for part in parts:
        if isinstance(part, list) and part:
            return _of_list(part)
        if isinstance(part, Mapping) and part:
            return "mmsa" if any(str(key).startswith("regression_labels") for key in part) else _of_mult(part)
    return "fet" if not parts and {"text", "audio", "vision"} & set(data) else None


def _of_mult(part: Mapping[str, object]) -> Format | None:
    return "mult" if {"text", "labels"} <= set(part) else None


def _of_list(clips: Sequence[object]) -> Format | None:
    """MISA's clips hold word ids, visual, acoustic and perhaps words; MMIM's two lengths beside."""
    first = clips[0] if clips else None
    if not isinstance(first, tuple | list) or len(first) != 3 or not isinstance(first[0], tuple | list):
        return None
    held = len(first[0])
    return "mmim" if held >= 6 else "misa" if held >= 3 else None


def _has_columns(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = next(csv.reader([file.readline(1 << 16)]), [])
    except (UnicodeDecodeError, csv.Error, OSError):
        return False
    return set(COLUMNS) <= set(header)


def _unknown(path: Path) -> Format:
    raise DataError(
        f"{path.name} is in no format known here ({', '.join(FORMATS)}): give such a file, "
        "or say with --format which it is."
    )
