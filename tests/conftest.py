"""Fixtures every test folder shares. Real data comes from $S2S_DATA, else ../shared/data; without it tests skip."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parent.parent

os.environ.setdefault("HF_HUB_OFFLINE", "1")
if "PYTEST_XDIST_WORKER" in os.environ:  # a worker a core: threads of both would only wait for one another
    os.environ.setdefault("OMP_NUM_THREADS", "1")
hypothesis.settings.register_profile("ours", deadline=None)  # a busy machine is no failure
hypothesis.settings.load_profile("ours")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell starts what it starts in the background like that
    signal.signal(signal.SIGINT, signal.default_int_handler)  # what the tests interrupt inherits it

_MAIN = sys.modules["__main__"]


@pytest.fixture(autouse=True)
def main_module() -> Iterator[None]:
    """Streamlit's AppTest leaves a page's script as the main module, which processes spawned later would run."""
    sys.modules["__main__"] = _MAIN
    yield
    sys.modules["__main__"] = _MAIN


@pytest.fixture(scope="session")
def data_root() -> Path:
    """The folder with mosi/, mosei/, clips/ and the rest."""
    root = Path(os.environ.get("S2S_DATA") or ROOT.parent / "shared" / "data")
    if not (root / "mosi" / "label.csv").is_file():
        pytest.skip(f"the real data is not at {root}: set S2S_DATA to the folder that holds mosi/ and clips/")
    return root


@pytest.fixture(scope="session")
def sample_clip() -> Path:
    """The sample clip that the app opens with."""
    return ROOT / "ui" / "samples" / "sample.mp4"


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """Networks as small as the tests' are slower on several threads than on one."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
