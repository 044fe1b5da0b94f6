"""Trained runs on the test split, which each trained model reads once.

The first evaluation of a model writes its test predictions to `test.json` beside it; later ones read that file as long
as the model file is the same, so that figures can be computed anew without touching the test split. Figures over seeds
are mean and standard deviation (n - 1). In the protocol `speakers` the held-out predictions of all folds of a seed are
pooled before any figure is computed, and MAE and r of each speaker show the spread between people.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.checkpoint import WEIGHTS, Card, hash_file, load, read_card, save
from engine.dataset import Protocol, Split, choose_split, labelled, labels_of, segments_of
from engine.metrics import Metrics, evaluate, judge, mean_absolute_error, pearson, pooled_floors
from engine.model import SentimentModel, scores
from engine.notation import Variant, parse
from engine.run import Run, split_of
from engine.variants import directory_name, paper_row
from extraction.errors import CheckpointError, DataError
from extraction.store import read_table

TEST = "test.json"


@dataclass(frozen=True)
class Clip:
    """One test clip: its name, speaker or None, label, and the model's score."""

    clip: str
    speaker: str | None
    label: float
    score: float


@dataclass(frozen=True)
class TestResult:
    """A model's answers on its test split. `train_labels` serve the floors; `weights_sha256` says which model."""

    __test__ = False  # not a test case, whatever its name

    weights_sha256: str
    train_labels: tuple[float, ...]
    clips: tuple[Clip, ...]


@dataclass(frozen=True)
class Summary:
    """Test figures of a variant over its seeds.

    Attributes:
        variant, protocol: what was evaluated.
        seeds: one model (or one set of folds) each.
        mean, std: figures by the names of `engine.metrics`; std is None for one seed.
        by_seed: the figures of each seed.
        floors: what constants reach on the same clips.
        paper: the paper's figures, or None.
        speakers: speaker -> mae and r, averaged over seeds; empty in the protocol `standard`.
        learned, verdict: whether the mean beats the floors, and a sentence that says so.
    """

    variant: str
    protocol: str
    seeds: tuple[int, ...]
    mean: Metrics
    std: Metrics
    by_seed: tuple[Metrics, ...]
    floors: Metrics
    paper: Metrics | None
    speakers: dict[str, Metrics]
    learned: bool
    verdict: str

    @property
    def speaker_spread(self) -> dict[str, dict[str, float | None]]:
        """Mean and standard deviation of the speakers' `mae` and `r`."""
        return {
            key: {"mean": _mean(values), "std": _std(values)}
            for key in ("mae", "r")
            if (values := [figures[key] for figures in self.speakers.values()])
        }

    def to_dict(self) -> dict[str, Any]:
        """JSON-able."""
        return asdict(self) | {"seeds": list(self.seeds), "speaker_spread": self.speaker_spread}


def test_result(folder: Path, data: Path) -> TestResult:
    """A trained run on its test split, from `test.json` where it is there, else computed on `data` and written.

    Raises DataError if `data` is not the table the run was trained on, or has no test split.
    """
    weights = hash_file(folder / WEIGHTS) if (folder / WEIGHTS).is_file() else ""
    kept = _read_result(folder / TEST)
    if kept is not None and kept.weights_sha256 == weights:
        return kept
    model, card = load(folder)
    table = read_table(data)
    if table.fingerprint != card.data.fingerprint:
        raise DataError(f"{folder} was not trained on {data.name}: evaluate it on the table it was trained on.")
    split = split_of(_run_of(card, data), table)
    if not split.test:
        raise DataError(f"The run {folder} has no test split: evaluate its folds, or give the table a test split.")
    result = _answer(model, card, split)
    (folder / TEST).write_text(json.dumps(asdict(result)) + "\n", encoding="utf-8", newline="\n")
    return result


test_result.__test__ = False  # type: ignore[attr-defined]


def evaluate_runs(variant: Variant, protocol: Protocol, runs: Path, data: Path) -> Summary:
    """Every seed of a variant found below `runs`, on its test split or, for `speakers`, its pooled held-out folds.

    Raises CheckpointError if there is no run, DataError if a fold is missing or the data is another table.
    """
    base = runs / directory_name(variant) / protocol
    seeds = sorted(int(p.name.removeprefix("seed_")) for p in base.glob("seed_*") if p.is_dir())
    if not seeds:
        raise CheckpointError(f"There is no trained run of {variant} below {base}: train it first.")
    pooled = [_fold_results(base / f"seed_{seed}", protocol, data) for seed in seeds]
    return _summarise(variant, protocol, seeds, pooled)


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
    return _summarise(parse(card.variant), _protocol(card), [card.seed], [[_answer(model, card, split)]])


def _summarise(
    variant: Variant, protocol: Protocol, seeds: Sequence[int], pooled: Sequence[Sequence[TestResult]]
) -> Summary:
    by_seed = [_figures([clip for result in results for clip in result.clips]) for results in pooled]
    floor = pooled_floors([(result.train_labels, [clip.label for clip in result.clips]) for result in pooled[0]])
    mean = {key: _mean([figures[key] for figures in by_seed]) for key in by_seed[0]}
    learned, verdict = judge(mean, floor)
    row = paper_row(variant)
    return Summary(
        variant=str(variant),
        protocol=protocol,
        seeds=tuple(seeds),
        mean=mean,
        std={key: _std([figures[key] for figures in by_seed]) for key in by_seed[0]},
        by_seed=tuple(by_seed),
        floors=floor,
        paper=None if row is None else row.to_dict(),
        speakers=_by_speaker(pooled) if protocol == "speakers" else {},
        learned=learned,
        verdict=verdict,
    )


def publish(folder: Path, summary: Summary, root: Path) -> Path:
    """Copy a run into `root` as the checkpoint of its variant, its card completed with `summary`; returns its folder.

    The run may be one seed of the protocol `standard`, or the final model of `speakers`.
    """
    model, card = load(folder)
    if card.variant != summary.variant or card.protocol != summary.protocol:
        raise DataError(f"The summary is of {summary.variant} ({summary.protocol}), the run of {card.variant}.")
    target = root / directory_name(card.variant)
    completed = dataclasses.replace(
        card, test=summary.to_dict(), floors=summary.floors, learned=summary.learned, verdict=summary.verdict
    )
    save(model, completed, target)
    return target


def _answer(model: SentimentModel, card: Card, split: Split) -> TestResult:
    test, train = labelled(split.test), labelled(split.train)
    rows = zip(test, labels_of(test).tolist(), scores(model, test).tolist(), strict=True)
    return TestResult(
        card.weights_sha256,
        tuple(labels_of(train).tolist()),
        tuple(Clip(s.clip, s.speaker, label, score) for s, label, score in rows),
    )


def _fold_results(seed: Path, protocol: Protocol, data: Path) -> list[TestResult]:
    if protocol == "standard":
        return [test_result(seed, data)]
    found = sorted(seed.glob("fold_*"), key=lambda p: int(p.name.removeprefix("fold_")))
    if not found:
        raise DataError(f"The run {seed} has no folds: train the folds of the protocol `speakers` first.")
    folds = read_card(found[0]).folds
    if len(found) != folds:
        raise DataError(f"The run {seed} has {len(found)} of {folds} folds: train the others before evaluating.")
    return [test_result(folder, data) for folder in found]


def _figures(clips: Sequence[Clip]) -> Metrics:
    return evaluate([c.score for c in clips], [c.label for c in clips])


def _by_speaker(pooled: Sequence[Sequence[TestResult]]) -> dict[str, Metrics]:
    figures: dict[str, list[Metrics]] = {}
    for results in pooled:
        clips = [clip for result in results for clip in result.clips]
        for speaker in sorted({str(c.speaker) for c in clips}):
            mine = [c for c in clips if c.speaker == speaker]
            p, t = np.array([c.score for c in mine]), np.array([c.label for c in mine])
            figures.setdefault(speaker, []).append({"mae": mean_absolute_error(p, t), "r": pearson(p, t)})
    return {
        speaker: {key: _mean([seed[key] for seed in seeds]) for key in ("mae", "r")}
        for speaker, seeds in figures.items()
    }


def _mean(values: Sequence[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return float(np.mean(known)) if known else None


def _std(values: Sequence[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return float(np.std(known, ddof=1)) if len(known) > 1 else None


def _read_result(path: Path) -> TestResult | None:
    if not path.is_file():
        return None
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        clips = tuple(Clip(**clip) for clip in data["clips"])
        return TestResult(data["weights_sha256"], tuple(data["train_labels"]), clips)
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path} is damaged: delete it and evaluate again.") from error


def _protocol(card: Card) -> Protocol:
    return "speakers" if card.protocol == "speakers" else "standard"


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
