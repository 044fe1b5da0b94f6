"""The recognisers that are fetched when somebody asks: faster-whisper's own list of models, by names of sizes.

They come from the Hugging Face hub (or its mirror in HF_ENDPOINT) by faster-whisper's `download_model`, into the user's
cache folder, whole or not at all: written aside, held to the hashes the hub gave with them, then renamed into place.
Nothing here opens a connection but `fetch`, and nothing calls `fetch` unasked. `base` and `tiny.en` are not among
them: those come in packages, with hashes that are known beforehand (`published`).
"""

from __future__ import annotations

import errno
import hashlib
import logging
import re
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import cast

from extraction.errors import InputError, WeightsError
from extraction.weights import RECOGNISERS, cache_folder

_NEEDED = (("model.bin",), ("config.json",), ("tokenizer.json",), ("vocabulary.txt", "vocabulary.json"))
_SHA256 = re.compile("[0-9a-f]{64}")
_NOTES = Path(".cache", "huggingface")  # where the hub's library notes what it fetched, in the folder it fetched into
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EPERM, errno.EROFS})


def sizes() -> tuple[str, ...]:
    """Every name that `fetch` knows."""
    from faster_whisper import available_models

    return tuple(name for name in available_models() if name not in RECOGNISERS)


def fetched() -> tuple[str, ...]:
    """The names of those that were, in order."""
    folder = _folder()
    return tuple(sorted(path.name for path in folder.glob("[!.]*") if lacking(path) is None))


def find_size(name: str) -> Path | None:
    """The folder of a recogniser of this name; None where there is none of that name.

    Raises:
        WeightsError: there is, but it was not fetched yet.
    """
    if name in fetched():
        return _folder() / name
    if name in sizes():
        raise WeightsError(f"The recogniser {name} is not on this machine: fetch it with {command(name)}.")
    return None


def command(name: str) -> str:
    """What to type to have it."""
    return f"`s2s weights --download {name}`"


def lacking(folder: Path) -> str | None:
    """Which file a whole model would have and `folder` has not, or None.

    Without its tokenizer the library would go looking for one on the network.
    """
    for names in _NEEDED:
        if not any((folder / name).is_file() for name in names):
            return " or ".join(names)
    return None


def fetch(name: str) -> Path:
    """Download the recogniser of this name and return its folder; one that is there already is replaced.

    Raises:
        InputError: there is none of that name.
        WeightsError: downloads are forbidden, the hub cannot be reached or gives no whole model, or the cache folder
            cannot be written.
    """
    if name not in sizes():
        raise InputError(f"There is no recogniser {name!r} to download: the names are {', '.join(sizes())}.")
    folder = _folder() / name
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{name}.", dir=folder.parent))
        try:
            fresh = aside / "new"
            _download(name, fresh)
            _check(name, fresh)
            shutil.rmtree(fresh / _NOTES.parent, ignore_errors=True)
            if folder.exists():
                folder.rename(aside / "old")
            fresh.rename(folder)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except OSError as error:
        raise WeightsError(
            f"The cache folder {cache_folder()} cannot be written ({error.strerror}): free space or allow it."
        ) from error
    return folder


def _download(name: str, folder: Path) -> None:
    """Everything of a model into `folder`. Raises WeightsError, or OSError where the disk is at fault."""
    from faster_whisper import download_model
    from huggingface_hub import constants
    from huggingface_hub.errors import HfHubHTTPError

    if constants.HF_HUB_OFFLINE:
        raise WeightsError(f"HF_HUB_OFFLINE forbids downloads: unset it for {command(name)}.")
    trouble = cast(tuple[type[Exception], ...], (OSError, *HfHubHTTPError.__bases__))  # the disk's, the web client's
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # it tells of every further try
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of little room, which may yet do
            download_model(name, output_dir=str(folder))
    except trouble as error:
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            raise
        cause = error.__cause__ or error
        reason = f"HTTP {cause.response.status_code}" if isinstance(cause, HfHubHTTPError) else type(cause).__name__
        raise WeightsError(
            f"The recogniser {name} could not be fetched from {constants.ENDPOINT} ({reason}): connect to the internet "
            "and try again, or give the folder of a copy."
        ) from error


def _check(name: str, folder: Path) -> None:
    """Raise WeightsError unless all files of a model are there, those with a published SHA-256 as published."""
    missing = lacking(folder)
    if missing:
        raise WeightsError(f"The recogniser {name} that came holds no {missing}: try again, or take another size.")
    for note in (folder / _NOTES / "download").glob("*.metadata"):
        published = next(filter(_SHA256.fullmatch, note.read_text().split()), None)  # a large file's tag is its hash
        with (folder / note.stem).open("rb") as file:
            if published and hashlib.file_digest(file, "sha256").hexdigest() != published:
                raise WeightsError(f"The recogniser {name} came damaged: {note.stem} is not as published; try again.")


def _folder() -> Path:
    return cache_folder() / "faster-whisper"
