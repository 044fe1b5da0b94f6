"""Measurements to numbers a network can read: zero mean, unit spread, and missing told apart from zero.

A missing value becomes 0, the training mean; what tells it from data is one further column a modality, 1 where the
word was observed and 0 where not. Values beyond 8 standard deviations are clipped. The statistics are buffers, so
they travel in the weights. Shape letters: B clips, W words, D features.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from extraction.types import Floats

CLIP = 8.0  # standard deviations
WHOLE = 1_000_000  # rows, of which the statistics are taken at once
_PART = 256  # clips whose rows are read together
SMALLEST = 1e-6  # of a column's spread, below which it is constant and left unscaled

Numbers = NDArray[np.float64]


class Standardiser(nn.Module):
    """Per-column statistics of one modality with D columns."""

    mean: Tensor
    scale: Tensor

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(dim))
        self.register_buffer("scale", torch.ones(dim))

    @property
    def width(self) -> int:
        """D + 1: the columns and the observed flag."""
        return len(self.mean) + 1

    def fit(self, rows: Iterable[Floats], whole: bool = False) -> None:
        """Take mean and spread of each column over the finite values of `rows`, each (W, D).

        With `whole` every column is scaled alike, by the root mean square of the spreads. More than WHOLE rows are read
        in parts as well: at once they take ten times their own room.
        """
        held = list(rows)
        if sum(map(len, held)) > WHOLE:
            self.fit_in_parts(held, whole)
        else:
            self._take(*moments(np.concatenate(held)), whole)

    def fit_in_parts(self, rows: Iterable[Floats], whole: bool = False) -> None:
        """The same of rows that are not held together, up to rounding (Chan et al., 1983)."""
        count: Numbers = np.zeros(len(self.mean))
        mean, squares = count, count
        for part in _parts(rows):
            more, other, own = moments(part)
            both = np.maximum(count + more, 1)
            squares = squares + own + (other - mean) ** 2 * count * more / both
            mean = mean + (other - mean) * more / both
            count = count + more
        self._take(count, mean, squares, whole)

    def _take(self, count: Numbers, mean: Numbers, squares: Numbers, whole: bool) -> None:
        spread = np.sqrt(squares / np.maximum(count, 1))
        if whole:
            spread = np.full_like(spread, np.sqrt((spread**2).mean()))
        scale = np.where(spread > SMALLEST, spread, 1.0)
        self.mean.copy_(torch.from_numpy(mean))
        self.scale.copy_(torch.from_numpy(scale))

    def standardise(self, values: Tensor, observed: Tensor) -> tuple[Tensor, Tensor]:
        """From (B, W, D) and (B, W): standardised values (B, W, D), 0 where unknown, and what is known (B, W, D)."""
        known = torch.isfinite(values) & observed[..., None]
        scaled = (torch.where(known, values, self.mean) - self.mean) / self.scale
        return scaled.clamp(-CLIP, CLIP), known

    def forward(self, values: Tensor, observed: Tensor) -> Tensor:
        """From (B, W, D) and (B, W) to (B, W, D + 1)."""
        scaled, _ = self.standardise(values, observed)
        return torch.cat([scaled, observed[..., None].to(scaled.dtype)], dim=-1)


def moments(rows: Floats) -> tuple[Numbers, Numbers, Numbers]:
    """Of each column of (W, D): how many values are finite, their mean and their squared distances from it, summed."""
    values = rows.astype(np.float64)
    known = np.isfinite(values)
    count = known.sum(axis=0)
    mean = np.where(known, values, 0).sum(axis=0) / np.maximum(count, 1)
    return count, mean, (np.where(known, values - mean, 0) ** 2).sum(axis=0)


def _parts(rows: Iterable[Floats]) -> Iterator[Floats]:
    """The rows, many at a time."""
    some: list[Floats] = []
    for own in rows:
        some.append(own)
        if len(some) == _PART:
            yield np.concatenate(some)
            some = []
    if some:
        yield np.concatenate(some)
