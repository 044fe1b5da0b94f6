"""Trainings timed in turns, A B A B, so that whatever else the machine does meets both alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from mosi_like import DIMS, SPECS, random_table
from plain_loops import PlainLoop, PlainRegressor, PlainTranslator, items_of

from engine.config import RegressionOptions, TranslationOptions
from engine.dataset import segments_of
from engine.fit import Epoch
from engine.notation import Variant, parse
from engine.place import Place
from engine.regression import NAME
from engine.splits import standard_split
from engine.stages import Corpus, StageTrainer
from engine.train import train_variant

_EPOCHS = 3  # of a training on a device; the first warms up and is not timed


@dataclass(frozen=True)
class Ratio:
    """Median and extremes over the repetitions."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, above: Sequence[float], below: Sequence[float]) -> Ratio:
        """Element by element."""
        ratios = [a / b for a, b in zip(above, below, strict=True)]
        return cls(statistics.median(ratios), min(ratios), max(ratios))

    def __str__(self) -> str:
        return f"{self.median:.3f} ({self.low:.3f} to {self.high:.3f})"


@dataclass(frozen=True)
class Against:
    """Attributes: segments a second of ours and of the plain loop; how many times as fast ours is, by the wall clock
    and by this process' CPU time, which other processes disturb less.
    """

    ours: float
    plain: float
    wall: Ratio
    cpu: Ratio

    def to_dict(self) -> dict[str, Any]:
        """JSON-able."""
        return asdict(self)


@dataclass(frozen=True)
class OnDevice:
    """Attributes: training and place; segments a second; the ratio to the CPU's; by how much the mean training loss of
    each epoch differs from the CPU's.
    """

    training: str
    place: str
    rate: float
    ratio: Ratio
    differences: tuple[float, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-able."""
        return asdict(self)


class _Turns:
    """Called at the end of each epoch of ours, it runs one of the plain loop; both are timed."""

    def __init__(self, plain: PlainLoop) -> None:
        self.plain = plain
        self.ours: list[tuple[float, float]] = []
        self.theirs: list[tuple[float, float]] = []
        self.since = _now()

    def __call__(self, _: Epoch) -> None:
        self.ours.append(_passed(self.since))
        begun = _now()
        self.plain.epoch()
        self.theirs.append(_passed(begun))
        self.since = _now()

    def figures(self, segments: int) -> Against:
        """Without the first turn, which sets things up."""
        (wall, cpu), (plain_wall, plain_cpu) = zip(*self.ours[1:], strict=True), zip(*self.theirs[1:], strict=True)
        rates = segments / statistics.median(wall), segments / statistics.median(plain_wall)
        return Against(*rates, Ratio.of(plain_wall, wall), Ratio.of(plain_cpu, cpu))


def against_plain(name: str, segments: int, repetitions: int) -> Against:
    """Our training of a variant that reads measurements only, or of a translation, against the plain loop.

    Ours validates on two segments after each epoch, so that what is timed is the pass over the training split.
    """
    corpus, variant = _corpus(segments, 2), parse(name)
    train, lasting = corpus.split.train, {"epochs": repetitions + 1, "patience": repetitions + 1}
    if variant.stages:
        (stage,), translating = variant.stages, TranslationOptions(**lasting)
        (target,) = Variant(stage.target).inputs
        items = items_of(train, translating.batch_size, variant.inputs, target)
        width = sum(DIMS[m] + 1 for m in variant.inputs)
        turns = _Turns(PlainLoop(PlainTranslator(width, DIMS[target], translating), items, translating))
        StageTrainer(corpus, translating).get(stage, turns)
    else:
        options = RegressionOptions(**lasting)
        items = items_of(train, options.batch_size, variant.inputs)
        turns = _Turns(PlainLoop(PlainRegressor(sum(DIMS[m] + 1 for m in variant.inputs), options), items, options))
        train_variant(variant, corpus, regression=options, report=turns)
    return turns.figures(segments)


def devices(segments: int, repetitions: int, names: Sequence[str] = ("cuda", "cuda bf16")) -> list[OnDevice]:
    """The CPU and other places, in turns; without dropout and with full teacher forcing, so that nothing is drawn."""
    corpus, found = _corpus(segments, 32), []
    for name in ("concat(T,V,A)", "T->A"):
        seconds: dict[str, list[float]] = {place: [] for place in ("cpu", *names)}
        losses: dict[str, list[float]] = {}
        for _ in range(repetitions):
            for place, taken in seconds.items():
                epochs, ended = _train_on(place, name, corpus)
                taken.append((ended[-1] - ended[0]) / (len(ended) - 1))
                losses[place] = [epoch.train_loss for epoch in epochs]
        for place, taken in seconds.items():
            differences = tuple(a - b for a, b in zip(losses[place], losses["cpu"], strict=True))
            rate = segments / statistics.median(taken)
            found.append(OnDevice(name, place, rate, Ratio.of(seconds["cpu"], taken), differences))
    return found


def _train_on(place: str, name: str, corpus: Corpus) -> tuple[list[Epoch], list[float]]:
    """The epochs of a variant's translation, or of its regressor where it has none, and when each ended."""
    epochs: list[Epoch] = []
    ended: list[float] = []
    variant = parse(name)
    timed = str(variant.stages[0]) if variant.stages else NAME

    def report(epoch: Epoch) -> None:
        if epoch.stage == timed:
            epochs.append(epoch)
            ended.append(time.perf_counter())

    still = {"dropout": 0.0, "input_dropout": 0.0}
    translation = TranslationOptions(epochs=_EPOCHS, teacher_forcing=1, teacher_forcing_end=1, **still)
    regression = RegressionOptions(epochs=1 if variant.stages else _EPOCHS, **still)
    device = Place(place.partition(" ")[0], bf16=place.endswith("bf16"))
    train_variant(variant, corpus, translation=translation, regression=regression, place=device, report=report)
    return epochs, ended


def _corpus(train: int, valid: int) -> Corpus:
    table = random_table(train, valid)
    return Corpus(standard_split(segments_of(table, tuple(DIMS))), SPECS)


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _passed(since: tuple[float, float]) -> tuple[float, float]:
    wall, cpu = _now()
    return wall - since[0], cpu - since[1]
