"""The decoder of a translation: it writes a target step by step and looks at all states it translates from.

Sources: attention: Bahdanau, Cho, Bengio (2015), arXiv 1409.0473, section 3, and Luong, Pham, Manning (2015), arXiv
1508.04025; scheduled sampling: Bengio et al. (2015), arXiv 1506.03099.
Shape letters: B clips, W words, S steps, D features, H columns of the states.
"""

from __future__ import annotations

import math
from typing import Protocol

import torch
from torch import Tensor, nn

from engine.config import AttentionKind, TranslationOptions
from engine.targets import CodesTarget, Vectors

Memory = list[tuple[Tensor, ...]]
"""What the decoder carries from step to step: (hidden, cell) or (hidden,) a layer, each (B, H)."""


class Reader(Protocol):
    """What gives a decoder its states. It is an `nn.Module`."""

    width: int


class Attention(nn.Module):
    """Weights over the real words: additive, `softmax_j v . tanh(W q + U h_j)`, or dot, `softmax_j W q . U h_j`."""

    def __init__(self, kind: AttentionKind, query: int, states: int, hidden: int) -> None:
        super().__init__()
        self.kind = kind
        self.query = nn.Linear(query, hidden)
        self.key = nn.Linear(states, hidden, bias=False)
        if kind == "additive":
            self.energy = nn.Linear(hidden, 1, bias=False)

    def forward(self, query: Tensor, keys: Tensor, mask: Tensor) -> Tensor:
        """Weights (B, W) from a query (B, Q) and `keys = self.key(states)` (B, W, H)."""
        asked = self.query(query)
        if self.kind == "additive":
            energies = self.energy(torch.tanh(asked[:, None] + keys)).squeeze(-1)
        else:
            energies = torch.bmm(keys, asked[:, :, None]).squeeze(-1) / math.sqrt(keys.shape[-1])
        return torch.softmax(energies.masked_fill(~mask, -torch.inf), dim=-1)


class Decoder(nn.Module):
    """An attention decoder, with the encoder whose states it reads as its first part."""

    def __init__(self, encoder: Reader, target: Vectors | CodesTarget, options: TranslationOptions) -> None:
        super().__init__()
        self.encoder = encoder
        self.target = target
        states, hidden, layers = encoder.width, options.hidden, options.layers
        self.start = nn.ModuleList(nn.Linear(states, hidden) for _ in range(layers))
        self.attention = Attention(options.attention, hidden, states, hidden)
        kind = nn.LSTMCell if options.cell == "lstm" else nn.GRUCell
        self.cells = nn.ModuleList(
            kind(target.feed_width + states if n == 0 else hidden, hidden) for n in range(layers)
        )

    @staticmethod
    def features(encoder: Reader, options: TranslationOptions) -> int:
        """Width of what the decoder knows at a step, which its target answers from."""
        return options.hidden + encoder.width

    def begin(self, encoded: Tensor, mask: Tensor) -> Memory:
        """The decoder's memory before the first step: each layer starts from the mean encoder state."""
        mean = encoded.sum(dim=1) / mask.sum(dim=1, keepdim=True)
        hidden = [torch.tanh(start(mean)) for start in self.start]
        return [(h, torch.zeros_like(h)) if isinstance(self.cells[0], nn.LSTMCell) else (h,) for h in hidden]

    def step(
        self, feed: Tensor, memory: Memory, source: tuple[Tensor, Tensor, Tensor]
    ) -> tuple[Tensor, Tensor, Memory]:
        """One step: the target's answer (B, ...), the attention (B, W) and the memory after it.

        `source` holds the encoder's states (B, W, H), their keys (B, W, H) and the mask (B, W).
        """
        encoded, keys, mask = source
        attention = self.attention(memory[-1][0], keys, mask)  # (B, W)
        context = torch.bmm(attention[:, None], encoded).squeeze(1)  # (B, H)
        below, after = torch.cat([feed, context], dim=-1), []
        for cell, held in zip(self.cells, memory, strict=True):
            kept = cell(below, held) if len(held) == 2 else (cell(below, held[0]),)
            below = kept[0]
            after.append(tuple(kept))
        return self.target.answer(torch.cat([below, context], dim=-1)), attention, after

    def write(
        self, encoded: Tensor, mask: Tensor, forcing: float = 0.0, told: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """All answers (B, S, ...) and attentions (B, S, W) from states (B, W, H), 0 at padding.

        At each step each clip is fed its true previous target, of `told` (B, S, ...), with probability `forcing`.
        """
        keys, memory = self.attention.key(encoded), self.begin(encoded, mask)
        feed = self.target.start(encoded)
        answers, weights = [], []
        for s in range(self.target.steps(mask)):
            answer, attention, memory = self.step(feed, memory, (encoded, keys, mask))
            answers.append(answer)
            weights.append(attention)
            feed = self.target.feed(answer, told, s, forcing)
        return torch.stack(answers, dim=1), torch.stack(weights, dim=1)
