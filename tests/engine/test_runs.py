"""A run's folder, its evaluation, and publishing it."""

import dataclasses
import json
import shutil

import numpy as np
import pytest
from synthetic import SPECS, clip, table

from engine.answers import Clip
from engine.checkpoint import load, read_card
from engine.config import RegressionOptions, TranslationOptions
from engine.dataset import segments_of
from engine.evaluate import evaluate_model, evaluate_runs, publish, saved_result, test_result
from engine.metrics import METRICS, evaluate
from engine.notation import parse
from engine.place import Place
from engine.predict import load as predictor
from engine.run import Run
from engine.splits import unlabelled_split
from engine.train_run import Prepared, train_run, train_stage
from extraction.errors import CheckpointError, DataError
from extraction.store import make_table, write_table

TINY = {
    "translation": TranslationOptions(hidden=3, epochs=1),
    "regression": RegressionOptions(hidden=3, epochs=2),
}


pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "table.parquet"
    write_table(table(clips=24), path)
    return path


@pytest.fixture(scope="module")
def runs(tmp_path_factory, data, one_thread):
    root = tmp_path_factory.mktemp("runs")
    for seed in (0, 1):
        train_run(Run(parse("T->A"), data, seed=seed, command="s2s train", **TINY), root)
    for fold in (0, 1, 2, None):
        train_run(Run(parse("T"), data, protocol="speakers", folds=3, fold=fold, **TINY), root)
    return root


@pytest.mark.slow
def test_a_run_lies_in_its_folder(runs, data):
    folder = runs / "T_to_A" / "standard" / "seed_1"
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert [(line["stage"], line["epoch"]) for line in lines] == [("T->A", 1), ("regression", 1), ("regression", 2)]
    _, card = load(folder)
    assert (card.seed, card.protocol, card.data.name, card.command) == (1, "standard", "table.parquet", "s2s train")
    assert card.validation["mae"] == pytest.approx(min(line["valid_loss"] for line in lines[1:]), abs=1e-6)
    assert card.verdict.endswith("(validation split).")
    assert [(curve.stage, len(curve.valid)) for curve in card.curves] == [("T->A", 1), ("regression", 2)]
    assert card.curves[1].valid == pytest.approx([line["valid_loss"] for line in lines[1:]], abs=1e-6)
    assert set(card.paper) < set(METRICS)
    assert {p.name for p in (runs / "T" / "speakers" / "seed_0").iterdir()} == {"fold_0", "fold_1", "fold_2", "final"}


@pytest.mark.slow
def test_evaluation_over_seeds(runs, data):
    summary = evaluate_runs(parse("T->A"), "standard", runs, data)
    assert (summary.seeds, summary.variant) == ((0, 1), "T->A")
    maes = [figures["mae"] for figures in summary.by_seed]
    assert summary.mean["mae"] == pytest.approx(np.mean(maes))
    assert summary.std["mae"] == pytest.approx(abs(maes[0] - maes[1]) / np.sqrt(2))
    assert summary.paper["f1"] == 0.65
    assert json.loads(json.dumps(summary.to_dict(), allow_nan=False))["seeds"] == [0, 1]


@pytest.mark.slow
def test_the_test_split_is_read_once_a_model(runs, data, tmp_path):
    folder = runs / "T_to_A" / "standard" / "seed_0"
    first = test_result(folder, data)
    assert test_result(folder, tmp_path / "gone.parquet") == first
    assert saved_result(folder) == first
    shorter = TINY | {"regression": RegressionOptions(hidden=3, epochs=1)}
    train_run(Run(parse("T->A"), data, seed=0, **shorter), runs)
    with pytest.raises(DataError, match="has no saved answers"):
        saved_result(folder)  # those that lie there are another model's
    assert test_result(folder, data).weights_sha256 != first.weights_sha256
    train_run(Run(parse("T->A"), data, seed=0, **TINY), runs)
    assert test_result(folder, data) == first  # the same seed, the same weights
    (folder / "test.json").write_text("{}")
    with pytest.raises(DataError, match="is damaged: delete it and evaluate again"):
        test_result(folder, data)
    (folder / "test.json").unlink()


def state_of(folder):
    return {p: (p.stat().st_mtime_ns, p.stat().st_ino) for p in folder.rglob("*") if p.is_file()}


@pytest.mark.slow
def test_what_is_trained_already_is_left_alone(data, tmp_path):
    run, told = Run(parse("T->A"), data, **TINY), []
    folder = train_run(run, tmp_path)
    test_result(folder, data)
    before = state_of(tmp_path)
    assert train_run(dataclasses.replace(run, command="again"), tmp_path, told.append) == folder
    assert (state_of(tmp_path), told) == (before, [])
    other = TINY | {"regression": RegressionOptions(hidden=4, epochs=1)}
    train_run(dataclasses.replace(run, **other), tmp_path, told.append)
    after = state_of(tmp_path)
    assert [epoch.stage for epoch in told] == ["T->A", "regression"]
    written = {"model.safetensors", "translations.safetensors", "card.json", "metrics.jsonl"}
    assert {p.name for p in after if after[p] != before.get(p)} == written
    assert all(after[p] == before[p] for p in before if "stages" in p.parts)  # the translation was not trained anew
    assert read_card(folder).regression.hidden == 4
    (folder / "card.json").write_text("{")
    train_run(run, tmp_path)
    assert read_card(folder).regression.hidden == 3  # a damaged checkpoint counts as none


def test_other_data_or_seeds_are_other_runs(data, tmp_path):
    run = Run(parse("T->A"), data, **TINY)
    other = tmp_path / "other.parquet"
    write_table(table(clips=24, seed=1), other)
    of_data, of_other = Prepared(run, tmp_path), Prepared(dataclasses.replace(run, data=other), tmp_path)
    changes = [
        {"seed": 1},
        {"variant": parse("T->V")},
        {"protocol": "paper"},
        {"protocol": "speakers", "fold": 1},
        {"translation": TranslationOptions(hidden=3, epochs=1, cell="gru")},
        {"regression": RegressionOptions(hidden=3, epochs=2, pooling="last")},
        {"place": Place(bf16=True)},
    ]
    identities = [of_data.identity(run), of_other.identity(run)]
    identities += [of_data.identity(dataclasses.replace(run, **change)) for change in changes]
    assert len(set(identities)) == len(identities)
    same = dataclasses.replace(run, command="x", tensorboard=True, every=0.0, place=Place("cuda"))
    assert of_data.identity(same) == of_data.identity(run)
    plain = dataclasses.replace(run, variant=parse("T"))
    more = dataclasses.replace(plain, translation=TranslationOptions(hidden=9))
    assert of_data.identity(plain) == of_data.identity(more)  # `T` has no translation


@pytest.mark.slow
def test_a_kept_stage_that_is_damaged_is_said(data, tmp_path):
    run = Run(parse("T->A"), data, **TINY)
    train_stage(run, tmp_path, parse("T->A").stages[0])
    (record,) = tmp_path.glob("stages/T_to_A/*/stage.json")
    (weights,) = tmp_path.glob("stages/T_to_A/*/model.safetensors")
    kept = weights.read_bytes()
    weights.write_bytes(kept[:50])
    with pytest.raises(CheckpointError, match=r"The kept stage .* is damaged: delete the folder to train it again"):
        train_run(run, tmp_path)
    weights.write_bytes(kept)
    whole = json.loads(record.read_text())
    for damaged in ({"history": []}, [], whole | {"options": {"hiden": 3}}, whole | {"history": [{}]}):
        record.write_text(json.dumps(damaged))
        with pytest.raises(CheckpointError, match=r"The kept stage .* is damaged"):
            train_run(run, tmp_path)
    assert not (run.folder(tmp_path) / "card.json").exists()


@pytest.mark.slow
def test_held_out_folds_are_pooled(runs, data):
    summary = evaluate_runs(parse("T"), "speakers", runs, data)
    results = [test_result(runs / "T" / "speakers" / "seed_0" / f"fold_{k}", data) for k in range(3)]
    clips = [clip for result in results for clip in result.clips]
    assert len(clips) == len({clip.clip for clip in clips}) == 24
    assert isinstance(clips[0], Clip)
    assert summary.mean == evaluate([c.score for c in clips], [c.label for c in clips])
    assert set(summary.std.values()) == {None}
    assert sorted(summary.speakers) == [f"s{i}" for i in range(6)]
    mine = [c for c in clips if c.speaker == "s2"]
    assert summary.speakers["s2"]["mae"] == pytest.approx(np.mean([abs(c.score - c.label) for c in mine]))
    spread = [figures["mae"] for figures in summary.speakers.values()]
    assert summary.speaker_spread["mae"]["std"] == pytest.approx(np.std(spread, ddof=1))


@pytest.mark.slow
def test_a_published_model_carries_its_summary(runs, data, tmp_path):
    summary = evaluate_runs(parse("T"), "speakers", runs, data)
    target = publish(runs / "T" / "speakers" / "seed_0" / "final", summary, tmp_path)
    _, card = load("T", tmp_path)
    assert target == tmp_path / "T"
    assert card.test == json.loads(json.dumps(summary.to_dict()))
    assert (card.learned, card.verdict, card.fold) == (summary.learned, summary.verdict, None)
    assert card.interval == summary.held_out is not None
    assert card.interval.clips == 24
    with pytest.raises(DataError, match=r"The summary is of T \(speakers\), the run of T->A"):
        publish(runs / "T_to_A" / "standard" / "seed_0", summary, tmp_path)


def test_a_published_model_keeps_its_decoders_and_curves(runs, data, tmp_path):
    run = runs / "T_to_A" / "standard" / "seed_0"
    publish(run, evaluate_runs(parse("T->A"), "standard", runs, data), tmp_path)
    before, after = predictor(str(run)), predictor("T->A", tmp_path)
    aligned = clip(np.random.default_rng(0))
    (stage,) = after.model.variant.stages
    expected = before.translation_attention(aligned, stage)
    np.testing.assert_array_equal(after.translation_attention(aligned, stage), expected)
    assert expected.shape == (5, 5)
    assert after.card.curves == before.card.curves != ()


def test_what_cannot_be_evaluated_is_refused(runs, data, tmp_path):
    with pytest.raises(CheckpointError, match="no trained run of V below"):
        evaluate_runs(parse("V"), "standard", runs, data)
    other = tmp_path / "other.parquet"
    write_table(table(seed=5), other)
    (runs / "T_to_A" / "standard" / "seed_1" / "test.json").unlink(missing_ok=True)
    with pytest.raises(DataError, match=r"was not trained on other\.parquet"):
        test_result(runs / "T_to_A" / "standard" / "seed_1", other)
    with pytest.raises(DataError, match="has no test split"):
        test_result(runs / "T" / "speakers" / "seed_0" / "final", data)


def test_a_model_is_measured_without_being_written_to(runs, data, tmp_path):
    folder = runs / "T_to_A" / "standard" / "seed_1"
    (folder / "test.json").unlink(missing_ok=True)
    summary = evaluate_model(folder, data)
    assert not (folder / "test.json").exists()
    assert evaluate_runs(parse("T->A"), "standard", runs, data).by_seed[1] == summary.mean
    with pytest.raises(DataError, match="was shipped without a test split"):
        evaluate_model(runs / "T" / "speakers" / "seed_0" / "final", data)
    other = tmp_path / "other.parquet"
    renamed = {"T": dataclasses.replace(SPECS["T"], version="2")}
    entries = [
        dataclasses.replace(
            e,
            aligned=dataclasses.replace(
                e.aligned, streams={"T": dataclasses.replace(e.aligned.streams["T"], spec=renamed["T"])}
            ),
        )
        for e in table(modalities="T")
    ]
    write_table(make_table(entries), other)
    with pytest.raises(DataError, match=r"other features than T->A reads \(version '1' against '2'\)"):
        evaluate_model(folder, other)


def test_the_best_run_is_shipped(runs, data):
    folders = [runs / "T_to_A" / "standard" / f"seed_{seed}" for seed in (0, 1)]
    lowest = min(folders, key=lambda folder: read_card(folder).validation["mae"])
    run = Run(parse("T->A"), data)
    assert run.has_runs(runs)
    assert run.best(runs) == lowest
    assert Run(parse("T"), data, protocol="speakers").best(runs).name == "final"
    assert not Run(parse("V"), data).has_runs(runs)
    with pytest.raises(CheckpointError, match=r"no model of V to ship in .* train it with --final first"):
        Run(parse("V"), data, protocol="speakers").best(runs)


def test_folds_must_be_complete(runs, data, tmp_path):
    folds = tmp_path / "T" / "speakers" / "seed_0"
    shutil.copytree(runs / "T" / "speakers" / "seed_0", folds)
    shutil.rmtree(folds / "fold_1")
    with pytest.raises(DataError, match="has 2 of 3 folds"):
        evaluate_runs(parse("T"), "speakers", tmp_path, data)
    for fold in (0, 2):
        shutil.rmtree(folds / f"fold_{fold}")
    with pytest.raises(DataError, match="seed_0 has no folds"):
        evaluate_runs(parse("T"), "speakers", tmp_path, data)


def test_translations_never_see_a_test_clip(data, tmp_path):
    segments = segments_of(table(clips=24), ("T", "A"))
    split = unlabelled_split(segments, segments[:2])
    assert not {s.speaker for part in (split.train, split.valid) for s in part} & {"s0", "s1"}
    with pytest.raises(DataError, match="Fewer than two clips are left"):
        unlabelled_split(segments, segments)
    text = tmp_path / "text.parquet"
    write_table(table(seed=1, modalities="T"), text)
    folder = train_run(Run(parse("T->A"), text, unlabelled=data, **TINY), tmp_path / "runs")
    assert read_card(folder).unlabelled.name == "table.parquet"


def test_unlabelled_clips_are_split_somehow():
    plain = [dataclasses.replace(s, split=None) for s in segments_of(table(clips=14), ("T",))]
    by_speaker = unlabelled_split(tuple(plain))
    assert not {s.speaker for s in by_speaker.train} & {s.speaker for s in by_speaker.valid}
    nameless = tuple(dataclasses.replace(s, speaker=None) for s in plain)
    seventh = unlabelled_split(nameless)
    assert (len(seventh.train), [s.clip for s in seventh.valid]) == (12, ["c000", "c007"])
