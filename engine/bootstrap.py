"""Whether one variant is better than another on the same clips: the paired bootstrap.

Each resample draws clips, or whole speakers with all their clips, with replacement, the same for both variants;
computes each seed's figure on the draw, averages over the seeds of a variant, and takes the difference of the two
averages. The difference's interval is the middle 95 % of the resamples (percentiles). The p value is two-sided: twice
the smaller share of resamples with a difference on one side of zero, one resample added to that count and to all, at
most 1; below .05 it says what an interval without zero says.

Clips of one speaker resemble each other, so drawing clips one by one makes intervals too narrow; drawing speakers is
the honest choice wherever speakers are known. The seeds stay as they are: the answer is about other clips or speakers,
not about other seeds, whose spread stands in a summary's `std`.

Every figure is computed from sums over clips, so that all resamples are one matrix product: (resamples x units) draws
by (units x sums).
Sources: Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapters 13 and 15; Koehn (2004), Statistical
significance tests for machine translation evaluation; Berg-Kirkpatrick, Burkett, Klein (2012), An empirical
investigation of statistical significance in NLP; cluster resampling: Davison & Hinkley (1997), section 3.8.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from engine.answers import Clip
from engine.metrics import HEADINGS, LOWER_IS_BETTER, METRICS, Array, Counts, rounded
from extraction.errors import DataError, InputError

By = Literal["clip", "speaker"]
Sums = tuple[Callable[[Array, Array], Array], Callable[[Array], Array]]  # clips -> summands, sums -> the figure

RESAMPLES = 10_000
LEVEL = 0.05  # a p value below it is called a difference
_CHUNK = 1000  # resamples at a time: (1000, 686) draws are 5 MB
_TIE = 1e-12  # differences below it are rounding errors
_FLAT = 1e-12  # below it a product of variances is rounding error of a constant


@dataclass(frozen=True)
class Difference:
    """A figure of two variants and their difference, `a - b`.

    Attributes:
        metric: by its name in `engine.metrics.METRICS`.
        a, b: means over seeds on all clips; None where the figure is not defined for some seed.
        difference: `a - b`, or None.
        low, high: ends of its 95 % interval, or None.
        p_value: two-sided, of no difference; None without a difference.
        resamples: how many were drawn.
    """

    metric: str
    a: float | None
    b: float | None
    difference: float | None
    low: float | None
    high: float | None
    p_value: float | None
    resamples: int

    def to_dict(self) -> dict[str, Any]:
        """JSON-able."""
        return asdict(self)


def compare(
    a: Sequence[Sequence[Clip]],
    b: Sequence[Sequence[Clip]],
    metric: str,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
    by: By = "clip",
) -> Difference:
    """The paired bootstrap of one figure; `a` and `b` hold a sequence of clips a seed, in any order.

    Raises DataError unless all seeds of both have the same clips with the same labels, or if `by` is speaker and a clip
    names none; InputError for an unknown metric.
    """
    return compare_all(a, b, (metric,), resamples=resamples, seed=seed, by=by)[metric]


def compare_all(
    a: Sequence[Sequence[Clip]],
    b: Sequence[Sequence[Clip]],
    metrics: Sequence[str] = METRICS,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
    by: By = "clip",
) -> dict[str, Difference]:
    """`compare` for several figures, all on the same resamples."""
    for metric in metrics:
        if metric not in METRICS:
            raise InputError(f"There is no figure {metric!r}: compare one of {', '.join(METRICS)}.")
    scores_a, scores_b, labels, units = _pair(a, b, by)
    if resamples < 1:
        raise InputError(f"{resamples} resamples say nothing: draw at least 1.")
    sums = {
        metric: [[sums_by_unit(_SUMS[metric][0](p, labels), units) for p in scores] for scores in (scores_a, scores_b)]
        for metric in metrics
    }
    everything = np.ones((1, int(units.max()) + 1))
    drawn: dict[str, list[Array]] = {metric: [] for metric in metrics}
    for draw in draws(everything.size, resamples, seed):
        for metric in metrics:
            one, other = (_figure(metric, draw, side) for side in sums[metric])
            drawn[metric].append(one - other)
    found = {}
    for metric, differences in drawn.items():
        of_a, of_b = (float(_figure(metric, everything, side)[0]) for side in sums[metric])
        found[metric] = _difference(metric, of_a, of_b, np.concatenate(differences))
    return found


def verdict(found: Difference, a: str, b: str) -> str:
    """What a difference between the variants named `a` and `b` says; interval and sign are the better one's."""
    name = HEADINGS[found.metric]
    if found.difference is None or found.low is None or found.high is None or found.p_value is None:
        return f"`{a}` and `{b}` cannot be compared in {name}: it is not defined for both."
    if abs(found.difference) <= _TIE:
        return f"`{a}` and `{b}` have the same {name}: no difference shown."
    lower_wins = found.metric in LOWER_IS_BETTER
    winner = a if (found.difference < 0) == lower_wins else b
    low, high = (found.low, found.high) if found.difference > 0 else (-found.high, -found.low)
    chance = "p < 0.001" if found.p_value < 0.001 else f"p = {found.p_value:.3f}"
    return (
        f"`{winner}` has the {'lower' if lower_wins else 'higher'} {name} by {abs(found.difference):.3f} "
        f"(95 % {low:.3f} to {high:.3f}, {chance}): "
        + ("more than chance would give." if found.p_value < LEVEL else "no difference shown.")
    )


def _figure(metric: str, draw: Array, seeds: Sequence[Array]) -> Array:
    """A figure (R,) on each draw (R, U), averaged over seeds, whose sums are (U, K)."""
    return np.asarray(np.mean([_SUMS[metric][1](draw @ sums) for sums in seeds], axis=0), dtype=np.float64)


def _difference(metric: str, a: float, b: float, resampled: Array) -> Difference:
    defined = resampled[np.isfinite(resampled)]  # r has no value on a draw of equal labels
    number, both = len(resampled), (_or_none(a), _or_none(b))
    if not np.isfinite(a - b) or not len(defined):
        return Difference(metric, *both, None, None, None, None, number)
    low, high = np.quantile(defined, (0.025, 0.975))
    fewer = min((defined <= _TIE).sum(), (defined >= -_TIE).sum())
    p_value = min(1.0, 2 * (int(fewer) + 1) / (len(defined) + 1))
    return Difference(metric, *both, a - b, float(low), float(high), p_value, number)


def _or_none(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _pair(
    a: Sequence[Sequence[Clip]], b: Sequence[Sequence[Clip]], by: By
) -> tuple[list[Array], list[Array], Array, Counts]:
    """Scores (N,) of each seed of `a` and `b`, labels (N,) and units (N,) from 0, all in the same order of clips."""
    if not a or not b or not a[0]:
        raise DataError("There are no answers to compare: evaluate both variants first.")
    reference = {c.clip: c for c in a[0]}
    names = sorted(reference)
    for clips in (*a, *b):
        here = {c.clip: c for c in clips}
        if len(here) != len(clips):
            raise DataError("Two clips have the same name, so answers cannot be paired: give each clip its own name.")
        shared = reference.keys() & here.keys()
        if len(shared) < max(len(reference), len(here)):
            raise DataError(
                f"The answers are on different clips ({len(reference)} and {len(here)}, {len(shared)} in common): "
                "evaluate both variants on the same table with the same protocol."
            )
        unlike = next((n for n in names if not np.isclose(here[n].label, reference[n].label, atol=1e-6)), None)
        if unlike is not None:
            raise DataError(f"Clip {unlike!r} has two labels: evaluate both variants on the same table.")
    scores = [[np.array([{c.clip: c.score for c in clips}[n] for n in names]) for clips in side] for side in (a, b)]
    labels = np.array([reference[n].label for n in names], dtype=np.float64)
    return scores[0], scores[1], labels, _units([reference[n] for n in names], by)


def _units(clips: Sequence[Clip], by: By) -> Counts:
    """What is drawn together, numbered from 0."""
    if by == "clip":
        return np.arange(len(clips))
    nameless = next((c.clip for c in clips if c.speaker is None), None)
    if nameless is not None:
        raise DataError(f"Clip {nameless!r} names no speaker: compare by clip.")
    return np.asarray(np.unique([str(c.speaker) for c in clips], return_inverse=True)[1], dtype=np.int64)


def sums_by_unit(summands: Array, units: Counts) -> Array:
    """Sums (U, K) of `summands` (N, K) over the clips of each unit."""
    sums = np.zeros((int(units.max()) + 1, summands.shape[1]))
    np.add.at(sums, units, summands)
    return sums


def draws(units: int, resamples: int, seed: int) -> Iterator[Array]:
    """How often each unit is drawn, in chunks (R, units)."""
    rng = np.random.default_rng(seed)
    for start in range(0, resamples, _CHUNK):
        rows = min(_CHUNK, resamples - start)
        drawn = rng.integers(units, size=(rows, units)) + units * np.arange(rows)[:, None]
        yield np.bincount(drawn.ravel(), minlength=rows * units).reshape(rows, units).astype(np.float64)


def _ratio(hits: Callable[[Array, Array], Array], counted: Callable[[Array], Array]) -> Sums:
    """A mean of `hits(scores, labels)` over the clips that `counted(labels)` keeps."""

    def summands(p: Array, t: Array) -> Array:
        kept = counted(t)
        return np.stack([hits(p, t) * kept, kept], axis=1)

    return summands, lambda sums: _divide(sums[:, 0], sums[:, 1], np.nan)


def _correlation() -> Sums:
    def summands(p: Array, t: Array) -> Array:
        x, y = p - p.mean(), t - t.mean()
        return np.stack([np.ones(len(x)), x, y, x * x, y * y, x * y], axis=1)

    def figure(sums: Array) -> Array:
        n, x, y, xx, yy, xy = sums.T
        spread = np.maximum(n * xx - x * x, 0) * np.maximum(n * yy - y * y, 0)
        return _divide(n * xy - x * y, np.sqrt(np.where(spread > _FLAT, spread, 0)), np.nan)

    return summands, figure


def _classes(cells: Callable[[Array, Array], tuple[Array, Array]], number: int, which: str, *, zeros: bool) -> Sums:
    """A figure weighted by the labels' classes, from the confusion of `cells`: classes of labels and of scores."""

    def summands(p: Array, t: Array) -> Array:
        truth, said = cells(p, t)
        kept = np.ones(len(t)) if zeros else (t != 0).astype(np.float64)
        one_hot = np.zeros((len(t), number * number))
        one_hot[np.arange(len(t)), (truth * number + said).astype(np.int64)] = kept
        return one_hot

    def figure(sums: Array) -> Array:
        counts = sums.reshape(-1, number, number)
        hits, truth, said = np.einsum("rkk->rk", counts), counts.sum(axis=2), counts.sum(axis=1)
        by_class = {"precision": (hits, said), "recall": (hits, truth), "f1": (2 * hits, said + truth)}[which]
        return _divide((_divide(*by_class, 0.0) * truth).sum(axis=1), truth.sum(axis=1), np.nan)

    return summands, figure


def _divide(above: Array, below: Array, otherwise: float) -> Array:
    quotient: Array = np.divide(above, below, out=np.full(above.shape, otherwise), where=below > 0)
    return quotient


def _all(t: Array) -> Array:
    return np.ones(len(t))


def _binary(p: Array, t: Array) -> tuple[Array, Array]:
    return (t >= 0).astype(np.float64), (p >= 0).astype(np.float64)


def _sides(p: Array, t: Array) -> tuple[Array, Array]:
    return (t > 0).astype(np.float64), (p > 0).astype(np.float64)


def _seven(p: Array, t: Array) -> tuple[Array, Array]:
    return rounded(t, 3) + 3, rounded(p, 3) + 3


_SUMS: dict[str, Sums] = {
    "mae": _ratio(lambda p, t: np.abs(p - t), _all),
    "r": _correlation(),
    "acc7": _ratio(lambda p, t: (rounded(p, 3) == rounded(t, 3)).astype(np.float64), _all),
    "acc5": _ratio(lambda p, t: (rounded(p, 2) == rounded(t, 2)).astype(np.float64), _all),
    "has0": _ratio(lambda p, t: ((p >= 0) == (t >= 0)).astype(np.float64), _all),
    "has0_f1": _classes(_binary, 2, "f1", zeros=True),
    "non0": _ratio(lambda p, t: ((p > 0) == (t > 0)).astype(np.float64), lambda t: (t != 0).astype(np.float64)),
    "non0_f1": _classes(_sides, 2, "f1", zeros=False),
    "precision": _classes(_binary, 2, "precision", zeros=True),
    "recall": _classes(_binary, 2, "recall", zeros=True),
    "f1": _classes(_binary, 2, "f1", zeros=True),
    "precision7": _classes(_seven, 7, "precision", zeros=True),
    "recall7": _classes(_seven, 7, "recall", zeros=True),
    "f1_7": _classes(_seven, 7, "f1", zeros=True),
}
