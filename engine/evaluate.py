"""Trained runs on the test split, which each trained model reads once.

The first evaluation of a model writes its answers to `test.json` beside it; later ones read that file as long as the
model is the same, so that figures can be computed anew without touching the test split. With no data named, only saved
answers are read: neither the data nor the models have to be there, a run's card and `test.json` are enough.
"""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from pathlib import Path

from engine.answers import Clip, TestResult, read_answers, write_answers
from engine.checkpoint import WEIGHTS, Card, hash_file, load, read_card, save, save_card, translations_of
from engine.conformal import calibrate
from engine.dataset import labelled, labels_of, segments_of
from engine.model import SentimentModel, scores
from engine.notation import Variant, parse
from engine.run import Run
from engine.splits import PROTOCOLS, Protocol, Split, choose_split
from engine.summary import Summary, summarise
from engine.train_run import split_of
from engine.variants import directory_name
from extraction.errors import CheckpointError, DataError
from extraction.store import WordTable, read_table


def test_result(folder: Path, data: Path) -> TestResult:
    """A trained run on its test split, from `test.json` where it is there, else computed on `data` and written.

    Raises DataError if `data` is not the table the run was trained on, or has no test split.
    """
    weights = hash_file(folder / WEIGHTS) if (folder / WEIGHTS).is_file() else ""
    kept = read_answers(folder, weights)
    if kept is not None:
        return kept
    model, card = load(folder)
    table, fingerprint = _table(data, data.stat().st_mtime_ns if data.is_file() else 0)
    if fingerprint != card.data.fingerprint:
        raise DataError(f"{folder} was not trained on {data.name}: evaluate it on the table it was trained on.")
    split = split_of(_run_of(card, data), table)
    if not split.test:
        raise DataError(f"The run {folder} has no test split: evaluate its folds, or give the table a test split.")
    result = _answer(model, card, split)
    write_answers(result, folder)
    return result


@lru_cache(maxsize=2)
def _table(data: Path, _changed: int) -> tuple[WordTable, str]:
    """A table and its fingerprint, kept for the many runs that are evaluated on it."""
    table = read_table(data)
    return table, table.fingerprint


test_result.__test__ = False  # type: ignore[attr-defined]


def saved_result(folder: Path) -> TestResult:
    """The answers a run has saved, without its model or data. Raises DataError if it has none."""
    kept = read_answers(folder, read_card(folder).weights_sha256)
    if kept is None:
        raise DataError(f"The run {folder} has no saved answers: evaluate it once without --recompute.")
    return kept


def test_results(
    variant: Variant, protocol: Protocol, runs: Path, data: Path | None
) -> dict[int, tuple[TestResult, ...]]:
    """Seed -> the answers of its model, or of its folds in turn, of every seed found below `runs`.

    `data` None reads saved answers alone. Raises CheckpointError if there is no run, DataError if a fold is missing,
    the data is another table, or answers are asked for that were not saved.
    """
    base = runs / directory_name(variant) / protocol
    seeds = sorted(int(p.name.removeprefix("seed_")) for p in base.glob("seed_*") if p.is_dir())
    if not seeds:
        raise CheckpointError(f"There is no trained run of {variant} below {base}: train it first.")
    return {
        seed: tuple(_with_interval(folder, data) for folder in _folders(base / f"seed_{seed}", protocol))
        for seed in seeds
    }


test_results.__test__ = False  # type: ignore[attr-defined]


def _with_interval(folder: Path, data: Path | None) -> TestResult:
    result = saved_result(folder) if data is None else test_result(folder, data)
    return dataclasses.replace(result, interval=read_card(folder).interval)


def evaluate_runs(variant: Variant, protocol: Protocol, runs: Path, data: Path | None) -> Summary:
    """Every seed of a variant found below `runs`, on its test split or, for `speakers`, its pooled held-out folds.

    `data` None computes the figures from saved answers alone. Raises as `test_results` does.
    """
    return summarise(variant, protocol, test_results(variant, protocol, runs, data))


def evaluate_model(folder: Path, data: Path) -> Summary:
    """One checkpoint on the test split of `data`, a table with the same features; nothing is written.

    Raises DataError if the table has other features or no test split.
    """
    model, card = load(folder)
    table = read_table(data)
    for modality, spec in card.specs.items():
        difference = None if modality not in table.specs else spec.difference(table.specs[modality])
        if difference:
            raise DataError(f"{data.name} holds other features than {card.variant} reads ({difference}): extract anew.")
    segments = labelled(segments_of(table, model.inputs))
    split = choose_split(segments, _protocol(card), card.folds, card.fold)
    if not split.test:
        raise DataError(f"{card.variant} was shipped without a test split: its card has the figures of its folds.")
    return summarise(parse(card.variant), _protocol(card), {card.seed: [_answer(model, card, split)]})


def publish(folder: Path, summary: Summary, root: Path) -> Path:
    """Copy a run into `root` as the checkpoint of its variant, its card completed with `summary`; returns its folder.

    The run may be one seed of a protocol with one split, or the final model of `speakers`.
    """
    model, card = load(folder)
    if card.variant != summary.variant or card.protocol != summary.protocol:
        raise DataError(f"The summary is of {summary.variant} ({summary.protocol}), the run of {card.variant}.")
    target = root / directory_name(card.variant)
    completed = dataclasses.replace(
        card, test=summary.to_dict(), floors=summary.floors, learned=summary.learned, verdict=summary.verdict
    )
    if card.protocol == "speakers":  # the folds' answers are of speakers not met; a final model has only a few of them
        completed = dataclasses.replace(completed, interval=summary.held_out)
    kept = translations_of(folder, card)
    save(model, completed, target, None if kept is None else kept.read_bytes())
    return target


def calibrated(folder: Path, data: Path, runs: Path | None = None) -> Card:
    """Measure a checkpoint's interval on its validation clips in `data`, and write it on its card.

    That of a final model of the protocol `speakers` comes from the held-out clips of its folds below `runs`, if given.
    Raises DataError if `data` is not the table it was trained on or has too few clips for that, or a fold is missing;
    CheckpointError if no fold is below `runs`.
    """
    model, card = load(folder)
    table, fingerprint = _table(data, data.stat().st_mtime_ns if data.is_file() else 0)
    if fingerprint != card.data.fingerprint:
        raise DataError(f"{folder} was trained on {card.data.name}, not on {data.name}: give the table it learnt from.")
    valid = labelled(split_of(_run_of(card, data), table).valid)
    interval = calibrate(scores(model, valid), labels_of(valid))
    if card.protocol == "speakers" and runs is not None:
        interval = evaluate_runs(parse(card.variant), "speakers", runs, data).held_out
    if interval is None:
        raise DataError(f"{len(valid)} validation clips are too few for an interval: train on a table with more.")
    return save_card(dataclasses.replace(card, interval=interval), folder)


def _answer(model: SentimentModel, card: Card, split: Split) -> TestResult:
    test, train = labelled(split.test), labelled(split.train)
    rows = zip(test, labels_of(test).tolist(), scores(model, test).tolist(), strict=True)
    return TestResult(
        card.weights_sha256,
        tuple(labels_of(train).tolist()),
        tuple(Clip(s.clip, s.speaker, label, score) for s, label, score in rows),
        card.interval,
    )


def _folders(seed: Path, protocol: Protocol) -> list[Path]:
    """The folders whose answers make up one seed."""
    if protocol != "speakers":
        return [seed]
    found = sorted(seed.glob("fold_*"), key=lambda p: int(p.name.removeprefix("fold_")))
    if not found:
        raise DataError(f"The run {seed} has no folds: train the folds of the protocol `speakers` first.")
    folds = read_card(found[0]).folds
    if len(found) != folds:
        raise DataError(f"The run {seed} has {len(found)} of {folds} folds: train the others before evaluating.")
    return found


def _protocol(card: Card) -> Protocol:
    for protocol in PROTOCOLS:
        if protocol == card.protocol:
            return protocol
    raise CheckpointError(f"The card of {card.variant} names the protocol {card.protocol!r}: update this program.")


def _run_of(card: Card, data: Path) -> Run:
    return Run(
        variant=parse(card.variant),
        data=data,
        unlabelled=None if card.unlabelled is None else data.with_name(card.unlabelled.name),
        protocol=_protocol(card),
        folds=card.folds,
        fold=card.fold,
        seed=card.seed,
    )
