"""Keeps known chatter of native libraries off the user's stderr, and loses nothing else.

C++ libraries write to file descriptor 2 past Python, and some (MediaPipe's) heed no setting. For the length of a
block the descriptor leads to a temporary file; at its end every line that is not known chatter goes where it was meant.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_STDERR = 2
_one_at_a_time = Lock()  # the descriptor belongs to the whole process


@contextmanager
def without_lines(pattern: bytes) -> Iterator[None]:
    """Hold back what is written to stderr while the block runs, and pass on all lines `pattern` does not match.

    Does nothing where the process has no stderr. Keep the block short: other threads' messages wait for its end.
    """
    with _one_at_a_time:
        before = _duplicate(_STDERR)
        if before is None:
            yield
            return
        with tempfile.TemporaryFile() as held:
            os.dup2(held.fileno(), _STDERR)
            try:
                yield
            finally:
                os.dup2(before, _STDERR)
                os.close(before)
                held.seek(0)
                for line in held:
                    if not re.match(pattern, line):
                        os.write(_STDERR, line)


def _duplicate(descriptor: int) -> int | None:
    try:
        return os.dup(descriptor)
    except OSError:
        return None
