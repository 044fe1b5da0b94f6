"""A latent a word between encoder and decoder: z ~ N(mu, sigma^2), held near N(0, I).

The encoder's state gives mu, which is the representation, and log sigma^2, which only training needs. While training
the decoder reads a draw of z; else it reads mu. The loss grows by kl_weight * KL(N(mu, sigma^2) || N(0, I)), summed
over words and units; for the target `values`, whose loss is a squared error, a kl_weight of 1 is the bound of a normal
density of variance 1/2. The first `free_bits` nats of a word cost nothing. They are counted a word, where Kingma et al.
count them a unit, so that units with nothing to say can fall silent, and so that the loss is a sum over words, whatever
batch or process they lie in.
Sources: Kingma, Welling (2014), arXiv 1312.6114, appendix B; Zhang et al. (2016), arXiv 1605.07869; annealing: Bowman
et al. (2016), arXiv 1511.06349, section 3.1; free bits: Kingma et al. (2016), arXiv 1606.04934, appendix C.8; active
units: Burda et al. (2016), arXiv 1509.00519, section 5.1.
Shape letters: B clips, W words, L units of the latent, H columns of the state.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

ACTIVE = 0.01  # variance of a unit's mean over words, above which it counts as active (Burda et al.)
_FAR = 10.0  # of a log variance: beyond lies nothing but overflow


class Spread(nn.Module):
    """log sigma^2 (B, W, L) of each word from the encoder's state (B, W, H)."""

    def __init__(self, width: int, latent: int) -> None:
        super().__init__()
        self.head = nn.Linear(width, latent)

    def forward(self, state: Tensor) -> Tensor:
        """At most 10 either way; float32 also where the rest is computed in bfloat16."""
        log_variance: Tensor = self.head(state).float().clamp(-_FAR, _FAR)
        return log_variance


def drawn(mean: Tensor, log_variance: Tensor) -> Tensor:
    """A draw of N(mean, exp(log_variance)), differentiable in both; of torch's generator."""
    return mean + torch.exp(0.5 * log_variance) * torch.randn_like(log_variance)


def divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, exp(log_variance)) || N(0, I)) in nats, summed over the last axis."""
    return 0.5 * (mean.float() ** 2 + log_variance.exp() - 1 - log_variance).sum(dim=-1)


class ActiveUnits:
    """Counts the units whose mean changes from word to word."""

    def __init__(self, latent: int) -> None:
        self.count = 0
        self.sums = torch.zeros(latent, dtype=torch.float64)
        self.squares = torch.zeros(latent, dtype=torch.float64)

    def add(self, means: Iterable[Tensor]) -> None:
        """The means (N, L) of some words."""
        for some in means:
            exact = some.detach().double().cpu()
            self.count += len(exact)
            self.sums += exact.sum(dim=0)
            self.squares += (exact**2).sum(dim=0)

    @property
    def found(self) -> int:
        """How many have a variance above ACTIVE."""
        if not self.count:
            return 0
        mean = self.sums / self.count
        return int((self.squares / self.count - mean**2 > ACTIVE).sum())
