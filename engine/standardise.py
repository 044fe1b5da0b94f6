"""Measurements to numbers a network can read: zero mean, unit spread, and missing told apart from zero.

A missing value becomes 0, the training mean; what tells it from data is one further column a modality, 1 where the
word was observed and 0 where not. Values beyond 8 standard deviations are clipped. The statistics are buffers, so
they travel in the weights. Shape letters: B clips, W words, D features.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor, nn

from extraction.types import Floats

CLIP = 8.0  # standard deviations
_SMALLEST = 1e-6  # of a column's spread, below which it is constant and left unscaled


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

        With `whole` every column is scaled alike, by the root mean square of the spreads.
        """
        values = np.concatenate(list(rows)).astype(np.float64)
        known = np.isfinite(values)
        count = np.maximum(known.sum(axis=0), 1)
        mean = np.where(known, values, 0).sum(axis=0) / count
        spread = np.sqrt((np.where(known, values - mean, 0) ** 2).sum(axis=0) / count)
        if whole:
            spread = np.full_like(spread, np.sqrt((spread**2).mean()))
        scale = np.where(spread > _SMALLEST, spread, 1.0)
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
