"""From a sequence to one sentiment score, read so that every word's part in it is known.

    h_t = RNN(x_t)                        recurrent states, both directions
    alpha = softmax_t(w_a . h_t)          one weight vector, over the real words only
    y = W_y sum_t alpha_t h_t + b_y       the score

As the head is linear and the weights sum to one, `y = sum_t alpha_t s_t` with `s_t = W_y h_t + b_y`, the sentiment
read at word t: the decomposition is exact, not an explanation made afterwards. With `pooling="last"` the whole weight
lies on the last word, and the identity holds as well. With `layers=0` h_t = x_t: what was read in context below, by a
transformer that learns along, needs no recurrent layers above.
Source: Pham et al. (2018), equations 1 to 6. Shape letters: B clips, W words, D features, H hidden.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.config import RegressionOptions
from engine.sequence import recurrent, run_packed


@dataclass(frozen=True, eq=False)
class Output:
    """Attributes: score (B,); sentiment (B, W) and attention (B, W), both 0 at padding; mask (B, W)."""

    score: Tensor
    sentiment: Tensor
    attention: Tensor
    mask: Tensor


class AttentiveReader(nn.Module):
    """Recurrent layers over vectors of `width` columns, and one weight a word; what both heads below stand on.

    Without layers it has no `rnn`, and its states are its inputs.
    """

    rnn: nn.LSTM | nn.GRU

    def __init__(self, width: int, options: RegressionOptions) -> None:
        super().__init__()
        self.pooling = options.pooling
        self.input_dropout = nn.Dropout(options.input_dropout)
        self.layers = options.layers
        if self.layers:
            self.rnn = recurrent(width, options)
        self.dropout = nn.Dropout(options.dropout)
        self.hidden = options.hidden * (2 if options.bidirectional else 1) if self.layers else width
        if self.pooling == "attention":
            self.attention = nn.Linear(self.hidden, 1, bias=False)

    def read(self, inputs: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """From inputs (B, W, D) and mask (B, W): states (B, W, H), weights (B, W) and their weighted sum (B, H)."""
        read = self.input_dropout(inputs)
        states = self.dropout(run_packed(self.rnn, read, mask) if self.layers else read)
        attention = self._attend(states, mask)
        return states, attention, torch.bmm(attention[:, None], states).squeeze(1)

    def _attend(self, states: Tensor, mask: Tensor) -> Tensor:
        if self.pooling == "last":
            words = torch.arange(mask.shape[1], device=mask.device)
            return (words == mask.sum(dim=1, keepdim=True) - 1).to(states.dtype)
        energies = self.attention(states).squeeze(-1).masked_fill(~mask, -torch.inf)
        return torch.softmax(energies, dim=-1)


class Regressor(AttentiveReader):
    """A linear head on the weighted sum: the sentiment of the whole, and by the same weights of each word."""

    def __init__(self, width: int, options: RegressionOptions) -> None:
        super().__init__(width, options)
        self.head = nn.Linear(self.hidden, 1)

    def forward(self, inputs: Tensor, mask: Tensor) -> Output:
        """Read `inputs` (B, W, D) where `mask` (B, W) is true."""
        states, attention, summary = self.read(inputs, mask)
        sentiment = self.head(states).squeeze(-1).masked_fill(~mask, 0.0)
        return Output(self.head(summary).squeeze(-1), sentiment, attention, mask)
