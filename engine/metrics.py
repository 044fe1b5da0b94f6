"""How well scores agree with labels: the field's figures, computed as the field computes them, and their floors.

Conventions. `predictions` and `labels` are (N,), in file order; labels lie in [-3, 3]; figures are fractions, MAE is in
label units. A figure that is not defined (r of constant predictions, Non0 without a label other than zero) is None.

- `mae`: mean absolute error, on unclipped values. `r`: Pearson's correlation, on unclipped values.
- `acc7`, `acc5`: predictions and labels clipped to [-3, 3] or [-2, 2], then rounded half to even (numpy's `round`),
  are equal.
- `has0_*`: all segments, class `value >= 0`. `non0_*`: segments whose label is not 0, class `value > 0` (a
  prediction of exactly 0 counts as negative). `*_accuracy`, and `*_f1` weighted by the labels' classes.
- `binary_*`, `seven_*`: the paper's precision, recall and F1, weighted by the labels' classes, of the Has0 classes and
  of the acc7 classes; a class that is never predicted has precision 0.

Floors are what a constant reaches: a model that does not beat them has learnt nothing.
Sources: MMSA's regression metrics for CMU-MOSI (github.com/thuiar/MMSA, utils/metricsTop.py); Pham et al. (2018).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from extraction.errors import DataError

Metrics = dict[str, float | None]
Array = NDArray[np.float64]

METRICS = (
    *("mae", "r", "acc7", "acc5", "has0_accuracy", "has0_f1", "non0_accuracy", "non0_f1"),
    *("binary_precision", "binary_recall", "binary_f1", "seven_precision", "seven_recall", "seven_f1"),
)
LOWER_IS_BETTER = frozenset({"mae"})


def validate(predictions: ArrayLike, labels: ArrayLike) -> tuple[Array, Array]:
    """Both as (N,) float64. Raises DataError if they are empty, differ in length or hold a value that is no number."""
    p, t = np.asarray(predictions, dtype=np.float64), np.asarray(labels, dtype=np.float64)
    if p.ndim != 1 or p.shape != t.shape:
        raise DataError(f"Predictions {p.shape} and labels {t.shape} do not pair up: give one of each a segment.")
    if not len(p):
        raise DataError("There is no segment to evaluate on: the test split is empty.")
    if not (np.isfinite(p).all() and np.isfinite(t).all()):
        raise DataError("A prediction or a label is not a finite number: every test segment needs both.")
    return p, t


def evaluate(predictions: ArrayLike, labels: ArrayLike) -> Metrics:
    """Every figure of `METRICS`. Raises DataError as `validate` does."""
    p, t = validate(predictions, labels)
    nonzero = t != 0
    found: Metrics = {"mae": mean_absolute_error(p, t), "r": pearson(p, t), "acc7": accuracy(p, t, 3)}
    found["acc5"] = accuracy(p, t, 2)
    has0 = _weighted(t >= 0, p >= 0)
    seven = _weighted(_rounded(t, 3), _rounded(p, 3))
    found |= {"has0_accuracy": float(((p >= 0) == (t >= 0)).mean()), "has0_f1": has0["f1"]}
    found |= {"non0_accuracy": None, "non0_f1": None}
    if nonzero.any():
        sides = t[nonzero] > 0, p[nonzero] > 0
        found |= {"non0_accuracy": float((sides[0] == sides[1]).mean()), "non0_f1": _weighted(*sides)["f1"]}
    found |= {f"binary_{k}": v for k, v in has0.items()} | {f"seven_{k}": v for k, v in seven.items()}
    return found


def mean_absolute_error(predictions: Array, labels: Array) -> float:
    """In label units."""
    return float(np.abs(predictions - labels).mean())


def pearson(predictions: Array, labels: Array) -> float | None:
    """Pearson's correlation, or None where either side is constant or has fewer than two values."""
    if len(predictions) < 2 or np.ptp(predictions) == 0 or np.ptp(labels) == 0:
        return None
    return float(np.corrcoef(predictions, labels)[0, 1])


def accuracy(predictions: Array, labels: Array, limit: int) -> float:
    """Share of segments whose values, clipped to [-limit, limit], round to the same whole number."""
    return float((_rounded(predictions, limit) == _rounded(labels, limit)).mean())


def floors(train_labels: ArrayLike, test_labels: ArrayLike) -> Metrics:
    """What constants reach on the test labels; see `pooled_floors`."""
    return pooled_floors([(train_labels, test_labels)])


def pooled_floors(folds: Sequence[tuple[ArrayLike, ArrayLike]]) -> Metrics:
    """What constants reach on the test labels of all folds together, each fold with its own training labels.

    `has0_majority`, `non0_majority`: the larger class throughout. `constant`: the whole number with the lowest MAE on
    these labels (generous: it was chosen on them), with `constant_mae` and `constant_acc7`. `mean_*`, `median_*`: each
    fold's training mean or median. Raises DataError as `validate` does.
    """
    pairs = [validate(test, test)[1] for _, test in folds]
    t = np.concatenate(pairs)
    nonzero = t[t != 0]
    best = min(range(-3, 4), key=lambda c: float(np.abs(t - c).mean()))
    found: Metrics = {
        "has0_majority": float(max((t >= 0).mean(), (t < 0).mean())),
        "non0_majority": float(max((nonzero > 0).mean(), (nonzero < 0).mean())) if len(nonzero) else None,
        "constant": float(best),
    }
    constants: dict[str, Array] = {"constant": np.full(len(t), float(best))}
    for name, statistic in (("mean", np.mean), ("median", np.median)):
        levels = [float(statistic(np.asarray(train, dtype=np.float64))) for train, _ in folds]
        constants[name] = np.asarray(np.repeat(levels, [len(test) for test in pairs]))
    for name, values in constants.items():
        found[f"{name}_mae"] = mean_absolute_error(values, t)
        found[f"{name}_acc7"] = accuracy(values, t, 3)
    return found


def judge(metrics: Mapping[str, float | None], floor: Metrics) -> tuple[bool, str]:
    """Whether `metrics` beat every floor, and a sentence that says so with the figures."""
    mae, lowest = metrics["mae"], min(v for k, v in floor.items() if k.endswith("_mae") and v is not None)
    rows: list[tuple[str, float | None, float | None, bool]] = [
        ("MAE", mae, lowest, mae is not None and mae < lowest),
    ]
    for name, key in (("Has0", "has0"), ("Non0", "non0")):
        value, majority = metrics[f"{key}_accuracy"], floor[f"{key}_majority"]
        rows.append((name, value, majority, value is not None and majority is not None and value > majority))
    learned = all(beats for *_, beats in rows)
    said = ", ".join(f"{name} {_show(value)} against {_show(least)}" for name, value, least, _ in rows)
    if learned:
        return True, f"Beats every constant answer: {said}."
    lost = " and ".join(name for name, *_, beats in rows if not beats)
    return False, f"Does not beat a constant answer in {lost} ({said}): take its readings as a demonstration only."


def _show(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}"


def _rounded(values: Array, limit: int) -> Array:
    return np.asarray(np.round(np.clip(values, -limit, limit)) + 0.0, dtype=np.float64)  # -0 and 0 are one class


def _weighted(truth: NDArray[Any], predicted: NDArray[Any]) -> dict[str, float]:
    """Precision, recall and F1 of each class in `truth`, weighted by how often it occurs there."""
    found = np.zeros(3)
    for label in np.unique(truth):
        is_class, said = truth == label, predicted == label
        hits = float((is_class & said).sum())
        precision = hits / max(said.sum(), 1)
        recall = hits / is_class.sum()
        f1 = 2 * hits / (said.sum() + is_class.sum())
        found += np.array([precision, recall, f1]) * is_class.mean()
    return dict(zip(("precision", "recall", "f1"), found.tolist(), strict=True))
