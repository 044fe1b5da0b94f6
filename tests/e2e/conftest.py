"""A real browser and a running app: Debian's chromium, driven by Playwright, and `python -m ui` on a free port.

Without chromium the tests skip; with S2S_REQUIRE_BROWSER=1, as in continuous integration, they fail instead.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from chromium import CHROMIUM, FLAGS
from playwright.sync_api import Browser, Page, sync_playwright
from running import ROOT, START_LIMIT, answers, free_port, stop


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
    port = free_port()
    log = tmp_path_factory.mktemp("log") / "output.txt"
    command = [sys.executable, "-m", "ui", "--no-browser", "--port", str(port)]
    environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}  # as a user has it
    options = {"cwd": ROOT, "env": {**environment, "TMPDIR": str(app_folder)}, "start_new_session": True}
    with log.open("wb") as output:
        app = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, **options)
    try:
        url = f"http://127.0.0.1:{port}"
        if not answers(app, f"{url}/_stcore/health"):
            pytest.fail(f"the app did not answer within {START_LIMIT:.0f} s and wrote:\n{log.read_text()}")
        yield url
    finally:
        stop(app)


def _without_browser(reason: str) -> NoReturn:
    if os.environ.get("S2S_REQUIRE_BROWSER") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
