"""HDF5 files of other programs, opened so that whatever is wrong with them is one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from extraction.errors import DataError

SIGNATURE = b"\x89HDF\r\n\x1a\n"


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """The file as an `h5py.File`, to be read within the block.

    Raises DataError if there is no such file, if it is not HDF5, or if anything read from it in the block is damaged.
    """
    import h5py

    if not path.is_file():
        raise DataError(f"There is no file {path}: check the path.")
    try:
        with h5py.File(path, "r") as file:
            yield file
    except OSError as error:  # h5py's own for a foreign, cut or corrupt file
        raise DataError(f"{path.name} is not a readable HDF5 file: give it whole, as it was published.") from error
