"""The latent between encoder and decoder: its divergence, its draws, what it costs, and what stays as it was."""

import dataclasses

import numpy as np
import pytest
import torch
from stopping import Stop, stopping_after
from synthetic import clip, table
from tiny_networks import corpus, translator
from torch.distributions import Normal, kl_divergence

from engine import translations
from engine.batch import collate
from engine.checkpoint import load, translations_of
from engine.config import RegressionOptions, TranslationOptions
from engine.dataset import segment_of
from engine.model import scores
from engine.notation import parse
from engine.place import Place
from engine.run import Run
from engine.stage_store import StageFigures
from engine.stages import StageTrainer
from engine.sweep import sweep
from engine.train_run import train_run
from engine.variational import ActiveUnits, divergence, drawn
from extraction.errors import InputError
from extraction.store import write_table

pytestmark = pytest.mark.usefixtures("one_thread")
VARIATIONAL = TranslationOptions(hidden=3, latent=4, variational=True, epochs=3, kl_epochs=2, free_bits=0.1)
BOTH = dataclasses.replace(VARIATIONAL, cyclic=0.5)
STAGE = parse("T->A").stages[0]


def batch_of(*lengths, seed=0):
    rng = np.random.default_rng(seed)
    return collate([segment_of(clip(rng, f"c{n}", n, missing=0.2), ("T", "A", "V")) for n in lengths], ("T", "A", "V"))


def test_the_divergence_is_torchs():
    torch.manual_seed(0)
    mean, log_variance = torch.randn(3, 5, 4), torch.randn(3, 5, 4)
    spread = Normal(mean, (0.5 * log_variance).exp())
    expected = kl_divergence(spread, Normal(torch.zeros(()), torch.ones(()))).sum(dim=-1)
    torch.testing.assert_close(divergence(mean, log_variance), expected)


def test_draws_have_the_mean_and_the_spread():
    torch.manual_seed(0)
    mean, log_variance = torch.tensor([1.0, -2.0]).expand(40_000, 2), torch.tensor([0.0, -3.0]).expand(40_000, 2)
    found = drawn(mean, log_variance)
    torch.testing.assert_close(found.mean(0), mean[0], atol=0.02, rtol=0)
    torch.testing.assert_close(found.var(0), log_variance[0].exp(), atol=0, rtol=0.05)


def test_units_are_active_that_change_from_word_to_word():
    rng = np.random.default_rng(0)
    means = torch.from_numpy(rng.normal(size=(500, 3)) * [1, 0.09, 0.2] + [0, 50, 0])
    units = ActiveUnits(3)
    units.add(means[i : i + 70] for i in range(0, 500, 70))
    assert units.found == int((means.numpy().var(axis=0) > 0.01).sum()) == 2


def test_the_decoder_reads_a_draw_while_training_and_the_mean_in_use():
    made = translator("T->A", VARIATIONAL)
    batch = batch_of(2, 5)
    with torch.no_grad():
        told = made(batch, {})
        assert torch.equal(told.read, told.states)
        assert torch.equal(told.states, made.encoder(batch, {}))
        assert torch.equal(told.answers, made(batch, {}).answers)
        made.train()
        made.encoder.eval()  # no dropout: what differs is drawn
        one, two = made(batch, {}), made(batch, {})
    assert torch.equal(one.states, two.states)
    assert not torch.equal(one.read, two.read)
    assert not torch.equal(one.answers, two.answers)
    assert not one.read[~batch.mask].any()
    assert not one.kl[~batch.mask].any()


@pytest.mark.parametrize("options", [VARIATIONAL, BOTH], ids=["variational", "both"])
def test_padding_changes_nothing(options):
    made = translator("T->A", options)
    with torch.no_grad():
        together = made.losses(batch_of(2, 5, 7), {})
        rng = np.random.default_rng(0)
        alone = []
        for n in (2, 5, 7):
            segment = segment_of(clip(rng, f"c{n}", n, missing=0.2), ("T", "A", "V"))
            alone.append(made.losses(collate([segment], ("T", "A", "V")), {}))
    for part in ("summed", "count", "kl", "words", "costly", *(("back", "back_count") if options.cyclic else ())):
        torch.testing.assert_close(getattr(together, part), sum(getattr(a, part) for a in alone))


def test_the_loss_is_the_sum_of_its_parts():
    options = dataclasses.replace(BOTH, kl_weight=0.7, free_bits=0.05)
    made = translator("T->A", options)
    batch = batch_of(2, 5, 7)
    with torch.no_grad():
        parts = made.losses(batch, {})
        nats = made(batch, {}).kl[batch.mask].tolist()
        total, count = made.objective(parts, 0.25)
    assert any(n < 0.05 for n in nats)
    assert any(n > 0.05 for n in nats)
    costly = sum(max(n, 0.05) for n in nats)
    back = 0.5 * float(parts.back) * 4 / 6  # A has 4 columns, T 6
    assert float(total) == pytest.approx(float(parts.summed) + 0.25 * 0.7 * costly + back, rel=1e-5)
    assert int(count) == int(parts.count)


def test_the_weight_of_the_divergence_rises():
    assert [VARIATIONAL.annealing(e) for e in (1, 2, 3, 9)] == [0.5, 1, 1, 1]
    assert TranslationOptions(kl_epochs=1).annealing(1) == 1


def test_no_epoch_stops_the_training_while_it_rises():
    options = dataclasses.replace(VARIATIONAL, epochs=30, kl_epochs=6, patience=1, learning_rate=0.3)
    trained = StageTrainer(corpus(), options).get(STAGE)
    assert [epoch.best_epoch for epoch in trained.history[:6]] == [1, 2, 3, 4, 5, 6]
    assert any(b.valid_loss > a.valid_loss for a, b in zip(trained.history[:5], trained.history[1:6], strict=True))
    assert trained.figures.epoch >= 6
    assert len(trained.history) < 30


def test_without_them_the_network_has_the_parameters_it_had():
    names = [name for name, _ in translator("T->A").named_parameters()]
    rnn = [f"encoder.rnn.{p}_{q}_l0{d}" for d in ("", "_reverse") for q in ("ih", "hh") for p in ("weight",)]
    assert [n for n in names if n.startswith("encoder.rnn.weight")] == rnn
    assert [n for n in names if not n.startswith("encoder.rnn")] == [
        *("target.head.weight", "target.head.bias", "start.0.weight", "start.0.bias"),
        *("attention.query.weight", "attention.query.bias", "attention.key.weight"),
        *(f"cells.0.{part}_{side}" for part in ("weight", "bias") for side in ("ih", "hh")),
    ]
    assert len(names) == 8 + 11
    torch.manual_seed(4)
    plain = translator("T->A")
    after = torch.rand(1)
    torch.manual_seed(4)
    again = translator("T->A", TranslationOptions(hidden=3, latent=7, kl_weight=3, kl_epochs=2, free_bits=1))
    assert torch.equal(torch.rand(1), after)  # nothing more was drawn
    assert all(torch.equal(a, b) for a, b in zip(plain.parameters(), again.parameters(), strict=True))


def test_options_that_do_nothing_are_no_part_of_an_identity():
    old = {f.name for f in dataclasses.fields(TranslationOptions)}
    new = {"variational", "latent", "kl_weight", "kl_epochs", "free_bits", "cyclic"}
    assert set(TranslationOptions().decisive()) == old - new
    assert set(VARIATIONAL.decisive()) == old - {"cyclic"}
    assert set(TranslationOptions(cyclic=0.5).decisive()) == old - new | {"cyclic"}
    assert StageTrainer(corpus(), VARIATIONAL).identity(STAGE) != StageTrainer(corpus(), BOTH).identity(STAGE)


def test_widths_stay_unless_asked_for():
    assert translator("T->A", TranslationOptions(hidden=3, variational=True)).encoder.width == 6
    assert translator("T->A", VARIATIONAL).encoder.width == 4
    with pytest.raises(InputError, match="latent"):
        TranslationOptions(latent=-1)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "table.parquet"
    write_table(table(clips=24), path)
    return path


REGRESSION = RegressionOptions(hidden=3, epochs=2)
CODES = dataclasses.replace(VARIATIONAL, target="codes", codes=4)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "options"),
    [("T->A", BOTH), ("embed(T,A)->V", BOTH), ("T->concat(A,V)", CODES), ("embed(T,A)->V", CODES)],
    ids=["both", "hierarchical", "codes", "hierarchical codes"],
)
def test_a_run_resumes_and_is_loaded_as_it_was_trained(data, tmp_path, name, options):
    for weight in (0.0, 0.5):
        regression = dataclasses.replace(REGRESSION, translation_weight=weight)
        run = Run(parse(name), data, every=0, translation=options, regression=regression)
        whole = train_run(run, tmp_path / f"whole{weight}")
        with pytest.raises(Stop):
            train_run(run, tmp_path / f"cut{weight}", stopping_after(2))
        again = train_run(run, tmp_path / f"cut{weight}")
        for file in ("model.safetensors", "translations.safetensors", "metrics.jsonl"):
            assert (again / file).read_bytes() == (whole / file).read_bytes()
        model, card = load(whole)
        assert card.translation == options
        assert all(0 <= f.active <= f.latent == 4 and f.kl > 0 for f in card.stages)
        assert all((f.back is not None and f.back_floor > 0) == bool(options.cyclic) for f in card.stages)
        segments = corpus(clips=24).split.valid
        answers = scores(model, segments)
        assert np.array_equal(answers, scores(model, segments))
        kept = translations.unpack(translations_of(whole, card), model)
        (stage,) = model.variant.stages[-1:]
        read = translations.attention(kept, model, stage, segments[0])
        np.testing.assert_allclose(read.sum(axis=1), 1, rtol=1e-5)
        assert kept[str(stage)].spread is not None
        assert (kept[str(stage)].back is not None) == bool(options.cyclic)


def test_a_collapsed_latent_is_told():
    plain = StageFigures("T->A", 0.9, 1.0, 3, "squared error")
    assert plain.parts == ""
    latent = dataclasses.replace(plain, kl=1.234, latent=8, active=3)
    assert latent.parts == ", 3 of 8 latent units active with 1.23 nats a word"
    assert dataclasses.replace(latent, active=0).parts.endswith(" (collapsed: the latent says nothing)")
    assert dataclasses.replace(plain, back=0.5, back_floor=0.75).parts == ", back to the source 0.500, a constant 0.750"


@pytest.mark.slow
def test_workers_and_seeds_give_equal_weights(data, tmp_path):
    runs = [Run(parse("T->A"), data, seed=seed, translation=BOTH, regression=REGRESSION) for seed in (0, 1)]
    sweep(runs, tmp_path / "one", workers=1)
    sweep(runs, tmp_path / "two", workers=2)
    contents = []
    for run in runs:
        one, two = (run.folder(tmp_path / n) / "model.safetensors" for n in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()
        contents.append(one.read_bytes())
    assert contents[0] != contents[1]


@pytest.mark.slow
def test_half_precision_trains_it_as_well():
    for options in (VARIATIONAL, BOTH):
        trained = StageTrainer(corpus(), options, place=Place("cpu", bf16=True)).get(STAGE)
        assert all(np.isfinite((e.train_loss, e.valid_loss, e.kl)).all() for e in trained.history)
