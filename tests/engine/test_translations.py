"""The decoders beside a checkpoint: packed, read back, looked at, and refused when damaged."""

import dataclasses
import json

import numpy as np
import pytest
import torch
from synthetic import SPECS, clip
from tiny_networks import TINY, corpus

from engine import translations
from engine.batch import collate
from engine.checkpoint import TRANSLATIONS, available, read_card, save, save_card
from engine.config import RegressionOptions
from engine.curves import curves_of
from engine.fit import Epoch
from engine.notation import parse
from engine.predict import Predictor, load, segments_of
from engine.train import train_variant
from extraction.errors import CheckpointError
from extraction.types import Aligned, Stream, Word

pytestmark = pytest.mark.usefixtures("one_thread")
VALUES, CODES = TINY["translation"], dataclasses.replace(TINY["translation"], target="codes")


def trained(name, options=VALUES, fine_tune=False):
    regression = RegressionOptions(hidden=3, epochs=1, fine_tune=fine_tune)
    return train_variant(parse(name), corpus(), translation=options, regression=regression)


def kept(done, folder):
    path = folder / "kept.safetensors"
    path.write_bytes(translations.pack(done.translators, done.model, SPECS))
    return path


@pytest.mark.slow
@pytest.mark.parametrize("options", [VALUES, CODES], ids=["values", "codes"])
@pytest.mark.parametrize("name", ["T->A", "concat(T,A)->concat(T,V)", "embed(A,V)->T", "embed(T,A)->V"])
def test_what_is_read_back_attends_as_what_was_trained(name, options, tmp_path):
    done = trained(name, options, fine_tune=True)
    back = translations.unpack(kept(done, tmp_path), done.model)
    aligned = clip(np.random.default_rng(3), words=6, missing=0.2)
    (segment,) = segments_of(done.model, aligned)
    for stage in done.model.variant.stages:
        ours = translations.attention(done.translators, done.model, stage, segment)
        theirs = translations.attention(back, done.model, stage, segment)
        assert ours.shape == (6 + (options.target == "codes"), 6)
        np.testing.assert_allclose(ours.sum(axis=1), 1, atol=1e-5)
        np.testing.assert_allclose(theirs, ours, atol=2e-3)  # float16
        assert not back[str(stage)].training


def test_attention_is_the_translators_own():
    done = trained("T->A")
    (stage,) = done.model.variant.stages
    (segment,) = segments_of(done.model, clip(np.random.default_rng(3)))
    with torch.no_grad():
        own = done.translators["T->A"](collate([segment], ("T",)), {}).attention[0].numpy()
    np.testing.assert_array_equal(translations.attention(done.translators, done.model, stage, segment), own)


def test_an_encoder_is_kept_twice_only_where_the_regressor_changed_it(tmp_path):
    from safetensors.torch import load_file

    for fine_tune in (False, True):
        done = trained("T->A", fine_tune=fine_tune)
        path = kept(done, tmp_path)
        assert any(".encoder." in name for name in load_file(path)) == fine_tune
        back = translations.unpack(path, done.model)["T->A"].encoder.state_dict()
        for name, value in done.translators["T->A"].encoder.state_dict().items():
            torch.testing.assert_close(back[name], value, rtol=1e-3, atol=1e-4)
            if not fine_tune:
                assert torch.equal(back[name], value)


def checkpoint(done, folder, *, decoders=True):
    from test_checkpoint import card_of

    card = dataclasses.replace(card_of(done.model), translation=VALUES, regression=done.model.regression)
    content = translations.pack(done.translators, done.model, SPECS) if decoders else None
    save(done.model, card, folder, content)
    return load(folder)


def test_a_checkpoint_shows_the_attention_of_each_utterance(tmp_path):
    predictor = checkpoint(trained("T->A"), tmp_path)
    aligned = dataclasses.replace(clip(np.random.default_rng(3), words=6), utterances=((0, 2), (2, 6)))
    (stage,) = predictor.model.variant.stages
    assert predictor.translation_attention(aligned, stage, 0).shape == (2, 2)
    assert predictor.translation_attention(aligned, stage, 1).shape == (4, 4)


def test_a_checkpoint_without_decoders_reads_and_says_so(tmp_path):
    predictor = checkpoint(trained("T->A"), tmp_path, decoders=False)
    (stage,) = predictor.model.variant.stages
    assert predictor.predict(clip(np.random.default_rng(3))).variant == "T->A"
    assert not (tmp_path / TRANSLATIONS).exists()
    with pytest.raises(CheckpointError, match="The checkpoint of T->A holds no decoder of T->A: train it again"):
        predictor.translation_attention(clip(np.random.default_rng(3)), stage)


def test_decoders_of_an_older_model_do_not_stay(tmp_path):
    done = trained("T->A")
    checkpoint(done, tmp_path)
    assert (tmp_path / TRANSLATIONS).is_file()
    assert checkpoint(done, tmp_path, decoders=False).translators == {}
    assert not (tmp_path / TRANSLATIONS).exists()


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["removed", "changed", "another's", "no header"])
def test_damaged_decoders_are_refused_and_the_model_still_reads(damage, tmp_path):
    from safetensors.torch import save as to_bytes

    done = trained("T->A")
    checkpoint(done, tmp_path)
    path = tmp_path / TRANSLATIONS
    if damage == "removed":
        path.unlink()
    elif damage == "changed":
        path.write_bytes(path.read_bytes()[:-1] + b"x")
    else:
        other = trained("V->A")
        wrong = translations.pack(other.translators, other.model, SPECS)
        path.write_bytes(wrong if damage == "another's" else to_bytes({"x": torch.zeros(1)}))
        from engine.checkpoint import hash_file

        save_card(dataclasses.replace(read_card(tmp_path), translations_sha256=hash_file(path)), tmp_path)
    predictor = load(tmp_path)
    assert np.isfinite(predictor.predict(clip(np.random.default_rng(3))).score)
    with pytest.raises(CheckpointError, match=r"translations .* copy the whole folder again"):
        predictor.translation_attention(clip(np.random.default_rng(3)), done.model.variant.stages[0])


def test_a_card_of_before_reads_without_the_new_fields(tmp_path):
    checkpoint(trained("T->A"), tmp_path)
    path = tmp_path / "card.json"
    data = json.loads(path.read_text())
    del data["translations_sha256"], data["curves"]
    path.write_text(json.dumps(data))
    predictor = load(tmp_path)
    assert predictor.card.curves == ()
    assert predictor.translators == {}


def test_focus_of_even_sharp_and_diagonal_attention():
    even = translations.focus(np.full((5, 5), 0.2, np.float32))
    assert even.effective == pytest.approx(5)
    assert even.even
    assert even.near == pytest.approx(even.near_if_even) == pytest.approx(13 / 25)
    sharp = translations.focus(np.eye(5, dtype=np.float32))
    assert (sharp.effective, sharp.near, sharp.even) == (pytest.approx(1), pytest.approx(1), False)
    ended = translations.focus(np.vstack([np.eye(3), np.full(3, 1 / 3)]).astype(np.float32))
    assert ended.near == pytest.approx(1)  # the step for the end has no place of its own
    assert ended.effective == pytest.approx((1 + 1 + 1 + 3) / 4)
    assert not translations.focus(np.ones((1, 1), np.float32)).even


def test_curves_are_the_epochs_of_each_training_in_turn():
    epochs = [Epoch("T->A", n, 9, 1 / n, 2.0, 2.0, 1) for n in (1, 2)] + [Epoch("regression", 1, 9, 0.5, 0.7, 0.7, 1)]
    first, second = curves_of(epochs)
    assert (first.stage, first.train, first.valid, first.best_epoch) == ("T->A", (1.0, 0.5), (2.0, 2.0), 1)
    assert (second.stage, second.train, second.valid) == ("regression", (0.5,), (0.7,))
    assert curves_of([]) == ()


@pytest.mark.slow
def test_every_shipped_translation_has_its_decoders():
    cards = [card for card in available() if card.stages]
    assert len(cards) == 19
    for card in cards:
        predictor: Predictor = load(card.variant)
        rng = np.random.default_rng(0)
        streams = {
            m: Stream(spec, rng.normal(size=(7, spec.dim)).astype(np.float32), np.ones(7, bool))
            for m, spec in card.specs.items()
        }
        aligned = Aligned("made", tuple(Word(str(n)) for n in range(7)), streams, 7.0)
        for stage in predictor.model.variant.stages:
            attention = predictor.translation_attention(aligned, stage)
            assert attention.shape == (7, 7)
            np.testing.assert_allclose(attention.sum(axis=1), 1, atol=1e-5)
