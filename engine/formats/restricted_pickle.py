"""Pickles read as data: whatever a file asks to run is refused, and nothing of it ever runs.

A pickle is a program that may call what it names; Python's own unpickler runs it. `pickle_machine` follows the same
instructions without being able to call anything but the readers of arrays and plain containers.

Conventions. Files of Python 2 and 3, protocols 0 to 5, and NumPy's old and new module names are understood. Byte
strings of Python 2 become text (UTF-8, else Latin-1), ordered and default dictionaries plain ones. Arrays share the
bytes read and cannot be written to. A file may not grow: values it uses many times over count each time.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from engine.formats.pickle_machine import Machine, OldText, PendingArray, PendingDtype, Refused
from extraction.errors import DataError

_GROWTH = 16  # times the file's size that values used many times over may come to
_ALWAYS = 1_000_000  # ... and this much in any case


def load(path: Path) -> object:
    """The value pickled in `path`: dictionaries, lists, tuples, text, bytes, numbers, None and NumPy arrays.

    Raises:
        DataError: the file cannot be read, is no pickle, is cut short or damaged, asks to run anything, or would fill
            far more memory than it is long.
    """
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            if not size:
                raise DataError(f"{path.name} is empty: get the file again from its source.")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return _read(data, size, path.name)
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror or error}): check the path.") from error


def _read(data: mmap.mmap, size: int, name: str) -> object:
    if data[:4] == b"PK\x03\x04":
        raise DataError(f"{name} is a zip archive: unpack it and give the pickle in it.")
    try:
        return _Finish(_ALWAYS + _GROWTH * size).value(Machine(data).run())
    except Refused as refused:
        raise DataError(
            f"{name} asks to {refused}, which no data file needs: do not open it, and get the data from its publisher."
        ) from None
    except RecursionError:
        raise DataError(f"{name} is nested too deeply for a data file: get the data from its publisher.") from None
    except _Grown:
        raise DataError(
            f"{name} would fill far more memory than it is long: do not open it, and get the data from its publisher."
        ) from None
    except (ValueError, LookupError, TypeError, OverflowError, MemoryError) as error:
        if data.tell() >= size:
            raise DataError(f"{name} is cut short, or is not a pickle: get the whole file again.") from error
        raise DataError(f"{name} is not a pickle, or is damaged: get the file again from its source.") from error


class _Grown(Exception):
    """The values used many times over come to too much."""


@dataclass
class _Finish:
    """Puts arrays and text where the machine left them pending, and counts what everything comes to, in bytes."""

    limit: int
    done: dict[int, tuple[object, int]] = field(default_factory=dict)  # by id: the value, and its count
    open: set[int] = field(default_factory=set)
    kept: list[object] = field(default_factory=list)  # so that no id is given twice

    def value(self, raw: object) -> object:
        return self._counted(raw)[0]

    def _counted(self, raw: object) -> tuple[object, int]:
        if isinstance(raw, OldText):
            return _decoded(raw), 1
        if raw is None or isinstance(raw, bool | int | float | complex | str | bytes | np.generic):
            return raw, 1
        if id(raw) in self.done:
            return self.done[id(raw)]
        if id(raw) in self.open:
            raise ValueError("a container that holds itself")
        self.open.add(id(raw))
        finished = self._container(raw)
        if finished[1] > self.limit:
            raise _Grown
        self.kept.append(raw)
        self.done[id(raw)] = finished
        return finished

    def _container(self, raw: object) -> tuple[object, int]:
        if isinstance(raw, PendingArray) and raw.value is not None:
            array = raw.value
            if not array.dtype.hasobject:
                return array, array.nbytes
            items, count = self._many(array.reshape(-1).tolist())
            objects = np.empty(len(items), dtype=object)
            for i, item in enumerate(items):
                objects[i] = item
            return objects.reshape(array.shape), count
        if isinstance(raw, dict):
            keys, _ = self._many(list(raw))
            values, count = self._many(list(raw.values()))
            return dict(zip(keys, values, strict=True)), count
        if isinstance(raw, list | tuple):
            items, count = self._many(list(raw))
            return (items if isinstance(raw, list) else tuple(items)), count
        raise Refused("hand over a type or a function" if not isinstance(raw, PendingDtype) else "hand over a type")

    def _many(self, raw: list[object]) -> tuple[list[object], int]:
        finished = [self._counted(item) for item in raw]
        return [value for value, _ in finished], 1 + sum(count for _, count in finished)


def _decoded(old: OldText) -> str:
    try:
        return old.decode("utf-8")
    except UnicodeDecodeError:
        return old.decode("latin-1")
