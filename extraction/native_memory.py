"""Memory that native libraries have freed goes back to the system, which the C library else keeps for itself.

Recognisers and landmarkers allocate and free large blocks in threads of their own, passage after passage; on Linux
with glibc the freed ones stay with the process (a recogniser over ten minutes: 393 MB, 272 MB with `give_back`), and
the larger the blocks it has met, the larger the ones it keeps, unless a threshold is set. That
costs a tenth of the time, so only a recording of more than one passage sets it.
"""

from __future__ import annotations

import ctypes
import sys
from functools import cache

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # glibc's malloc.h
_LARGE = 1 << 20  # bytes: a block of this size or more is the system's again once it is freed


@cache
def settle() -> None:
    """Have glibc keep no large block that is freed, from now on; does nothing with another C library."""
    mallopt = _function("mallopt")
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, _LARGE)
        mallopt(_TRIM_THRESHOLD, _LARGE)


def give_back() -> None:
    """Ask glibc to return what is free; does nothing with another C library. Takes milliseconds."""
    trim = _function("malloc_trim")
    if trim is not None:
        trim(0)


def _function(name: str) -> ctypes._NamedFuncPointer | None:
    """A function of the C library, on Linux, if it has it."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
