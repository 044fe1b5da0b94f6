"""A table read a few row groups at a time gives the clips that it gives when read whole."""

import dataclasses

import numpy as np
import pyarrow.parquet as pq
import pytest
from synthetic import clip, table

from extraction import store
from extraction.errors import TableError
from extraction.store import Entry, make_table, read_table, write_table
from extraction.table_stream import TableStream


def same(one, two):
    assert one.aligned.clip == two.aligned.clip
    assert one.aligned.words == two.aligned.words
    assert one.aligned.utterances == two.aligned.utterances
    assert (one.label, one.split, one.speaker) == (two.label, two.split, two.speaker)
    for m in one.aligned.streams:
        np.testing.assert_array_equal(one.aligned.streams[m].values, two.aligned.streams[m].values)
        np.testing.assert_array_equal(one.aligned.streams[m].observed, two.aligned.streams[m].observed)


def written(path, lengths):
    rng = np.random.default_rng(0)
    entries = [Entry(clip(rng, f"c{i}", n, missing=0.2), i / 10, "train", f"s{i}") for i, n in enumerate(lengths)]
    write_table(make_table(entries), path)
    return read_table(path)


@pytest.mark.slow
@pytest.mark.parametrize("group", [1, 3, 4, 7, 100])
@pytest.mark.parametrize("lengths", [(3, 4, 1, 9, 2, 2), (4, 4, 4), (20,), (1, 1, 1, 17), (12, 1)])
def test_any_cut_into_runs_gives_each_clip_once_and_whole(tmp_path, monkeypatch, group, lengths):
    monkeypatch.setattr(store, "GROUP", group)
    path = tmp_path / "table.parquet"
    whole = written(path, lengths)
    stream = TableStream(path)
    assert stream.groups == pq.ParquetFile(path).num_row_groups
    assert len(stream) == len(lengths)
    for run in (1, 2, 3, stream.groups):
        found, number = [], 0
        for first in range(0, stream.groups, run):
            assert stream.first_of(first) == number
            part = list(stream.entries(first, min(first + run, stream.groups), ("T", "A", "V")))
            found, number = found + part, number + len(part)
        assert [e.aligned.clip for e in found] == [f"c{i}" for i in range(len(lengths))]
        for one, two in zip(found, whole, strict=True):
            same(one, two)


def test_no_more_is_read_than_is_asked_for(tmp_path):
    write_table(table(), tmp_path / "table.parquet")
    stream = TableStream(tmp_path / "table.parquet")
    for asked in ((), ("A",), ("T", "V")):
        assert all(tuple(e.aligned.streams) == asked for e in stream.entries(0, stream.groups, asked))


def test_names_and_fingerprint_are_those_of_the_table(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "GROUP", 5)
    write_table(table(), tmp_path / "table.parquet")
    stream, whole = TableStream(tmp_path / "table.parquet"), read_table(tmp_path / "table.parquet")
    assert [dataclasses.astuple(n) for n in stream.names()] == [
        (e.aligned.clip, e.label, e.split, e.speaker) for e in whole
    ]
    assert stream.fingerprint == whole.fingerprint
    assert stream.specs == whole.specs


def test_what_is_no_table_is_said_at_once(tmp_path):
    with pytest.raises(TableError, match="There is no word table at"):
        TableStream(tmp_path / "none.parquet")
    (tmp_path / "text.parquet").write_text("nothing")
    with pytest.raises(TableError, match="is not a word table"):
        TableStream(tmp_path / "text.parquet")


def test_a_file_cut_off_inside_is_told(tmp_path):
    path = tmp_path / "table.parquet"
    write_table(table(clips=60), path)
    content = path.read_bytes()
    path.write_bytes(content[:200] + bytes(len(content) // 2 - 200) + content[len(content) // 2 :])
    with pytest.raises(TableError, match="is damaged"):
        list(TableStream(path).entries(0, 1, ("T", "A", "V")))
