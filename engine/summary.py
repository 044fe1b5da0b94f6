"""Test figures of a variant over its seeds: means, spread, floors, the paper's figures, and what they amount to.

Over seeds, figures are mean and standard deviation (n - 1). Where folds are left out in turn, the held-out answers of
all folds of a seed are pooled before any figure is computed, and MAE and r of each speaker show the spread between
people.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.answers import Clip, TestResult
from engine.conformal import Interval, calibrate, coverage, width
from engine.metrics import (
    METRICS,
    Metrics,
    class_recall,
    confusion,
    evaluate,
    extremes,
    judge,
    mean_absolute_error,
    pearson,
    pooled_floors,
)
from engine.notation import Variant
from engine.splits import Protocol
from engine.variants import paper_row


@dataclass(frozen=True)
class Summary:
    """Test figures of a variant over its seeds.

    Attributes:
        variant, protocol: what was evaluated.
        seeds: one model (or one set of folds) each.
        clips: how many clips each seed was evaluated on.
        mean, std: figures by the names of `engine.metrics`; std is None for one seed.
        by_seed: the figures of each seed.
        floors: what constants reach on the same clips.
        paper: the paper's figures, or None.
        speakers: speaker -> mae and r, averaged over seeds; empty unless folds of speakers were left out.
        learned, verdict: whether the mean beats the floors, and a sentence that says so.
        confusion: clips by class, summed over seeds; row is the label's class, column the predicted one, -3 .. 3.
        class_recall, extremes: from the confusion, see `engine.metrics`.
        coverage: share of labels within the interval around their scores, averaged over seeds; None where the models
            have none. Where folds were left out, a fold's interval comes from the answers of the other folds.
        width: of these intervals within [-3, 3], averaged over clips and seeds, in label units.
        held_out: the interval that the answers of all folds give the final model; None unless folds were left out.
    """

    variant: str
    protocol: str
    seeds: tuple[int, ...]
    clips: int
    mean: Metrics
    std: Metrics
    by_seed: tuple[Metrics, ...]
    floors: Metrics
    paper: Metrics | None
    speakers: dict[str, Metrics]
    learned: bool
    verdict: str
    confusion: tuple[tuple[int, ...], ...]
    class_recall: Metrics
    extremes: float | None
    coverage: float | None = None
    width: float | None = None
    held_out: Interval | None = None

    @property
    def speaker_spread(self) -> dict[str, dict[str, float | None]]:
        """Mean and standard deviation of the speakers' `mae` and `r`."""
        return {
            key: {"mean": _mean(values), "std": _std(values)}
            for key in ("mae", "r")
            if (values := [figures[key] for figures in self.speakers.values()])
        }

    def to_dict(self) -> dict[str, Any]:
        """JSON-able, the mean figures at top level under their names; `from_dict` inverts it."""
        data = {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.name != "mean"}
        data |= {"seeds": list(self.seeds), "by_seed": list(self.by_seed)}
        data["confusion"] = [list(row) for row in self.confusion]
        data["held_out"] = None if self.held_out is None else dataclasses.asdict(self.held_out)
        return data | self.mean | {"speaker_spread": self.speaker_spread}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Summary:
        """Rebuild a summary from `to_dict`, or from a card's `test`. Raises KeyError or TypeError if it is not one."""
        fields = {f.name: data[f.name] for f in dataclasses.fields(cls) if f.name != "mean" and f.name in data}
        fields["mean"] = {key: data[key] for key in METRICS}
        if fields.get("held_out") is not None:
            fields["held_out"] = Interval(**fields["held_out"])
        fields |= {"seeds": tuple(data["seeds"]), "by_seed": tuple(data["by_seed"])}
        fields["confusion"] = tuple(tuple(row) for row in data["confusion"])
        return cls(**fields)


def summarise(variant: Variant, protocol: Protocol, results: Mapping[int, Sequence[TestResult]]) -> Summary:
    """The summary of `results`, seed -> the answers of its model, or of the models of its folds; no mapping is empty.

    Raises DataError if there is no clip.
    """
    pooled = [[clip for result in folds for clip in result.clips] for folds in results.values()]
    by_seed = [evaluate(*_columns(clips)) for clips in pooled]
    first = next(iter(results.values()))
    floor = pooled_floors([(result.train_labels, [clip.label for clip in result.clips]) for result in first])
    mean = {key: _mean([figures[key] for figures in by_seed]) for key in by_seed[0]}
    learned, verdict = judge(mean, floor)
    counts = np.sum([confusion(*_columns(clips)) for clips in pooled], axis=0)
    row = paper_row(variant)
    intervals = [_intervals(folds) for folds in results.values()]
    return Summary(
        variant=str(variant),
        protocol=protocol,
        seeds=tuple(results),
        clips=len(pooled[0]),
        mean=mean,
        std={key: _std([figures[key] for figures in by_seed]) for key in by_seed[0]},
        by_seed=tuple(by_seed),
        floors=floor,
        paper=None if row is None else row.to_dict(),
        speakers=_by_speaker(pooled) if protocol == "speakers" else {},
        learned=learned,
        verdict=verdict,
        confusion=tuple(tuple(line) for line in counts.tolist()),
        class_recall=class_recall(counts),
        extremes=extremes(counts),
        coverage=_mean([held for held, _ in intervals]),
        width=_mean([wide for _, wide in intervals]),
        held_out=_held_out(pooled) if protocol == "speakers" else None,
    )


def _intervals(results: Sequence[TestResult]) -> tuple[float | None, float | None]:
    """How many labels of a seed's answers the intervals hold, and their mean width; None where a model has none."""
    held, wide, clips = 0.0, 0.0, 0
    for result in results:
        others = [clip for other in results if other is not result for clip in other.clips]
        interval = calibrate(*_columns(others)) if len(results) > 1 else result.interval
        if interval is None:
            return None, None
        held += len(result.clips) * coverage(*_columns(result.clips), interval)
        wide += len(result.clips) * width([clip.score for clip in result.clips], interval)
        clips += len(result.clips)
    return held / clips, wide / clips


def _held_out(pooled: Sequence[Sequence[Clip]]) -> Interval | None:
    """From the answers of all seeds, the clips of one counted."""
    found = calibrate(*_columns([clip for clips in pooled for clip in clips]))
    return None if found is None else dataclasses.replace(found, clips=len(pooled[0]))


def _columns(clips: Sequence[Clip]) -> tuple[list[float], list[float]]:
    return [c.score for c in clips], [c.label for c in clips]


def _by_speaker(pooled: Sequence[Sequence[Clip]]) -> dict[str, Metrics]:
    figures: dict[str, list[Metrics]] = {}
    for clips in pooled:
        for speaker in sorted({str(c.speaker) for c in clips}):
            mine = [c for c in clips if c.speaker == speaker]
            p, t = (np.array(column) for column in _columns(mine))
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
