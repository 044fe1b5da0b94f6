"""The app as a process of its own: the port it gets, whether it answers, and its end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_LIMIT = 120.0  # seconds; the first start on a busy machine imports for long
STOP_LIMIT = 10.0  # seconds before a stop becomes a kill


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(app: subprocess.Popen[bytes], url: str) -> bool:
    """Whether the page at `url` is there before `START_LIMIT` is over or the app has ended."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy in the environment is not for this
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline and app.poll() is None:
        try:
            with direct.open(url, timeout=1) as reply:
                return bool(reply.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    return False


def stop(app: subprocess.Popen[bytes]) -> None:
    """End the app's whole process group, which is its own: gently, then whatever is left of it."""
    for sent in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(app.pid, sent)
        except ProcessLookupError:
            break
        try:
            app.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            continue
    app.wait(STOP_LIMIT)
