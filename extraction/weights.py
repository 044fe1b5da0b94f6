"""Where model weights are found, and the proof that they are the published ones.

Weights are looked for in this order, and every file is held to its published SHA-256 before a path is handed out:

1. the user's path: the argument, else the environment variable;
2. the copy inside an installed Python package, found without importing the package;
3. an earlier official download in the user's cache folder.

Nothing here opens a connection but `download`, and nothing calls `download` unasked. From a shell,
`python -m extraction.weights face-landmarker` does.

The models themselves are described in `published`.
"""

from __future__ import annotations

import atexit
import hashlib
import http.client
import os
import shutil
import sys
import tempfile
import urllib.request
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO

import platformdirs

from extraction.errors import WeightsError
from extraction.published import FACE_LANDMARKER, MINILM, RECOGNISERS, REGISTRY, WHISPER_BASE, WeightFile, Weights

__all__ = [
    "FACE_LANDMARKER",
    "MINILM",
    "RECOGNISERS",
    "REGISTRY",
    "WHISPER_BASE",
    "Weights",
    "cache_folder",
    "download",
    "locate",
]

_TIMEOUT = 60.0  # seconds a download may stand still


def locate(weights: Weights, given: Path | None = None) -> Path:
    """Return the path of verified weights: a file for a single-file model, else its folder.

    Verified once a process and place, since hashing is the cost (about a tenth of a second per 100 MB).

    Raises:
        WeightsError: a path the user gave is missing or holds another file (found and expected hashes are named), or
            no copy was found at all (the three ways to have one are named).
    """
    variable = os.environ.get(weights.variable)
    own = given if given is not None else Path(variable) if variable else None
    return _locate(weights, own.absolute() if own else None, cache_folder())


def download(weights: Weights) -> Path:
    """Fetch `weights` from their official place into the user's cache and return the path, as `locate` does.

    Raises:
        WeightsError: the place cannot be reached, the cache cannot be written, or what came has another hash.
    """

    def fetch(file: WeightFile, target: BinaryIO) -> None:
        try:
            with urllib.request.urlopen(file.url, timeout=_TIMEOUT) as source:  # noqa: S310 (https, a constant)
                shutil.copyfileobj(source, target, 1 << 20)
        except (OSError, http.client.HTTPException) as error:
            raise WeightsError(
                f"{file.url} could not be fetched ({error}): connect to the internet, "
                f"or set {weights.variable} to a copy of your own."
            ) from error

    try:
        folder = _gather(weights, _cached(weights, cache_folder()), fetch)
    except OSError as error:
        raise WeightsError(f"The cache folder {cache_folder()} cannot be written: free space or allow it.") from error
    _locate.cache_clear()
    return _entry(weights, folder)


def cache_folder() -> Path:
    """The user's cache folder of this program; holds downloads and joined parts, and may be deleted at any time."""
    return Path(platformdirs.user_cache_dir("seq2seq2sentiment", appauthor=False))


@cache
def _locate(weights: Weights, own: Path | None, folder: Path) -> Path:
    if own is not None:
        fault = _fault(weights, own)
        if fault:
            raise WeightsError(
                f"The {weights.what} at {own} cannot be used, because {fault}: give the published copy, "
                f"or none (and no {weights.variable}) to use the packaged one."
            )
        return own
    packaged, fault = _packaged(weights, folder)
    if packaged is not None:
        return packaged
    downloaded = _entry(weights, _cached(weights, folder))
    if downloaded.exists() and _fault(weights, downloaded) is None:
        return downloaded
    raise WeightsError(
        f"The {weights.what} was not found{f' whole ({fault})' if fault else ''}: set {weights.variable} to a copy, "
        f"install {weights.requirements}, or fetch it with `python -m extraction.weights {weights.name}`."
    )


def _packaged(weights: Weights, folder: Path) -> tuple[Path | None, str | None]:
    """The verified packaged copy, unpacked first where it comes in parts or in a zip; or None and what is wrong."""
    places = {part: _resource(part) for file in weights.files for part in file.parts}
    found = {part: path for part, path in places.items() if path is not None}
    if len(found) < len(places):
        return None, None
    if all(len(file.parts) == 1 and not file.member for file in weights.files):
        packaged = _entry(weights, found[weights.files[0].parts[0]].parent)
        fault = _fault(weights, packaged)
        return (None, fault) if fault else (packaged, None)
    try:
        return _entry(weights, _unpacked(weights, found, folder)), None
    except WeightsError as error:
        return None, str(error).rstrip(".")


def _unpacked(weights: Weights, places: Mapping[str, Path], folder: Path) -> Path:
    """Unpack the packaged parts into the cache, or into a folder of this process where it cannot be written."""
    folder = _cached(weights, folder)
    if folder.is_dir() and _fault(weights, _entry(weights, folder)) is None:
        return folder
    with _unpacking(places) as write:
        try:
            return _gather(weights, folder, write)
        except OSError:
            private = Path(tempfile.mkdtemp(prefix="seq2seq2sentiment-"))
            atexit.register(shutil.rmtree, private, ignore_errors=True)
            return _gather(weights, private / weights.name, write)


@contextmanager
def _unpacking(places: Mapping[str, Path]) -> Iterator[Callable[[WeightFile, BinaryIO], None]]:
    """What writes a file from its parts; a zip is joined and hashed once for all its members."""

    def join(parts: Sequence[str], target: BinaryIO) -> None:
        for part in parts:
            with places[part].open("rb") as source:
                shutil.copyfileobj(source, target, 1 << 20)

    with ExitStack() as opened:

        @cache
        def archive(parts: tuple[str, ...], sha256: str) -> zipfile.ZipFile:
            whole = opened.enter_context(tempfile.TemporaryFile())
            join(parts, whole)
            whole.seek(0)
            found = hashlib.file_digest(whole, "sha256").hexdigest()
            if found != sha256:
                raise WeightsError(f"The zip in the packages has SHA-256 {found} where the known one has {sha256}.")
            return opened.enter_context(zipfile.ZipFile(whole))

        def write(file: WeightFile, target: BinaryIO) -> None:
            if file.member is None:
                join(file.parts, target)
                return
            with archive(file.parts, file.member.zip_sha256).open(file.member.path) as source:
                shutil.copyfileobj(source, target, 1 << 20)

        yield write


def _gather(weights: Weights, folder: Path, write: Callable[[WeightFile, BinaryIO], None]) -> Path:
    """Fill `folder` by `write`, whole and verified or not at all: written aside, hashed, then renamed into place.

    Two processes may do this at once: whoever renames second finds the same bytes there and drops its own.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        fresh = aside / "new"
        for file in weights.files:
            path = fresh / file.name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as target:
                write(file, target)
        fault = _fault(weights, _entry(weights, fresh))
        if fault:
            raise WeightsError(f"The {weights.what} that came is not the published one: {fault}.")
        if folder.exists() and _fault(weights, _entry(weights, folder)) is not None:
            folder.rename(aside / "damaged")
        try:
            fresh.rename(folder)
        except OSError:
            if _fault(weights, _entry(weights, folder)) is not None:
                raise
        return folder
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _fault(weights: Weights, path: Path) -> str | None:
    """What is wrong with the copy at `path`, as half a sentence, or None."""
    for file in weights.files:
        place = path / file.name if weights.is_folder else path
        if not place.is_file():
            return f"there is no file {place.name} in it" if weights.is_folder else "there is no such file"
        try:
            with place.open("rb") as stream:
                found = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as error:
            return f"{place.name} cannot be read ({error.strerror})"
        if found != file.sha256:
            return f"{place.name} has SHA-256 {found} where the published file has {file.sha256}"
    return None


def _resource(part: str) -> Path | None:
    """The file `package/path/in/it` of an installed top-level package, which is not imported; None without it."""
    package, _, inside = part.partition("/")
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / inside
        if path.is_file():
            return path
    return None


def _entry(weights: Weights, folder: Path) -> Path:
    return folder if weights.is_folder else folder / weights.files[0].name


def _cached(weights: Weights, folder: Path) -> Path:
    return folder / f"{weights.name}-{weights.files[0].sha256[:12]}"


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in REGISTRY:
        sys.exit(f"usage: python -m extraction.weights {{{','.join(REGISTRY)}}}")
    try:
        print(download(REGISTRY[sys.argv[1]]))
    except WeightsError as error:
        sys.exit(str(error))
