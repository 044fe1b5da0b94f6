"""Loops over every frame and every state, compiled by numba, which librosa brings along."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit

_F = TypeVar("_F", bound=Callable[..., Any])


def compiled(function: _F) -> _F:
    """The same function of arrays and numbers as machine code, which lets other threads run meanwhile.

    It is kept beside the source or in the user's cache, and compiled at its first call else: some seconds.
    """
    options = {"nogil": True, "error_model": "numpy"}
    try:
        fast: _F = njit(cache=True, **options)(function)
    except RuntimeError:  # no folder that may be written to: compiled again in every process
        fast = njit(**options)(function)
    return fast
