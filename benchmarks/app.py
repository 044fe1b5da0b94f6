"""How fast the app answers, measured in headless Chromium against a running app with warm models.

    python benchmarks/app.py [--clip FILE] [--runs 3]

`first word`: from the choice of a file to the first coloured word, over the clip's length. `variant`: from a click on
another variant to its colours in the timeline. The app is started on a free port and stopped again; the clip (the
sample if none is given) is renamed for each run, so that none is known already. Prints Markdown: medians, with the
smallest and largest in brackets. Needs Debian's chromium.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click
from playwright.sync_api import Page, sync_playwright

from extraction.media import Reader

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "ui" / "samples" / "sample.mp4"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
VARIANTS = ("T->A", "T->V", "concat(T,V)", "T")
WAIT = 180_000  # ms


@click.command()
@click.option("--clip", type=click.Path(path_type=Path, exists=True), default=SAMPLE, show_default=False)
@click.option("--runs", default=3, show_default=True)
def main(*, clip: Path, runs: int) -> None:
    """Start, measure, print, stop."""
    length = Reader(clip, None).finish().duration
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start; {clip.name}, {length:.1f} s\n")
    command = [sys.executable, "-m", "ui", "--no-browser"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as app:
        try:
            address = re.search(r"http://\S+", app.stdout.readline() if app.stdout else "")
            if address is None:
                raise click.ClickException("The app did not start: its messages are above.")
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
                page = browser.new_page(viewport={"width": 1280, "height": 1000})
                page.goto(address[0], timeout=WAIT)
                page.wait_for_selector(".tl-heard", timeout=WAIT)  # the sample: every model is warm now
                _print(*_measured(page, clip, runs), length)
                browser.close()
        finally:
            app.terminate()


def _measured(page: Page, clip: Path, runs: int) -> tuple[list[float], list[float]]:
    """Seconds to the first word, a clip each; and to another variant's colours, a switch each."""
    words, switches = [], []
    for run in range(runs):
        name = f"run{run}{clip.suffix}"
        began = time.perf_counter()
        page.locator("input[type=file]").first.set_input_files(
            {"name": name, "mimeType": "video/mp4", "buffer": clip.read_bytes()}
        )
        page.wait_for_selector(f"[aria-label='The clip run{run}']", timeout=WAIT)
        page.wait_for_selector(".tl-heard", timeout=WAIT)
        words.append(time.perf_counter() - began)
        page.wait_for_timeout(2000)
        for variant in VARIANTS:
            page.get_by_role("combobox", name="Variant").click()
            option = page.get_by_role("option", name=re.compile(f"^{re.escape(variant)} "))
            option.wait_for()
            began = time.perf_counter()
            option.click()
            page.wait_for_selector(f".tl-score[data-variant='{variant}']", timeout=WAIT)
            switches.append(time.perf_counter() - began)
            page.wait_for_timeout(500)
    return words, switches


def _print(words: Sequence[float], switches: Sequence[float], length: float) -> None:
    print("| what | seconds | over the clip's length |\n|---|---|---|")
    print(f"| first word | {_spread(words)} | {_spread([w / length for w in words])} |")
    print(f"| variant | {_spread(switches)} | |")


def _spread(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.3g} ({min(values):.3g} to {max(values):.3g})"


if __name__ == "__main__":
    main()
