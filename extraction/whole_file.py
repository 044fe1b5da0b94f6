"""Files written whole or not at all: a temporary one beside the target takes its place once it is complete.

It is on the disk before it takes the place, so that a power cut leaves the old file or the new one.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from extraction.errors import InputError


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Have `write` fill a temporary file, then rename it to `path`; its folder is made where it is missing.

    Raises whatever `write` raises, and OSError; nothing is left behind then, and an older `path` stays as it was.
    """
    partial = _partial(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(partial)
        _reach_the_disk(partial)
        partial.replace(path)
    except BaseException:
        with suppress(OSError):
            partial.unlink()
        raise


def check_place(path: Path) -> None:
    """Before long work: whether a file a user named can be written. Its folder must be there: a new one may be a typo.

    Raises InputError where `write_whole` would fail then, because of rights, a full disk or a name; leaves nothing.
    """
    partial = _partial(path)
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        partial.touch()
        partial.unlink()
    except OSError as error:
        why = error.strerror
        if isinstance(error, FileNotFoundError):
            missing = "no file can be made in" if path.parent.is_dir() else "there is no folder"
            why = f"{missing} {path.parent}"
        raise InputError(f"{path} cannot be written ({why}): choose another place.") from error


def _partial(path: Path) -> Path:
    """The temporary file of this process beside `path`."""
    return path.with_name(f".{path.name}.{os.getpid()}.partial")


def _reach_the_disk(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
