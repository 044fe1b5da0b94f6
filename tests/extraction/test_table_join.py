"""Tables of a clip each, put together, are the table of all those clips."""

import dataclasses

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from synthetic import clip

from extraction import store, table_join
from extraction.errors import TableError
from extraction.store import Entry, make_table, write_table
from extraction.table_join import Piece, PieceError, is_piece, join


@pytest.fixture(autouse=True)
def small_groups(monkeypatch):
    """Row groups of four words, so that clips lie in several."""
    monkeypatch.setattr(store, "GROUP", 4)
    monkeypatch.setattr(table_join, "GROUP", 4)


def entries(lengths):
    rng = np.random.default_rng(0)
    said = ((0.5, "train", "ann"), (None, None, None), (-3.0, "test", "bob"))
    return [Entry(clip(rng, f"c{i}", n, missing=0.3), *said[i % 3]) for i, n in enumerate(lengths)]


def pieces_of(folder, clips):
    """Each clip in a table of its own, under another name and without what the whole says of it."""
    for number, entry in enumerate(clips):
        alone = Entry(dataclasses.replace(entry.aligned, clip=f"part {number}"))
        write_table(make_table([alone]), folder / f"{number}.parquet")
        yield Piece(folder / f"{number}.parquet", entry.aligned.clip, entry.label, entry.split, entry.speaker)


@pytest.mark.slow
@pytest.mark.parametrize("lengths", [(1,), (4,), (3, 4, 1, 9, 2, 2), (4, 4, 4), (20, 1), (1, 1, 1, 17), (12, 13)])
def test_the_bytes_are_those_of_the_table_written_at_once(tmp_path, lengths):
    clips = entries(lengths)
    write_table(make_table(clips), tmp_path / "at once.parquet")
    assert join(pieces_of(tmp_path, clips), tmp_path / "joined.parquet") == sum(lengths)
    assert (tmp_path / "joined.parquet").read_bytes() == (tmp_path / "at once.parquet").read_bytes()


@pytest.mark.slow
def test_no_more_than_a_row_group_of_words_is_held(tmp_path, monkeypatch):
    pieces = list(pieces_of(tmp_path, entries((400,))))
    monkeypatch.setattr(table_join, "write_rows", lambda groups, path: max(rows.nbytes for rows in groups))
    before = pa.total_allocated_bytes()
    held = []

    def called(rows, piece):
        held.append(pa.total_allocated_bytes() - before)
        return rows

    monkeypatch.setattr(table_join, "_called", called)
    group = join(pieces, tmp_path / "joined.parquet")
    assert len(held) == 100
    assert max(held) < 20 * group < pq.ParquetFile(pieces[0].path).read().nbytes


def test_a_piece_that_is_gone_is_named_and_an_older_table_stays(tmp_path):
    path = tmp_path / "joined.parquet"
    path.write_bytes(b"older")
    pieces = list(pieces_of(tmp_path, entries((3, 2))))
    pieces[1].path.unlink()
    with pytest.raises(PieceError) as error:
        join(pieces, path)
    assert error.value.piece == pieces[1]
    assert path.read_bytes() == b"older"
    assert not list(tmp_path.glob("*.partial"))


def test_pieces_that_do_not_belong_together_are_refused(tmp_path):
    one, two = pieces_of(tmp_path, entries((3, 2)))
    with pytest.raises(TableError, match="Two clips are called 'c0'"):
        join([one, dataclasses.replace(two, clip="c0")], tmp_path / "joined.parquet")
    (other,) = entries((2,))
    fewer = {m: stream for m, stream in other.aligned.streams.items() if m != "V"}
    write_table(make_table([Entry(dataclasses.replace(other.aligned, streams=fewer))]), two.path)
    with pytest.raises(TableError, match="Clip 'c1' has other features than the first clip"):
        join([one, two], tmp_path / "joined.parquet")
    with pytest.raises(TableError, match="no clips"):
        join([], tmp_path / "joined.parquet")


def test_only_a_whole_table_of_one_clip_is_a_piece(tmp_path):
    (piece,) = pieces_of(tmp_path, entries((30,)))
    whole = piece.path.read_bytes()
    assert is_piece(piece.path)
    for damage in (whole[:-9], whole[: len(whole) // 2], whole[:900] + b"\0" * 200 + whole[1100:], b"", b"words"):
        piece.path.write_bytes(damage)
        assert not is_piece(piece.path)
    assert not is_piece(tmp_path / "nothing.parquet")
    write_table(make_table(entries((2, 3))), piece.path)
    assert not is_piece(piece.path)
