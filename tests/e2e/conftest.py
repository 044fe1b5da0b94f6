"""A real browser and a running app: Debian's chromium, driven by Playwright, and `python -m ui` on a free port.

Without chromium the tests skip; with S2S_REQUIRE_BROWSER=1, as in continuous integration, they fail instead.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)
START_LIMIT = 120.0  # seconds; the first start on a busy machine imports for long
STOP_LIMIT = 10.0  # seconds before a stop becomes a kill


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium without a window, one for the whole run."""
    if not CHROMIUM.exists():
        _without_browser(f"{CHROMIUM} is not there: install the Debian package chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in a fresh context: no cookies, cache or storage of another test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def app_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the app puts its temporary files."""
    return tmp_path_factory.mktemp("app")


@pytest.fixture(scope="session")
def app_url(tmp_path_factory: pytest.TempPathFactory, app_folder: Path) -> Iterator[str]:
    """The address of the app, started as a user starts it and stopped with all its processes after the last test."""
    port = _free_port()
    log = tmp_path_factory.mktemp("log") / "output.txt"
    command = [sys.executable, "-m", "ui", "--no-browser", "--port", str(port)]
    environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}  # as a user has it
    options = {"cwd": ROOT, "env": {**environment, "TMPDIR": str(app_folder)}, "start_new_session": True}
    with log.open("wb") as output:
        app = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, **options)
    try:
        url = f"http://127.0.0.1:{port}"
        if not _answers(app, f"{url}/_stcore/health"):
            pytest.fail(f"the app did not answer within {START_LIMIT:.0f} s and wrote:\n{log.read_text()}")
        yield url
    finally:
        _stop(app)


def _without_browser(reason: str) -> NoReturn:
    if os.environ.get("S2S_REQUIRE_BROWSER") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(app: subprocess.Popen[bytes], url: str) -> bool:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy in the environment is not for this
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline and app.poll() is None:
        try:
            with direct.open(url, timeout=1) as reply:
                return bool(reply.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    return False


def _stop(app: subprocess.Popen[bytes]) -> None:
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
