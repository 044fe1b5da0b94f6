"""Phrases cut from clips."""

import numpy as np
import pytest
from synthetic import clip

from engine.phrases import LONGEST, SHORTEST, with_phrases
from extraction.store import Entry, make_table


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    return make_table(
        [
            Entry(clip(rng, "long", 30), 1.0, "train", "s1"),
            Entry(clip(rng, "short", 3), -1.0, None, "s2"),
            Entry(clip(rng, "tiny", 2), 0.5, "train", "s2"),
            Entry(clip(rng, "held", 12), 2.0, "valid", "s3"),
        ]
    )


def test_phrases_are_neighbouring_words_with_their_measurements(table):
    whole = {entry.aligned.clip: entry for entry in table}
    made = with_phrases(table, 6)
    phrases = [entry for entry in made if entry.aligned.clip not in whole]
    assert phrases
    for phrase in phrases:
        name, span = phrase.aligned.clip.rstrip("]").split("[")
        first, stop = map(int, span.split(":"))
        source = whole[name]
        assert SHORTEST <= stop - first <= min(LONGEST, len(source.aligned.words) - 1)
        assert phrase.aligned.words == source.aligned.words[first:stop]
        for modality, stream in phrase.aligned.streams.items():
            np.testing.assert_array_equal(stream.values, source.aligned.streams[modality].values[first:stop])
        assert (phrase.label, phrase.split, phrase.speaker) == (None, source.split, source.speaker)


def test_clips_stay_and_only_training_clips_with_room_for_a_phrase_have_them(table):
    made = with_phrases(table, 4)
    named = [entry.aligned.clip for entry in made]
    assert [name for name in named if "[" not in name] == ["long", "short", "tiny", "held"]
    assert {name.split("[")[0] for name in named if "[" in name} == {"long", "short"}
    assert named.index("long") < next(i for i, name in enumerate(named) if name.startswith("long[")) < 5
    assert len(set(named)) == len(named)


def test_the_seed_decides_the_phrases(table):
    def names(seed):
        return [entry.aligned.clip for entry in with_phrases(table, 5, seed)]

    assert names(1) == names(1)
    assert names(1) != names(2)
