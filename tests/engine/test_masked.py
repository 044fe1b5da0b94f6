"""What a modality tells of another one that is hidden, learnt without labels."""

import dataclasses

import numpy as np
import pytest
import torch
from synthetic import SPECS, clip, table

from engine.batch import collate, with_only
from engine.config import RegressionOptions
from engine.dataset import segment_of, segments_of
from engine.masked import NAME, _Task
from engine.model import SentimentModel
from engine.notation import parse
from engine.run import Run
from engine.splits import standard_split
from engine.stages import Corpus
from engine.train import train_variant
from engine.train_run import Prepared, train_run
from extraction.errors import DataError, InputError
from extraction.store import make_table, write_table

pytestmark = pytest.mark.usefixtures("one_thread")
OPTIONS = RegressionOptions(hidden=8, epochs=2, masked_epochs=3, learning_rate=0.01, dropout=0, input_dropout=0)


def corpus(made):
    return Corpus(standard_split(segments_of(made, tuple(made.specs))), made.specs)


def task(data, name="concat(T,V,A)", options=OPTIONS):
    torch.manual_seed(0)
    model = SentimentModel(parse(name), SPECS, None, options).eval()
    model.reader.fit(data.split.train, options.text_scale)
    return _Task(model, *data.clips, options, 0)


def test_a_clip_hides_one_modality_whole():
    batch = collate([segment_of(clip(np.random.default_rng(0), words=3 + i), "TAV") for i in range(3)], "TAV")
    found = with_only(batch, torch.tensor([0, 2, 1])[:, None] != torch.arange(3))
    for row, gone in enumerate("TVA"):
        for m in "TAV":
            there = found.observed[m][row, : 3 + row]
            assert there.all() if m != gone else not there.any()
            assert torch.isfinite(found.values[m][row, : 3 + row]).all() == (m != gone)
    assert torch.isfinite(batch.values["T"][0]).any()  # the batch itself stays


def test_the_loss_is_the_mean_over_what_is_known_of_each_hidden_word():
    one = task(corpus(table(missing=0.3)))
    torch.manual_seed(1)
    batch, hidden, weight = next(iter(one.batches(1)))
    batch.values["V"][:, 1, 2] = torch.nan  # a column of an observed word that could not be measured
    loss, count = one.loss((batch, hidden, weight))
    read = with_only(batch, hidden[:, None] != torch.arange(3))
    states = one.model.regressor.read(one.model.representation(read), batch.mask)[0]
    total, words = 0.0, 0
    for row, number in enumerate(hidden.tolist()):
        m = one.model.inputs[number]
        rows = np.concatenate([s.values[m] for s in one.train])
        mean, spread = np.nanmean(rows, axis=0), np.nanstd(rows, axis=0)
        for w in range(batch.mask.shape[1]):
            truth = (batch.values[m][row, w].numpy() - mean) / spread
            if not batch.observed[m][row, w] or not np.isfinite(truth).any():
                continue
            answer = one.heads[m](states[row, w]).detach().numpy()
            total += float(np.nanmean((answer - truth) ** 2))
            words += 1
    assert int(count) == words > 0
    assert float(loss.detach()) == pytest.approx(total, rel=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("related", [True, False])
def test_a_share_below_one_says_that_the_others_tell_something(related):
    rng = np.random.default_rng(3)
    made = (
        table(clips=200, missing=0.0)
        if related
        else make_table(
            dataclasses.replace(entry, aligned=clip(rng, entry.aligned.clip, len(entry.aligned.words)))
            for entry in table(clips=200)
        )
    )
    data = corpus(made)
    told = []
    trained = train_variant(
        parse("concat(T,V,A)"),
        data,
        regression=dataclasses.replace(OPTIONS, masked_epochs=25, epochs=1),
        report=lambda epoch: told.append(epoch) if epoch.stage == NAME else None,
    )
    assert len(trained.model.inputs) == 3
    best = told[-1].best
    if related:  # one column of 6, of 4 and of 3 tells of the others' first: (5/6 + 3/4 + 2/3) / 3 is all that is left
        assert 0.70 < best < 0.85
    else:
        assert best > 0.97


def test_a_constant_answer_has_a_share_of_one():
    data = corpus(table(clips=80, missing=0.0))
    one = task(data)
    for head in one.heads.values():
        torch.nn.init.zeros_(head.weight)
        torch.nn.init.zeros_(head.bias)
    assert one.shares() == pytest.approx(dict.fromkeys("TVA", 1.0), rel=1e-6)


@pytest.mark.slow
def test_the_regressor_begins_where_the_masked_modalities_ended():
    data, told = corpus(table(clips=40)), []
    plain, masked = (
        train_variant(
            parse("concat(T,A)"),
            data,
            regression=dataclasses.replace(OPTIONS, masked_epochs=epochs, epochs=1),
            report=told.append,
        )
        for epochs in (0, 3)
    )
    assert [epoch.stage for epoch in told] == ["regression", NAME, NAME, NAME, "regression"]
    pairs = zip(*(one.model.regressor.rnn.state_dict().values() for one in (plain, masked)), strict=True)
    assert min(float((a - b).abs().max()) for a, b in pairs) > 0.01  # with all else equal
    assert torch.equal(plain.model.reader.standardisers["T"].mean, masked.model.reader.standardisers["T"].mean)


@pytest.mark.parametrize(
    ("name", "options", "says"),
    [
        ("T", {}, "T reads one modality, which no other can tell of: leave out masked_epochs"),
        ("T->A", {}, "T->A reads one modality"),
        ("concat(T,A)", {"layers": 0}, "give the regressor layers=1"),
    ],
)
def test_what_cannot_learn_so_says_why(name, options, says):
    with pytest.raises(InputError, match=says):
        train_variant(parse(name), corpus(table()), regression=dataclasses.replace(OPTIONS, **options))


@pytest.mark.slow
def test_a_model_that_learnt_already_is_not_taught_so():
    data = corpus(table())
    begun = train_variant(parse("concat(T,A)"), data, regression=dataclasses.replace(OPTIONS, masked_epochs=0)).model
    with pytest.raises(InputError, match="has learnt already: leave out masked_epochs"):
        train_variant(parse("concat(T,A)"), data, regression=OPTIONS, start=begun)


def test_a_modality_that_is_never_there_is_named():
    made = table(clips=16)
    entries = [
        dataclasses.replace(
            entry, aligned=clip(np.random.default_rng(1), entry.aligned.clip, label=entry.label, missing=0.0)
        )
        for entry in made
    ]
    for entry in entries:
        if entry.split == "valid":
            entry.aligned.streams["A"].values[:] = np.nan
            entry.aligned.streams["A"].observed[:] = False
    with pytest.raises(DataError, match="No word of the validation clips has audio observed"):
        train_variant(parse("concat(T,A)"), corpus(make_table(entries)), regression=OPTIONS)


@pytest.mark.slow
def test_clips_without_labels_teach_it_too_and_decide_the_run(tmp_path):
    paths = [tmp_path / "data.parquet", tmp_path / "more.parquet"]
    write_table(table(clips=24), paths[0])
    write_table(table(clips=40, seed=5, splits=False, speakers=9), paths[1])
    runs = [
        Run(parse("concat(T,A)"), paths[0], unlabelled=more, regression=dataclasses.replace(OPTIONS, epochs=1))
        for more in (None, paths[1])
    ]
    identities = {Prepared(run, tmp_path).identity(run) for run in runs}
    assert len(identities) == 2
    idle = [dataclasses.replace(run, regression=dataclasses.replace(OPTIONS, masked_epochs=0)) for run in runs]
    assert len({Prepared(run, tmp_path).identity(run) for run in idle}) == 1
    lines = []
    train_run(runs[1], tmp_path / "runs", lines.append)
    assert [line.stage for line in lines][:3] == [NAME] * 3
