"""The trainings that come before those of a taught model, with MiniLM as its own teacher."""

import numpy as np
import pytest
from rated_archive import archive

from engine import taught as module
from engine.checkpoint import locate, read_card
from engine.embedders import MINILM, make_embedder
from engine.place import Place
from engine.predict import load
from engine.taught import read_by_shipped, taught, taught_rated
from engine.train_run import train_run
from extraction.store import Entry, make_table, read_table, write_table
from extraction.types import Aligned, Word

TEXTS = (
    ("what a lovely and moving film", 2.0),
    ("it was dull from start to finish", -2.0),
    ("the actors are fine", 0.5),
    ("i would not see it again", -1.0),
    ("great fun for all of us", 2.5),
    ("boring", -1.5),
)


def texts(path, embedder, *, name="c", more=""):
    entries = []
    for number, (text, label) in enumerate(TEXTS):
        words = tuple(Word(word) for word in f"{text}{more}".split())
        clip = Aligned(f"{name}{number}", words, {"T": embedder.embed([word.text for word in words])}, 1.0)
        entries.append(Entry(clip, label, "valid" if number % 3 == 2 else "train", f"s{number}"))
    write_table(make_table(entries), path)
    return path


class Taught:
    """Tables of few texts in place of the corpora, and what was trained on what, in turn."""

    def __init__(self, folder, monkeypatch):
        embedder = make_embedder()
        self.first = texts(folder / "first.parquet", embedder)
        self.own = texts(folder / "own.parquet", embedder, name="o", more=" today")
        self.asked, self.folders, self.tables, self._runs = [], {}, {}, folder / "runs"
        monkeypatch.setattr("engine.study_tables.cache_folder", lambda: folder / "cache")
        monkeypatch.setattr(module, "MPNET", MINILM)
        monkeypatch.setattr(module, "mosei_apart", lambda name=None: self.asked.append(("first", name)) or self.first)
        monkeypatch.setattr(module, "table_path", lambda _, name=None: self.asked.append(("own", name)) or self.own)

    def train(self, run, part):
        self.tables[part] = run.data
        self.folders[part] = train_run(run, self._runs / part)
        return self.folders[part]


@pytest.fixture
def school(tmp_path, monkeypatch):
    return Taught(tmp_path, monkeypatch)


@pytest.mark.models
@pytest.mark.slow
@pytest.mark.usefixtures("one_thread")
def test_a_teacher_learns_twice_and_labels_texts_and_phrases_of_them(school):
    first, own, asked, folders, tables = school.first, school.own, school.asked, school.folders, school.tables
    assert taught(Place(), school.train, "s2s reproduce text-taught-joined") == folders["taught-further"]
    assert list(folders) == ["mpnet-first", "mpnet", "taught", "taught-further"]
    assert asked == [("first", MINILM), ("own", MINILM), ("first", None), ("own", None)]
    begun = read_card(folders["mpnet-first"])
    assert read_card(folders["mpnet"]).start == f"T, first.parquet, {begun.weights_sha256[:12]}"
    teacher = load(folders["mpnet"])
    labels = {entry.aligned.clip: entry for entry in read_table(tables["taught"])}
    whole = read_table(first)
    for entry in whole:
        score = float(np.clip(teacher.predict(entry.aligned).score, -3, 3))
        wanted = entry.label if entry.split == "valid" else score
        assert labels[entry.aligned.clip].label == pytest.approx(wanted, abs=1e-3)
    phrases = [entry for name, entry in labels.items() if name not in {e.aligned.clip for e in whole}]
    assert {entry.split for entry in phrases} == {"train"}
    assert all(entry.label is not None for entry in phrases)
    card = read_card(folders["taught"])
    assert (card.adapter.rank, card.regression.layers, card.command) == (16, 0, "s2s reproduce text-taught-joined")
    assert card.data.clips == len([entry for entry in labels.values() if entry.split == "train"])
    further = {entry.aligned.clip: entry for entry in read_table(tables["taught-further"])}
    assert all(further[name].label == entry.label for name, entry in labels.items())
    assert all(entry.speaker is None for entry in further.values())
    added = further.keys() - labels.keys()
    assert {name.split("[")[0] for name in added} == {"c0", "c1", "c3", "c4", "o0", "o1", "o3", "o4"}
    for entry in read_table(own):
        if entry.split == "train":
            score = float(np.clip(teacher.predict(entry.aligned).score, -3, 3))
            assert further[entry.aligned.clip].label == pytest.approx(score, abs=1e-3)
    once, card = card, read_card(folders["taught-further"])
    assert card.start == f"T, {tables['taught'].name}, {once.weights_sha256[:12]}"


@pytest.mark.models
@pytest.mark.slow
@pytest.mark.usefixtures("one_thread")
def test_texts_that_people_rated_count_half_theirs_and_half_the_teachers(school, tmp_path, monkeypatch):
    monkeypatch.setenv("S2S_RATED", str(archive(tmp_path / "v.zip")))
    folders, tables = school.folders, school.tables
    assert taught_rated(Place(), school.train, "s2s reproduce text-taught-rated") == folders["taught-rated"]
    assert list(folders) == ["mpnet-first", "mpnet", "taught", "taught-further", "taught-rated"]
    teacher = load(folders["mpnet"])
    found = {entry.aligned.clip: entry for entry in read_table(tables["taught-rated"])}
    score = float(np.clip(teacher.predict(found["movie_1"].aligned).score, -3, 3))
    assert found["movie_1"].label == pytest.approx((2.4 + score) / 2, abs=1e-3)
    phrases = {name.split("[")[0] for name in found if "[" in name}
    assert phrases == {"movie_1", "movie_2", "amazon_1_1", "amazon_1_2"}  # neither news nor tweets
    assert {name for name, entry in found.items() if entry.split == "valid"} == {"c2", "c5"}
    start = read_card(folders["taught-further"]).weights_sha256[:12]
    assert read_card(folders["taught-rated"]).start == f"T, {tables['taught-further'].name}, {start}"


@pytest.mark.models
@pytest.mark.slow
def test_the_shipped_model_reads_training_texts_for_models_of_frozen_vectors(school):
    path = read_by_shipped()
    teacher = load(locate("T"))
    for was, read in zip(read_table(school.first), read_table(path), strict=True):
        assert read.aligned.clip == was.aligned.clip
        np.testing.assert_array_equal(read.aligned.streams["T"].values, was.aligned.streams["T"].values)
        score = float(np.clip(teacher.predict(was.aligned).score, -3, 3))
        assert read.label == pytest.approx(was.label if was.split == "valid" else score, abs=1e-3)
        assert read.split == was.split
    assert read_by_shipped() == path
