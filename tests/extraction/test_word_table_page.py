"""docs/word-table.md is true of a table that this program writes, and what it shows runs."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import numpy as np
import pyarrow.parquet as pq
import pytest

from extraction.store import Entry, make_table, write_table
from extraction.types import Aligned, FeatureSpec, Stream, Word

PAGE = (Path(__file__).parents[2] / "docs" / "word-table.md").read_text()
SPECS = {
    "T": FeatureSpec("T", "test-text", "1", ("t0", "t1")),
    "A": FeatureSpec("A", "test-audio", "1", ("loudness", "F0 [semitone re 27.5 Hz]")),
    "V": FeatureSpec("V", "test-face", "1", ("AU12", "AU4")),
}
TYPES = {"list of float, of fixed length": "fixed_size_list<element: float>", "bool": "bool"}


def shown(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def entry(clip, speaker, label, seen):
    """A clip of ten seconds whose six words last .5 s each, all "fine"; the face is seen in the first `seen`."""
    words = tuple(Word("Fine" if i % 2 else "fine", i * 1.0, i + 0.5, 0.9) for i in range(6))
    streams = {}
    for modality, spec in SPECS.items():
        observed = np.arange(6) < (seen if modality == "V" else 6)
        values = np.full((6, 2), label, np.float32)
        values[~observed] = np.nan
        streams[modality] = Stream(spec, values, observed)
    return Entry(Aligned(clip, words, streams, 10.0), label, "train", speaker)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a words.parquet in it, which is the working directory."""
    entries = [entry("one", "ann", 1.0, 6), entry("two", "bob", -2.0, 3), entry("three", "bob", 3.0, 0)]
    write_table(make_table(entries), tmp_path / "words.parquet")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_lists_the_columns_there_are_in_order_with_their_types(folder):
    listed = {}
    for names, kind in re.findall(r"^\| (`.+?) \| (.+?) \|", PAGE, re.MULTILINE):
        listed |= dict.fromkeys(re.findall(r"`(\w+)`", names), kind)
    schema = pq.read_schema(folder / "words.parquet")
    assert list(listed) == schema.names
    for name, kind in listed.items():
        said = str(schema.field(name).type)
        assert re.sub(r"\[\d+\]$", "", said) == TYPES.get(kind, kind), name


def test_it_shows_three_queries():
    assert len(shown("sql")) + len(shown("python")) == 3


def test_its_query_for_pandas_runs(folder, capsys):
    (query,) = shown("python")
    names = {}
    exec(query, names)  # noqa: S102 (the page is ours)
    assert names["words"].groupby("clip")["pitch"].mean().to_dict() == {"one": 1.0, "two": -2.0, "three": 3.0}
    assert capsys.readouterr().out.split() == ["label", "pitch", "label", "1.0", "1.0", "pitch", "1.0", "1.0"]


def test_its_queries_for_duckdb_run(folder):
    speed, longest = (duckdb.sql(query).fetchall() for query in shown("sql"))
    assert sorted(speed) == [("ann", 0.6, 1.0), ("bob", 0.6, 0.25)]
    assert longest == [("fine", 0.5, 18)]
