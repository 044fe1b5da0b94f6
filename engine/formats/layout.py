"""Reading the parts of a foreign file: splits, lists of text, numbers and sequences, each refused by name if it is not.

Conventions. A *sequence* is one clip's rows (L, D) of one modality, padding included.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from extraction.errors import DataError

SPLITS = {"train": "train", "valid": "valid", "dev": "valid", "test": "test"}  # a file's name -> ours


def splits_of(data: object, name: str) -> dict[str, Mapping[str, Any]]:
    """Our name of each split -> its fields, for a file that is a dictionary of splits; empty ones are left out.

    Raises DataError if it is anything else.
    """
    if not isinstance(data, dict) or not any(key in SPLITS for key in data):
        _refuse(name, "is not a dictionary with train, valid and test")
    found: dict[str, Mapping[str, Any]] = {}
    for key, split in SPLITS.items():
        fields = data.get(key)
        if isinstance(fields, dict) and fields:
            found[split] = fields
        elif fields is not None and not isinstance(fields, dict):
            _refuse(name, f"has a split {key!r} that is not a dictionary")
    if not found:
        _refuse(name, "has no clips in any split")
    return found


def sequences(fields: Mapping[str, Any], key: str, name: str) -> list[NDArray[Any]]:
    """Each clip's (L, D) of `fields[key]`, an array (N, L, D) or a list of arrays. Raises DataError for others."""
    value = fields.get(key)
    if value is None:
        _refuse(name, f"has no {key!r}")
    found = list(value) if isinstance(value, list | np.ndarray) else []
    if not found or not all(is_rows(item) for item in found) or len({item.shape[1] for item in found}) > 1:
        _refuse(name, f"has a {key!r} that is not one array of numbers (clips, rows, columns)")
    return found


def is_rows(value: object) -> bool:
    """Whether `value` is an array of numbers with rows and columns."""
    return isinstance(value, np.ndarray) and value.ndim == 2 and value.dtype.kind in "fiu" and value.shape[1] > 0


def numbers(value: object, key: str, name: str) -> list[float]:
    """Each clip's first number: labels come as (N,), (N, 1), (N, 1, 1) and, with emotions behind, (N, 1, 7)."""
    try:
        array = np.asarray(value, dtype=np.float64)
        return [round(float(row), 6) for row in array.reshape(len(array), -1)[:, 0]]  # float32's 1.8 is 1.79999995
    except (TypeError, ValueError, IndexError):
        _refuse(name, f"has a {key!r} that is not a number for each clip")


def texts(value: object, key: str, name: str) -> list[str]:
    """One text a clip. Raises DataError if `value` is not a list or array of text or bytes."""
    if not isinstance(value, list | tuple | np.ndarray) or (isinstance(value, np.ndarray) and value.ndim != 1):
        _refuse(name, f"has a {key!r} that is not a text for each clip")
    return [text(item, key, name) for item in value]


def text(value: object, key: str, name: str) -> str:
    """`value` as text: bytes are UTF-8, else Latin-1; half a surrogate pair becomes a question mark."""
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return value.decode("latin-1")
    if not isinstance(value, str):
        _refuse(name, f"has a {key!r} that is not text")
    return str(value).encode("utf-8", "replace").decode("utf-8")


def same_length(parts: Mapping[str, Sequence[object]], name: str) -> int:
    """How many clips every part has. Raises DataError if they differ."""
    counts = {key: len(part) for key, part in parts.items()}
    if len(set(counts.values())) > 1:
        _refuse(name, f"has parts of different lengths ({', '.join(f'{k} {n}' for k, n in counts.items())})")
    return next(iter(counts.values()))


def _refuse(name: str, what: str) -> NoReturn:
    raise DataError(f"{name} {what}: give a file of the format named, or name another format.")
