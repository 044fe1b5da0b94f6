"""Clips read from disk are those read whole, in the same batches where one buffer holds them."""

import dataclasses
import gc

import numpy as np
import pytest
import torch
from synthetic import table

from engine import clips as clips_module
from engine.clips import Held, clips_hash, some_of
from engine.config import TranslationOptions
from engine.dataset import Segment, labelled, segments_of
from engine.notation import parse
from engine.splits import choose_split, unlabelled_split
from engine.stages import Corpus, StageTrainer
from engine.standardise import Standardiser
from engine.streamed import RUN, held_out, streamed
from extraction import store
from extraction.errors import DataError
from extraction.store import make_table, read_table, write_table

ALL = ("T", "A", "V")
pytestmark = pytest.mark.usefixtures("one_thread")


def renamed(made, prefix, **how):
    return make_table(
        dataclasses.replace(
            e, aligned=dataclasses.replace(e.aligned, clip=prefix + e.aligned.clip), speaker=prefix + e.speaker, **how
        )
        for e in made
    )


@pytest.fixture
def paths(tmp_path, monkeypatch):
    """Two tables without labels and splits in small row groups, and a labelled one that shares clips with the first."""
    monkeypatch.setattr(store, "GROUP", 8)
    first, second = table(clips=40, speakers=9), renamed(table(clips=30, seed=1), "x", label=None, split=None)
    bare = make_table(dataclasses.replace(e, label=None, split=None) for e in first)
    labels = make_table(e for n, e in enumerate(first) if n % 3 == 0)
    names = ("first", "second", "labels")
    for name, made in zip(names, (bare, second, labels), strict=True):
        write_table(made, tmp_path / f"{name}.parquet")
    return [tmp_path / f"{name}.parquet" for name in names]


def whole(paths, left_out=()):
    segments = tuple(s for path in paths for s in segments_of(read_table(path), ALL))
    return unlabelled_split(segments, left_out)


def epoch_of(clips, size, seed):
    return [([s.clip for s in some], weight) for some, weight in clips.batches(size, seed)]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [None, (0, 1), (3, 7)])
def test_one_buffer_gives_the_batches_of_memory(paths, seed):
    split = whole(paths[:2])
    for ours, theirs in zip(streamed(paths[:2]).clips, (Held(split.train), Held(split.valid)), strict=True):
        assert [s.clip for s in ours] == [s.clip for s in theirs]
        batches = epoch_of(ours, 4, seed)
        assert batches == epoch_of(theirs, 4, seed)
        assert len(batches) > 2


@pytest.mark.slow
@pytest.mark.parametrize("buffer", [1, 20, 60, 100])
def test_an_epoch_meets_each_clip_once_whatever_the_buffer(paths, buffer):
    train, _ = streamed(paths[:2], buffer=buffer).clips
    names = sorted(s.clip for s in whole(paths[:2]).train)
    orders = [[name for some, _ in epoch_of(train, 4, (0, epoch)) for name in some] for epoch in (1, 1, 2)]
    assert [sorted(order) for order in orders] == [names] * 3
    assert orders[0] == orders[1] != orders[2]
    assert sorted(name for some, _ in epoch_of(train, 4, None) for name in some) == names
    assert max(len(some) for some, _ in epoch_of(train, 4, (0, 1))) <= 4


@pytest.mark.slow
def test_no_more_clips_are_held_than_a_buffer_and_a_run(paths):
    train, _ = streamed(paths[:2], buffer=40).clips
    gc.collect()
    before = {id(o) for o in gc.get_objects() if type(o) is Segment}
    most = 0
    for _ in train.batches(4, (0, 1)):
        most = max(most, sum(len(o) for o in gc.get_objects() if type(o) is Segment and id(o) not in before))
    assert sum(len(s) for s in train) > 200
    assert 40 <= most < 40 + RUN * 8 + 8 + 4 * 8  # the buffer, a run, the rest of its last clip, the last batch


@pytest.mark.slow
def test_the_measurements_are_the_tables(paths):
    split, data = whole(paths[:2]), streamed(paths[:2])
    for ours, theirs in zip(data.clips, (split.train, split.valid), strict=True):
        assert clips_hash(ours, ALL) == clips_hash(theirs, ALL)
        assert clips_hash(ours.reading(("A",)), ("A",)) == clips_hash(theirs, ("A",))
        assert all(tuple(s.values) == ("V",) for s in ours.reading(("V",)))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("protocol", "fold"), [("standard", None), ("paper", None), ("speakers", 1), ("speakers", None)]
)
def test_what_tests_a_labelled_table_is_left_out(paths, protocol, fold):
    held = held_out(paths[2], protocol, 3, fold)
    segments = labelled(segments_of(read_table(paths[2]), ALL))
    split = choose_split(segments, protocol, 3, fold)
    wanted = segments if protocol == "speakers" and fold is None else (*split.valid, *split.test)
    assert {s.clip for s in held} == {s.clip for s in wanted}
    speakers = {s.speaker for s in wanted}
    for part in streamed(paths[:2], held).clips:
        named = list(part)
        assert named
        assert not {s.clip for s in wanted} & {s.clip for s in named}
        owner = {e.aligned.clip: e.speaker for path in paths[:2] for e in read_table(path)}
        assert not speakers & {owner[s.clip] for s in named}
    parts = whole(paths[:2], held)
    assert [[s.clip for s in part] for part in streamed(paths[:2], held).clips] == [
        [s.clip for s in part] for part in (parts.train, parts.valid)
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    "how", [{}, {"target": "codes", "codes": 5}, {"variational": True, "cyclic": 0.3, "kl_epochs": 2}]
)
def test_a_stage_learns_the_same_from_disk_and_from_memory(paths, how):
    options = TranslationOptions(hidden=4, epochs=3, batch_size=8, text_scale="whole", **how)
    corpus = Corpus(whole(paths[:2]), read_table(paths[0]).specs)
    stage = parse("embed(T,A)->V").stages[-1]
    trainers = [StageTrainer(data, options, seed=2) for data in (corpus, streamed(paths[:2]))]
    one, two = (trainer.get(stage).translator.state_dict() for trainer in trainers)
    for name in one:
        torch.testing.assert_close(two[name], one[name], rtol=1e-5, atol=1e-6, msg=name)
    assert trainers[0].identity(stage) == trainers[1].identity(stage)


def test_statistics_in_parts_are_those_of_all_rows(monkeypatch):
    from engine import standardise

    monkeypatch.setattr(standardise, "_PART", 3)
    rng = np.random.default_rng(0)
    rows = [(1000 + rng.normal(size=(n, 4)) * [1, 10, 0, 1e-3]).astype(np.float32) for n in (1, 5, 2, 0, 7, 3, 4)]
    rows[1][2, 1] = rows[0][0, 3] = np.nan
    for scale in (False, True):
        one, two = Standardiser(4), Standardiser(4)
        one.fit(rows, scale)
        two.fit_in_parts(iter(rows), scale)
        torch.testing.assert_close(two.mean, one.mean)
        torch.testing.assert_close(two.scale, one.scale)


@pytest.mark.slow
def test_a_codebook_samples_evenly_of_what_does_not_fit(paths, monkeypatch):
    monkeypatch.setattr(clips_module, "SAMPLE", 6)
    train, _ = streamed(paths[:2]).clips
    names = [s.clip for s in train]
    held = Held(train)
    assert some_of(held, 0) is held
    drawn = [[s.clip for s in some_of(train, seed)] for seed in range(100)]
    assert all(order == sorted(order, key=names.index) and len(set(order)) == 6 for order in drawn)
    counts = np.array([sum(name in order for order in drawn) for name in names])
    expected = 100 * 6 / len(names)
    assert abs(counts - expected).max() < 5 * np.sqrt(expected)


def test_tables_that_do_not_go_together_are_refused(paths, tmp_path):
    with pytest.raises(DataError, match="have a clip of the same name"):
        streamed([paths[0], paths[2]])
    write_table(renamed(table(modalities="TA"), "z"), tmp_path / "without.parquet")
    data = streamed([paths[0], tmp_path / "without.parquet"])
    assert tuple(data.specs) == ("T", "A")
    with pytest.raises(DataError, match="Not every word table has"):
        data.specs_of(("V",))
