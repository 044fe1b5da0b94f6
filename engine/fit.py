"""The training loop, once for every stage: Adam, clipped gradients, early stopping, the best weights kept.

Losses are means over what they count (values of a translation, segments of a regression), not over batches.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from engine.config import RegressionOptions, TranslationOptions
from extraction.errors import DataError

Item = TypeVar("Item")
Loss = Callable[[Item], tuple[Tensor, int]]
"""One batch -> the mean loss over what it counts, and the count."""


@dataclass(frozen=True)
class Epoch:
    """One pass over the training split.

    Attributes:
        stage: the translation as spelled in the notation, or `regression`.
        epoch: 1 for the first.
        epochs: at most so many will follow one another.
        train_loss, valid_loss: squared error of standardised values, or MAE of the sentiment.
        best: lowest validation loss so far, this epoch's included.
    """

    stage: str
    epoch: int
    epochs: int
    train_loss: float
    valid_loss: float
    best: float

    def to_dict(self) -> dict[str, Any]:
        """A JSON-able dictionary, a line of `metrics.jsonl`."""
        return asdict(self)


Report = Callable[[Epoch], None]


def silent(epoch: Epoch) -> None:
    """A `Report` that tells nobody."""


@contextmanager
def seeded(seed: int, device: str) -> Iterator[None]:
    """Torch's generators start from `seed` inside and are as they were before outside."""
    devices = [torch.cuda.current_device()] if device.startswith("cuda") else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        yield


def fit(
    module: nn.Module,
    options: TranslationOptions | RegressionOptions,
    stage: str,
    *,
    train: Callable[[int], Iterable[Item]],
    loss: Loss[Item],
    valid: Callable[[], float],
    report: Report = silent,
) -> Epoch:
    """Train `module` and leave it in evaluation mode with its best weights.

    Args:
        module: what is trained and switched between training and evaluation mode.
        options: learning rate, epochs, patience and so on.
        stage: its name in reports.
        train: the batches of epoch 1, 2, ...
        loss: of one batch.
        valid: the validation loss as the module stands.
        report: called once an epoch.

    Returns:
        The best epoch. Raises DataError when a loss is not a number.
    """
    parameters = [p for p in module.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(parameters, lr=options.learning_rate, weight_decay=options.weight_decay)
    best: Epoch | None = None
    kept: dict[str, Tensor] = {}
    for number in range(1, options.epochs + 1):
        module.train()
        train_loss = _pass(optimiser, parameters, train(number), loss, options.clip_norm)
        module.eval()
        valid_loss = valid()
        if not math.isfinite(train_loss + valid_loss):
            raise DataError(f"Training {stage} broke down in epoch {number} (the loss is no number): lower the rate.")
        better = best is None or valid_loss < best.best
        lowest = valid_loss if best is None or better else best.best
        epoch = Epoch(stage, number, options.epochs, train_loss, valid_loss, lowest)
        if best is None or better:
            best, kept = epoch, copy.deepcopy(module.state_dict())
        report(epoch)
        if number - best.epoch >= options.patience:
            break
    assert best is not None  # options.epochs is at least 1
    module.load_state_dict(kept)
    return best


def _pass(
    optimiser: torch.optim.Optimizer,
    parameters: list[nn.Parameter],
    batches: Iterable[Item],
    loss: Loss[Item],
    clip_norm: float,
) -> float:
    total, counted = 0.0, 0
    for item in batches:
        mean, count = loss(item)
        optimiser.zero_grad()
        mean.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(parameters, clip_norm)
        optimiser.step()
        total += mean.item() * count
        counted += count
    return total / max(counted, 1)
