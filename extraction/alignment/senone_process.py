"""Scores sound with pocketsphinx in a process of its own, for it holds the interpreter's lock while it scores.

Run as a file by `acoustic_model`, which writes messages to stdin and reads answers from stdout: eight bytes with the
length, little-endian, then 16-bit samples at 16 kHz one way, pocketsphinx's senone score file the other. It ends, and
its temporary folder goes, when stdin is closed, so also when whoever asked is killed.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO


def send(stream: IO[bytes], data: bytes) -> None:
    """Write one message."""
    stream.write(len(data).to_bytes(8, "little"))
    stream.write(data)
    stream.flush()


def receive(stream: IO[bytes]) -> bytes | None:
    """Read one message; None where the stream ends before it is whole."""
    head = stream.read(8)
    if len(head) < 8:
        return None
    length = int.from_bytes(head, "little")
    data = stream.read(length)
    return data if len(data) == length else None


def _serve() -> None:
    import pocketsphinx

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever asked
    with TemporaryDirectory(prefix="senones") as folder:
        decoder = pocketsphinx.Decoder(
            lm=None,
            loglevel="FATAL",
            bestpath=False,
            compallsen=True,
            senlogdir=folder,
            **dict.fromkeys(("beam", "pbeam", "wbeam"), 0.1),  # the search itself is not wanted
        )
        decoder.add_fsg("any", decoder.create_fsg("any", 0, 0, [(0, 0, 0.5, "a")]))
        decoder.activate_search("any")
        while (samples := receive(sys.stdin.buffer)) is not None:
            decoder.reinit_feat()  # else the mean of the last clip's cepstra stays
            decoder.start_utt()
            decoder.process_raw(samples, full_utt=True)
            decoder.end_utt()
            (path,) = Path(folder).iterdir()
            send(sys.stdout.buffer, path.read_bytes())
            path.unlink()


if __name__ == "__main__":
    _serve()
