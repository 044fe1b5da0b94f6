"""How well a translation does on validation clips, its parts apart, and what constants would reach there.

The loss that chooses the epoch is the target's alone, as the representation gives it: the decoder reads the latent's
mean, and neither the KL divergence nor the way back is added. Because the regressor reads that mean, and the loss is
then in the unit of its floor and of a plain translation's. `TranslationOptions.kl_epochs` keeps epochs whose divergence
costs less from being chosen.
Shape letters: B clips, W words, L units of the latent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.batch import Batch
from engine.cycle import floor_of, mean_of
from engine.sequence import States
from engine.translator import Translator
from engine.variational import ActiveUnits

Items = Iterable[tuple[Batch, States]]
"""Batches with the states of the stages inside the source."""


@dataclass(frozen=True)
class Judged:
    """Attributes: loss, the target's; kl, nats a word, or None; back, squared error of the way back, or None."""

    loss: float = 0.0
    kl: float | None = None
    back: float | None = None

    @property
    def fields(self) -> dict[str, float]:
        """What an `Epoch` keeps of them besides the loss."""
        return {key: value for key, value in (("kl", self.kl), ("back", self.back)) if value is not None}


@torch.no_grad()
def judged(translator: Translator, items: Items, forcing: float) -> Judged:
    """Judge a translator in evaluation mode."""
    total, counted, kl, words, back, back_counted = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for batch, states in items:
        parts = translator.losses(batch, states, forcing)
        total, counted = total + float(parts.summed), counted + float(parts.count)
        if parts.kl is not None and parts.words is not None:
            kl, words = kl + float(parts.kl), words + float(parts.words)
        if parts.back is not None and parts.back_count is not None:
            back, back_counted = back + float(parts.back), back_counted + float(parts.back_count)
    return Judged(
        total / max(counted, 1),
        kl / max(words, 1) if translator.spread is not None else None,
        back / max(back_counted, 1) if translator.back is not None else None,
    )


@torch.no_grad()
def active_units(translator: Translator, items: Items) -> int | None:
    """How many units of the latent change from word to word; None without a latent."""
    if translator.spread is None:
        return None
    units = ActiveUnits(translator.encoder.width)
    units.add(translator.encoder(batch, states)[batch.mask] for batch, states in items)
    return units.found


@torch.no_grad()
def back_floor(translator: Translator, train: Callable[[], Items], valid: Items) -> float | None:
    """The squared error that the training mean of the source has; None without a way back."""
    if translator.back is None:
        return None
    reader = translator.encoder.reader

    def written(items: Items) -> Iterator[tuple[Tensor, Tensor]]:
        for batch, states in items:
            values, known = reader.written(batch, states)
            yield values.cpu(), known.cpu()

    return floor_of(written(valid), mean_of(written(train()), reader.written_dim))
