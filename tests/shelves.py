"""What a shelf of clips is tried with: a reader that reads when it is told to, a clock, a full disk."""

import threading
import time

from extraction.pipeline import StageReport
from extraction.types import Aligned
from ui.clip import Analysis, Source
from ui.player import Playable


class Reader:
    """Reads when it is told to; notes what it was given."""

    def __init__(self):
        self.begun, self.go = [], threading.Semaphore(0)
        self.ending = {}

    def __call__(self, source, folder, tell):
        (folder / source.name).write_bytes(source.data)
        self.begun.append((source.name, folder))
        while not self.go.acquire(timeout=0.005):
            tell(StageReport("words", 0.5, "2 words", 1.0))
        if source.name in self.ending:
            raise self.ending[source.name]
        aligned = Aligned(source.name, (), {}, 1.0, warnings=(f"{source.name} has no pictures.",))
        return Analysis(source.name, aligned, Playable(folder / source.name, "video/mp4", "video"))


class Full:
    """Writing a file to a full disk."""

    def __init__(self):
        self.asked = 0

    def __call__(self, *_):
        self.asked += 1
        raise OSError("no space left on the disk")


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def until(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def clip(name="a.mp4", data=b"a"):
    return Source(name, data)
