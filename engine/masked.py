"""Masked-modality pre-training of a regressor's recurrent layers: what the modalities of a word tell of one another.

Without labels. Of each clip one modality, drawn anew every time, counts as not observed in any of its words, and a
linear layer a modality has to give its standardised measurements from the recurrent states, which read the others. The
linear layers are thrown away; the regressor begins from the recurrent layers. Encoders below stay as they are.
Losses are shares of the spread: 1 is what the training mean reaches, 0 all of it told.
Sources: Devlin et al. (2019), BERT, arXiv 1810.04805, section 3.1, whose masked words are whole modalities here, as in
Zhao et al. (2022), MEmoBERT, arXiv 2111.00865, section 2.2.
Shape letters: B clips, W words, D columns of a modality, H hidden.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from engine.batch import Batch, collate, with_only
from engine.clips import Clips, check_observed
from engine.config import RegressionOptions
from engine.fit import Epoch, Report, fit, silent
from engine.model import SentimentModel
from engine.notation import Leaf, Variant
from engine.place import CPU, Place
from engine.resume import Unfinished, epoch_seed
from engine.sequence import SequenceReader
from extraction.errors import InputError
from extraction.types import MODALITY_NAMES, Modality

NAME = "masked modalities"
Item = tuple[Batch, Tensor, float]  # measurements, which modality each clip hides (B,), and the batch's weight


def check_masked(variant: Variant, options: RegressionOptions, whole: bool) -> None:
    """Raise InputError if a regressor, of a model that is `whole` before it, can learn nothing from what is hidden."""
    if not options.masked_epochs:
        return
    if len(variant.inputs) < 2:
        raise InputError(f"{variant} reads one modality, which no other can tell of: leave out masked_epochs.")
    if not options.layers:
        raise InputError("Masked modalities teach recurrent layers: give the regressor layers=1.")
    if whole:
        raise InputError("A model to start from has learnt already: leave out masked_epochs.")


def learn_masked(
    model: SentimentModel,
    train: Clips,
    valid: Clips,
    seed: int = 0,
    *,
    place: Place = CPU,
    report: Report = silent,
    unfinished: Unfinished | None = None,
) -> Epoch:
    """Train the recurrent layers of a model's regressor in place, its own statistics being fitted already.

    Args:
        model: two modalities or more, and recurrent layers (`check_masked`).
        train: clips with its modalities, to learn from; labels are not read.
        valid: further ones, by which the epoch is chosen.
        seed: of order, dropout and what is hidden.
        place: device and precision.
        report: called once an epoch.
        unfinished: where the training is kept while it runs.

    Raises DataError if one of the modalities is never observed in one of the parts.
    """
    options = replace(model.regression, epochs=model.regression.masked_epochs, averaging=0.0)
    with place.seeded(epoch_seed(seed, NAME, 0)):
        task = _Task(model, train.reading(model.inputs), valid.reading(model.inputs), options, seed)
    model.eval()
    best = fit(
        task.learns.to(place.device),
        options,
        NAME,
        train=task.batches,
        loss=task.loss,
        valid=lambda: sum(task.shares().values()) / len(model.inputs),
        seed=seed,
        place=place,
        report=report,
        unfinished=unfinished,
    )
    model.eval()
    return best


@dataclass(frozen=True, eq=False)
class _Told:
    """Of the words that hide a modality: `error` and `floor` (N,), squared, a mean over what is known of each word."""

    error: Tensor
    floor: Tensor


class _Task:
    """What is minimised, and on what."""

    def __init__(
        self, model: SentimentModel, train: Clips, valid: Clips, options: RegressionOptions, seed: int
    ) -> None:
        self.model, self.train, self.valid, self.options, self.seed = model, train, valid, options, seed
        self.modalities: Sequence[Modality] = model.inputs
        self.targets = nn.ModuleDict({m: SequenceReader(Leaf(m), model.specs, {}) for m in self.modalities})
        for m in self.modalities:
            check_observed([m], MODALITY_NAMES[m], train, valid)
            self._target(m).fit(train)
        self.targets.to(model.device)
        reader = model.regressor
        heads: dict[str, nn.Module] = {m: nn.Linear(reader.hidden, model.specs[m].dim) for m in self.modalities}
        self.heads = nn.ModuleDict(heads)
        self.learns = nn.ModuleDict(
            {"rnn": reader.rnn, "input_dropout": reader.input_dropout, "dropout": reader.dropout, "heads": self.heads}
        )

    def batches(self, epoch: int) -> Iterator[Item]:
        """Of an epoch; what is hidden is drawn from torch's generator."""
        for clips, weight in self.train.batches(self.options.batch_size, (self.seed, epoch)):
            batch = collate(clips, self.modalities).to(self.model.device)
            hidden = torch.randint(len(self.modalities), (len(clips),))
            yield batch, hidden.to(self.model.device), weight

    def loss(self, item: Item) -> tuple[Tensor, Tensor]:
        """Summed over the words that hide something known, and how many they are."""
        batch, hidden, weight = item
        error = torch.cat([told.error for told in self._told(batch, hidden).values()])
        return error.sum() * weight, torch.tensor(len(error) * weight, device=error.device)

    @torch.no_grad()
    def shares(self) -> dict[Modality, float]:
        """Of each modality, hidden in every validation clip: the squared error over that of the training mean."""
        sums = {m: torch.zeros(2) for m in self.modalities}
        for clips, _ in self.valid.batches(2 * self.options.batch_size):
            batch = collate(clips, self.modalities).to(self.model.device)
            for number, m in enumerate(self.modalities):
                told = self._told(batch, torch.full((len(clips),), number, device=self.model.device))[m]
                sums[m] += torch.stack([told.error.sum(), told.floor.sum()]).cpu()
        return {m: float(error / floor.clamp_min(1e-12)) for m, (error, floor) in sums.items()}

    def _told(self, batch: Batch, hidden: Tensor) -> dict[Modality, _Told]:
        with torch.no_grad():
            numbers = torch.arange(len(self.modalities), device=hidden.device)
            read = with_only(batch, hidden[:, None] != numbers)
            inputs = self.model.representation(self.model.embedded(read))
        states, _, _ = self.model.regressor.read(inputs, batch.mask)
        found: dict[Modality, _Told] = {}
        for number, m in enumerate(self.modalities):
            rows = hidden == number
            values, known = self._target(m).targets(batch)
            some = known[rows].any(dim=-1)
            truth, there = values[rows][some], known[rows][some]
            answer = self.heads[m](states[rows][some]).float()
            found[m] = _Told(_mean((answer - truth).square(), there), _mean(truth.square(), there))
        return found

    def _target(self, modality: Modality) -> SequenceReader:
        reader = self.targets[modality]
        assert isinstance(reader, SequenceReader)
        return reader


def _mean(squares: Tensor, there: Tensor) -> Tensor:
    """(N,): over the columns of (N, D) that are there, at least one a row."""
    return (squares * there).sum(dim=-1) / there.sum(dim=-1)
