"""Word tables of one clip each, put together into one, with no more than a row group of any of them in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from extraction.errors import TableError
from extraction.store import GROUP, schema_of, specs_of, write_rows
from extraction.word_table import measured_otherwise, named_twice, no_clips


@dataclass(frozen=True)
class Piece:
    """A word table of one clip, and what that clip is called in the whole; label, split and speaker as in `Entry`."""

    path: Path
    clip: str
    label: float | None = None
    split: str | None = None
    speaker: str | None = None


class PieceError(Exception):
    """A piece is gone or damaged. Attribute: piece."""

    def __init__(self, piece: Piece) -> None:
        super().__init__(piece.path)
        self.piece = piece


def join(pieces: Iterable[Piece], path: Path) -> int:
    """Write one table of all pieces, in their order, whole or not at all; the bytes are those of `write_table`.

    Returns:
        The number of words.

    Raises:
        PieceError: a piece is not a word table of one clip.
        TableError: pieces were measured differently, two clips share a name, there is none, or no room.
    """
    return write_rows(_regrouped(_rows(pieces)), path)


def is_piece(path: Path) -> bool:
    """Whether a file is a word table of one clip, whole."""
    try:
        for _ in _read(Piece(path, "")):
            pass  # damage shows where it is read
    except PieceError:
        return False
    return True


def _rows(pieces: Iterable[Piece]) -> Iterator[pa.Table]:
    """The pieces' rows in parts of at most a row group, each clip called as in the whole."""
    schema: pa.Schema | None = None
    names: set[str] = set()
    for piece in pieces:
        if piece.clip in names:
            raise named_twice(piece.clip)
        names.add(piece.clip)
        for rows in _read(piece):
            schema = schema or rows.schema
            if not rows.schema.equals(schema, check_metadata=True):
                raise measured_otherwise(piece.clip)
            yield _called(rows, piece)
    if not names:
        raise no_clips()


def _read(piece: Piece) -> Iterator[pa.Table]:
    """The rows of one piece, a row group at a time."""
    try:
        with pq.ParquetFile(piece.path) as file:
            schema = schema_of(specs_of(file.schema_arrow, piece.path))
            if not file.metadata.num_rows:
                raise PieceError(piece)
            clips: set[str] = set()
            for group in range(file.num_row_groups):
                rows = file.read_row_group(group, columns=schema.names).cast(schema)
                clips.update(rows["clip"].unique().to_pylist())
                if len(clips) != 1:
                    raise PieceError(piece)
                yield rows
    except (pa.ArrowException, OSError, KeyError, ValueError, TableError) as error:
        raise PieceError(piece) from error


def _called(rows: pa.Table, piece: Piece) -> pa.Table:
    """The rows with what the whole says of their clip."""
    for name in ("clip", "label", "split", "speaker"):
        column = pa.repeat(pa.scalar(getattr(piece, name), rows.schema.field(name).type), len(rows))
        rows = rows.set_column(rows.schema.get_field_index(name), rows.schema.field(name), column)
    return rows


def _regrouped(parts: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The same rows in tables of `GROUP` rows; the last may hold fewer."""
    held: list[pa.Table] = []
    count = 0
    for part in parts:
        held.append(part)
        count += len(part)
        while count >= GROUP:
            rows = pa.concat_tables(held)
            yield rows.slice(0, GROUP).combine_chunks()
            count -= GROUP
            held = [rows.slice(GROUP)]
    if count:
        yield pa.concat_tables(held).combine_chunks()
