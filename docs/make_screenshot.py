"""Make docs/screenshot.png: the page with the sample clip read, as a visitor sees it.

    python docs/make_screenshot.py [-o docs/screenshot.png]

Needs Debian's chromium and the `dev` packages. Starts the app on a free port and stops it again.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
SIZE = {"width": 1280, "height": 1180}
WAIT = 180_000  # ms


@click.command()
@click.option("-o", "--output", type=click.Path(path_type=Path), default=ROOT / "docs" / "screenshot.png")
def main(output: Path) -> None:
    """Start, wait for the words, look."""
    command = [sys.executable, "-m", "ui", "--no-browser"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as app:
        try:
            assert app.stdout is not None
            line = app.stdout.readline()
            address = re.search(r"http://\S+", line)
            if address is None:
                sys.exit(f"The app did not start: {line.strip()}")
            _look(address[0], output)
        finally:
            app.terminate()


def _look(address: str, output: Path) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport=SIZE)
        page.goto(address)
        page.wait_for_selector(".tl-heard", timeout=WAIT)
        page.get_by_text("Your clips").click()  # folded, so that the result fills the picture
        page.wait_for_timeout(3000)
        page.mouse.move(0, 0)
        page.screenshot(path=output)
        browser.close()


if __name__ == "__main__":
    main()
