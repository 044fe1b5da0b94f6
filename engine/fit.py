"""The training loop, once for every stage: Adam, clipped gradients, early stopping, the best weights kept.

Losses are means over what they count (values of a translation, segments of a regression), not over batches. Each epoch
seeds torch's generators by its own number, so a training that was interrupted and goes on (`engine.resume`) draws what
it would have drawn.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from engine import distributed
from engine.averaged import Averaged
from engine.config import RegressionOptions, TranslationOptions
from engine.place import CPU, Place
from engine.resume import Unfinished, epoch_seed
from extraction.errors import DataError

Item = TypeVar("Item")
Loss = Callable[[Item], tuple[Tensor, Tensor]]
"""One batch -> the loss summed over what it counts, and the count, both scalars."""


@dataclass(frozen=True)
class Epoch:
    """One pass over the training split.

    Attributes:
        stage: the translation as spelled in the notation, or `regression`.
        epoch: 1 for the first.
        epochs: at most so many will follow one another.
        train_loss, valid_loss: of standardised values or tokens (a translation), or MAE of the sentiment.
        best: lowest validation loss so far, this epoch's included.
        best_epoch: the epoch that reached it.
        kl: nats a word of a translation's latent on validation clips, or None without one.
        back: squared error of its way back there, or None without one.
    """

    stage: str
    epoch: int
    epochs: int
    train_loss: float
    valid_loss: float
    best: float
    best_epoch: int
    kl: float | None = None
    back: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """A JSON-able dictionary, a line of `metrics.jsonl`, without what the training does not have."""
        return {key: value for key, value in asdict(self).items() if value is not None}


Report = Callable[[Epoch], None]


def silent(epoch: Epoch) -> None:
    """A `Report` that tells nobody."""


@contextmanager
def on_threads(count: int) -> Iterator[None]:
    """Torch computes on so many threads inside, and on as many as before outside."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


_RISE = 0.06  # of all steps, over which a linear schedule rises


def fit(
    module: nn.Module,
    options: TranslationOptions | RegressionOptions,
    stage: str,
    *,
    train: Callable[[int], Iterable[Item]],
    loss: Loss[Item],
    valid: Callable[[], float],
    seed: int = 0,
    place: Place = CPU,
    report: Report = silent,
    unfinished: Unfinished | None = None,
    rates: Mapping[str, float] | None = None,
    steps: int | None = None,
    settling: int = 1,
    more: Callable[[], Mapping[str, float]] = dict,
) -> Epoch:
    """Train `module` and leave it in evaluation mode with its best weights.

    Args:
        module: what is trained and switched between training and evaluation mode.
        options: learning rate, epochs, patience and so on.
        stage: its name in reports.
        train: the batches of epoch 1, 2, ...; under torchrun those of this process.
        loss: of one batch.
        valid: the validation loss as the module stands.
        seed: of everything drawn while training.
        place: device and precision.
        report: called once an epoch, also for the epochs that were read back.
        unfinished: where the state is kept, and taken up from if it lies there.
        rates: learning rates of the parameters whose names begin with a key; `options` has that of the others.
        steps: batches an epoch; with it the learning rates rise over the first of all steps and fall to 0 at the last
            of `options.epochs`; None keeps them constant.
        settling: epochs over which the loss itself changes: each of them counts as the best so far.
        more: fields of the epoch that the last call of `valid` found besides its loss.

    Returns:
        The best epoch. Raises DataError when a loss is not a number.
    """
    step = _Step(module, options, loss, place, rates=rates or {}, steps=steps)
    epochs, kept = _done_before(module, step, report, unfinished)
    for number in range(len(epochs) + 1, options.epochs + 1):
        if epochs and epochs[-1].epoch - epochs[-1].best_epoch >= options.patience:
            break
        with place.seeded(epoch_seed(seed, stage, number)):
            module.train()
            train_loss = step.over(train(number), number)
        module.eval()
        with step.weights():
            valid_loss = valid()
            now = Epoch(stage, number, options.epochs, train_loss, valid_loss, valid_loss, number, **more())
            epochs.append(_epoch(epochs, now, settling))
            if epochs[-1].best_epoch == number:
                kept = copy.deepcopy(module.state_dict())
        report(epochs[-1])
        if unfinished is not None and distributed.rank() == 0:
            unfinished.write(module, kept, step.optimiser, [epoch.to_dict() for epoch in epochs], step.averaged)
    module.eval()
    module.load_state_dict(kept)
    return epochs[epochs[-1].best_epoch - 1]


def _done_before(
    module: nn.Module, step: _Step, report: Report, unfinished: Unfinished | None
) -> tuple[list[Epoch], dict[str, Tensor]]:
    """The epochs of a training that was interrupted, put back as it was, and the best weights so far."""
    state = None if unfinished is None else unfinished.read(module, step.optimiser, step.averaged)
    if state is None:
        return [], {}
    epochs = [Epoch(**figures) for figures in state.epochs]
    for epoch in epochs:
        report(epoch)
    return epochs, state.best


@dataclass(frozen=True)
class Linear:
    """A learning rate's course over a training of so many steps, as a factor: up from 0, then down to 0."""

    steps: int

    def __call__(self, step: int) -> float:
        """The factor at a step, counted from 0."""
        rise = max(1, round(_RISE * self.steps))
        if step < rise:
            return (step + 1) / rise
        return max(0.0, (self.steps - step) / max(1, self.steps - rise))


def _groups(module: nn.Module, rate: float, rates: Mapping[str, float]) -> list[dict[str, Any]]:
    """What learns, by learning rate."""
    groups: dict[float, list[nn.Parameter]] = {rate: []}
    for name, parameter in module.named_parameters():
        if parameter.requires_grad:
            own = next((value for prefix, value in rates.items() if name.startswith(prefix)), rate)
            groups.setdefault(own, []).append(parameter)
    return [{"params": parameters, "lr": value} for value, parameters in groups.items() if parameters]


def _epoch(before: Sequence[Epoch], now: Epoch, settling: int) -> Epoch:
    """The epoch just done, its `best` looked up among those before it. Raises DataError if a loss is not a number."""
    if not math.isfinite(now.train_loss + now.valid_loss):
        raise DataError(
            f"Training {now.stage} broke down in epoch {now.epoch} (the loss is no number): lower its learning_rate."
        )
    if now.epoch > settling and before and now.valid_loss >= before[-1].best:
        return replace(now, best=before[-1].best, best_epoch=before[-1].best_epoch)
    return now


class _Step:
    """A pass over the training batches, a step of the optimiser each."""

    def __init__(
        self,
        module: nn.Module,
        options: TranslationOptions | RegressionOptions,
        loss: Loss[Any],
        place: Place,
        *,
        rates: Mapping[str, float],
        steps: int | None,
    ) -> None:
        groups = _groups(module, options.learning_rate, rates)
        self.optimiser = torch.optim.AdamW(groups, weight_decay=options.weight_decay, fused=True)
        self.schedule = None if steps is None else Linear(steps * options.epochs)
        self.rates = [group["lr"] for group in self.optimiser.param_groups]
        self.parameters = [p for group in self.optimiser.param_groups for p in group["params"]]
        self.loss = distributed.parallel(module, loss)
        self.steps, self.clip_norm, self.place = steps or 0, options.clip_norm, place
        decay = options.averaging if isinstance(options, RegressionOptions) else 0.0
        self.averaged = Averaged(self.parameters, decay) if decay else None

    def weights(self) -> AbstractContextManager[None]:
        """Inside, the weights that count stand in the module: their average where one is asked for."""
        return nullcontext() if self.averaged is None else self.averaged.in_place()

    def over(self, batches: Iterable[Any], epoch: int) -> float:
        """The mean training loss of an epoch, counted from 1; it is read from the device once, at the end."""
        summed: list[Tensor] = []
        counted: list[Tensor] = []
        for number, item in enumerate(self._made(batches), start=(epoch - 1) * self.steps):
            if self.schedule is not None:
                for group, rate in zip(self.optimiser.param_groups, self.rates, strict=True):
                    group["lr"] = rate * self.schedule(number)
            with self.place.autocast():
                loss, count = self.loss(item)
            everywhere = distributed.total(count.detach()).clamp_min(1)
            self.optimiser.zero_grad()
            (loss * distributed.size() / everywhere).backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(self.parameters, self.clip_norm)
            self.optimiser.step()
            if self.averaged is not None:
                self.averaged.update()
            summed.append(loss.detach())
            counted.append(count.detach())
        if not summed:
            return math.nan
        pair = torch.stack([torch.stack(summed).sum().double(), torch.stack(counted).sum().double()])
        loss_sum, count_sum = distributed.total(pair).tolist()
        return float(loss_sum / max(count_sum, 1))

    def _made(self, batches: Iterable[Any]) -> Iterator[Any]:
        """The batches, each made in the precision of the forward pass: what lies below a regressor runs then."""
        source = iter(batches)
        while True:
            with self.place.autocast():
                try:
                    item = next(source)
                except StopIteration:
                    return
            yield item
