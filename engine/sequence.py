"""An expression of the notation as a sequence of vectors: what an encoder or the regressor reads, word by word.

A leaf is standardised measurements, `concat` puts its parts side by side, and `embed(X,Y)` is looked up among the
states the encoder of `X->Y` gave. Shape letters: B clips, W words, D features.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from engine.batch import Batch
from engine.config import RegressionOptions, TextScale, TranslationOptions
from engine.dataset import Segment
from engine.notation import Concat, Embed, Expr, Leaf, Stage
from engine.standardise import Standardiser
from extraction.types import FeatureSpec, Modality

States = Mapping[str, Tensor]
"""Stage, spelled as in the notation -> its encoder's states (B, W, H)."""


def parts_of(expr: Expr) -> tuple[Leaf | Embed, ...]:
    """The sequences `expr` puts side by side, in order."""
    if isinstance(expr, Concat):
        return tuple(inner for part in expr.parts for inner in parts_of(part))
    return (expr,)


def leaves_of(expr: Expr) -> tuple[Modality, ...]:
    """Modalities that `expr` reads as measurements (not by way of an `embed`), each once."""
    return tuple(dict.fromkeys(part.modality for part in parts_of(expr) if isinstance(part, Leaf)))


class SequenceReader(nn.Module):
    """Reads one expression.

    Args:
        expr: what to read.
        specs: the feature set of each modality read as measurements.
        widths: stage -> H, the width of the states of each `embed` inside.
    """

    def __init__(self, expr: Expr, specs: Mapping[Modality, FeatureSpec], widths: Mapping[str, int]) -> None:
        super().__init__()
        self.parts = parts_of(expr)
        self.specs = dict(specs)
        self.widths = dict(widths)
        self.leaves = leaves_of(expr)
        self.standardisers = nn.ModuleDict({m: Standardiser(specs[m].dim) for m in self.leaves})
        self.width = sum(self._width(part, widths) for part in self.parts)

    def fit(self, segments: Iterable[Segment], text_scale: TextScale = "columns") -> None:
        """Take the statistics of the measurements from the training split; `text_scale` as the options say it."""
        for modality in self.leaves:
            whole = modality == "T" and text_scale == "whole"
            own = self._standardiser(modality)
            take = own.fit if isinstance(segments, Sequence) else own.fit_in_parts
            take((s.values[modality] for s in segments), whole)

    def forward(self, batch: Batch, states: States) -> Tensor:
        """(B, W, width)."""
        return torch.cat([self._read(part, batch, states) for part in self.parts], dim=-1)

    def targets(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """The measurements as something to predict: standardised (B, W, D) and which of them are known (B, W, D)."""
        pairs = [self._standardiser(m).standardise(batch.values[m], batch.observed[m]) for m in self.leaves]
        return torch.cat([values for values, _ in pairs], dim=-1), torch.cat([known for _, known in pairs], dim=-1)

    def written(self, batch: Batch, states: States) -> tuple[Tensor, Tensor]:
        """The whole sequence as something to predict, without flags: values (B, W, D), 0 where unknown, and what is
        known (B, W, D); an `embed` is the states it stands for, known at each word and left as they are by training.
        """
        pairs = []
        for part in self.parts:
            if isinstance(part, Leaf):
                m = part.modality
                pairs.append(self._standardiser(m).standardise(batch.values[m], batch.observed[m]))
            else:
                states_of = self._read(part, batch, states).detach()
                pairs.append((states_of, batch.mask[..., None].expand_as(states_of)))
        return torch.cat([values for values, _ in pairs], dim=-1), torch.cat([known for _, known in pairs], dim=-1)

    @property
    def written_dim(self) -> int:
        """D of `written`."""
        return self.width - sum(isinstance(part, Leaf) for part in self.parts)

    @property
    def target_dim(self) -> int:
        """D of `targets`: the columns of the measurements without their flags."""
        return sum(self._standardiser(m).width - 1 for m in self.leaves)

    def columns(self, modality: Modality) -> slice | None:
        """Where the measurements of `modality` lie among the columns read, or None if they are not read as such."""
        first = 0
        for part in self.parts:
            width = self._width(part, self.widths)
            if isinstance(part, Leaf) and part.modality == modality:
                return slice(first, first + width)
            first += width
        return None

    def _standardiser(self, modality: Modality) -> Standardiser:
        module = self.standardisers[modality]
        assert isinstance(module, Standardiser)
        return module

    def _width(self, part: Leaf | Embed, widths: Mapping[str, int]) -> int:
        if isinstance(part, Leaf):
            return self._standardiser(part.modality).width
        return widths[str(Stage(part.source, part.target))]

    def _read(self, part: Leaf | Embed, batch: Batch, states: States) -> Tensor:
        if isinstance(part, Leaf):
            values, observed = batch.values[part.modality], batch.observed[part.modality]
            read: Tensor = self._standardiser(part.modality)(values, observed)
            return read
        return states[str(Stage(part.source, part.target))]


def recurrent(width: int, options: TranslationOptions | RegressionOptions) -> nn.LSTM | nn.GRU:
    """Recurrent layers over inputs of `width` columns, with dropout between layers."""
    kind = nn.LSTM if options.cell == "lstm" else nn.GRU
    return kind(
        width,
        options.hidden,
        options.layers,
        batch_first=True,
        bidirectional=options.bidirectional,
        dropout=options.dropout if options.layers > 1 else 0.0,
    )


def run_packed(rnn: nn.RNNBase, inputs: Tensor, mask: Tensor) -> Tensor:
    """States (B, W, H) of a recurrent network over `inputs` (B, W, D): padding is neither read nor answered (0)."""
    lengths = mask.sum(dim=1).cpu()
    packed = pack_padded_sequence(inputs, lengths, batch_first=True, enforce_sorted=False)
    states, _ = pad_packed_sequence(rnn(packed)[0], batch_first=True, total_length=mask.shape[1])
    return states
