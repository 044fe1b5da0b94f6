"""One translation stage: an encoder reads the source word by word, a decoder with attention writes the target.

The decoder answers, at every word, the standardised target vector of that word; the loss is the mean squared error
over the values that are known, so that a word without a face costs nothing. What is kept after training is the
encoder: its states are the representation of (source, target). Padding never changes a result.
Sources: Pham et al. (2018), algorithm 1; attention: Bahdanau, Cho, Bengio (2015), arXiv 1409.0473, section 3; squared
error on continuous targets: Pham et al. (2019), arXiv 1812.07809.
Shape letters: B clips, W words, D features, H hidden.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.batch import Batch
from engine.config import TranslationOptions
from engine.notation import Stage
from engine.sequence import SequenceReader, States, run_packed
from extraction.types import FeatureSpec, Modality


class Encoder(nn.Module):
    """Source sequence to states (B, W, H). `widths` says how wide each `embed` inside the source is."""

    def __init__(
        self,
        stage: Stage,
        specs: Mapping[Modality, FeatureSpec],
        widths: Mapping[str, int],
        options: TranslationOptions,
    ) -> None:
        super().__init__()
        self.reader = SequenceReader(stage.source, specs, widths)
        self.input_dropout = nn.Dropout(options.input_dropout)
        self.rnn = nn.LSTM(
            self.reader.width,
            options.hidden,
            options.layers,
            batch_first=True,
            bidirectional=options.bidirectional,
        )
        self.dropout = nn.Dropout(options.dropout)
        self.width = options.hidden * (2 if options.bidirectional else 1)

    def forward(self, batch: Batch, states: States) -> Tensor:
        """(B, W, H), 0 at padding."""
        inputs = self.input_dropout(self.reader(batch, states))
        encoded: Tensor = self.dropout(run_packed(self.rnn, inputs, batch.mask))
        return encoded


class AdditiveAttention(nn.Module):
    """`softmax_j v . tanh(W q + U h_j)` over the real words only."""

    def __init__(self, query: int, states: int, hidden: int) -> None:
        super().__init__()
        self.query = nn.Linear(query, hidden)
        self.key = nn.Linear(states, hidden, bias=False)
        self.energy = nn.Linear(hidden, 1, bias=False)

    def forward(self, query: Tensor, keys: Tensor, mask: Tensor) -> Tensor:
        """Weights (B, W) from a query (B, Q) and `keys = self.key(states)` (B, W, H)."""
        energies = self.energy(torch.tanh(self.query(query)[:, None] + keys)).squeeze(-1)
        return torch.softmax(energies.masked_fill(~mask, -torch.inf), dim=-1)


@dataclass(frozen=True, eq=False)
class Translation:
    """What a translator answers.

    Attributes:
        states: (B, W, H) of the encoder, the representation.
        values: (B, W, D) decoded target vectors, standardised.
        attention: (B, W, W), row t over the source words when target word t was written; rows sum to 1.
    """

    states: Tensor
    values: Tensor
    attention: Tensor


class Translator(nn.Module):
    """An encoder and the attention decoder of its stage."""

    def __init__(
        self, encoder: Encoder, stage: Stage, specs: Mapping[Modality, FeatureSpec], options: TranslationOptions
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.target = SequenceReader(stage.target, specs, {})
        dim, states, hidden = self.target.target_dim, self.encoder.width, options.hidden
        self.start = nn.Linear(states, hidden)
        self.attention = AdditiveAttention(hidden, states, hidden)
        self.cell = nn.LSTMCell(dim + states, hidden)
        self.answer = nn.Linear(hidden + states, dim)

    def forward(self, batch: Batch, states: States, teacher_forcing: float = 0.0) -> Translation:
        """Translate a batch; with `teacher_forcing` 0 the decoder hears nothing but itself, as in use.

        At each word each clip is fed its true previous target with that probability (drawn from torch's generator).
        """
        encoded = self.encoder(batch, states)
        truth = self.target.targets(batch)[0] if teacher_forcing > 0 else None
        mask = batch.mask
        mean = encoded.sum(dim=1) / mask.sum(dim=1, keepdim=True)
        hidden = torch.tanh(self.start(mean))  # (B, H)
        memory = torch.zeros_like(hidden)
        keys = self.attention.key(encoded)
        previous = encoded.new_zeros(len(encoded), self.answer.out_features)  # the mean vector starts every target
        values, weights = [], []
        for t in range(mask.shape[1]):
            attention = self.attention(hidden, keys, mask)  # (B, W)
            context = torch.bmm(attention[:, None], encoded).squeeze(1)
            hidden, memory = self.cell(torch.cat([previous, context], dim=-1), (hidden, memory))
            answer = self.answer(torch.cat([hidden, context], dim=-1))  # (B, D)
            values.append(answer)
            weights.append(attention)
            previous = answer if truth is None else _mix(answer, truth[:, t], teacher_forcing)
        return Translation(encoded, torch.stack(values, dim=1), torch.stack(weights, dim=1))

    def loss(self, batch: Batch, states: States, teacher_forcing: float = 0.0) -> tuple[Tensor, int]:
        """Mean squared error over the known target values, and how many there are (0 gives a loss of 0)."""
        truth, known = self.target.targets(batch)
        answer = self(batch, states, teacher_forcing).values
        count = int(known.sum())
        squares = torch.where(known, (answer - truth) ** 2, torch.zeros_like(answer))
        return squares.sum() / max(count, 1), count


def _mix(answer: Tensor, truth: Tensor, probability: float) -> Tensor:
    forced = torch.rand(len(answer), 1, device=answer.device) < probability
    return torch.where(forced, truth, answer)
