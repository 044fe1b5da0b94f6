"""The word table on disk."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from extraction import store
from extraction.errors import TableError
from extraction.types import Aligned, FeatureSpec, Stream, Word

SPECS = {
    "T": FeatureSpec("T", "test-text", "1", ("t0", "t1")),
    "A": FeatureSpec("A", "test-audio", "1", ("pitch [Hz]", "loudness", "voiced")),
}


def entry(clip="one", words=2, observed=(True, False), label=1.5, seed=0):
    rng = np.random.default_rng(seed)
    streams = {}
    for modality, spec in SPECS.items():
        seen = np.array([observed[i % len(observed)] for i in range(words)], dtype=bool) | (modality == "T")
        values = rng.normal(size=(words, spec.dim)).astype(np.float32)
        values[~seen] = np.nan
        streams[modality] = Stream(spec, values, seen)
    spoken = tuple(Word(f"w{i}", i * 0.5, i * 0.5 + 0.4, 0.9, fit=None if i else 0.75) for i in range(words))
    return store.Entry(Aligned(clip, spoken, streams, 3.25), label, "train", "ann")


def assert_equal(read, written):
    assert (read.label, read.split, read.speaker) == (written.label, written.split, written.speaker)
    assert (read.aligned.clip, read.aligned.words) == (written.aligned.clip, written.aligned.words)
    assert read.aligned.duration == written.aligned.duration
    for modality, stream in written.aligned.streams.items():
        np.testing.assert_array_equal(read.aligned.streams[modality].values, stream.values)
        np.testing.assert_array_equal(read.aligned.streams[modality].observed, stream.observed)


def test_a_table_reads_back_as_it_was_written(tmp_path):
    entries = (entry("one"), entry("two", words=5, label=None, seed=1), entry("three", words=1, observed=(False,)))
    store.write_table(store.make_table(entries), tmp_path / "table.parquet")
    table = store.read_table(tmp_path / "table.parquet")
    assert table.specs == SPECS
    for read, written in zip(table, entries, strict=True):
        assert_equal(read, written)


def test_utterances_are_kept_by_a_column(tmp_path):
    long = entry("long", words=6)
    long = replace(long, aligned=replace(long.aligned, utterances=((0, 2), (2, 3), (3, 6))))
    path = tmp_path / "table.parquet"
    store.write_table(store.make_table([entry("short"), long]), path)
    assert pq.read_table(path)["utterance"].to_pylist() == [0, 0, 0, 0, 1, 2, 2, 2]
    read = store.read_table(path).entries
    assert [e.aligned.utterances for e in read] == [(), ((0, 2), (2, 3), (3, 6))]
    pq.write_table(pq.read_table(path).drop_columns("utterance"), path)
    assert [e.aligned.utterances for e in store.read_table(path)] == [(), ()]


def test_a_table_of_before_fit_is_read_and_one_of_today_by_readers_of_before(tmp_path):
    path = tmp_path / "table.parquet"
    store.write_table(store.make_table([entry()]), path)
    today = pq.read_table(path)
    assert today.column_names.index("fit") == today.column_names.index("interpolated") + 1
    assert today["fit"].to_pylist() == [0.75, None]
    assert json.loads(today.schema.metadata[b"s2s"])["format"] == 1
    pq.write_table(today.drop_columns("fit"), path)
    (read,) = store.read_table(path)
    assert [word.fit for word in read.aligned.words] == [None, None]
    assert_equal(replace(read, aligned=replace(read.aligned, words=entry().aligned.words)), entry())


def test_a_large_table_is_written_in_groups_of_rows_wherever_a_clip_ends(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "GROUP", 4)
    entries = [entry(f"clip{i}", words=count, seed=i) for i, count in enumerate((1, 2, 3, 1, 0, 11, 4, 2))]
    store.write_table(store.make_table(entries), tmp_path / "table.parquet")
    file = pq.ParquetFile(tmp_path / "table.parquet")
    assert [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)] == [4] * 6
    said = [entry for entry in entries if entry.aligned.words]
    for read, written in zip(store.read_table(tmp_path / "table.parquet"), said, strict=True):
        assert_equal(read, written)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(
    values=arrays(np.float32, (3, 3), elements=st.floats(-1e6, 1e6, width=32) | st.just(float("nan"))),
    seen=arrays(np.bool_, 3),
)
def test_any_measurement_survives_with_what_was_missing(tmp_path_factory, values, seen):
    values[~seen] = np.nan
    words = tuple(Word(text, None, None) for text in ("a", "‘quoted’", "ünï\n"))
    written = store.Entry(Aligned("c", words, {"A": Stream(SPECS["A"], values, seen)}, 1.0))
    path = tmp_path_factory.mktemp("store") / "table.parquet"
    store.write_table(store.make_table([written]), path)
    assert_equal(store.read_table(path).entries[0], written)


def test_pandas_reads_the_table_as_it_is(tmp_path):
    store.write_table(store.make_table([entry()]), tmp_path / "table.parquet")
    table = pd.read_parquet(tmp_path / "table.parquet")
    assert list(table["word"]) == ["w0", "w1"]
    assert len(table["A"][0]) == 3
    assert table["A"][1] is None  # not observed
    assert list(table["speaker"]) == ["ann", "ann"]


def test_the_same_table_is_the_same_bytes(tmp_path):
    for name in ("a.parquet", "b.parquet"):
        store.write_table(store.make_table([entry()]), tmp_path / name)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_fingerprint_follows_labels_words_and_specs_but_not_the_last_digits():
    one = store.make_table([entry()])
    assert one.fingerprint == store.make_table([entry(seed=5)]).fingerprint
    assert one.fingerprint != store.make_table([entry(label=1.0)]).fingerprint
    assert one.fingerprint != store.make_table([entry(words=3)]).fingerprint


def test_two_clips_of_one_name_are_refused():
    with pytest.raises(TableError, match="Two clips are called 'one'"):
        store.make_table([entry("one"), entry("one")])


def test_clips_with_other_features_are_refused():
    other = entry("two")
    stream = other.aligned.streams["T"]
    spec = replace(stream.spec, version="2")
    streams = {**other.aligned.streams, "T": Stream(spec, stream.values, stream.observed)}
    with pytest.raises(TableError, match="'two' has other features than the first clip"):
        store.make_table([entry("one"), replace(other, aligned=replace(other.aligned, streams=streams))])


def test_no_clips_are_refused():
    with pytest.raises(TableError, match="There are no clips"):
        store.make_table([])


def test_a_missing_table_says_how_to_make_one(tmp_path):
    with pytest.raises(TableError, match=r"make one with `s2s extract CLIP -o words\.parquet`"):
        store.read_table(tmp_path / "words.parquet")


@pytest.mark.parametrize("content", [b"", b"not parquet at all", b"PAR1" + b"\0" * 40 + b"PAR1"])
def test_something_else_is_not_a_table(tmp_path, content):
    path = tmp_path / "table.parquet"
    path.write_bytes(content)
    with pytest.raises(TableError, match="is not a word table"):
        store.read_table(path)


def test_a_parquet_file_of_another_kind_is_not_a_table(tmp_path):
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "other.parquet")
    with pytest.raises(TableError, match="is not a word table"):
        store.read_table(tmp_path / "other.parquet")


def test_a_table_of_a_newer_format_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "FORMAT", 2)
    store.write_table(store.make_table([entry()]), tmp_path / "table.parquet")
    monkeypatch.setattr(store, "FORMAT", 1)
    with pytest.raises(TableError, match=r"newer version \(format 2\)"):
        store.read_table(tmp_path / "table.parquet")


def test_a_place_that_cannot_be_written_leaves_nothing_behind(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(TableError, match="cannot be written"):
        store.write_table(store.make_table([entry()]), tmp_path / "file" / "table.parquet")
