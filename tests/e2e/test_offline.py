"""With the network cut: in a network namespace that has nothing but its own loopback, everything works the same."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOOPBACK_UP = """
import fcntl, socket, struct, sys, os
with socket.socket() as s:
    fcntl.ioctl(s, 0x8914, struct.pack("16sH14s", b"lo", 0x41, b""))  # SIOCSIFFLAGS: up and running
try:
    socket.create_connection(("192.0.2.1", 80), timeout=2)
except OSError:
    os.execv(sys.argv[1], sys.argv[1:])
sys.exit("the network is not cut")
"""


def cut(*command, timeout):
    """Run a command in a namespace without a network."""
    inside = ["unshare", "-rn", sys.executable, "-c", LOOPBACK_UP, *map(str, command)]
    return subprocess.run(inside, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False)


@pytest.fixture(scope="module", autouse=True)
def namespaces():
    """The kernel lets us make network namespaces here."""
    try:
        allowed = subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        allowed = False
    if not allowed:
        pytest.skip("network namespaces cannot be made here (unshare -rn)")


@pytest.mark.models
@pytest.mark.slow
@pytest.mark.long
def test_the_command_line_says_the_same(sample_clip):
    command = (sys.executable, "-m", "engine", "predict", sample_clip, "--variant", "concat(T,V,A)", "--json")
    online = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=True)
    offline = cut(*command, timeout=280)
    assert offline.returncode == 0, offline.stderr
    assert json.loads(offline.stdout) == json.loads(online.stdout)


@pytest.mark.models
@pytest.mark.slow
@pytest.mark.long
@pytest.mark.browser
@pytest.mark.usefixtures("browser")  # skips, or fails in continuous integration, where there is no browser
def test_the_app_serves_its_sample():
    test = "tests/e2e/test_page.py::test_the_sample_opens_with_its_words_coloured"
    done = cut(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", test, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
