"""The training of a model's regressor on labels, over encoders that are trained already.

Mean absolute error, early stopping on the validation MAE. Frozen encoders read every segment once before the first
epoch; with `fine_tune` they are trained along, with adapters the encoder of words as well, and with
`translation_weight` the decoders too: loss = absolute error + weight * the translations' losses. With `joined` some
clips are read in pairs (`engine.joined`), and the error is that of each part; how many there are is counted by parts.
With `consistency` every batch holds its clips twice, so that dropout draws twice, and both scores are drawn together.
Source: Pham et al. (2018), equations 1 to 6 and algorithm 1, step 3.
Shape letters: B clips, W words, R columns of the representation.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from engine import distributed
from engine.batch import Batch, collate, plan, without_some
from engine.beside import Beside
from engine.config import RegressionOptions
from engine.dataset import Segment, labelled, labels_of
from engine.fit import Epoch, Report, fit, silent
from engine.joined import Joined, Parts, alone, joined_some, parts_of
from engine.model import SentimentModel
from engine.place import CPU, Place
from engine.resume import Unfinished
from engine.splits import Split, check_labels

NAME = "regression"
FIRST = "regression on extra clips"
Item = tuple[Tensor, Tensor, Parts, float]  # representation (B, W, R), mask (B, W), parts, weight


def train_regressor(
    model: SentimentModel,
    split: Split,
    seed: int = 0,
    *,
    place: Place = CPU,
    report: Report = silent,
    unfinished: Unfinished | None = None,
    fresh: bool = True,
    name: str = NAME,
    beside: Beside | None = None,
) -> Epoch:
    """Train the regressor of `model` in place.

    With `fresh` False the statistics of the measurements stay as they are. `name` is that in reports; FIRST
    takes `first_epochs`. `beside` are the translations that learn along. Raises DataError if there are no labels, or
    labels of one class only.
    """
    options = _options_of(model.regression, name)
    train, valid = (labelled(tuple(s for s in part if len(s))) for part in (split.train, split.valid))
    check_labels(Split(train, valid))
    if fresh:
        fit_statistics(model, split)
    model.eval()
    model.encoders.requires_grad_(options.fine_tune)
    task = _Task(model, train, valid, options, seed, beside)
    best = fit(
        task.learns,
        options,
        name,
        train=task.batches,
        loss=task.loss,
        valid=task.validate,
        seed=seed,
        place=place,
        report=report,
        unfinished=unfinished,
        rates=_rates(model, beside),
        steps=task.steps if options.schedule == "linear" else None,
    )
    model.eval()
    return best


def fit_statistics(model: SentimentModel, split: Split) -> None:
    """Take the statistics of the measurements, and of the labels where the head begins, from the training clips."""
    train = labelled(tuple(s for s in split.train if len(s)))
    check_labels(Split(train, ()))
    model.reader.fit(train, model.regression.text_scale)
    with torch.no_grad():
        model.regressor.head.bias.fill_(float(np.median(labels_of(train))))


@dataclass(eq=False)
class _Task:
    """What is minimised, and on what."""

    model: SentimentModel
    train: tuple[Segment, ...]
    valid: tuple[Segment, ...]
    options: RegressionOptions
    seed: int
    beside: Beside | None

    def __post_init__(self) -> None:
        self.source, self.held = (
            _Representations(self.model, tuple(map(alone, part))) for part in (self.train, self.valid)
        )

    @property
    def steps(self) -> int:
        """Batches an epoch."""
        clips = len(joined_some(self.train, self.options.joined, np.random.default_rng(0), conjunctions=False))
        return math.ceil(clips / self.options.batch_size)

    @property
    def learns(self) -> nn.Module:
        """All that learns, as one module."""
        if self.beside is not None:
            return nn.ModuleDict({"model": self.model, "decoders": self.beside.decoders})
        return self.model if self.options.fine_tune or self.model.words is not None else self.model.regressor

    def batches(self, epoch: int) -> Iterator[tuple[Item, Batch | None]]:
        """The batches of an epoch, each with one of the translations beside it, if there are any."""
        rng = np.random.default_rng([self.seed, epoch])
        clips = None if self.beside is None else self.beside.batches(self.seed, epoch)
        source = self._joined(epoch) if self.options.joined else self.source
        for indices in plan(source.lengths, self.options.batch_size, rng):
            read, weight = distributed.share(indices)
            read = np.tile(read, 2) if self.options.consistency else read
            yield source.item(read, weight), None if clips is None else next(clips)

    def _joined(self, epoch: int) -> _Representations:
        """The training clips of an epoch, some of them in pairs."""
        rng = np.random.default_rng([self.seed, epoch, 2])
        some = joined_some(self.train, self.options.joined, rng, conjunctions=self.model.words is not None)
        return _Representations(self.model, some)

    def loss(self, item: tuple[Item, Batch | None]) -> tuple[Tensor, Tensor]:
        """Summed over the clips of a batch, and how many they are."""
        (*_, weight), clips = item
        answers, labels = self._answers(item[0])
        errors, count = (answers - labels).abs().sum(), len(answers)
        if self.options.consistency:
            one, other = answers.chunk(2)
            errors, count = errors / 2 + self.options.consistency * (one - other).square().sum(), count // 2
        if clips is not None and self.beside is not None:
            errors = errors + self.options.translation_weight * count * self.beside.loss(clips)
        return errors * weight, torch.tensor(count * weight, device=answers.device)

    def _answers(self, item: Item) -> tuple[Tensor, Tensor]:
        """Scores and labels (N,), of clips, or with `joined` of the parts there are."""
        inputs, mask, parts, _ = item
        output = self.model.regressor(inputs, mask)
        return parts.answers(output) if self.options.joined else (output.score, parts.labels[:, 0])

    @torch.no_grad()
    def validate(self) -> float:
        """The validation MAE."""
        items = (self.held.item(some, 1.0) for some in plan(self.held.lengths, 2 * self.options.batch_size))
        answers = (self._answers(item) for item in items)
        return sum(float((score - label).abs().sum()) for score, label in answers) / len(self.valid)


def _options_of(options: RegressionOptions, name: str) -> RegressionOptions:
    return replace(options, epochs=options.first_epochs) if name == FIRST and options.first_epochs else options


def _rates(model: SentimentModel, beside: Beside | None) -> dict[str, float]:
    """Learning rates that differ from the regressor's, by the beginning of parameters' names."""
    if model.adapter is None:
        return {}
    return {"words." if beside is None else "model.words.": model.adapter.learning_rate}


class _Representations:
    """What the regressor reads of each segment: computed once where nothing below it learns, else at each call."""

    def __init__(self, model: SentimentModel, clips: tuple[Joined, ...]) -> None:
        self.model, self.clips = model, clips
        options = model.regression
        self.learns = model.words is not None or (options.fine_tune and bool(model.variant.stages))
        self.taken = options.modality_dropout if len(model.inputs) > 1 else 0.0
        self.lengths = [len(clip.segment) for clip in clips]
        self.kept: dict[int, Tensor] = {}
        if not self.learns and not self.taken:
            for indices in plan(self.lengths, 64):
                states, _ = self._read(indices)
                for row, i in enumerate(indices.tolist()):
                    self.kept[i] = states[row, : self.lengths[i]].clone()

    def item(self, indices: NDArray[np.intp], weight: float) -> Item:
        """Representation, mask and parts of the clips at `indices`."""
        parts = parts_of([self.clips[i] for i in indices]).to(self.model.device)
        if not self.kept:
            return *self._read(indices), parts, weight
        chosen = indices.tolist()
        inputs = pad_sequence([self.kept[i] for i in chosen], batch_first=True)
        lengths = torch.tensor([self.lengths[i] for i in chosen], device=inputs.device)
        mask = torch.arange(inputs.shape[1], device=inputs.device) < lengths[:, None]
        return inputs, mask, parts, weight

    def _read(self, indices: NDArray[np.intp]) -> tuple[Tensor, Tensor]:
        batch = collate([self.clips[i].segment for i in indices], self.model.inputs).to(self.model.device)
        if self.model.regressor.training:  # the model itself may rest where it does not learn
            batch = without_some(batch, self.taken)
        with torch.set_grad_enabled(torch.is_grad_enabled() and self.learns):
            return self.model.representation(self.model.embedded(batch)), batch.mask
