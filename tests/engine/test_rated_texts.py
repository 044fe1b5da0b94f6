"""Hutto and Gilbert's rated texts out of the archive they come in."""

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from glove_files import vectors, write_text
from rated_archive import TEXTS, archive

from engine.embedders import make_embedder
from engine.formats.rated_texts import rated_texts, read_rated_texts
from engine.study_tables import rated_archive
from extraction.errors import DataError


def test_each_sentence_comes_once_and_clean(tmp_path):
    found = {one.clip: (one.text, one.label) for one in rated_texts(archive(tmp_path / "v.zip"))}
    assert found == {
        "movie_1": ("A lovely film, & moving.", 2.4),
        "movie_2": ("Dull from start to finish", -3.0),
        "amazon_1_1": ('no picture, it said "scrolling in black and white"', -0.675),
        "amazon_1_2": ("great fun\x85 for all of us", 3.0),
        "tweet_1": ("So lucky! blessed", 1.5),
        "nyt_1_1": ("Events include sprinting and yule log rolling.", 0.112),
    }


def test_they_become_training_clips_without_speakers(tmp_path):
    embedder = make_embedder(str(write_text(tmp_path / "glove.txt", vectors())))
    table = read_rated_texts(archive(tmp_path / "v.zip"), embedder)
    assert len(table) == 6
    assert {(entry.split, entry.speaker) for entry in table} == {("train", None)}
    assert [word.text for word in table.entries[1].aligned.words] == ["Dull", "from", "start", "to", "finish"]
    assert table.entries[1].aligned.streams["T"].values.shape == (5, embedder.spec.dim)


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        (
            {**TEXTS, "nyt": ["1\t0.5"]},
            "nytEditorialSnippets_GroundTruth.txt, line 1 is not an id, a rating and a text",
        ),
        ({**TEXTS, "movie": ["1\tgood\tfine film"]}, "movieReviewSnippets_GroundTruth.txt, line 1 is not an id"),
        ({**TEXTS, "tweet": ["1\t4.1\tfine day"]}, r"the rating 4.1 does not lie in \[-4, 4\]"),
        ({kind: TEXTS[kind] for kind in ("movie", "nyt")}, "v.zip is not the source archive of vaderSentiment 0.5"),
    ],
)
def test_what_is_wrong_is_said_and_how_to_get_it_right(tmp_path, texts, sentence):
    with pytest.raises(DataError, match=f"{sentence}.*pip download"):
        list(rated_texts(archive(tmp_path / "v.zip", texts)))


def test_other_files_are_refused(tmp_path):
    (tmp_path / "text.zip").write_text("no archive")
    for path in (tmp_path / "text.zip", archive(tmp_path / "other.zip", inner="data.tar.gz")):
        with pytest.raises(DataError, match="is not the source archive of vaderSentiment"):
            list(rated_texts(path))
    with pytest.raises(DataError, match="There are no rated texts at"):
        list(rated_texts(tmp_path / "none.zip"))


def test_where_they_lie_is_asked_of_the_environment_and_the_data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("S2S_DATA", str(tmp_path))
    monkeypatch.delenv("S2S_RATED", raising=False)
    with pytest.raises(DataError, match=r"pip download .*, then set S2S_RATED to the file"):
        rated_archive()
    path = archive(tmp_path / "mine.zip")
    monkeypatch.setenv("S2S_RATED", str(path))
    assert rated_archive() == path


@pytest.mark.skipif("S2S_RATED" not in os.environ, reason="S2S_RATED names no source archive of vaderSentiment 0.5")
def test_the_real_archive():
    found = list(rated_texts(Path(os.environ["S2S_RATED"])))
    kinds = Counter(one.clip.split("_")[0] for one in found)
    assert kinds == {"movie": 10593, "amazon": 3649, "tweet": 4005, "nyt": 5102}
    labels = np.array([one.label for one in found if one.clip.startswith("movie")])
    assert labels.std() == pytest.approx(1.44, abs=0.01)
