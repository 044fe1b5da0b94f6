"""Where a training or a reading is computed: the device, and the precision of forward passes.

With bf16 asked for, forward passes run under autocast; weights and moments stay float32.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from typing import Final

import torch
from torch import nn

from extraction.errors import InputError


@dataclass(frozen=True)
class Place:
    """Where a training runs, and how.

    Attributes:
        device: cpu, cuda, cuda:1 and so on.
        bf16: compute the forward pass in bfloat16 where torch's autocast allows it.
    """

    device: str = "cpu"
    bf16: bool = False

    def check(self) -> None:
        """Raise InputError if torch cannot use the device."""
        try:
            torch.zeros(1, device=self.device).item()
        except (RuntimeError, AssertionError) as error:
            raise InputError(f"The device {self.device!r} cannot be used here: give --device cpu.") from error

    @contextmanager
    def seeded(self, seed: int) -> Iterator[None]:
        """Torch's generators start from `seed` inside and are as they were before outside."""
        devices = [torch.device(self.device)] if self.device.startswith("cuda") else []
        with torch.random.fork_rng(devices=devices):
            torch.manual_seed(seed)
            yield

    @contextmanager
    def autocast(self) -> Iterator[None]:
        """The precision of a forward pass.

        oneDNN is left out for the time where it cannot compute recurrent layers in bfloat16, as on processors without
        AVX-512: it fails on batches whose clips are equally long, and torch's own kernels do not.
        """
        kind = torch.device(self.device).type
        bare = self.bf16 and kind == "cpu" and not _onednn_knows_bf16()
        with _without_onednn() if bare else nullcontext(), torch.autocast(kind, torch.bfloat16, self.bf16):
            yield


@contextmanager
def _without_onednn() -> Iterator[None]:
    flags: Callable[..., tuple[bool, ...]] = torch.backends.mkldnn.set_flags  # its context manager warns of TF32
    before, *_ = flags(_enabled=False)
    try:
        yield
    finally:
        flags(_enabled=before)


@cache
def _onednn_knows_bf16() -> bool:
    """Whether oneDNN computes recurrent layers in bfloat16 on this processor."""
    try:
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
            nn.LSTM(1, 1)(torch.zeros(1, 1, 1))
    except RuntimeError:
        return False
    return True


CPU: Final = Place()
