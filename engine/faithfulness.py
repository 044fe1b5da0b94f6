"""Whether a model's attention tells which words matter, over the clips of a corpus.

A word matters as much as blanking it changes the score (occlusion), or as integrated gradients say. Attention is
faithful as far as the words rank alike by attention and by these. Each figure stands beside its floor: what the same
clips give when the words of each are shuffled on one side, which is no faithfulness at all.

Rank correlations are Spearman's within a clip, averaged over clips; attention is compared with the size of an effect,
as it has no sign. `valence` is the rank correlation of the words' sentiment with what people say of the word alone,
over all words with an entry in the lexicon; its floor keeps a clip's words and shuffles their sentiments, so it holds
what the clip's score alone would give. `deletion` is the size of the score's change, in label units, when the word with
most attention is blanked; its floor blanks a random one.
Intervals are the middle 95 % of bootstrap draws of speakers, or of clips where some name no speaker; those of floors
are the middle 95 % of shuffles.
Sources: Jain and Wallace (2019), arXiv 1902.10186; Wiegreffe and Pinter (2019), arXiv 1908.04626; DeYoung et al.
(2020), ERASER, arXiv 1911.03429, section 4 (comprehensiveness, of which `deletion` is the one-word case).
Shape letters: N clips or words, W words of a clip, R shuffles or draws.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from engine.bootstrap import RESAMPLES, By, draws, sums_by_unit
from engine.checkpoint import Card
from engine.lexicon import valences
from engine.metrics import Array, Counts
from engine.word_effects import WordEffects
from extraction.errors import CheckpointError, DataError

FEWEST = 5  # words of a clip below which its words are not ranked
SHUFFLES = 1000
HEADINGS = {
    "attention_occlusion": "attention and blanking",
    "contribution_occlusion": "attention times sentiment, and blanking",
    "gradients_occlusion": "integrated gradients and blanking",
    "attention_gradients": "attention and integrated gradients",
    "valence": "sentiment and VADER's valence",
    "deletion": "change without the most attended word",
}
_SIDES: dict[str, tuple[str, str]] = {
    "attention_occlusion": ("attention", "change"),
    "contribution_occlusion": ("contribution", "change"),
    "gradients_occlusion": ("gradients", "change"),
    "attention_gradients": ("attention", "gradients"),
}


@dataclass(frozen=True)
class Figure:
    """One figure of a corpus.

    Attributes:
        value: the figure; None where no clip or word has it.
        low, high: ends of its 95 % interval.
        counted: the clips it is a mean over, or for `valence` the words.
        chance, chance_low, chance_high: its mean over shuffles, and their middle 95 %.
    """

    value: float | None
    low: float | None
    high: float | None
    counted: int
    chance: float | None
    chance_low: float | None
    chance_high: float | None


@dataclass(frozen=True)
class Faithfulness:
    """The figures of a model on a corpus.

    Attributes:
        variant: in the notation.
        data: name of the word table.
        clips, words: how many were read.
        by: what was drawn for the intervals, speaker or clip.
        drawn: how many of these there are.
        missing: the largest error of a clip's integrated gradients, in label units.
        figures: by the names in HEADINGS.
    """

    variant: str
    data: str
    clips: int
    words: int
    by: By
    drawn: int
    missing: float
    figures: dict[str, Figure]

    def to_dict(self) -> dict[str, Any]:
        """JSON-able; `from_dict` inverts it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Faithfulness:
        """Rebuild the figures. Raises KeyError or TypeError if they are none."""
        return cls(**{**data, "figures": {name: Figure(**data["figures"][name]) for name in HEADINGS}})


def faithfulness(
    variant: str, data: str, clips: Sequence[WordEffects], *, resamples: int = RESAMPLES, seed: int = 0
) -> Faithfulness:
    """The figures of the clips that a model has read. Raises DataError if there are none."""
    if not clips:
        raise DataError(f"No clip of {data} has what {variant} reads: name a table with its modalities.")
    named = all(clip.speaker is not None for clip in clips)
    units = [str(clip.speaker) if named else str(number) for number, clip in enumerate(clips)]
    numbers = np.asarray(np.unique(units, return_inverse=True)[1], dtype=np.int64)
    corpus = _Corpus(clips, numbers, resamples, seed)
    figures = {name: corpus.ranked(*sides) for name, sides in _SIDES.items()}
    return Faithfulness(
        variant=variant,
        data=data,
        clips=len(clips),
        words=sum(len(clip.words) for clip in clips),
        by="speaker" if named else "clip",
        drawn=int(numbers.max()) + 1,
        missing=max(abs(clip.missing) for clip in clips),
        figures=figures | {"valence": corpus.valence(), "deletion": corpus.deletion()},
    )


def of_card(card: Card) -> Faithfulness | None:
    """The figures kept on a card, None where there are none. Raises CheckpointError if they are of another version."""
    if card.faithfulness is None:
        return None
    try:
        return Faithfulness.from_dict(card.faithfulness)
    except (KeyError, TypeError) as error:
        raise CheckpointError(
            f"The card of {card.variant} has figures of another version of this program: run s2s faithfulness --write."
        ) from error


@dataclass(frozen=True, eq=False)
class _Corpus:
    clips: Sequence[WordEffects]
    units: Counts  # (N,): which speaker, or which clip
    resamples: int
    seed: int

    def ranked(self, one: str, other: str) -> Figure:
        """The mean rank correlation of two sizes of effect."""
        rng = np.random.default_rng(self.seed)
        rhos, chance, units = [], [], []
        for clip, unit in zip(self.clips, self.units, strict=True):
            a, b = (_ranks(np.abs(getattr(clip, side))) for side in (one, other))
            if len(a) >= FEWEST and a.any() and b.any():
                rhos.append(float(a @ b))
                chance.append(rng.permuted(np.tile(a, (SHUFFLES, 1)), axis=1) @ b)
                units.append(unit)
        return self._mean(rhos, chance, units)

    def deletion(self) -> Figure:
        """The mean size of the change without the most attended word."""
        rng = np.random.default_rng(self.seed)
        sizes, chance, units = [], [], []
        for clip, unit in zip(self.clips, self.units, strict=True):
            if len(clip.words) >= FEWEST:
                size = np.abs(clip.change)
                sizes.append(float(size[clip.attention.argmax()]))
                chance.append(size[rng.integers(len(size), size=SHUFFLES)])
                units.append(unit)
        return self._mean(sizes, chance, units)

    def valence(self) -> Figure:
        """The rank correlation of sentiment and valence over all words with an entry."""
        rng = np.random.default_rng(self.seed)
        valence = np.concatenate([valences(clip.words) for clip in self.clips])
        kept = np.isfinite(valence)
        units = np.repeat(self.units, [len(clip.words) for clip in self.clips])[kept]
        truth = _ranks(valence[kept])
        felt = _ranks(np.concatenate([clip.sentiment for clip in self.clips])[kept])
        if not (truth.any() and felt.any()):
            return Figure(None, None, None, int(kept.sum()), None, None, None)
        shuffled = [
            float(_ranks(np.concatenate([rng.permutation(clip.sentiment) for clip in self.clips])[kept]) @ truth)
            for _ in range(SHUFFLES)
        ]
        columns = np.stack([np.ones(len(felt)), felt, truth, felt**2, truth**2, felt * truth], axis=1)
        interval = self._interval(columns, units, _correlation)
        return Figure(float(felt @ truth), *interval, len(felt), *_spread(np.array(shuffled)))

    def _mean(self, values: Sequence[float], chance: Sequence[Array], units: Sequence[int]) -> Figure:
        if not values:
            return Figure(None, None, None, 0, None, None, None)
        columns = np.stack([np.array(values), np.ones(len(values))], axis=1)
        interval = self._interval(columns, np.array(units), lambda sums: sums[:, 0] / sums[:, 1])
        return Figure(float(np.mean(values)), *interval, len(values), *_spread(np.mean(chance, axis=0)))

    def _interval(self, columns: Array, units: Counts, figure: Callable[[Array], Array]) -> tuple[float, float]:
        """The 95 % interval of `figure(sums (R, K))`, from columns (N, K) of clips or words and their units (N,)."""
        sums = sums_by_unit(columns, np.unique(units, return_inverse=True)[1])
        drawn = [figure(draw @ sums) for draw in draws(len(sums), self.resamples, self.seed)]
        low, high = np.nanquantile(np.concatenate(drawn), (0.025, 0.975))
        return float(low), float(high)


def _ranks(values: Array) -> Array:
    """Ranks (W,), ties at their mean, of mean 0 and length 1, so that a product is Spearman's; 0 if all are equal."""
    from scipy import stats

    ranks = np.asarray(stats.rankdata(values), dtype=np.float64) - (len(values) + 1) / 2
    length = float(np.sqrt((ranks**2).sum()))
    return ranks / length if length > 0 else ranks


def _correlation(sums: Array) -> Array:
    """Pearson's (R,) of the words in each draw, ranked among all words; NaN where a draw's words are all alike."""
    n, x, y, xx, yy, xy = sums.T
    spread = np.maximum(n * xx - x * x, 0) * np.maximum(n * yy - y * y, 0)
    return np.asarray(np.divide(n * xy - x * y, np.sqrt(spread), out=np.full(len(n), np.nan), where=spread > 0))


def _spread(values: Array) -> tuple[float, float, float]:
    low, high = np.quantile(values, (0.025, 0.975))
    return float(values.mean()), float(low), float(high)
