"""Files with wrong bytes (flipped, cut out, doubled, filled with others, cut short), and a process that reads them."""

import json
import selectors
import subprocess
import sys
from pathlib import Path

READER = """\
import json, sys, time, warnings
from pathlib import Path
from extraction.errors import S2SError
from extraction.fakes import FakeAligner, FakeAudio, FakeEmbedder, FakeFace, FakeTranscriber
from extraction.pipeline import extract
from extraction.tools import Tools
from extraction.transcripts.reading import read_transcript

warnings.simplefilter("error")
tools = Tools(FakeTranscriber, FakeAligner, FakeAudio, FakeFace, FakeEmbedder)
for line in sys.stdin:
    path, media = json.loads(line)
    try:
        if media:
            extract(path, tools=tools, max_seconds=60.0)
        else:
            read_transcript(Path(path))
        said = "read"
    except S2SError as error:
        said = f"refused: {error}"
    except Exception as error:
        said = f"failed: {type(error).__name__}: {error}"
    print(json.dumps(said), flush=True)
"""


def mutated(data, rng):
    """`data` with one to eight of its stretches changed; the beginning, where headers lie, more often than the rest."""
    changed = bytearray(data)
    for _ in range(rng.integers(1, 9)):
        size = len(changed)
        at = int(rng.integers(0, min(size, 400) if rng.random() < 0.4 else size))
        length = int(rng.integers(1, 40))
        kind = rng.integers(0, 6)
        if kind == 0:
            changed[at] ^= 1 << int(rng.integers(0, 8))
        elif kind == 1:
            changed[at : at + length] = rng.bytes(len(changed[at : at + length]))
        elif kind == 2:
            changed[at : at + 4] = (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff")[int(rng.integers(0, 3))]
        elif kind == 3:
            del changed[at : at + length]
        elif kind == 4:
            changed[at:at] = changed[at : at + length]
        else:
            del changed[max(at, size // 8) :]
        if not changed:
            changed = bytearray(b"\0")
    return bytes(changed)


def misspelt(data, rng):
    """`data` with one or two of its places changed by at most three bytes, as of a text that is damaged or mistyped."""
    changed = bytearray(data)
    for _ in range(rng.integers(1, 3)):
        at, length = int(rng.integers(0, len(changed))), int(rng.integers(1, 4))
        kind = rng.integers(0, 4)
        if kind == 0:
            changed[at] ^= 1 << int(rng.integers(0, 8))
        elif kind == 1:
            changed[at] = int(rng.integers(32, 127))
        elif kind == 2:
            del changed[at : at + length]
        else:
            changed[at:at] = changed[at : at + length]
    return bytes(changed)


class ReadingProcess:
    """Reads files one after another in a process of its own, started again after a crash or a hang."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.process = None

    def read(self, path, media):
        """What came of a file: `read`, `refused: sentence`, `failed: error`, `crashed: code` or `hung`."""
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, "-c", READER],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                cwd=Path(__file__).resolve().parent.parent,
            )
        self.process.stdin.write(json.dumps([str(path), media]) + "\n")
        self.process.stdin.flush()
        with selectors.DefaultSelector() as ready:
            ready.register(self.process.stdout, selectors.EVENT_READ)
            if not ready.select(self.seconds):
                self.close()
                return "hung"
        line = self.process.stdout.readline()
        if line:
            return json.loads(line)
        code = self.process.wait()
        self.close()
        return f"crashed: {code}"

    def close(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process.stdin.close()
            self.process.stdout.close()
            self.process = None
