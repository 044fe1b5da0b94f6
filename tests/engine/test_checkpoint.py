import dataclasses
import json

import numpy as np
import pytest
import torch
from synthetic import SPECS, clip, stream

import engine
from engine.checkpoint import Card, Source, available, load, locate, save, shipped
from engine.config import RegressionOptions, TranslationOptions
from engine.model import SentimentModel
from engine.notation import parse
from engine.predict import Predictor, predict
from engine.stage_store import StageFigures
from engine.standardise import Standardiser
from engine.variants import VARIANTS, directory_name
from extraction.errors import CheckpointError, DataError
from extraction.types import Aligned, FeatureSpec

TINY = (TranslationOptions(hidden=3), RegressionOptions(hidden=3, cell="gru"))


def card_of(model):
    return Card(
        variant=str(model.variant),
        specs=model.specs,
        translation=TINY[0],
        regression=TINY[1],
        seed=7,
        protocol="speakers",
        folds=5,
        fold=None,
        data=Source("table.parquet", "0" * 64, 320, 11),
        unlabelled=Source("more.parquet", "1" * 64, 40, 0),
        validation={"mae": 1.0, "r": None},
        test=None,
        floors={"constant_mae": 1.4},
        paper={"f1": 0.76},
        learned=True,
        verdict="Beats every constant answer.",
        command="s2s train",
        code_version="0",
    )


def made(name):
    torch.manual_seed(0)
    return SentimentModel(parse(name), SPECS, *TINY).eval()


@pytest.fixture
def saved(tmp_path):
    folder = tmp_path / "T_to_A"
    save(made("T->A"), card_of(made("T->A")), folder)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_round_trip(variant, tmp_path):
    model = made(str(variant))
    for module in model.modules():
        if isinstance(module, Standardiser):
            module.mean.fill_(0.3)
            module.scale.fill_(1.7)
    card = save(model, card_of(model), tmp_path / directory_name(variant))
    aligned = clip(np.random.default_rng(0), missing=0.3)
    predictor = engine.load(str(variant), tmp_path)
    assert predictor.card == card
    assert predictor.card.inputs == variant.inputs
    ours, theirs = predict(model, aligned), predictor.predict(aligned)
    assert ours.to_dict() == theirs.to_dict()
    assert sorted(p.name for p in (tmp_path / directory_name(variant)).iterdir()) == ["card.json", "model.safetensors"]


def test_card_is_readable_json(saved):
    data = json.loads((saved / "card.json").read_text(encoding="utf-8"))
    assert (data["format"], data["variant"], data["inputs"]) == (2, "T->A", ["T"])
    assert data["regression"]["cell"] == "gru"
    assert data["specs"]["T"] == SPECS["T"].to_dict()
    assert len(data["weights_sha256"]) == 64


def test_where_checkpoints_lie(saved, tmp_path, monkeypatch):
    assert shipped() == shipped().resolve()
    assert shipped().name == "checkpoints"
    monkeypatch.setenv("S2S_CHECKPOINTS", str(tmp_path))
    assert locate("T -> A") == saved
    assert locate(str(saved)) == saved
    assert [card.variant for card in available()] == ["T->A"]
    assert available(tmp_path / "none") == ()


def damage(name, content):
    return lambda folder: (folder / name).write_bytes(content)


def edit(**changes):
    def apply(folder):
        path = folder / "card.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return apply


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (lambda folder: (folder / "model.safetensors").unlink(), "has no model.safetensors"),
        (lambda folder: (folder / "card.json").unlink(), "There is no checkpoint at .*: train the variant"),
        (damage("model.safetensors", b"rubbish"), "are damaged or another model's: copy the whole folder again"),
        (damage("card.json", b"{"), "is not the card of a checkpoint"),
        (damage("card.json", b"[]"), "is not the card of a checkpoint"),
        (damage("card.json", b"\xff\xfe"), "is not the card of a checkpoint"),
        (edit(format=1), r"written by an older version \(format 1\): train it again"),
        (edit(format=3), r"written by a newer version \(format 3\): update this program"),
        (edit(variant="Q"), "is not the card of a checkpoint"),
        (edit(specs={}), "are damaged or another model's"),
        (edit(regression={"hidden": 5}), "are damaged or another model's"),
        (edit(regression={"hidden": "x"}), "is not the card of a checkpoint"),
        (edit(data={"name": 1}), "is not the card of a checkpoint"),
        (edit(extra={"name": 1}), "is not the card of a checkpoint"),
        (edit(stages=[{"stage": "T->A"}]), "is not the card of a checkpoint"),
        (edit(translation={"attention": "cosine"}), "is not the card of a checkpoint"),
    ],
)
def test_a_damaged_checkpoint_is_refused(saved, fault, sentence):
    fault(saved)
    with pytest.raises(CheckpointError, match=sentence):
        load(saved)


def test_a_card_keeps_what_a_model_came_from(tmp_path):
    more = {
        "extra": Source("extra.parquet", "2" * 64, 10, 3),
        "voice": "3" * 64,
        "stages": (StageFigures("T->A", 0.8, 1.0, 7, "squared error"),),
        "identity": "4" * 64,
    }
    card = save(made("T->A"), dataclasses.replace(card_of(made("T->A")), **more), tmp_path)
    assert load(tmp_path)[1] == card
    assert card.stages[0].learned


def test_weights_that_are_no_safetensors_are_refused(saved):
    from engine.checkpoint import hash_file

    weights = saved / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    edit(weights_sha256=hash_file(weights))(saved)
    with pytest.raises(CheckpointError, match="are damaged"):
        load(saved)


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CheckpointError, match="cannot be written"):
        save(made("T"), card_of(made("T")), tmp_path / "file" / "below")


def test_other_features_are_refused():
    other = FeatureSpec("T", "made-T", "1", ("x", *SPECS["T"].names[1:]))
    aligned = clip(np.random.default_rng(0))
    values = dataclasses.replace(aligned.streams["T"], spec=other)
    changed = dataclasses.replace(aligned, streams={**aligned.streams, "T": values})
    with pytest.raises(CheckpointError, match="other text features than the clip's \\(column 0 'T0' against 'x'\\)"):
        predict(made("T->A"), changed)
    assert predict(made("A"), changed).inputs == ("A",)


def test_prediction_says_what_it_read():
    aligned = dataclasses.replace(clip(np.random.default_rng(0)), warnings=("Heard little.",))
    prediction = Predictor(made("concat(T,V,A)"), card_of(made("concat(T,V,A)"))).predict(aligned)
    data = prediction.to_dict()
    assert list(data) == ["variant", "score", "words", "utterances", "inputs", "warnings", "interval"]
    assert list(data["words"][0]) == [
        *("text", "start", "end", "confidence", "fit"),
        *("sentiment", "attention", "contribution"),
    ]
    assert [list(utterance) for utterance in data["utterances"]] == [["first", "stop", "start", "end", "score"]]
    assert (data["variant"], data["inputs"], data["warnings"]) == ("concat(T,V,A)", ["T", "A", "V"], ["Heard little."])
    assert sum(word["contribution"] for word in data["words"]) == pytest.approx(data["score"], abs=1e-5)
    assert json.loads(json.dumps(data)) == data


@pytest.mark.parametrize("how", ["no stream", "nowhere observed"])
def test_a_missing_modality_is_said_and_does_not_matter(how):
    aligned = clip(np.random.default_rng(0))
    streams = {m: s for m, s in aligned.streams.items() if m != "V"}
    if how == "nowhere observed":
        streams["V"] = stream("V", np.zeros((5, 3)), [False] * 5)
    prediction = predict(made("concat(T,V,A)"), dataclasses.replace(aligned, streams=streams))
    assert prediction.inputs == ("T", "A")
    assert prediction.warnings == ("No face was seen: concat(T,V,A) read text and audio only.",)
    assert np.isfinite(prediction.score)


def test_a_seldom_seen_face_is_said():
    aligned = clip(np.random.default_rng(0))
    streams = {"V": stream("V", np.ones((5, 3)), [True, True, False, False, False])}
    prediction = predict(made("V->T"), dataclasses.replace(aligned, streams=streams))
    assert prediction.warnings == ("A face was seen in 2 of 5 words only.",)


def test_nothing_to_read_is_refused():
    aligned = clip(np.random.default_rng(0), modalities="T")
    with pytest.raises(DataError, match=r"concat\(A,V\) reads audio and video, of which this clip has nothing"):
        predict(made("concat(A,V)"), aligned)
    with pytest.raises(DataError, match="Clip 'x' has no words"):
        predict(made("T"), Aligned("x", (), {}, 1.0))
