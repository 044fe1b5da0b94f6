"""Many runs at once: what is planned, and that it comes out the same over any number of workers."""

import json
from dataclasses import replace

import pytest
from synthetic import table

from engine.config import RegressionOptions, TranslationOptions
from engine.notation import Variant, parse
from engine.run import Run
from engine.sweep import plan, sweep
from engine.train_run import train_run
from engine.variants import VARIANTS
from extraction.errors import CheckpointError, DataError
from extraction.store import make_table, write_table

pytestmark = pytest.mark.usefixtures("one_thread")

TINY = {
    "translation": TranslationOptions(hidden=3, epochs=2, codes=4),
    "regression": RegressionOptions(hidden=3, epochs=2, fine_tune=False),
}
CODES = TINY | {"translation": TranslationOptions(hidden=3, epochs=2, codes=4, target="codes")}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "table.parquet"
    write_table(table(clips=24), path)
    return path


def runs_of(data, names=VARIANTS, **how):
    return [Run(parse(str(name)), data, **{**TINY, **how}) for name in names]


def names(level):
    return [str(job.stage) for job in level]


def content(runs):
    return {
        p.relative_to(runs): p.read_bytes()
        for p in runs.rglob("*")
        if p.name in ("model.safetensors", "metrics.jsonl", "stage.json", "card.json")
    }


def finished(runs):
    return {p: made for p, made in content(runs).items() if list((runs / p.parent).glob("[cs]*.json"))}


def test_each_shared_translation_is_planned_once_and_inner_ones_first(data):
    levels = plan(runs_of(data))
    assert len(levels) == 3
    stages = names(levels[0]) + names(levels[1])
    assert len(stages) == len(set(stages)) == 19
    assert set(stages) == {str(stage) for variant in VARIANTS for stage in variant.stages}
    assert all(not Variant(job.stage.source).stages for job in levels[0])
    done = set(names(levels[0]))
    for job in levels[1]:
        assert {str(inner) for inner in Variant(job.stage.source).stages} <= done
    assert [job.run.variant for job in levels[2]] == list(VARIANTS)
    assert {job.stage for job in levels[2]} == {None}


@pytest.mark.slow
def test_extra_clips_serve_each_run_as_it_asks(data, tmp_path):
    extra = tmp_path / "extra.parquet"
    more = (replace(e, aligned=replace(e.aligned, clip=f"x{e.aligned.clip}"), speaker=f"x{e.speaker}") for e in table())
    write_table(make_table(more), extra)
    runs = [
        Run(parse("T"), data, extra=extra, regression=replace(TINY["regression"], extra=how))
        for how in ("together", "first", "together")
    ]
    made = []
    for number, run in enumerate(runs):
        sweep([run], tmp_path / f"swept_{number}")
        made.append(content(tmp_path / f"swept_{number}"))
        train_run(run, tmp_path / f"alone_{number}")
        assert made[-1] == content(tmp_path / f"alone_{number}")
    assert made[0] == made[2]
    assert made[0] != made[1]
    lines = (runs[1].folder(tmp_path / "swept_1") / "metrics.jsonl").read_text().splitlines()
    stages = {json.loads(line)["stage"] for line in lines}
    assert stages == {"regression on extra clips", "regression"}


def test_only_runs_that_share_data_and_options_share_a_translation(data):
    pair = runs_of(data, ["T->A", "embed(T,A)->V"])
    assert [names(level) for level in plan(pair)[:-1]] == [["T->A"], ["embed(T,A)->V"]]
    more = pair + runs_of(data, ["T->A"], regression=RegressionOptions(hidden=9), command="x", tensorboard=True)
    assert [len(level) for level in plan(more)] == [1, 1, 3]
    for change in ({"seed": 1}, CODES, {"unlabelled": data}, {"protocol": "paper"}):
        assert [len(level) for level in plan(pair + runs_of(data, ["T->A"], **change))] == [2, 1, 3]
    assert plan(runs_of(data, ["T", "concat(T,A)"])) == (plan(runs_of(data, ["T", "concat(T,A)"]))[0],)
    deep = plan(runs_of(data, ["embed(embed(T,A),V)->A"]))
    assert [names(level) for level in deep[:-1]] == [["T->A"], ["embed(T,A)->V"], ["embed(embed(T,A),V)->A"]]
    assert plan([]) == ((),)


@pytest.mark.slow
def test_news_of_every_job_arrive_in_this_process(data, tmp_path):
    told, runs = [], runs_of(data, ["T->A", "embed(T,A)->V"])
    sweep(runs, tmp_path, tell=told.append)
    jobs = [job for level in plan(runs) for job in level]
    assert [job.name for job in jobs] == ["T->A seed 0", "embed(T,A)->V seed 0"] * 2
    assert [news.job for news in told if news.epoch is None] == [0, 1, 2, 3]
    stages = {n: {news.epoch.stage for news in told if news.job == n and news.epoch is not None} for n in range(4)}
    assert stages == {
        0: {"T->A"},
        1: {"embed(T,A)->V"},
        2: {"T->A", "regression"},
        3: {"T->A", "embed(T,A)->V", "regression"},
    }


def test_data_that_cannot_serve_is_refused_before_any_translation_is_trained(tmp_path):
    path = tmp_path / "one class.parquet"
    rows = [entry for entry in table(clips=80) if entry.label > 0]
    write_table(make_table(rows), path)
    with pytest.raises(DataError, match="Every training label is zero or above"):
        sweep(runs_of(path, ["T->A"]), tmp_path / "runs")
    write_table(table(modalities="T"), path)
    with pytest.raises(DataError, match="The word table has no audio"):
        sweep(runs_of(path, ["T->A"]), tmp_path / "runs")
    assert not list((tmp_path / "runs").rglob("*.safetensors"))


@pytest.mark.slow
@pytest.mark.parametrize("options", [TINY, CODES], ids=["values", "codes"])
def test_workers_give_the_same_bytes_and_train_nothing_twice(data, tmp_path, options):
    variants = ["T", "T->A", "embed(T,A)->V", "T->concat(A,V)", "concat(T,A)->concat(T,V)"]
    runs = [run for seed in (0, 1) for run in runs_of(data, variants, seed=seed, **options)]
    sweep(runs, tmp_path / "one")
    told = []
    sweep(runs, tmp_path / "two", workers=2, tell=told.append)
    assert content(tmp_path / "two") == content(tmp_path / "one")
    assert len(content(tmp_path / "two")) == 10 * 3 + 8 * 2
    jobs = sum(map(len, plan(runs)))
    assert sorted(news.job for news in told if news.epoch is None) == list(range(jobs))
    assert {news.job for news in told if news.epoch is not None} == set(range(jobs))
    before = {p: (p.stat().st_mtime_ns, p.stat().st_ino) for p in (tmp_path / "two").rglob("*")}
    for workers in (1, 2):
        sweep(runs, tmp_path / "two", workers=workers)
    assert {p: (p.stat().st_mtime_ns, p.stat().st_ino) for p in (tmp_path / "two").rglob("*")} == before


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_a_failing_job_says_why_and_what_was_done_stays_done(data, tmp_path, workers):
    runs = runs_of(data, ["T", "T->A", "T->V"])
    in_the_way = tmp_path / "runs" / "T_to_V"
    in_the_way.parent.mkdir()
    in_the_way.write_text("a file where a folder should be")
    with pytest.raises(CheckpointError, match=r"T_to_V.* cannot be written \(Not a directory\): make room, then run"):
        sweep(runs, tmp_path / "runs", workers)
    done = finished(tmp_path / "runs")
    assert "T" in {p.parts[0] for p in done} or workers == 2
    assert {p.parts[1] for p in done if p.parts[0] == "stages"} == {"T_to_A", "T_to_V"}
    in_the_way.unlink()
    sweep(runs, tmp_path / "runs", workers)
    after = content(tmp_path / "runs")
    assert done.items() <= after.items()
    sweep(runs, tmp_path / "clean", 1)
    assert after == content(tmp_path / "clean")


@pytest.mark.slow
def test_a_sweep_goes_on_after_one_that_failed(data, tmp_path):
    bad = tmp_path / "bad.parquet"
    write_table(table(clips=24, modalities="T"), bad)
    good = runs_of(data, ["T", "A", "V"])
    with pytest.raises(DataError, match="The word table has no video"):
        sweep([*good, *runs_of(bad, ["V"], seed=1)], tmp_path / "runs", workers=2)
    done = finished(tmp_path / "runs")
    sweep(good, tmp_path / "runs", workers=2)
    assert done.items() <= content(tmp_path / "runs").items()
    assert len(list((tmp_path / "runs").glob("*/standard/seed_0/card.json"))) == 3
