"""The training of a model's regressor on labels, over encoders that are trained already.

Mean absolute error, early stopping on the validation MAE. Frozen encoders read every segment once before the first
epoch; with `fine_tune` they are trained along, with adapters the encoder of words as well, and with
`translation_weight` the decoders too: loss = absolute error + weight * the translations' losses.
Source: Pham et al. (2018), equations 1 to 6 and algorithm 1, step 3.
Shape letters: B clips, W words, R columns of the representation.
"""

from __future__ import annotations

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
from engine.fit import CPU, Epoch, Place, Report, fit, silent
from engine.model import SentimentModel
from engine.resume import Unfinished
from engine.splits import Split, check_labels

NAME = "regression"
FIRST = "regression on extra clips"
Item = tuple[Tensor, Tensor, Tensor, float]  # representation (B, W, R), mask (B, W), labels (B,), weight


def train_regressor(
    model: SentimentModel,
    split: Split,
    seed: int = 0,
    *,
    place: Place = CPU,
    report: Report = silent,
    unfinished: Unfinished | None = None,
    fit_statistics: bool = True,
    name: str = NAME,
    beside: Beside | None = None,
) -> Epoch:
    """Train the regressor of `model` in place.

    With `fit_statistics` False the statistics of the measurements stay as they are. `name` is that in reports; FIRST
    takes `first_epochs`. `beside` are the translations that learn along. Raises DataError if there are no labels, or
    labels of one class only.
    """
    options = _options_of(model.regression, name)
    train, valid = (labelled(tuple(s for s in part if len(s))) for part in (split.train, split.valid))
    check_labels(Split(train, valid))
    if fit_statistics:
        model.reader.fit(train, options.text_scale)
        with torch.no_grad():
            model.regressor.head.bias.fill_(float(np.median(labels_of(train))))
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
        steps=len(plan(task.source.lengths, options.batch_size)) if options.schedule == "linear" else None,
    )
    model.eval()
    return best


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
        self.source, self.held = (_Representations(self.model, part) for part in (self.train, self.valid))

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
        for indices in plan(self.source.lengths, self.options.batch_size, rng):
            yield self.source.item(*distributed.share(indices)), None if clips is None else next(clips)

    def loss(self, item: tuple[Item, Batch | None]) -> tuple[Tensor, Tensor]:
        """Summed over the clips of a batch, and how many they are."""
        (inputs, mask, labels, weight), clips = item
        errors = (self.model.regressor(inputs, mask).score - labels).abs().sum()
        if clips is not None and self.beside is not None:
            errors = errors + self.options.translation_weight * len(labels) * self.beside.loss(clips)
        return errors * weight, torch.tensor(len(labels) * weight, device=labels.device)

    @torch.no_grad()
    def validate(self) -> float:
        """The validation MAE."""
        items = (self.held.item(some, 1.0) for some in plan(self.held.lengths, 2 * self.options.batch_size))
        return sum(float(self.loss((item, None))[0]) for item in items) / len(self.valid)


def _options_of(options: RegressionOptions, name: str) -> RegressionOptions:
    return replace(options, epochs=options.first_epochs) if name == FIRST and options.first_epochs else options


def _rates(model: SentimentModel, beside: Beside | None) -> dict[str, float]:
    """Learning rates that differ from the regressor's, by the beginning of parameters' names."""
    if model.adapter is None:
        return {}
    return {"words." if beside is None else "model.words.": model.adapter.learning_rate}


class _Representations:
    """What the regressor reads of each segment: computed once where nothing below it learns, else at each call."""

    def __init__(self, model: SentimentModel, segments: tuple[Segment, ...]) -> None:
        self.model, self.segments = model, segments
        options = model.regression
        self.learns = model.words is not None or (options.fine_tune and bool(model.variant.stages))
        self.taken = options.modality_dropout if len(model.inputs) > 1 else 0.0
        self.lengths = [len(s) for s in segments]
        self.labels = torch.from_numpy(labels_of(segments)).to(model.device)
        self.kept: dict[int, Tensor] = {}
        if not self.learns and not self.taken:
            for indices in plan(self.lengths, 64):
                states, _ = self._read(indices)
                for row, i in enumerate(indices.tolist()):
                    self.kept[i] = states[row, : self.lengths[i]].clone()

    def item(self, indices: NDArray[np.intp], weight: float) -> Item:
        """Representation, mask and labels of the segments at `indices`."""
        labels = self.labels[torch.from_numpy(indices).to(self.labels.device)]
        if not self.kept:
            return *self._read(indices), labels, weight
        chosen = indices.tolist()
        inputs = pad_sequence([self.kept[i] for i in chosen], batch_first=True)
        lengths = torch.tensor([self.lengths[i] for i in chosen], device=inputs.device)
        mask = torch.arange(inputs.shape[1], device=inputs.device) < lengths[:, None]
        return inputs, mask, labels, weight

    def _read(self, indices: NDArray[np.intp]) -> tuple[Tensor, Tensor]:
        batch = collate([self.segments[i] for i in indices], self.model.inputs).to(self.model.device)
        if self.model.regressor.training:  # the model itself may rest where it does not learn
            batch = without_some(batch, self.taken)
        with torch.set_grad_enabled(torch.is_grad_enabled() and self.learns):
            return self.model.representation(self.model.embedded(batch)), batch.mask
