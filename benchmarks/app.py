"""How fast the app answers, measured in headless Chromium against a running app with warm models.

    python benchmarks/app.py [--clip FILE] [--runs 3]

`first word`: from the choice of a file to the first coloured word, over the clip's length. `variant`: from a click on
another variant to its colours in the timeline. `other page`: from a click on another page's name while the clip is
being read to that page. `take away`: on Compare, from a click that takes audio away from six variants, or gives it
back, to their scores. How fast a ten-minute timeline scrolls is measured, in frames a second, by

    pytest -s tests/e2e/test_timeline_shapes.py -k ten_minutes

The app is started on a free port and stopped again; the clip (the
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
from collections.abc import Mapping, Sequence
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
                found = _measured(page, clip, runs)
                _print({**found, **_compared(page, runs)}, length)
                browser.close()
        finally:
            app.terminate()


def _measured(page: Page, clip: Path, runs: int) -> dict[str, list[float]]:
    """Seconds to the first word, a clip each; to another variant's colours; and to another page meanwhile."""
    found: dict[str, list[float]] = {"first word": [], "variant": [], "other page": []}
    for run in range(runs):
        found["first word"].append(_read(page, clip, f"run{run}"))
        page.wait_for_timeout(2000)
        for variant in VARIANTS:
            page.get_by_role("combobox", name="Variant").click()
            option = page.get_by_role("option", name=re.compile(f"^{re.escape(variant)} "))
            option.wait_for()
            began = time.perf_counter()
            option.click()
            page.wait_for_selector(f".tl-score[data-variant='{variant}']", timeout=WAIT)
            found["variant"].append(time.perf_counter() - began)
            page.wait_for_timeout(500)
        _choose(page, clip, f"busy{run}")
        page.get_by_role("button", name="Cancel").wait_for(timeout=WAIT)  # it is being read
        began = time.perf_counter()
        page.get_by_role("link", name="Models", exact=True).click()
        page.wait_for_selector("table.s2s-figures", timeout=WAIT)
        found["other page"].append(time.perf_counter() - began)
        page.get_by_role("link", name="Analyse", exact=True).click()
        page.wait_for_selector(".tl-heard", timeout=WAIT)
    return found


def _choose(page: Page, clip: Path, name: str) -> None:
    content = {"name": f"{name}{clip.suffix}", "mimeType": "video/mp4", "buffer": clip.read_bytes()}
    page.locator("input[type=file]").first.set_input_files(content)


def _read(page: Page, clip: Path, name: str) -> float:
    """Seconds from the choice of a clip to its first coloured word."""
    began = time.perf_counter()
    _choose(page, clip, name)
    page.wait_for_selector(f"[aria-label='The clip {name}']", timeout=WAIT)
    page.wait_for_selector(".tl-heard", timeout=WAIT)
    return time.perf_counter() - began


def _compared(page: Page, runs: int) -> dict[str, list[float]]:
    """Seconds on Compare until audio is taken away, or given back; the first of each reads anew and is left out."""
    page.get_by_role("link", name="Compare", exact=True).click()
    page.wait_for_selector(".s2s-ranked tbody tr", timeout=WAIT)
    page.wait_for_timeout(2000)
    took = []
    for _ in range(runs + 1):
        for without in (True, False):
            began = time.perf_counter()
            page.get_by_role("button", name="audio", exact=True).click()
            page.wait_for_function(
                "without => document.querySelector('.s2s-ranked thead').innerText.includes('Without') === without",
                arg=without,
                timeout=WAIT,
            )
            took.append(time.perf_counter() - began)
            page.wait_for_timeout(700)
    return {"take away": took[2:]}


def _print(found: Mapping[str, Sequence[float]], length: float) -> None:
    print("| what | seconds | over the clip's length |\n|---|---|---|")
    for name, seconds in found.items():
        share = _spread([one / length for one in seconds]) if name == "first word" else ""
        print(f"| {name} | {_spread(seconds)} | {share} |")


def _spread(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.3g} ({min(values):.3g} to {max(values):.3g})"


if __name__ == "__main__":
    main()
