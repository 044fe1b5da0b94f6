"""Warnings about the clips of a corpus: listed beside the table, also of clips read in a run that was stopped."""

import csv
from dataclasses import replace

import pytest
from corpus_runs import QUICK, interrupted, lines

from extraction.corpus.report import COLUMNS, report_of, warnings_of
from extraction.corpus.run import extract_all
from extraction.corpus.work import Settings
from extraction.corpus.workers import Workers

CUES = ("00:00,100 --> 00:00,200\nso\n", "00:00,300 --> 00:00,500\ngood\n")
SORTED = "was not in order of time and has been sorted (first out of order: line 4)."
GUESSED = "2 words could not be placed exactly: the times are estimates."


def rows_of(path):
    with path.open(newline="") as file:
        heading, *rows = csv.reader(file)
    assert heading == list(COLUMNS)
    return rows


@pytest.fixture
def repaired(listing, tmp_path):
    """Three clips, of which the second and third have transcripts that are out of order: two warnings each."""
    first, *others = listing(a="one", b="two", c="three")
    for item in others:
        (tmp_path / f"{item.clip}.srt").write_text("\n".join(reversed(CUES)))
    return [first, *(replace(item, text=tmp_path / f"{item.clip}.srt") for item in others)]


def rows_about(items):
    each = [(item, (f"{item.clip}.srt {SORTED}", GUESSED)) for item in items]
    return [[item.clip, str(item.path), sentence] for item, sentences in each for sentence in sentences]


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_warnings_are_listed_beside_the_table_and_outlive_a_stop(repaired, table, maker, tmp_path, workers):
    settings = Settings(maker, **QUICK)
    interrupted(repaired, table, settings, 2)
    assert not warnings_of(table).exists()
    corpus = extract_all(repaired, table, settings, workers=Workers(workers))
    assert len(lines(maker)) == 3
    assert (corpus.clips, corpus.before, corpus.failures) == (3, 2, ())
    assert rows_of(warnings_of(table)) == rows_about(repaired[1:])
    assert [(one.clip, len(one.sentences)) for one in corpus.warned] == [("b", 2), ("c", 2)]
    assert sorted(path.name for path in table.parent.iterdir()) == ["words.parquet", "words.warnings.csv"]
    for item in repaired[1:]:
        item.text.write_text("\n".join(CUES))
    ordered = extract_all(repaired, tmp_path / "ordered.parquet", settings)
    assert [one.sentences for one in ordered.warned] == [(GUESSED,), (GUESSED,)]
    assert table.read_bytes() == (tmp_path / "ordered.parquet").read_bytes()  # warnings are not in it
    extract_all([replace(item, text="well said") for item in repaired], table, settings)
    assert [path.name for path in table.parent.iterdir()] == ["words.parquet"]


@pytest.mark.slow
def test_each_warning_has_a_row_and_those_of_parts_that_stay_are_told_by_the_next_run(repaired, table, maker):
    settings = Settings(maker, modalities=("T", "V"), max_seconds=60.0)
    items = [*repaired, replace(repaired[0], path=repaired[0].path.with_name("none.wav"), name="d")]
    for _ in range(2):
        corpus = extract_all(items, table, settings)
        (unseen, *rows) = rows_of(warnings_of(table))
        assert unseen[0] == "a"
        assert unseen[2].startswith("a.wav has no pictures")
        assert [row for row in rows if "no pictures" not in row[2]] == rows_about(repaired[1:])
        assert len(corpus.warned) == 3
        assert [row[0] for row in rows_of(report_of(table))] == ["d"]
    assert len(lines(maker)) == 3


@pytest.mark.slow
def test_a_renamed_file_is_not_warned_of_by_its_old_name(repaired, table, maker, tmp_path):
    interrupted(repaired, table, Settings(maker, **QUICK), 3)
    renamed = replace(repaired[1], text=repaired[1].text.rename(tmp_path / "new.srt"))
    (warned,) = extract_all([renamed], table, Settings(maker, **QUICK)).warned
    assert warned.sentences[0].startswith("new.srt was not in order")
