import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic import SPECS, clip, table

from engine.batch import collate, plan
from engine.dataset import Segment, labelled, labels_of, segment_of, segments_of, widened
from engine.splits import Split, check_labels, choose_split, final_split, paper_split, speaker_folds, standard_split
from extraction.errors import DataError

OTHER = dataclasses.replace(SPECS["T"], version="2")


def bare(name="c", speaker=None, label=1.0, split=None, words=2):
    return Segment(name, ("w",) * words, {}, {}, label, split, speaker)


def test_segments_keep_table_order_and_values():
    made = table(clips=8)
    segments = segments_of(made, ("T", "V"))
    assert [s.clip for s in segments] == [e.aligned.clip for e in made]
    assert set(segments[0].values) == {"T", "V"}
    np.testing.assert_array_equal(segments[3].values["T"], made.entries[3].aligned.streams["T"].values)
    np.testing.assert_allclose(labels_of(segments), [e.label for e in made], rtol=1e-6)


def test_standard_split_follows_the_column():
    split = standard_split(segments_of(table(clips=24), ("T",)))
    assert (len(split.train), len(split.valid), len(split.test)) == (12, 6, 6)
    assert {s.split for s in split.test} == {"test"}


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(1, 3), min_size=6, max_size=12), st.integers(2, 4))
def test_no_speaker_lies_on_two_sides(counts, folds):
    speakers = [f"s{i}" for i, count in enumerate(counts) for _ in range(count)]
    segments = [bare(f"c{i}", speaker) for i, speaker in enumerate(speakers)]
    splits = speaker_folds(segments, folds)
    assert splits == speaker_folds(segments, folds)
    tested = sorted(s.clip for split in splits for s in split.test)
    assert tested == sorted(s.clip for s in segments)
    for split in splits:
        sides = [{s.speaker for s in part} for part in (split.train, split.valid, split.test)]
        assert all(sides)
        assert len(frozenset.union(*map(frozenset, sides))) == sum(map(len, sides))
        assert sum(map(len, (split.train, split.valid, split.test))) == len(segments)


def test_the_papers_split_has_its_shares_and_is_always_the_same():
    segments = [bare(f"c{i}", f"s{i % 93}") for i in range(2199)]
    split = choose_split(segments, "paper", 5, None)
    assert (len(split.train), len(split.valid), len(split.test)) == (1244, 222, 733)
    assert split == paper_split(segments) == choose_split(segments, "paper", 2, 1)
    parts = [{s.clip for s in part} for part in (split.train, split.valid, split.test)]
    assert len(set.union(*parts)) == sum(map(len, parts)) == 2199
    assert [s.clip for s in split.test] == [s.clip for s in segments if s.clip in parts[2]]  # in the table's order
    assert {s.speaker for s in split.train} & {s.speaker for s in split.test}  # segments are drawn, not speakers


@pytest.mark.parametrize("count", [12, 13, 50])
def test_no_part_of_the_papers_split_is_empty(count):
    split = paper_split([bare(f"c{i}") for i in range(count)])
    assert min(map(len, (split.train, split.valid, split.test))) >= 1


def test_what_an_extra_table_did_not_measure_was_not_observed():
    made = table(clips=4, modalities="T")
    for segment, plain in zip(widened(made, SPECS), segments_of(made, ("T",)), strict=True):
        assert set(segment.values) == set(segment.observed) == set(SPECS)
        np.testing.assert_array_equal(segment.values["T"], plain.values["T"])
        np.testing.assert_array_equal(segment.observed["T"], plain.observed["T"])
        for modality in ("A", "V"):
            assert segment.values[modality].shape == (len(segment), SPECS[modality].dim)
            assert np.isnan(segment.values[modality]).all()
            assert not segment.observed[modality].any()
        assert (segment.clip, segment.label, segment.split) == (plain.clip, plain.label, plain.split)
    assert widened(table(clips=4), {"T": SPECS["T"]})[0].values.keys() == {"T"}


def test_folds_are_even_in_segments():
    segments = [
        bare(f"{speaker}{i}", speaker)
        for speaker, n in zip("abcdef", (9, 8, 7, 3, 2, 1), strict=True)
        for i in range(n)
    ]
    assert [len(split.test) for split in speaker_folds(segments, 3)] == [10, 10, 10]


def test_final_split_has_no_test():
    segments = [bare(f"c{i}", f"s{i % 5}") for i in range(20)]
    split = final_split(segments)
    assert split == choose_split(segments, "speakers", 5, None)
    assert split.test == ()
    assert not {s.speaker for s in split.train} & {s.speaker for s in split.valid}


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (lambda: labelled([bare(label=None)]), "No clip of the word table has a label"),
        (lambda: labelled([bare(label=3.5)]), r"has the label 3.5: labels lie in \[-3, 3\]"),
        (lambda: labelled([bare(label=float("nan"))]), "has the label nan"),
        (lambda: standard_split([bare()]), "no split column filled in"),
        (lambda: standard_split([bare(split="train")]), "no clip in the split 'valid'"),
        (lambda: check_labels(Split((bare(), bare(label=0.0)), ())), "Every training label is zero or above"),
        (lambda: check_labels(Split((bare(label=-1.0),), ())), "Every training label is below zero"),
        (lambda: speaker_folds([bare()], 2), "names no speaker"),
        (lambda: speaker_folds([bare(speaker="a")], 1), "at least 2 folds"),
        (lambda: speaker_folds([bare("x", "a"), bare("y", "b")], 3), "2 speakers cannot fill 3 folds"),
        (lambda: speaker_folds([bare("x", "a"), bare("y", "b")], 2), "Only one speaker is left"),
        (lambda: choose_split([bare()], "speakers", 3, 3), "There is no fold 3 among 3"),
        (lambda: segments_of(table(clips=4, modalities="T"), ("A",)), r"has no audio \(it has text\)"),
        (lambda: segment_of(clip(np.random.default_rng(0), modalities="T"), ("V",)), "Clip 'clip' has no video"),
        (lambda: paper_split([bare(f"c{i}") for i in range(4)]), "4 segments are too few for the paper's split"),
        (lambda: widened(table(clips=4), {"T": OTHER}), r"differ in text \(version '2' against '1'\): extract both"),
        (lambda: collate([], ("T",)), "There is no segment to read"),
        (lambda: collate([bare(words=0)], ()), "Clip 'c' has no words"),
    ],
)
def test_data_that_cannot_serve_is_refused(fault, sentence):
    with pytest.raises(DataError, match=sentence):
        fault()


def test_collate_pads_on_the_right():
    segments = segments_of(table(clips=6), ("A",))
    batch = collate(segments, ("A",))
    longest = max(map(len, segments))
    assert batch.values["A"].shape == (6, longest, 4)
    for row, segment in enumerate(segments):
        words = len(segment)
        assert batch.mask[row].tolist() == [True] * words + [False] * (longest - words)
        np.testing.assert_array_equal(batch.values["A"][row, :words].numpy(), segment.values["A"])
        assert batch.observed["A"][row].tolist() == segment.observed["A"].tolist() + [False] * (longest - words)
    assert np.isnan(collate([dataclasses.replace(segments[0], label=None)], ("A",)).labels.item())


@pytest.mark.slow
@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(1, 50), min_size=1, max_size=300), st.integers(1, 40), st.integers(0, 9))
def test_a_plan_holds_every_segment_once(lengths, size, seed):
    for rng in (None, np.random.default_rng(seed)):
        batches = plan(lengths, size, rng)
        assert sorted(np.concatenate(batches).tolist()) == list(range(len(lengths)))
        assert max(map(len, batches)) <= size
    again = plan(lengths, size, np.random.default_rng(seed))
    assert all((a == b).all() for a, b in zip(batches, again, strict=True))
