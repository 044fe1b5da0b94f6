"""Files and folders that may not be read or written, for root too."""

import ctypes
import os
import sys
from contextlib import contextmanager

import pytest

_VERSION_3 = 0x20080522  # of the kernel's capability sets
_OVERRIDE, _SEARCH = 1 << 1, 1 << 2  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH


@contextmanager
def allowed(path, mode):
    """`path` has this mode, which holds for root as for anybody: it lays down the right to pass over modes."""
    before = path.stat().st_mode
    path.chmod(mode)
    try:
        with _like_anybody():
            yield
    finally:
        path.chmod(before)


@contextmanager
def _like_anybody():
    if os.geteuid() != 0:
        yield
        return
    if sys.platform != "linux":
        pytest.skip("root may read and write everything here")
    libc = ctypes.CDLL(None)
    header, sets = (ctypes.c_uint32 * 2)(_VERSION_3, 0), (ctypes.c_uint32 * 6)()
    assert libc.capget(header, sets) == 0
    effective = sets[0]
    sets[0] = effective & ~(_OVERRIDE | _SEARCH)
    assert libc.capset(header, sets) == 0
    try:
        yield
    finally:
        sets[0] = effective
        assert libc.capset(header, sets) == 0
