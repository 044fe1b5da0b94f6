"""Labels that a model gives."""

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from synthetic import SPECS, clip
from tiny_networks import TINY

from engine import checkpoint
from engine.checkpoint import Card, Source
from engine.cli import cli
from engine.config import AdapterOptions
from engine.embedders import make_embedder
from engine.model import SentimentModel
from engine.notation import parse
from engine.place import Place
from engine.predict import Predictor, load
from engine.weak_labels import weakly_labelled
from extraction.errors import DataError
from extraction.store import Entry, make_table, read_table, write_table
from extraction.types import Aligned, Word

SOURCE = Source("t", "0", 3, 0)


@pytest.fixture
def teacher(tmp_path):
    torch.manual_seed(0)
    model = SentimentModel(parse("T"), SPECS, TINY["translation"], TINY["regression"]).eval()
    with torch.no_grad():
        model.regressor.head.bias.fill_(9.0)  # beyond the scale
    card = Card(
        "T", model.specs, model.translation, model.regression, 0, "standard", 5, None, SOURCE, None,
        {}, None, {}, None, True, "", "", "",
    )  # fmt: skip
    checkpoint.save(model, card, tmp_path / "teacher")
    return tmp_path / "teacher"


def clips():
    rng = np.random.default_rng(0)
    silent = clip(rng, "unread", 3, missing=1.0)
    return make_table(
        [
            Entry(clip(rng, "labelled", 4), -1.5, "train", "s1"),
            Entry(clip(rng, "bare", 5), None, None, "s2"),
            Entry(silent),
        ]
    )


def test_bare_clips_take_the_models_score_on_the_labels_scale(teacher):
    model = load(teacher)
    made = weakly_labelled(clips(), model)
    labels = {e.aligned.clip: (e.label, e.split, e.speaker) for e in made.table}
    assert labels == {"labelled": (-1.5, "train", "s1"), "bare": (3.0, None, "s2")}
    assert (made.given, made.left_out) == (1, ("unread",))
    assert [e.label for e in weakly_labelled(clips(), model, every=True).table] == [3.0, 3.0]


def test_scores_within_the_scale_are_taken_as_they_are(teacher):
    model = load(teacher)
    with torch.no_grad():
        model.model.regressor.head.bias.fill_(0.25)
    made = weakly_labelled(clips(), Predictor(model.model, model.card))
    bare = next(e for e in made.table if e.aligned.clip == "bare")
    assert bare.label == pytest.approx(model.predict(bare.aligned).score)


def test_a_table_without_anything_to_read_is_refused(teacher):
    unread = make_table([e for e in clips() if e.aligned.clip == "unread"])
    with pytest.raises(DataError, match="T can read no clip"):
        weakly_labelled(unread, load(teacher))


def test_the_command_writes_the_table_and_says_how_many(teacher, tmp_path):
    write_table(clips(), tmp_path / "clips.parquet")
    out = tmp_path / "weak.parquet"
    done = CliRunner().invoke(
        cli, ["weak-labels", str(tmp_path / "clips.parquet"), "--model", str(teacher), "-o", str(out)]
    )
    assert done.exit_code == 0, done.output
    assert "1 of 2 labels" in done.stderr
    assert "Left out, with nothing" in done.stderr
    assert [e.label for e in read_table(out)] == [-1.5, 3.0]


def test_a_label_may_be_shared_with_the_model_and_what_validates_stays(teacher):
    rng = np.random.default_rng(0)
    table = make_table([Entry(clip(rng, split, 4), -1.0, split) for split in ("train", "valid", "test")])
    made = weakly_labelled(table, load(teacher), every=True, share=0.25)
    assert [entry.label for entry in made.table] == [0.25 * 3 - 0.75, -1.0, -1.0]
    assert made.given == 1


def test_the_command_cuts_phrases_and_labels_them(teacher, tmp_path):
    write_table(clips(), tmp_path / "clips.parquet")
    out = tmp_path / "weak.parquet"
    asked = ["weak-labels", str(tmp_path / "clips.parquet"), "--model", str(teacher), "--phrases", "2", "-o", str(out)]
    done = CliRunner().invoke(cli, asked)
    assert done.exit_code == 0, done.output
    labels = {entry.aligned.clip: entry.label for entry in read_table(out)}
    assert labels["labelled"] == -1.5
    cut = [label for name, label in labels.items() if name.startswith("labelled[")]
    assert cut
    assert set(cut) == {3.0}


@pytest.mark.models
def test_a_model_with_an_encoder_of_its_own_reads_words_whatever_their_vectors(teacher):
    embedder = make_embedder()
    torch.manual_seed(1)
    options = TINY["regression"]
    own = SentimentModel(parse("T"), {"T": embedder.spec}, None, options, AdapterOptions(rank=2, alpha=4)).eval()
    predictor = Predictor(own, load(teacher).card)
    words = tuple(Word(text) for text in ["I", "loved", "the", "ending"])
    said = predictor.predict(Aligned("c", words, {"T": embedder.embed([w.text for w in words])}, 1.0)).score
    other = clip(np.random.default_rng(0), "c", len(words), modalities="T")
    table = make_table([Entry(Aligned("c", words, other.streams, 1.0))])
    for place, tolerance in ((Place(), 1e-4), (Place(bf16=True), 0.1)):
        label = weakly_labelled(table, predictor, place=place).table.entries[0].label
        assert label == pytest.approx(said, abs=tolerance)
