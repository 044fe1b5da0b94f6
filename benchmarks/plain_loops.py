"""What our trainings are measured against: the same networks, trained by the shortest loops that do it.

Written with torch alone, from the papers' equations. Every segment is padded and standardised beforehand, in equal
batches sorted by length that are the same each epoch; nothing is validated, kept, reported or seeded.
Shape letters: B clips, W words, D features, H hidden.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence, pad_sequence

from engine.config import RegressionOptions, TranslationOptions
from engine.dataset import Segment
from extraction.types import Modality

Item = tuple[Tensor, Tensor, Tensor, Tensor]  # inputs (B, W, D), lengths (B,), mask (B, W), what is learnt


def item_of(segments: Sequence[Segment], modalities: Sequence[Modality], target: Modality | None = None) -> Item:
    """One batch, longest first, an observed flag beside each modality; without a target the labels are learnt."""
    inputs = pad_sequence([_read(s, modalities) for s in segments], batch_first=True)
    lengths = torch.tensor([len(s) for s in segments])
    mask = torch.arange(inputs.shape[1]) < lengths[:, None]
    if target is None:
        return inputs, lengths, mask, torch.tensor([s.label for s in segments])
    return inputs, lengths, mask, pad_sequence([torch.from_numpy(s.values[target]) for s in segments], batch_first=True)


def items_of(
    segments: Sequence[Segment], size: int, modalities: Sequence[Modality], target: Modality | None = None
) -> list[Item]:
    """Every batch of an epoch."""
    ordered = sorted(segments, key=len, reverse=True)
    return [item_of(ordered[i : i + size], modalities, target) for i in range(0, len(ordered), size)]


def _read(segment: Segment, modalities: Sequence[Modality]) -> Tensor:
    flag = np.ones((len(segment), 1), dtype=np.float32)
    return torch.from_numpy(np.concatenate([part for m in modalities for part in (segment.values[m], flag)], axis=1))


class PlainRegressor(nn.Module):
    """LSTM, soft attention, linear head."""

    def __init__(self, width: int, options: RegressionOptions) -> None:
        super().__init__()
        self.input_dropout, self.dropout = nn.Dropout(options.input_dropout), nn.Dropout(options.dropout)
        self.rnn = nn.LSTM(width, options.hidden, batch_first=True, bidirectional=True)
        self.attention = nn.Linear(2 * options.hidden, 1, bias=False)
        self.head = nn.Linear(2 * options.hidden, 1)

    def loss(self, item: Item) -> Tensor:
        """Mean absolute error of a batch."""
        inputs, lengths, mask, labels = item
        states = self.dropout(
            _run(self.rnn, pack_padded_sequence(self.input_dropout(inputs), lengths, batch_first=True))
        )
        weights = torch.softmax(self.attention(states).squeeze(-1).masked_fill(~mask, -torch.inf), dim=-1)
        scores = self.head(torch.bmm(weights[:, None], states).squeeze(1)).squeeze(-1)
        return nn.functional.l1_loss(scores, labels)


class PlainTranslator(nn.Module):
    """Bidirectional LSTM encoder, attention, LSTM cell decoder that writes vectors."""

    def __init__(self, width: int, target: int, options: TranslationOptions) -> None:
        super().__init__()
        hidden = options.hidden
        self.forcing, self.target = options.teacher_forcing, target
        self.input_dropout, self.dropout = nn.Dropout(options.input_dropout), nn.Dropout(options.dropout)
        self.rnn = nn.LSTM(width, hidden, batch_first=True, bidirectional=True)
        self.start = nn.Linear(2 * hidden, hidden)
        self.query, self.key = nn.Linear(hidden, hidden), nn.Linear(2 * hidden, hidden, bias=False)
        self.energy = nn.Linear(hidden, 1, bias=False) if options.attention == "additive" else None
        self.cell = nn.LSTMCell(target + 2 * hidden, hidden)
        self.head = nn.Linear(3 * hidden, target)

    def loss(self, item: Item) -> Tensor:
        """Mean squared error of a batch over its real words."""
        inputs, lengths, mask, truth = item
        states = self.dropout(
            _run(self.rnn, pack_padded_sequence(self.input_dropout(inputs), lengths, batch_first=True))
        )
        hidden = torch.tanh(self.start(states.sum(dim=1) / lengths[:, None]))
        cell, feed = torch.zeros_like(hidden), states.new_zeros(len(states), self.target)
        keys, padding, answers = self.key(states), ~mask, []
        for step in range(states.shape[1]):
            weights = torch.softmax(self._energies(hidden, keys).masked_fill(padding, -torch.inf), dim=-1)
            context = torch.bmm(weights[:, None], states).squeeze(1)
            hidden, cell = self.cell(torch.cat([feed, context], dim=-1), (hidden, cell))
            answers.append(self.head(torch.cat([hidden, context], dim=-1)))
            feed = torch.where(torch.rand(len(states), 1) < self.forcing, truth[:, step], answers[-1])
        return nn.functional.mse_loss(torch.stack(answers, dim=1)[mask], truth[mask])

    def _energies(self, hidden: Tensor, keys: Tensor) -> Tensor:
        asked = self.query(hidden)
        if self.energy is None:
            return torch.bmm(keys, asked[:, :, None]).squeeze(-1) / math.sqrt(keys.shape[-1])
        return self.energy(torch.tanh(asked[:, None] + keys)).squeeze(-1)


class PlainLoop:
    """AdamW and clipped gradients over batches made beforehand."""

    def __init__(
        self,
        network: PlainRegressor | PlainTranslator,
        items: list[Item],
        options: RegressionOptions | TranslationOptions,
    ) -> None:
        self.network, self.items, self.options = network, items, options
        self.optimiser = torch.optim.AdamW(
            network.parameters(), lr=options.learning_rate, weight_decay=options.weight_decay, fused=True
        )

    def epoch(self) -> float:
        """One pass, and its mean loss."""
        losses = []
        for item in self.items:
            loss = self.network.loss(item)
            self.optimiser.zero_grad()
            loss.backward()
            clip_grad_norm_(self.network.parameters(), self.options.clip_norm)
            self.optimiser.step()
            losses.append(loss.detach())
        return float(torch.stack(losses).mean())


def _run(rnn: nn.LSTM, packed: PackedSequence) -> Tensor:
    states: Tensor = pad_packed_sequence(rnn(packed)[0], batch_first=True)[0]
    return states
