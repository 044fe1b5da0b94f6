"""What may not be read or written costs a corpus one sentence; what was finished before stays readable."""

import csv

import pytest
from fake_tools import FakeMaker
from media_files import write
from permissions import allowed

from extraction.corpus.clip_list import read_list
from extraction.corpus.report import report_of
from extraction.corpus.run import extract_all
from extraction.corpus.work import Settings
from extraction.errors import InputError, TableError
from extraction.store import read_table


@pytest.fixture
def items(tmp_path):
    """Three sound files; what is said in the second is a file."""
    rows = ["file,transcript"]
    for i, said in enumerate(("one", "b.txt", "three")):
        name = "abc"[i]
        write(tmp_path / f"{name}.wav", seconds=0.6 + i / 100, video=False, audio="pcm_s16le", rate=16_000)
        rows.append(f"{name}.wav,{said}")
    (tmp_path / "b.txt").write_text("two")
    (tmp_path / "list.csv").write_text("\n".join(rows) + "\n")
    return read_list(tmp_path / "list.csv")


@pytest.fixture
def table(tmp_path):
    (tmp_path / "out").mkdir()
    return tmp_path / "out" / "words.parquet"


@pytest.fixture
def settings(tmp_path):
    return Settings(FakeMaker(tmp_path / "log"), modalities=("T",), max_seconds=60.0)


def read(settings):
    """What was said in the clips that were read, in order."""
    return settings.tools.log.read_text().splitlines()


def parts_of(table):
    return table.with_name(f".{table.name}.parts")


def test_a_list_that_may_not_be_read_is_one_sentence(items, tmp_path):
    with (
        allowed(tmp_path / "list.csv", 0),
        pytest.raises(InputError, match=r"list\.csv may not be read \(Permission denied\): change its permissions"),
    ):
        read_list(tmp_path / "list.csv")


@pytest.mark.parametrize(
    "sentence",
    ["b.wav may not be read: change its permissions.", "b.txt cannot be read (Permission denied): check the path."],
)
def test_a_clip_or_transcript_that_may_not_be_read_costs_its_row(items, table, settings, tmp_path, sentence):
    with allowed(tmp_path / sentence.split()[0], 0):
        corpus = extract_all(items, table, settings)
    assert not corpus.unexpected
    assert [entry.aligned.clip for entry in read_table(table)] == ["a", "c"]
    with report_of(table).open(newline="") as rows:
        (row,) = csv.DictReader(rows)
    assert row["clip"] == "b"
    assert row["sentence"].endswith(sentence)
    assert extract_all(items, table, settings).before == 2
    assert read(settings) == ["one", "three", "two"]


def test_a_folder_that_is_shut_on_the_way_leaves_each_finished_clip_readable(items, table, settings):
    def shut(standing):
        if standing.done == 2:
            parts_of(table).chmod(0o500)

    parts_of(table).mkdir()
    with (
        allowed(parts_of(table), 0o700),
        pytest.raises(
            TableError, match=r"cannot be kept in .* \(Permission denied\): .* run the same command to go on"
        ),
    ):
        extract_all(items, table, settings, tell=shut)
    words = [
        word.text for part in parts_of(table).glob("*.parquet") for word in read_table(part).entries[0].aligned.words
    ]
    assert sorted(words) == ["one", "two"]
    assert extract_all(items, table, settings).before == 2
    assert read(settings) == ["one", "two", "three"]


def test_a_place_where_no_table_may_be_written_costs_no_clip(items, table, settings):
    table.write_bytes(b"an older table")
    parts_of(table).mkdir()
    with (
        allowed(table.parent, 0o500),
        pytest.raises(TableError, match=r"The word table \S+ cannot be written \(Permission denied\): "),
    ):
        extract_all(items, table, settings)
    assert table.read_bytes() == b"an older table"
    assert len([read_table(part) for part in parts_of(table).glob("*.parquet")]) == 3
    assert extract_all(items, table, settings).before == 3
    assert len(read_table(table)) == 3
    assert read(settings) == ["one", "two", "three"]
