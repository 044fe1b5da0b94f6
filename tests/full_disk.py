"""A disk with no more room."""

import resource
from contextlib import contextmanager


@contextmanager
def files_no_larger_than(size):
    """As on a full disk: the system refuses to write more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
