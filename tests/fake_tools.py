"""The fakes of `extraction.fakes` as a ToolMaker that other processes can load; by its words a clip can misbehave."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from extraction.fakes import FakeAligner, FakeAudio, FakeEmbedder, FakeFace, FakeTranscriber
from extraction.tools import Tools


class Embedder(FakeEmbedder):
    """Logs every text it is given; `kill` among the words ends the process, `bug` raises."""

    def __init__(self, log, seconds, killed):
        self.log, self.seconds, self.killed = log, seconds, killed

    def embed(self, words):
        if self.log is not None:
            with self.log.open("a") as file:
                file.write(" ".join(words) + "\n")
        time.sleep(self.seconds)
        if "bug" in words:
            raise ValueError("no such thing")
        if "kill" in words or ("once" in words and self._first()):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().embed(words)

    def _first(self):
        try:
            self.killed.touch(exist_ok=False)
        except FileExistsError:
            return False
        return True


@dataclass(frozen=True)
class FakeMaker:
    """`log` gets a line a clip read; each takes `seconds`; `killed` is made when a process was killed once."""

    log: Path | None = None
    seconds: float = 0.0
    killed: Path | None = None
    heard: str = "this is a fine day"
    identity: str = "fake"

    def __call__(self, threads=None):
        def embedder():
            return Embedder(self.log, self.seconds, self.killed)

        return Tools(lambda: FakeTranscriber(self.heard), FakeAligner, FakeAudio, FakeFace, embedder)
