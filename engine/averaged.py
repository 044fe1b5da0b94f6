"""A moving average of the weights over the steps of a training, which wavers less than the weights themselves.

Source: Polyak and Juditsky (1992), Acceleration of stochastic approximation by averaging; decaying as in Tarvainen and
Valpola (2017), Mean teachers are better role models, arXiv 1703.01780, section 2, whose average at step t counts the
step with at least 1 / (t + 1), so that where the training began is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class Averaged:
    """The average of `parameters`, which are those of a training in the order of its optimiser.

    Args:
        parameters: what is averaged, as they stand.
        decay: of the average at every step; 0 .. 1, without 1.
    """

    def __init__(self, parameters: Sequence[nn.Parameter], decay: float) -> None:
        self.parameters = list(parameters)
        self.decay = decay
        self.steps = 0
        self.values = [parameter.detach().clone() for parameter in self.parameters]

    @torch.no_grad()
    def update(self) -> None:
        """Count the weights after a step."""
        self.steps += 1
        share = max(1 - self.decay, 1 / (self.steps + 1))
        torch._foreach_lerp_(self.values, [parameter.detach() for parameter in self.parameters], share)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """The average stands in the module inside, and the weights themselves stand there again outside."""
        self._exchange()
        try:
            yield
        finally:
            self._exchange()

    @torch.no_grad()
    def _exchange(self) -> None:
        for parameter, value in zip(self.parameters, self.values, strict=True):
            kept = parameter.detach().clone()
            parameter.copy_(value)
            value.copy_(kept)

    def state(self) -> dict[str, Tensor]:
        """What `restore` takes: the average, and how many steps it has counted."""
        values = {str(number): value for number, value in enumerate(self.values)}
        return {**values, "steps": torch.tensor(self.steps)}

    @torch.no_grad()
    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Put the state of an interrupted training back."""
        self.steps = int(state["steps"])
        for number, value in enumerate(self.values):
            value.copy_(state[str(number)])
