"""Translations that learn along with a regressor: end to end, loss = sentiment + weight * translation.

The decoders start as translation left them; the encoders are the model's own. What is translated to stays the
measurement it was: a target that followed the model's own word vectors could be made constant, and be predicted then.
Shape letters: B clips, W words.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from engine.batch import Batch, collate, plan
from engine.dataset import Segment
from engine.model import SentimentModel
from engine.translator import Translator
from engine.variants import directory_name


class Beside:
    """The translations of a model.

    Args:
        model: whose encoders learn.
        translators: trained already, by stage; they are copied, and the copies' encoders are the model's.
        segments: clips with the targets; their labels are not read.
        batch_size: clips a step.
    """

    def __init__(
        self,
        model: SentimentModel,
        translators: Mapping[str, Translator],
        segments: Sequence[Segment],
        batch_size: int,
    ) -> None:
        self.model, self.segments, self.batch_size = model, tuple(segments), batch_size
        self.translators: dict[str, Translator] = {}
        for stage in model.variant.stages:
            translator = copy.deepcopy(translators[str(stage)]).requires_grad_(True)
            translator.encoder = model.encoder(stage)
            self.translators[str(stage)] = translator.to(model.device)
        self.modalities = tuple(dict.fromkeys((*model.inputs, *model.variant.targets)))

    @property
    def decoders(self) -> nn.ModuleDict:
        """All that is not the model's: what each translator has besides its encoder."""
        return nn.ModuleDict(
            {
                directory_name(name): nn.ModuleDict(
                    {part: module for part, module in translator.named_children() if part != "encoder"}
                )
                for name, translator in self.translators.items()
            }
        )

    def batches(self, seed: int, epoch: int) -> Iterator[Batch]:
        """Clips without end, in an order that seed and epoch give."""
        rng = np.random.default_rng([seed, epoch, 1])
        lengths = [len(s) for s in self.segments]
        while True:
            for indices in plan(lengths, self.batch_size, rng):
                yield collate([self.segments[i] for i in indices], self.modalities).to(self.model.device)

    def loss(self, batch: Batch) -> Tensor:
        """The mean loss of each translation, summed over them; a scalar with gradients."""
        own = self.model.embedded(batch)
        states: dict[str, Tensor] = {}
        total = torch.zeros((), device=self.model.device)
        for stage in self.model.variant.stages:
            translator = self.translators[str(stage)]
            forcing = self.model.translation.teacher_forcing_end
            parts = translator.losses(own, states, forcing, measured=batch)
            summed, count = translator.objective(parts)
            total = total + summed / count.clamp_min(1)
            states[str(stage)] = parts.told.states
        return total
