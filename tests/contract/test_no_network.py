"""No model opens a socket: the kernel kills a process that tries, whatever library and language it tries from."""

from __future__ import annotations

import platform
import signal
import subprocess
import sys
import textwrap

import pytest
from spacy_files import NEEDS_SPACY

pytestmark = [
    pytest.mark.models,
    pytest.mark.skipif(
        (sys.platform, platform.machine()) not in {("linux", "x86_64"), ("linux", "aarch64")},
        reason="the kernel's filter is written for Linux on x86-64 and arm64",
    ),
]

# A seccomp filter of four instructions: load the number of the system call; if it is socket(), kill the process, else
# allow it. See linux/filter.h, linux/seccomp.h; prctl 38 is NO_NEW_PRIVS, 22 with 2 installs the filter.
FORBID_SOCKETS = """
import ctypes, platform, struct
call = {"x86_64": 41, "aarch64": 198}[platform.machine()]
steps = [(0x20, 0, 0, 0), (0x15, 0, 1, call), (0x06, 0, 0, 0x80000000), (0x06, 0, 0, 0x7FFF0000)]
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code)))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0
if libc.prctl(22, 2, program, 0, 0) != 0:
    raise SystemExit("no filter: " + str(ctypes.get_errno()))
"""

FACE = """
import skimage.data
from extraction.face_mediapipe import MediaPipeFace
from extraction.types import Frame
picture = skimage.data.astronaut()
track = MediaPipeFace().describe([Frame(i * 0.1, picture) for i in range(5)], 0.1)
assert track.observed.all()
"""

WORDS = """
from extraction.words_sbert import SbertEmbedder
assert SbertEmbedder().embed(["a", "fine", "day"]).observed.all()
"""

SPACY = """
import tempfile
import numpy as np, spacy
from extraction.words_spacy import SpacyEmbedder
pipeline = spacy.blank("en")
pipeline.vocab.set_vector("good", np.ones(3, np.float32))
with tempfile.TemporaryDirectory() as folder:
    pipeline.to_disk(folder)
    assert SpacyEmbedder(folder).embed(["GOOD", "day"]).observed.tolist() == [True, False]
"""

SOUND = """
from extraction.audio_opensmile import OpenSmileDescriptor
from extraction.fakes import fake_waveform
assert OpenSmileDescriptor().describe(fake_waveform(0.5)).observed.all()
"""


def run(script, first=""):
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", first + FORBID_SOCKETS + textwrap.dedent(script)],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_the_filter_kills():
    done = run("import socket; print('alive', flush=True); socket.socket()")
    if done.stderr.startswith("no filter"):
        pytest.skip(f"this kernel or container takes no seccomp filter ({done.stderr.strip()})")
    assert done.stdout.strip() == "alive"
    assert done.returncode == -signal.SIGSYS


@pytest.mark.parametrize(
    ("script", "first"),
    [(FACE, ""), (WORDS, ""), (SOUND, ""), pytest.param(SPACY, "import urllib3\n", marks=NEEDS_SPACY)],
    ids=["face", "words", "sound", "spacy"],
)
def test_no_socket_is_opened_and_nothing_is_printed(script, first):
    """`first` runs before the filter: urllib3, which spaCy imports, asks the kernel whether it can bind to ::1."""
    done = run(script, first)
    if done.stderr.startswith("no filter"):
        pytest.skip(f"this kernel or container takes no seccomp filter ({done.stderr.strip()})")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
