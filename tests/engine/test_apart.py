"""Texts that another corpus tests on are not learnt from."""

import numpy as np
import pytest
from synthetic import DIMS, stream

from engine.apart import held_out, said, without
from extraction.errors import DataError
from extraction.store import Entry, make_table, read_table
from extraction.types import Aligned, Word


def table(*rows):
    return make_table(
        Entry(
            Aligned(
                f"c{i}",
                tuple(map(Word, text.split())),
                {"T": stream("T", np.zeros((len(text.split()), DIMS["T"])))},
                duration=0.0,
            ),
            1.0,
            split,
            f"s{i}",
        )
        for i, (text, split) in enumerate(rows)
    )


def test_a_text_is_compared_as_it_is_said():
    assert said(("Do", "NOT", "see", "it,", "2", "times!")) == ("do", "not", "see", "it", "two", "times")


def test_held_out_texts_are_left_out_and_training_texts_stay():
    own = table(("DO NOT SEE IT", "test"), ("I HATE IT", "valid"), ("A GOOD FILM", "train"))
    more = table(("Do not see it!", "train"), ("I hate it.", "train"), ("A good film.", "train"), ("See it", "valid"))
    kept = without(more, held_out(own))
    assert [entry.aligned.clip for entry in kept] == ["c2", "c3"]
    assert [entry.split for entry in kept] == ["train", "valid"]
    with pytest.raises(DataError, match="Every text of the table is held out"):
        without(table(("i hate it", "train")), held_out(own))


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.long
def test_no_text_of_the_first_corpus_is_held_out_by_the_second(data_root, tmp_path, monkeypatch):
    from engine.study_tables import mosei_apart, mosei_glove, mosi_glove

    monkeypatch.setenv("S2S_DATA", str(data_root))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    glove = str(data_root / "mosi" / "glove300_mosi_vocab.npz")  # the texts are the same, and are embedded in no time
    tested = held_out(read_table(mosi_glove(None)[0]))
    whole, apart = (
        [said([w.text for w in entry.aligned.words]) for entry in read_table(path)]
        for path in (mosei_glove(), mosei_apart(glove))
    )
    assert not set(apart) & tested
    assert len(whole) - len(apart) == sum(text in tested for text in whole) > 0
