"""The state of an unfinished training on disk, from which it goes on after a kill with the same result.

One safetensors file, written whole or not at all: weights as they are, the best weights so far, their average where one
is kept, Adam's moments, and, as JSON in its header, the epochs done and the identity of what is being trained. Random
numbers need no state: each epoch draws from generators seeded by the run's seed, the stage's name and the epoch's
number (`epoch_seed`).
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from engine.averaged import Averaged
from extraction.errors import CheckpointError
from extraction.whole_file import write_whole

EVERY = 10.0  # seconds between two writings; what a kill can cost
_NOW, _BEST, _ADAM, _AVERAGE = "now.", "best.", "adam.", "average."


def epoch_seed(seed: int, stage: str, epoch: int) -> int:
    """The seed of one epoch's generators: equal arguments give equal numbers on any machine."""
    text = json.dumps([seed, stage, epoch]).encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:4], "big")


@dataclass(frozen=True, eq=False)
class State:
    """What was read back.

    Attributes:
        best: the best weights so far.
        epochs: each finished epoch as JSON-able figures, in order.
    """

    best: dict[str, Tensor]
    epochs: list[dict[str, Any]]


class Unfinished:
    """The file of one stage's training.

    Args:
        path: where it lies; its folder is made.
        identity: anything JSON-able that must be equal for the training to go on from the file.
        every: seconds between two writings; 0 writes after each epoch.
    """

    def __init__(self, path: Path, identity: Mapping[str, Any], every: float = EVERY) -> None:
        self.path = path
        self.identity = json.dumps(identity, sort_keys=True)
        self.every = every
        self._written = time.monotonic()

    def of_what_comes(self, turn: str) -> Unfinished:
        """The file, beside this one, of a training that this one goes on from; `turn` tells several apart."""
        return Unfinished(self.path.with_stem(f"{self.path.stem}_{turn}"), {turn: self.identity}, self.every)

    def write(
        self,
        module: nn.Module,
        best: Mapping[str, Tensor],
        optimiser: torch.optim.Optimizer,
        epochs: Sequence[Any],
        averaged: Averaged | None = None,
    ) -> None:
        """Keep the state if enough time has passed since the last writing. Raises CheckpointError if it cannot."""
        if time.monotonic() - self._written < self.every:
            return
        from safetensors.torch import save

        tensors = {_NOW + name: tensor for name, tensor in module.state_dict().items()}
        tensors |= {_BEST + name: tensor for name, tensor in best.items()}
        for index, moments in optimiser.state_dict()["state"].items():
            tensors |= {f"{_ADAM}{index}.{name}": torch.as_tensor(value) for name, value in moments.items()}
        if averaged is not None:
            tensors |= {_AVERAGE + name: value for name, value in averaged.state().items()}
        plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
        content = save(plain, {"identity": self.identity, "epochs": json.dumps(list(epochs))})
        try:
            write_whole(self.path, lambda partial: partial.write_bytes(content))
        except OSError as error:
            raise CheckpointError(
                f"{self.path} cannot be written ({error.strerror}): make room, then run the same command to go on."
            ) from error
        self._written = time.monotonic()

    def read(
        self, module: nn.Module, optimiser: torch.optim.Optimizer, averaged: Averaged | None = None
    ) -> State | None:
        """Put weights, moments and average back; None, and nothing changed, without a file of this very training."""
        from safetensors import SafetensorError, safe_open

        if not self.path.is_file():
            return None
        try:
            with safe_open(self.path, framework="pt") as file:
                header = file.metadata() or {}
                if header.get("identity") != self.identity:
                    return None
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except SafetensorError:
            return None  # not a file of ours: the training starts over
        module.load_state_dict(_under(_NOW, tensors))
        moments: dict[int, dict[str, Tensor]] = {}
        for name, tensor in _under(_ADAM, tensors).items():
            index, key = name.split(".", 1)
            moments.setdefault(int(index), {})[key] = tensor
        optimiser.load_state_dict({**optimiser.state_dict(), "state": moments})
        if averaged is not None:
            averaged.restore(_under(_AVERAGE, tensors))
        return State(_under(_BEST, tensors), json.loads(header["epochs"]))

    def remove(self) -> None:
        """The training is done; what kills have left half-written goes as well."""
        for path in (self.path, *self.path.parent.glob(f".{self.path.name}.*.partial")):
            path.unlink(missing_ok=True)


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
