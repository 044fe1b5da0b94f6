"""The running app as the machine sees it: its process, what it keeps on the disk, and waiting for either to change."""

import time
from collections.abc import Callable
from pathlib import Path

import psutil


def server_of(app_url: str) -> psutil.Process:
    """The process that listens at the app's address."""
    port = int(app_url.rsplit(":", 1)[1])
    for connection in psutil.net_connections("tcp"):
        if connection.laddr and connection.laddr.port == port and connection.status == psutil.CONN_LISTEN:
            return psutil.Process(connection.pid)
    raise AssertionError(f"nobody listens on {port}")


def kept(app_folder: Path) -> list[str]:
    """The clips that lie in the app's folders."""
    return sorted(path.name for path in app_folder.glob("s2s-clips-*/*/*") if path.is_file())


def recordings(app_folder: Path) -> list[Path]:
    """The folders of live sessions."""
    return sorted(app_folder.glob("s2s-live-*"))


def wait_until(condition: Callable[[], bool], seconds: float) -> None:
    """Wait until it holds; fails where it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)
