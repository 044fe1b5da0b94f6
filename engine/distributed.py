"""One training over several processes that `torchrun` started: each takes its share of every batch.

Without torchrun there is one process and nothing here does anything. With it, rank r of n takes the segments r, r + n
and so on of each batch, and torch's DistributedDataParallel averages the gradients. Each rank's loss is weighted by
what it counted, so that n processes take the steps that one would (dropout draws its own masks in each). Rank 0 alone
writes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel


def own_device(device: str) -> str:
    """`device` as this process uses it: each process of torchrun that is told `cuda` takes a GPU of its own."""
    return f"cuda:{os.environ['LOCAL_RANK']}" if device == "cuda" and "LOCAL_RANK" in os.environ else device


@contextmanager
def processes(device: str) -> Iterator[None]:
    """Join the processes of torchrun, if it started this one, and leave them at the end."""
    if "RANK" not in os.environ or "WORLD_SIZE" not in os.environ:
        yield
        return
    if device.startswith("cuda"):
        torch.cuda.set_device(device)
    distributed.init_process_group("nccl" if device.startswith("cuda") else "gloo")
    try:
        yield
    finally:
        distributed.destroy_process_group()


def size() -> int:
    """How many processes train together."""
    return distributed.get_world_size() if distributed.is_initialized() else 1


def rank() -> int:
    """Which of them this is, from 0."""
    return distributed.get_rank() if distributed.is_initialized() else 0


def wait() -> None:
    """Until every process is here."""
    if distributed.is_initialized():
        distributed.barrier()


def share(indices: NDArray[np.intp]) -> tuple[NDArray[np.intp], float]:
    """This process' part of a batch and its weight, 1; with nothing left for it, one segment of weight 0."""
    mine = indices[rank() :: size()]
    return (mine, 1.0) if len(mine) else (indices[:1], 0.0)


def total(count: Tensor) -> Tensor:
    """The sum of `count` over the processes."""
    if size() > 1:
        count = count.clone()
        distributed.all_reduce(count)
    return count


class _Loss(nn.Module):
    """A loss as a module's forward pass, which is what DistributedDataParallel hooks into."""

    def __init__(self, module: nn.Module, loss: Callable[..., tuple[Tensor, Tensor]]) -> None:
        super().__init__()
        self.module = module
        self.loss = loss

    def forward(self, item: object) -> tuple[Tensor, Tensor]:
        return self.loss(item)


def parallel(module: nn.Module, loss: Callable[..., tuple[Tensor, Tensor]]) -> Callable[..., tuple[Tensor, Tensor]]:
    """`loss` of one batch of `module`, its gradients summed over the processes when it is differentiated.

    What comes back is (sum, count); with n processes DistributedDataParallel averages gradients, so a caller divides
    the sum by the total count and multiplies by n.
    """
    if size() == 1:
        return loss
    return DistributedDataParallel(_Loss(module, loss))
