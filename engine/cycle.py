"""The way back of a cyclic translation: what the decoder wrote is read and the source written from it, X -> Y^ -> X^.

The vectors Y^ are those the decoder writes when it hears nothing but itself, so that they alone must carry what the
source said. Both ways are trained together; the loss grows by `cyclic` times the squared error of X^, scaled so that a
column of X^ weighs as one of Y^ does. The representation stays the states of the first encoder. Tokens cannot be
differentiated and a decoder's hidden states hold more than its answer, so the target `codes` has no way back.
An `embed` inside the source is written as the states it stands for.
Source: Pham et al. (2019), MCTN, arXiv 1812.07809, section 3.2 (there one network serves both ways; here each has its
own, since X and Y differ in width).
Shape letters: B clips, W words, D columns of X, E columns of Y, H columns of the states.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from engine.config import TranslationOptions
from engine.decoder import Decoder
from engine.sequence import recurrent, run_packed
from engine.targets import Vectors


class AnswerEncoder(nn.Module):
    """Y^ (B, W, E) to states (B, W, H), 0 at padding."""

    def __init__(self, columns: int, options: TranslationOptions) -> None:
        super().__init__()
        self.rnn = recurrent(columns, options)
        self.dropout = nn.Dropout(options.dropout)
        self.width = options.hidden * (2 if options.bidirectional else 1)

    def forward(self, answers: Tensor, mask: Tensor) -> Tensor:
        """See the class."""
        encoded: Tensor = self.dropout(run_packed(self.rnn, answers, mask))
        return encoded


class SourceTarget(Vectors):
    """Writes X as it is read: `columns` values a word."""

    def __init__(self, columns: int, features: int) -> None:
        super().__init__()
        self.feed_width = columns
        self.head = nn.Linear(features, columns)


class WayBack(Decoder):
    """From `answers` columns of Y^ to `columns` of X."""

    encoder: AnswerEncoder
    target: SourceTarget

    def __init__(self, answers: int, columns: int, options: TranslationOptions) -> None:
        encoder = AnswerEncoder(answers, options)
        super().__init__(encoder, SourceTarget(columns, Decoder.features(encoder, options)), options)
        self.scale = answers / columns

    def forward(self, answers: Tensor, mask: Tensor, forcing: float, truth: Tensor) -> Tensor:
        """X^ (B, W, D) from Y^ (B, W, E); `truth` is X, which is fed with probability `forcing`."""
        return self.write(self.encoder(answers, mask), mask, forcing, truth)[0]


def floor_of(pairs: Iterable[tuple[Tensor, Tensor]], constant: Tensor) -> float:
    """The mean squared error of `constant` (D,) over values (B, W, D) where they are known."""
    total, count = 0.0, 0
    for values, known in pairs:
        total += float(((values - constant) ** 2)[known].sum())
        count += int(known.sum())
    return total / max(count, 1)


def mean_of(pairs: Iterable[tuple[Tensor, Tensor]], columns: int) -> Tensor:
    """The mean (D,) of values (B, W, D) where they are known."""
    sums, counts = torch.zeros(columns, dtype=torch.float64), torch.zeros(columns, dtype=torch.float64)
    for values, known in pairs:
        sums += torch.where(known, values, 0.0).sum(dim=(0, 1)).double().cpu()
        counts += known.sum(dim=(0, 1)).double().cpu()
    return (sums / counts.clamp_min(1)).float()
