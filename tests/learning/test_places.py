"""The same training elsewhere: in bfloat16, on a GPU, and out of the way of what cannot train."""

import dataclasses

import numpy as np
import pytest
import torch
from synthetic import table
from tiny_networks import corpus

from engine import place as place_module
from engine.config import RegressionOptions, TranslationOptions
from engine.dataset import segments_of
from engine.fit import fit
from engine.model import scores
from engine.notation import parse
from engine.place import Place
from engine.train import train_variant
from engine.voice import train_voice
from extraction.errors import InputError

pytestmark = pytest.mark.usefixtures("one_thread")

SHAPES = {
    "lstm": {"hidden": 8},
    "gru": {"hidden": 8, "cell": "gru", "layers": 2, "bidirectional": False},
}
needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="torch finds no CUDA device here")


def trained(name, place, shape="lstm", **translation):
    epochs = []
    made = train_variant(
        parse(name),
        corpus(clips=40),
        translation=TranslationOptions(**SHAPES[shape], epochs=3, codes=4, dropout=0, input_dropout=0, **translation),
        regression=RegressionOptions(**SHAPES[shape], epochs=3, dropout=0, input_dropout=0),
        place=place,
        report=epochs.append,
    )
    return made, epochs


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("name", "translation"),
    [("T", {}), ("T->A", {}), ("T->A", {"target": "codes", "attention": "dot"})],
    ids=["T", "T->A", "T->A codes"],
)
def test_bfloat16_learns_nearly_the_same(name, translation, shape):
    exact, near = (trained(name, Place("cpu", bf16=bf16), shape, **translation) for bf16 in (False, True))
    for left, right in zip(exact[1], near[1], strict=True):
        assert (left.stage, left.epoch) == (right.stage, right.epoch)
        assert right.train_loss == pytest.approx(left.train_loss, rel=0.05)
        assert right.valid_loss == pytest.approx(left.valid_loss, rel=0.05)
    assert [e.train_loss for e in exact[1]] != [e.train_loss for e in near[1]]  # it was another arithmetic
    assert {p.dtype for p in near[0].model.parameters()} == {torch.float32}


@pytest.mark.parametrize("known", [True, False])
def test_clips_of_one_length_are_read_in_bfloat16_on_every_processor(known, monkeypatch):
    if known and not place_module._onednn_knows_bf16():
        pytest.skip("oneDNN computes no recurrent layers in bfloat16 on this processor")
    monkeypatch.setattr(place_module, "_onednn_knows_bf16", lambda: known)
    layer = torch.nn.LSTM(3, 4, bidirectional=True)
    clips = torch.nn.utils.rnn.pack_padded_sequence(torch.ones(5, 2, 3), [5, 5])
    exact, _ = layer(clips)
    with Place(bf16=True).autocast():
        assert torch.backends.mkldnn.enabled == known
        near, _ = layer(clips)
    assert torch.backends.mkldnn.enabled
    near.data.float().sum().backward()
    assert layer.weight_hh_l0.grad.isfinite().all()
    torch.testing.assert_close(near.data.float(), exact.data, atol=0.02, rtol=0.02)


@pytest.mark.parametrize("bf16", [False, True])
def test_what_is_computed_when_a_batch_is_made_has_the_precision_of_the_forward_pass(bf16):
    layer, kinds = torch.nn.Linear(3, 1), []

    def batches(epoch):
        for _ in range(2):
            kinds.append(layer(torch.ones(4, 3)).dtype)
            yield torch.ones(4, 3)

    fit(
        layer,
        RegressionOptions(epochs=1),
        "made",
        train=batches,
        loss=lambda batch: (layer(batch).square().sum(), torch.tensor(4.0)),
        valid=lambda: 1.0,
        place=Place("cpu", bf16=bf16),
    )
    assert kinds == [torch.bfloat16 if bf16 else torch.float32] * 2


@needs_cuda
@pytest.mark.parametrize("bf16", [False, True])
@pytest.mark.parametrize(
    ("name", "translation"),
    [("T", {}), ("T->A", {}), ("embed(T,A)->concat(A,V)", {"target": "codes"})],
    ids=["T", "T->A", "codes"],
)
def test_a_gpu_learns_nearly_the_same(name, translation, bf16):
    told = {"teacher_forcing": 1.0, "teacher_forcing_end": 1.0}  # each device draws its own random numbers
    here, there = (trained(name, place, **translation, **told) for place in (Place(), Place("cuda", bf16)))
    tolerance = 0.05 if bf16 else 1e-3
    for left, right in zip(here[1], there[1], strict=True):
        assert right.train_loss == pytest.approx(left.train_loss, rel=tolerance)
        assert right.valid_loss == pytest.approx(left.valid_loss, rel=tolerance)
    assert next(there[0].model.parameters()).device.type == "cuda"
    test = corpus(clips=40).split.test
    np.testing.assert_allclose(scores(there[0].model, test), scores(here[0].model, test), atol=tolerance)


@needs_cuda
def test_a_gpu_trains_the_same_twice():
    first, again = (trained("T->A", Place("cuda"))[1] for _ in range(2))
    assert [dataclasses.asdict(e) for e in first] == pytest.approx([dataclasses.asdict(e) for e in again], rel=1e-4)


@needs_cuda
def test_a_gpu_hears_emotions():
    made = table(clips=24, missing=0.0, splits=False)
    emotions = {s.clip: "glad" if s.label > 0 else "sad" for s in segments_of(made, ("A",))}
    voice = train_voice(made, emotions, RegressionOptions(hidden=6, epochs=2), place=Place("cuda"))
    assert 0 <= voice.card.accuracy <= 1


@pytest.mark.parametrize("device", ["cuda:99", "meta", "gpu", ""])
def test_a_device_that_cannot_train_is_refused(device):
    with pytest.raises(InputError, match=r"cannot be used here: give --device cpu\."):
        Place(device).check()
    Place().check()
