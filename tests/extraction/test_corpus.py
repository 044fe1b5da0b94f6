"""A list of clips to a word table: what is kept, what is left out, what is done again."""

import csv
import os
import sys
from dataclasses import replace

import pytest
from corpus_runs import QUICK, interrupted, lines
from fake_tools import FakeMaker
from full_disk import files_no_larger_than
from media_files import write

from extraction.corpus.clip_list import read_list, read_tree
from extraction.corpus.report import log_of, report_of
from extraction.corpus.run import extract_all
from extraction.corpus.work import Settings
from extraction.corpus.workers import Workers
from extraction.errors import InputError, TableError, WeightsError
from extraction.store import read_table


def parts(table):
    folder = table.with_name(f".{table.name}.parts")
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.mark.slow
def test_clips_keep_their_labels_and_a_bad_one_costs_only_itself(tmp_path, table):
    (tmp_path / "clips").mkdir()
    write(tmp_path / "clips" / "one.mp4", seconds=1.0)
    (tmp_path / "clips" / "two.mp4").write_bytes(b"no media")
    (tmp_path / "list.csv").write_text(
        "file,text,label,fold,video_id\none.mp4,so good,1.5,train,ann\ntwo.mp4,,-1,train,bob\nthree.mp4,,,,\n"
    )
    told = []
    corpus = extract_all(
        read_list(tmp_path / "list.csv"), table, Settings(FakeMaker(), max_seconds=60.0), tell=told.append
    )
    (entry,) = read_table(table)
    assert entry.aligned.clip == "one"
    assert [w.text for w in entry.aligned.words] == ["so", "good"]
    assert (entry.label, entry.split, entry.speaker) == (1.5, "train", "ann")
    assert set(entry.aligned.streams) == {"T", "A", "V"}
    assert (corpus.clips, corpus.before, corpus.unexpected) == (1, 0, False)
    assert [f.path.name for f in corpus.failures] == ["two.mp4", "three.mp4"]
    assert [(s.done, s.failed, s.read) for s in told] == [(0, 0, 0), (1, 0, 1), (2, 1, 1), (3, 2, 1)]
    assert told[-1].seconds == pytest.approx(1.0, abs=0.1)
    with report_of(table).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["clip"] for row in rows] == ["two", "three"]
    assert rows[0]["file"] == str(tmp_path / "clips" / "two.mp4")
    assert "neither audio nor video" in rows[0]["sentence"]
    assert rows[1]["sentence"].startswith("There is no file")
    assert not log_of(table).exists()


def test_nothing_readable_is_an_error_with_the_first_reason_and_a_report(tmp_path, table, maker):
    (tmp_path / "list.csv").write_text("file\nmissing.mp4\n")
    with pytest.raises(TableError, match=r"^The only clip could not be read: There is no file"):
        extract_all(read_list(tmp_path / "list.csv"), table, Settings(maker, **QUICK))
    assert [path.name for path in table.parent.iterdir()] == ["words.failures.csv"]


def test_two_clips_of_one_name_are_refused_before_anything_is_read(listing, table, maker):
    items = listing(one="a", two="b")
    with pytest.raises(TableError, match="Two clips are called 'same'"):
        extract_all([replace(item, name="same") for item in items], table, Settings(maker, **QUICK))
    assert not table.parent.exists()


def test_no_clips_are_one_sentence(table, maker):
    with pytest.raises(TableError, match="There are no clips"):
        extract_all([], table, Settings(maker, **QUICK))


@pytest.mark.slow
def test_a_tree_becomes_a_table(tmp_path, table):
    (tmp_path / "tree" / "ann").mkdir(parents=True)
    write(tmp_path / "tree" / "ann" / "01.mp4", seconds=1.0)
    write(tmp_path / "tree" / "02.wav", seconds=1.0, video=False, audio="pcm_s16le")
    (tmp_path / "tree" / "ann" / "01.txt").write_text("so good")
    extract_all(read_tree(tmp_path / "tree"), table, Settings(FakeMaker(), max_seconds=60.0))
    said = {entry.aligned.clip: [w.text for w in entry.aligned.words] for entry in read_table(table)}
    assert said == {"02": ["this", "is", "a", "fine", "day"], "ann/01": ["so", "good"]}


@pytest.mark.slow
def test_a_bug_costs_its_clip_and_leaves_its_trace(listing, table, maker):
    corpus = extract_all(listing(a="one", b="a bug", c="three"), table, Settings(maker, **QUICK))
    assert [entry.aligned.clip for entry in read_table(table)] == ["a", "c"]
    (failure,) = corpus.failures
    assert corpus.unexpected
    assert failure.sentence.startswith(
        "b.wav failed unexpectedly (ValueError: no such thing): report it with its trace"
    )
    assert 'raise ValueError("no such thing")' in log_of(table).read_text()


@pytest.mark.slow
def test_failed_clips_are_tried_again_and_finished_ones_are_not(listing, table, maker):
    settings = Settings(maker, **QUICK)
    first = extract_all(listing(a="one", b="a bug", c="three"), table, settings)
    assert len(parts(table)) == 2
    again = extract_all(listing(a="one", b="a bug", c="three"), table, settings)
    assert lines(maker) == ["one", "a bug", "three", "a bug"]
    assert (first.before, again.before) == (0, 2)
    assert log_of(table).read_text().count("Traceback") == 2
    done = extract_all(listing(a="one", b="well", c="three"), table, settings)
    assert lines(maker)[4:] == ["well"]
    assert (done.clips, done.before, done.failures) == (3, 2, ())
    assert [path.name for path in table.parent.iterdir()] == ["words.parquet"]


@pytest.mark.slow
def test_a_stopped_run_goes_on_with_the_same_bytes_and_reads_no_clip_twice(listing, table, maker, tmp_path):
    settings = Settings(maker, **QUICK)
    items = listing(a="one", b="two", c="three", d="four")
    extract_all(items, tmp_path / "whole.parquet", Settings(FakeMaker(), **QUICK))
    for after in range(5):
        interrupted(items, table, settings, after)
        assert not table.exists()
    extract_all(items, table, settings)
    assert lines(maker) == ["one", "two", "three", "four"]
    assert table.read_bytes() == (tmp_path / "whole.parquet").read_bytes()
    assert [path.name for path in table.parent.iterdir()] == ["words.parquet"]


@pytest.mark.slow
def test_what_decides_the_bytes_is_read_again_when_it_changes_and_nothing_else_is(listing, table, maker, tmp_path):
    settings = Settings(maker, **QUICK)
    items = listing(a="one", b="two")
    interrupted(items, table, settings, 2)
    count = 2

    def reads(items, settings, more):
        nonlocal count
        interrupted(items, table, settings, 2)
        count += more
        assert len(lines(maker)) == count

    reads(items, settings, 0)
    reads(
        [replace(item, label=9.0, split="test", speaker="x", name=f"n{i}") for i, item in enumerate(items)], settings, 0
    )
    reads([items[0], replace(items[1], text="other")], settings, 1)
    reads(items, replace(settings, max_seconds=50.0), 2)
    reads(items, replace(settings, modalities=("T", "A")), 2)
    reads(items, replace(settings, tools=replace(maker, identity="other")), 0)  # its words are not asked for
    heard = [replace(item, text=None) for item in items]
    reads(heard, settings, 2)
    reads(heard, replace(settings, tools=replace(maker, identity="other")), 2)
    transcript = tmp_path / "said.txt"
    transcript.write_text("one")
    given = [replace(items[0], text=transcript), items[1]]
    reads(given, settings, 1)
    transcript.write_text("two")
    reads(given, settings, 1)
    items[0].path.write_bytes(items[1].path.read_bytes())
    reads(items, settings, 1)
    os.utime(items[1].path, (0, 0))
    reads(items, settings, 0)


@pytest.mark.slow
@pytest.mark.parametrize("content", [b"", b"rubbish", "half"])
def test_a_damaged_part_is_read_again(listing, table, maker, content):
    items = listing(a="one", b="two")
    interrupted(items, table, Settings(maker, **QUICK), 2)
    folder = table.with_name(f".{table.name}.parts")
    (folder / ".x.parquet.77.partial").write_bytes(b"cut by a kill")
    part = next(folder.glob("*.parquet"))
    part.write_bytes(part.read_bytes()[:900] if content == "half" else content)
    extract_all(items, table, Settings(maker, **QUICK))
    assert len(lines(maker)) == 3
    assert len(read_table(table)) == 2
    assert not parts(table)


@pytest.mark.slow
def test_a_full_disk_is_one_sentence_and_what_was_read_stays(listing, table, maker):
    long = " ".join(f"word{i}" for i in range(500))
    items, settings = listing(a="one", b=long, c="three"), Settings(maker, **QUICK)
    with files_no_larger_than(12_000), pytest.raises(TableError, match=r"cannot be kept in .*make room .* to go on"):
        extract_all(items, table, settings)
    assert lines(maker) == ["one", long]
    assert len([name for name in parts(table) if name.endswith(".parquet")]) == 1
    assert not [name for name in parts(table) if "partial" in name]
    corpus = extract_all(items, table, settings)
    assert corpus.before == 1
    assert len(lines(maker)) == 4


@pytest.mark.slow
def test_a_disk_that_is_full_when_the_table_is_written_costs_nothing(listing, table, maker):
    said = {name: " ".join(f"{name}{i}" for i in range(20)) for name in "abcdefghijkl"}
    items, settings = listing(**said), Settings(maker, **QUICK)
    interrupted(items, table, settings, 12)
    table.write_bytes(b"an older table")
    largest = max(path.stat().st_size for path in table.with_name(f".{table.name}.parts").glob("*.parquet"))
    with files_no_larger_than(largest), pytest.raises(TableError, match=r"The word table .*cannot be written"):
        extract_all(items, table, settings)
    assert table.read_bytes() == b"an older table"
    assert extract_all(items, table, settings).before == 12
    assert len(lines(maker)) == 12


def test_a_place_that_may_not_be_written_is_one_sentence_before_anything_is_read(listing, tmp_path, maker):
    (tmp_path / "file").touch()
    with pytest.raises(TableError, match=r"cannot be kept in .*choose another place"):
        extract_all(listing(a="one"), tmp_path / "file" / "words.parquet", Settings(maker, **QUICK))
    assert not lines(maker)


class Missing(FakeMaker):
    def __call__(self, threads):
        raise WeightsError("There are no weights.")


def test_what_would_fail_for_every_clip_ends_the_run(listing, table):
    with pytest.raises(WeightsError, match="no weights"):
        extract_all(listing(a="one", b="two"), table, Settings(Missing(), **QUICK))
    assert not report_of(table).exists()


def test_no_number_of_workers_means_one_a_core():
    assert Workers(0).processes == len(os.sched_getaffinity(0))


@pytest.mark.parametrize("backend", ["dask", "ray"])
def test_a_missing_backend_is_one_sentence(listing, table, maker, backend, monkeypatch):
    monkeypatch.setitem(sys.modules, backend, None)
    with pytest.raises(InputError, match=rf"run `pip install 'seq2seq2sentiment\[{backend}\]'`"):
        extract_all(listing(a="one"), table, Settings(maker, **QUICK), workers=Workers(2, backend))


def test_a_cluster_without_a_backend_for_it_is_one_sentence(listing, table, maker):
    with pytest.raises(InputError, match="--cluster belongs to --backend dask or ray"):
        extract_all(listing(a="one"), table, Settings(maker, **QUICK), workers=Workers(2, cluster="host:1"))
