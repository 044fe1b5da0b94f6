"""A network that hears acted emotions, and the encoders that begin from it."""

import dataclasses
import json

import numpy as np
import pytest
import torch
from synthetic import SPECS, clip
from tiny_networks import corpus

from engine.config import RegressionOptions, TranslationOptions
from engine.model import SentimentModel
from engine.notation import parse
from engine.sequence import SequenceReader, recurrent
from engine.train import train_variant
from engine.voice import load_voice, read_emotions, save_voice, train_voice
from extraction.errors import CheckpointError, DataError
from extraction.store import Entry, make_table
from extraction.types import FeatureSpec

pytestmark = pytest.mark.usefixtures("one_thread")

EMOTIONS = ("angry", "calm", "sad")
OPTIONS = RegressionOptions(hidden=6, epochs=12, learning_rate=0.02, batch_size=8)


def acted(clips=60, actors=6, modalities="A"):
    """Clips whose first audio column is told by the emotion, and the emotion of each."""
    rng, entries, emotions = np.random.default_rng(0), [], {}
    for i in range(clips):
        emotion = int(rng.integers(len(EMOTIONS)))
        made = clip(rng, f"c{i:02d}", int(rng.integers(2, 6)), 2.0 * (emotion - 1), modalities=modalities)
        entries.append(Entry(made, None, None, f"actor{i % actors}"))
        emotions[made.clip] = EMOTIONS[emotion]
    return make_table(entries), emotions


@pytest.fixture(scope="module")
def voice(one_thread):
    return train_voice(*acted(), OPTIONS, seed=1)


@pytest.mark.slow
def test_emotions_are_told_on_actors_never_heard(voice):
    card = voice.card
    assert card.classes == EMOTIONS
    assert card.accuracy > 0.9
    assert card.floor < 0.6
    assert (card.clips, card.speakers, card.table) == (40, 4, acted()[0].fingerprint)
    assert not voice.network.training
    assert not any(p.requires_grad for p in voice.network.parameters())


@pytest.mark.slow
def test_the_same_seed_gives_the_same_voice(voice):
    before = torch.get_rng_state()
    short = dataclasses.replace(OPTIONS, epochs=2)
    one, two, other = (train_voice(*acted(), short, seed=seed).network.state_dict() for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert not torch.equal(one["rnn.weight_ih_l0"], other["rnn.weight_ih_l0"])


def test_a_voice_comes_back_from_its_folder(voice, tmp_path):
    saved = save_voice(voice, tmp_path / "voice")
    loaded = load_voice(tmp_path / "voice")
    assert loaded.card == saved.card
    assert loaded.fingerprint == saved.fingerprint != ""
    assert dataclasses.replace(loaded.card, fingerprint="") == voice.card
    first, second = voice.network.state_dict(), loaded.network.state_dict()
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert sorted(p.name for p in (tmp_path / "voice").iterdir()) == ["model.safetensors", "voice.json"]


@pytest.mark.parametrize("fault", ["cut weights", "other weights", "no card", "no list", "other option", "no folder"])
def test_a_damaged_voice_is_refused(voice, tmp_path, fault):
    folder = tmp_path / "voice"
    save_voice(voice, folder)
    card = json.loads((folder / "voice.json").read_text())
    content = (folder / "model.safetensors").read_bytes()
    sentence = "There is no voice network at .*: train one with `s2s pretrain-voice`"
    if fault == "cut weights":
        (folder / "model.safetensors").write_bytes(content[:-8])
        sentence = "The voice network .* is damaged: copy the whole folder again"
    elif fault == "other weights":
        other = dataclasses.replace(OPTIONS, epochs=1)
        save_voice(train_voice(*acted(), other, seed=9), tmp_path / "other")
        (folder / "model.safetensors").write_bytes((tmp_path / "other" / "model.safetensors").read_bytes())
        sentence = "is damaged"
    elif fault == "no folder":
        folder = tmp_path / "nowhere"
    else:
        changed = {"no card": "{", "no list": "[]", "other option": json.dumps(card | {"options": {"hiden": 3}})}
        (folder / "voice.json").write_text(changed[fault])
    with pytest.raises(CheckpointError, match=sentence):
        load_voice(folder)


def reader_of(name):
    variant = parse(name)
    widths = {str(stage): 12 for stage in variant.stages}
    return SequenceReader(variant.representation, SPECS, widths)


def rnn_of(reader, cell="lstm", hidden=6, layers=1, both=True):
    shape = {"cell": cell, "hidden": hidden, "layers": layers, "bidirectional": both}
    return recurrent(reader.width, RegressionOptions(**shape))


@pytest.mark.parametrize(("name", "columns"), [("A", (0, 5)), ("concat(T,A)", (7, 12)), ("concat(A,V)", (0, 5))])
def test_the_weights_begin_in_the_columns_of_the_audio_and_nowhere_else(voice, name, columns):
    reader = reader_of(name)
    torch.manual_seed(3)
    rnn = rnn_of(reader)
    before = {key: value.clone() for key, value in rnn.state_dict().items()}
    assert voice.begin(reader, rnn)
    heard = voice.network.rnn.state_dict()
    inside = torch.zeros(reader.width, dtype=torch.bool)
    inside[slice(*columns)] = True
    for key, value in rnn.state_dict().items():
        if key.startswith("weight_ih"):
            assert torch.equal(value[:, inside], heard[key])
            assert torch.equal(value[:, ~inside], before[key][:, ~inside])
        else:
            assert torch.equal(value, heard[key])
    assert len(before) == 8  # both directions were looked at


@pytest.mark.parametrize("name", ["T", "concat(T,V)", "A->T", "embed(A,T)->V", "T->A"])
def test_nothing_begins_where_audio_is_not_read_as_such(voice, name):
    reader = reader_of(name)
    rnn = rnn_of(reader)
    before = {key: value.clone() for key, value in rnn.state_dict().items()}
    assert not voice.begin(reader, rnn)
    assert all(torch.equal(value, before[key]) for key, value in rnn.state_dict().items())


@pytest.mark.parametrize(
    "shape", [("gru", 6, 1, True), ("lstm", 5, 1, True), ("lstm", 6, 2, True), ("lstm", 6, 1, False)]
)
def test_another_shape_is_refused(voice, shape):
    cell, hidden, layers, both = shape
    reader = reader_of("A")
    rnn = rnn_of(reader, cell, hidden, layers, both)
    with pytest.raises(DataError, match=r"another shape \(lstm, 6 units\): give the model the same cell, hidden"):
        voice.begin(reader, rnn)


def test_other_audio_features_are_refused(voice):
    other = {"A": FeatureSpec("A", "made-A", "2", SPECS["A"].names)}
    reader = SequenceReader(parse("A").representation, other, {})
    with pytest.raises(DataError, match="reads other audio features than the table holds"):
        voice.begin(reader, rnn_of(reader))


def test_training_begins_from_the_voice(voice):
    frozen = {"hidden": 6, "epochs": 1, "learning_rate": 1e-7}
    options = {"translation": TranslationOptions(**frozen), "regression": RegressionOptions(**frozen)}
    heard = voice.network.rnn.weight_hh_l0
    for name, module in (("A", "regressor.rnn"), ("concat(T,A)", "regressor.rnn"), ("A->T", "encoders.A_to_T.rnn")):
        for given in (voice, None):
            model = train_variant(parse(name), corpus(), **options, voice=given).model
            assert isinstance(model, SentimentModel)
            began = torch.allclose(model.state_dict()[f"{module}.weight_hh_l0"], heard, atol=1e-4)
            assert began is (given is voice)


def test_clips_that_cannot_teach_a_voice_are_refused():
    table, emotions = acted(clips=12)
    with pytest.raises(DataError, match="has no audio features: extract it with --modalities A"):
        train_voice(acted(clips=12, modalities="T")[0], emotions, OPTIONS)
    with pytest.raises(DataError, match="Clip 'c03' has no emotion in the list: name one for each clip"):
        train_voice(table, {clip: e for clip, e in emotions.items() if clip != "c03"}, OPTIONS)
    with pytest.raises(DataError, match="4 speakers cannot fill 6 folds"):
        train_voice(*acted(clips=12, actors=4), OPTIONS)


def test_a_list_of_emotions_is_read(tmp_path):
    path = tmp_path / "emotions.csv"
    path.write_text('\ufefffile,actor,emotion\nspeech/03-01.wav,1,calm\n"03,02.wav",2,angry\n', encoding="utf-8")
    assert read_emotions(path) == {"03-01": "calm", "03,02": "angry"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "is not a readable CSV file: give one with the columns file and emotion"),
        (b"\xff\xfe\x00", "is not a readable CSV file"),
        (b"", "has no columns file and emotion: give a list with both"),
        (b"file,emotion\n", "has no columns file and emotion"),
        (b"name,emotion\na,calm\n", "has no columns file and emotion"),
        (b"file,emotion\na.wav\n", "names no file or no emotion in line 2"),
        (b"file,emotion\na.wav,calm\n,calm\n", "names no file or no emotion in line 3"),
    ],
)
def test_a_list_that_names_no_emotions_is_refused(tmp_path, content, sentence):
    path = tmp_path / "emotions.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=sentence):
        read_emotions(path)
