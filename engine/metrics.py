"""How well scores agree with labels: the field's figures, computed as the field computes them.

Conventions. `predictions` and `labels` are (N,), in file order; labels lie in [-3, 3]; figures are fractions, MAE is in
label units. A figure that is not defined (r of constant predictions, Non0 without a label other than zero) is None.

- `mae`: mean absolute error, on unclipped values. `r`: Pearson's correlation, on unclipped values.
- `acc7`, `acc5`: predictions and labels clipped to [-3, 3] or [-2, 2], then rounded half to even (numpy's `round`),
  are equal.
- `has0`: accuracy on all segments, class `value >= 0`. `non0`: accuracy on segments whose label is not 0, class
  `value > 0` (a prediction of exactly 0 counts as negative). `has0_f1`, `non0_f1`: their F1, weighted by the labels'
  classes.
- `precision`, `recall`, `f1`: the paper's binary figures, those of the Has0 classes, weighted by the labels' classes;
  so `f1` equals `has0_f1` and `recall` equals `has0`. `precision7`, `recall7`, `f1_7`: the same of the acc7 classes. A
  class that is never predicted has precision 0.

Weighted F1 comes in two versions in the literature. MulT, MISA and code derived from them hand predictions and labels
to `f1_score` the other way round, so that classes are weighted by how often they are *predicted*; a model that leans to
one side is flattered. Ours weight by the labels; `swapped_f1` is theirs, for comparing with their tables alone.

Floors are what a constant reaches: a model that does not beat them has learnt nothing.
Sources: MMSA's regression metrics for CMU-MOSI (github.com/thuiar/MMSA, utils/metricsTop.py); MulT's
(github.com/yaohungt/Multimodal-Transformer, src/eval_metrics.py) for the swapped F1; Pham et al. (2018).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from extraction.errors import DataError

Metrics = dict[str, float | None]
Array = NDArray[np.float64]
Counts = NDArray[np.int64]

METRICS = (
    *("mae", "r", "acc7", "acc5", "has0", "has0_f1", "non0", "non0_f1"),
    *("precision", "recall", "f1", "precision7", "recall7", "f1_7"),
)
HEADINGS = dict(
    zip(
        METRICS,
        (
            *("MAE", "r", "Acc-7", "Acc-5", "Has0", "Has0 F1", "Non0", "Non0 F1"),
            *("binary precision", "binary recall", "binary F1", "7-class precision", "7-class recall", "7-class F1"),
        ),
        strict=True,
    )
)
LOWER_IS_BETTER = frozenset({"mae"})
_SAME_FLOOR = {"recall": "has0", "has0_f1": "f1", "recall7": "acc7"}
CLASSES = tuple(range(-3, 4))  # of acc7, in the order of `confusion`


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
    """Every figure of `METRICS`, in that order. Raises DataError as `validate` does."""
    p, t = validate(predictions, labels)
    found: Metrics = {"mae": mean_absolute_error(p, t), "r": pearson(p, t)}
    found |= {"acc7": accuracy(p, t, 3), "acc5": accuracy(p, t, 2)}
    binary = weighted(t >= 0, p >= 0)
    found |= {"has0": float(((p >= 0) == (t >= 0)).mean()), "has0_f1": binary["f1"], "non0": None, "non0_f1": None}
    kept = t != 0
    if kept.any():
        sides = t[kept] > 0, p[kept] > 0
        found |= {"non0": float((sides[0] == sides[1]).mean()), "non0_f1": weighted(*sides)["f1"]}
    seven = weighted(rounded(t, 3), rounded(p, 3))
    found |= binary | {"precision7": seven["precision"], "recall7": seven["recall"], "f1_7": seven["f1"]}
    return found


def mean_absolute_error(predictions: Array, labels: Array) -> float:
    """In label units."""
    return float(np.abs(predictions - labels).mean())


def pearson(predictions: Array, labels: Array) -> float | None:
    """Pearson's correlation, or None where either side is constant or has fewer than two values."""
    if len(predictions) < 2 or any(np.ptp(side) == 0 or np.var(side) == 0 for side in (predictions, labels)):
        return None
    return float(np.corrcoef(predictions, labels)[0, 1])


def accuracy(predictions: Array, labels: Array, limit: int) -> float:
    """Share of segments whose values, clipped to [-limit, limit], round to the same whole number."""
    return float((rounded(predictions, limit) == rounded(labels, limit)).mean())


def rounded(values: Array, limit: int) -> Array:
    """Values clipped to [-limit, limit] and rounded half to even; -0 and 0 are one class."""
    return np.asarray(np.round(np.clip(values, -limit, limit)) + 0.0, dtype=np.float64)


def weighted(truth: NDArray[Any], predicted: NDArray[Any]) -> dict[str, float]:
    """`precision`, `recall` and `f1` of each class in `truth`, both (N,), weighted by how often it occurs there."""
    found = np.zeros(3)
    for label in np.unique(truth):
        is_class, said = truth == label, predicted == label
        hits = float((is_class & said).sum())
        precision = hits / max(said.sum(), 1)
        recall = hits / is_class.sum()
        f1 = 2 * hits / (said.sum() + is_class.sum())
        found += np.array([precision, recall, f1]) * is_class.mean()
    return dict(zip(("precision", "recall", "f1"), found.tolist(), strict=True))


def swapped_f1(predictions: ArrayLike, labels: ArrayLike) -> float | None:
    """The Non0 F1 as MulT's and MISA's code computes it: weighted by how often each class is predicted.

    Only for comparing with figures made that way; None without a label other than zero. Raises DataError as `validate`
    does.
    """
    p, t = validate(predictions, labels)
    kept = t != 0
    return weighted(p[kept] > 0, t[kept] > 0)["f1"] if kept.any() else None


def confusion(predictions: ArrayLike, labels: ArrayLike) -> Counts:
    """Segments by acc7 class, (7, 7): row is the label's class, column the predicted one, both -3 .. 3.

    Raises DataError as `validate` does.
    """
    p, t = validate(predictions, labels)
    cells = (rounded(t, 3) + 3) * 7 + rounded(p, 3) + 3
    return np.asarray(np.bincount(cells.astype(np.int64), minlength=49).reshape(7, 7), dtype=np.int64)


def class_recall(counts: Counts) -> Metrics:
    """From a `confusion`: the share of each class, `-3` .. `3`, predicted as itself; None where it is absent."""
    occurs = counts.sum(axis=1)
    return {str(c): float(counts[i, i] / occurs[i]) if occurs[i] else None for i, c in enumerate(CLASSES)}


def extremes(counts: Counts) -> float | None:
    """From a `confusion`: of segments labelled -3 or 3, the share predicted as -3 or 3; None where there are none.

    The paper's baselines never predict the extremes: this figure is 0 for them.
    """
    ends = counts[[0, -1]]
    return float(ends[:, [0, -1]].sum() / ends.sum()) if ends.sum() else None


def floors(train_labels: ArrayLike, test_labels: ArrayLike) -> Metrics:
    """What constants reach on the test labels; see `pooled_floors`."""
    return pooled_floors([(train_labels, test_labels)])


def pooled_floors(folds: Sequence[tuple[ArrayLike, ArrayLike]]) -> Metrics:
    """What constants reach on the test labels of all folds together, each fold with its own training labels.

    `<figure>_majority`: the larger class throughout, of the Has0 classes (`has0`, `precision`, `f1`), of Non0 (`non0`,
    `non0_f1`), of the classes of acc7 (`acc7`, `precision7`, `f1_7`) and of acc5. `constant`: the whole number with the
    lowest MAE on these labels, with `constant_mae` and `constant_acc7`. `mean_*`, `median_*`: each fold's training mean
    or median. Majority and constant are chosen on these very labels, to their advantage. Raises DataError as `validate`
    does.
    """
    pairs = [validate(test, test)[1] for _, test in folds]
    t = np.concatenate(pairs)
    kept = t[t != 0]
    best = min(range(-3, 4), key=lambda c: float(np.abs(t - c).mean()))
    binary, seven = _larger_class(t >= 0), _larger_class(rounded(t, 3))
    sides: Metrics = {"recall": None, "f1": None} | (_larger_class(kept > 0) if len(kept) else {})
    found: Metrics = {
        "has0_majority": binary["recall"],
        "non0_majority": sides["recall"],
        "non0_f1_majority": sides["f1"],
        "precision_majority": binary["precision"],
        "f1_majority": binary["f1"],
        "acc7_majority": seven["recall"],
        "acc5_majority": _larger_class(rounded(t, 2))["recall"],
        "precision7_majority": seven["precision"],
        "f1_7_majority": seven["f1"],
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


def best_constant(metric: str, floor: Metrics) -> float | None:
    """The best that any constant of `floor` reaches in `metric`; None where constants have no such figure."""
    known = [v for k, v in floor.items() if v is not None and k.endswith(f"_{metric}")]
    majority = floor.get(f"{_SAME_FLOOR.get(metric, metric)}_majority")
    if majority is not None:
        known.append(majority)
    if not known:
        return None
    return min(known) if metric in LOWER_IS_BETTER else max(known)


def judge(metrics: Mapping[str, float | None], floor: Metrics) -> tuple[bool, str]:
    """Whether `metrics` beat every floor, and a sentence that says so with the figures."""
    rows: list[tuple[str, float | None, float | None, bool]] = []
    for key in ("mae", "has0", "non0"):
        value, least = metrics[key], best_constant(key, floor)
        beats = value is not None and least is not None and _better(key, value, least)
        rows.append((HEADINGS[key], value, least, beats))
    learned = all(beats for *_, beats in rows)
    said = ", ".join(f"{name} {_show(value)} against {_show(least)}" for name, value, least, _ in rows)
    if learned:
        return True, f"Beats every constant answer: {said}."
    lost = " and ".join(name for name, *_, beats in rows if not beats)
    return False, f"Does not beat a constant answer in {lost} ({said}): take its readings as a demonstration only."


def _better(metric: str, value: float, other: float) -> bool:
    return value < other if metric in LOWER_IS_BETTER else value > other


def _show(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}"


def _larger_class(truth: NDArray[Any]) -> dict[str, float]:
    """Weighted figures of saying the most frequent class of `truth` throughout."""
    classes, counts = np.unique(truth, return_counts=True)
    return weighted(truth, np.full(len(truth), classes[counts.argmax()]))
