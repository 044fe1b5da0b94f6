"""What is done of a corpus, on disk: one small word table a clip in a folder beside the table to be.

A part is called by a digest over everything that decides its bytes, so that a changed file, transcript, option or
version is another part, and label, split, speaker and name, which do not, may change freely. It is written whole, by
the process that read the clip. A clip under way has a mark, by which the clips that a killed process was reading are
known. What was said of a clip (`Aligned.warnings`) lies in the metadata of its part, and does not get into the table.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from extraction.corpus.clip_list import Item
from extraction.errors import TableError
from extraction.store import FORMAT, Entry, make_table, reason_of, write_table
from extraction.table_join import Piece, PieceError, is_piece, join
from extraction.types import Aligned, FeatureSpec, Modality

# Of what reads clips and finds words and times; the tools behind the feature specs are named in these.
_WARNINGS: Final = "s2s_warnings"  # a key of a part's metadata, whose value is a JSON list of sentences
_DECISIVE: Final = ("seq2seq2sentiment", "av", "faster-whisper", "ctranslate2", "pocketsphinx", "numpy")


class Parts:
    """The parts of the table at `output`, in `.<its name>.parts/` beside it."""

    def __init__(self, output: Path) -> None:
        self.folder = output.absolute().with_name(f".{output.name}.parts")

    def open(self) -> None:
        """Make the folder; marks of an earlier run go. Raises TableError if it cannot be written."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for mark in self.folder.glob("*.reading"):
                mark.unlink(missing_ok=True)
        except OSError as error:
            raise _unwritable(self.folder, error) from error

    def keys(self) -> set[str]:
        """Of all parts, whole or not."""
        return {path.stem for path in self.folder.glob("*.parquet")}

    def warnings(self, key: str) -> tuple[str, ...] | None:
        """What was said of the clip of this part; None unless the part is there and whole."""
        if not is_piece(self._path(key)):
            return None
        return tuple(json.loads(pq.read_schema(self._path(key)).metadata[_WARNINGS.encode()]))

    def keep(self, key: str, aligned: Aligned) -> None:
        """Write a part. Raises TableError if there is no room, with a sentence that says how to go on."""
        notes = {_WARNINGS: json.dumps(aligned.warnings)}
        try:
            write_table(make_table([Entry(replace(aligned, clip=key))]), self._path(key), notes)
        except TableError as error:
            if isinstance(error.__cause__, OSError):
                raise _unwritable(self.folder, error.__cause__) from error.__cause__
            raise

    def join(self, done: Iterable[tuple[Item, str]], output: Path) -> None:
        """Put parts together as the clips of the table they become.

        Raises TableError if one is gone, or as `table_join.join` does.
        """
        pieces = (Piece(self._path(key), item.clip, item.label, item.split, item.speaker) for item, key in done)
        try:
            join(pieces, output)
        except PieceError as error:
            raise TableError(
                f"What was read of {error.piece.clip} is no longer in {self.folder}: let one run at a time write this "
                "table (workers elsewhere must see the same folder), then run the same command again."
            ) from error

    def begin(self, clip: int) -> None:
        """Mark the clip of this number as under way. Raises TableError if there is no room."""
        try:
            self._mark(clip).touch()
        except OSError as error:
            raise _unwritable(self.folder, error) from error

    def end(self, clip: int) -> None:
        """Take the mark away; where it may not be, it stays, which says nothing of a clip that has an outcome."""
        with suppress(OSError):
            self._mark(clip).unlink()

    def begun(self) -> set[int]:
        """The clips marked as under way."""
        return {int(mark.stem) for mark in self.folder.glob("*.reading")}

    def keep_only(self, keys: Collection[str]) -> None:
        """Remove whatever is not one of these parts and may be removed, and the folder if nothing is left."""
        if not keys:
            shutil.rmtree(self.folder, ignore_errors=True)
            return
        for path in self.folder.iterdir():
            if path.suffix != ".parquet" or path.stem not in keys:
                with suppress(OSError):
                    path.unlink()

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.parquet"

    def _mark(self, clip: int) -> Path:
        return self.folder / f"{clip}.reading"


def key_of(item: Item, options: Mapping[str, object], specs: Mapping[Modality, FeatureSpec]) -> str:
    """The name of a clip's part: a digest over the media file, what is said in it, options, specs and versions.

    The names of the two files, which warnings give, are in it; the folders they lie in are not.

    Hashing costs about 1 ms a MB, reading the clip some thousand times that. Raises OSError if a file cannot be read.
    """
    with item.path.open("rb") as file:
        media = hashlib.file_digest(file, "sha256").hexdigest()
    said: object = item.text
    if isinstance(item.text, Path):
        said = [item.text.name, hashlib.sha256(item.text.read_bytes()).hexdigest()]
    decisive = {
        "media": [item.path.name, media],
        "said": said,
        "options": options,
        "specs": {modality: spec.fingerprint for modality, spec in specs.items()},
        "versions": _versions(),
        "format": FORMAT,
    }
    return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()[:32]


@cache
def _versions() -> dict[str, str]:
    return {name: version(name) for name in _DECISIVE}


def _unwritable(folder: Path, error: OSError) -> TableError:
    return TableError(
        f"What was read cannot be kept in {folder} ({reason_of(error)}): make room or choose another place, then run "
        "the same command to go on."
    )
