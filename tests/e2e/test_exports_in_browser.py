"""Exports in a browser: subtitles by Chromium's own parser, the chart in SVG, the report without a network."""

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import complaints
from playwright.sync_api import expect
from read_clips import NASTY, WORDS, read_clip

from engine import scale
from engine.exports.chart import chart_bytes
from engine.exports.read_clip import ReadClip
from engine.exports.subtitles import vtt_bytes
from engine.predict import load
from extraction.pipeline import extract
from extraction.types import Word
from ui.exports.report import report_bytes
from ui.player import playable

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CUES = """async () => {
  const track = document.querySelector("track");
  track.track.mode = "showing";
  if (track.readyState < 2) {
    await new Promise((done, fail) => { track.onload = done; track.onerror = () => fail(new Error("no track")); });
  }
  const words = (node) => [...node.children].map((child) => [child.className, child.textContent]);
  return [...track.track.cues].map((cue) => ({
    start: cue.startTime, end: cue.endTime, words: words(cue.getCueAsHTML()), text: cue.getCueAsHTML().textContent,
  }));
}"""
PAGE = '<video muted width="640" src="{media}"><track default srclang="en" src="a.vtt"></video>'


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def site(tmp_path) -> Iterator[tuple[Path, str]]:
    """A folder and the address under which a browser finds it; subtitles are not read from a file."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=tmp_path))
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    yield tmp_path, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    serving.join()
    server.server_close()


def cues(page, site, clip, media=""):
    folder, url = site
    (folder / "a.vtt").write_bytes(vtt_bytes(clip))
    (folder / "index.html").write_text(f"<!doctype html>{PAGE.format(media=media)}")
    page.goto(f"{url}/index.html")
    return page.evaluate(CUES)


def test_chromium_finds_every_cue_and_the_class_of_each_word(page, site):
    first, second = cues(page, site, read_clip())
    assert (first["start"], first["end"]) == pytest.approx((0.5, 1.4))
    assert first["words"] == [["neutral", "I"], ["strongly-positive", "loved"], ["weakly-positive", "it,"]]
    assert second["words"] == [["weakly-negative", "R&B"], ["strongly-negative", "awful"]]


def test_chromium_shows_the_worst_words_as_text(page, site):
    words = [Word(text, i, i + 0.4) for i, text in enumerate(NASTY)]
    clip = read_clip(words, duration=30.0)
    found = [word for cue in cues(page, site, clip) for word in cue["words"]]
    assert [text for _, text in found] == list(clip.texts)
    assert {name for name, _ in found} <= {name.replace(" ", "-") for name in scale.NAMES}


def test_chromium_paints_a_word_on_its_colour(page, site, sample_clip):
    folder, _ = site
    (folder / "clip.mp4").write_bytes(sample_clip.read_bytes())
    cues(page, site, read_clip([Word("awful", 0.0, 4.0)], sentiment=(-3.0,)), "clip.mp4")
    page.evaluate("""async () => {
      const video = document.querySelector("video");
      const seeked = new Promise((done) => video.addEventListener("seeked", done, { once: true }));
      video.currentTime = 0.1;  // cues are not drawn before the first seek
      await seeked;
    }""")
    page.wait_for_timeout(200)
    shown = brown(page.screenshot())
    page.evaluate("document.querySelector('track').track.mode = 'hidden'")
    page.wait_for_timeout(200)
    assert shown > brown(page.screenshot()) + 300


def brown(png):
    """How many pixels have the colour of the scale's negative end."""
    pixels = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)[..., ::-1].astype(int)
    return int((np.abs(pixels - [int(scale.NEGATIVE[i : i + 2], 16) for i in (1, 3, 5)]).max(axis=-1) <= 3).sum())


def test_chromium_draws_the_chart_with_its_words(page, site):
    folder, url = site
    (folder / "a.svg").write_bytes(chart_bytes(read_clip(), "svg"))
    page.goto(f"{url}/a.svg")
    shown = page.evaluate("[...document.querySelectorAll('text')].map((text) => text.textContent.trim())")
    assert {word.text for word in WORDS if word.timed} <= set(shown)
    assert page.evaluate("document.querySelectorAll('parsererror').length") == 0
    (width,) = page.evaluate("[document.documentElement.getBoundingClientRect().width]")
    assert width > 500


@pytest.fixture(scope="module")
def report(sample_clip, tmp_path_factory):
    """The sample, really read, as a report on disk."""
    folder = tmp_path_factory.mktemp("report")
    aligned, model = extract(sample_clip), load("T")
    clip = ReadClip(aligned, model.predict(aligned), model.card, sample_clip.name)
    (folder / "report.html").write_bytes(report_bytes(clip, playable(sample_clip, folder)))
    return folder / "report.html"


@pytest.fixture
def offline(browser, report):
    """The report, opened from the disk without a network; what it asked for, and what the console complained about."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    page, asked = context.new_page(), []
    page.on("request", lambda r: asked.append(r.url[:60]) if not r.url.startswith(("data:", "blob:")) else None)
    said = complaints(page, ("error", "warning"))
    page.goto(report.as_uri())
    yield page, asked, said
    context.close()


@pytest.mark.models
def test_the_report_plays_the_clip_and_shows_its_words_without_a_network(offline, report):
    page, asked, said = offline
    words = page.locator(".tl-heard").all_inner_texts()
    assert " ".join(words).lower().startswith("i really loved the first half")
    expect(page.locator("#timeline")).to_contain_text("loved")
    expect(page.locator("#honest")).to_contain_text("On speakers it never met")
    duration = page.evaluate("""async () => {
      const video = document.querySelector("#timeline video");
      video.muted = true;
      await video.play();
      while (video.currentTime < 0.5) await new Promise((done) => requestAnimationFrame(done));
      video.pause();
      return video.duration;
    }""")
    assert duration == pytest.approx(8.5, abs=0.1)
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    assert page.locator("main > details tbody tr").count() == len(words) == 17
    assert asked == [report.as_uri()[:60]]
    assert said == []


@pytest.mark.models
def test_the_reports_measurements_open_without_a_network(offline):
    page, asked, said = offline
    page.locator("#timeline").get_by_text("loudness").first.click()
    page.wait_for_timeout(500)
    assert page.locator("#timeline canvas, #timeline svg").count() > 0
    assert len(asked) == 1
    assert said == []


@pytest.mark.models
def test_the_report_runs_no_script_but_its_own(offline):
    page, _, complaints = offline
    page.evaluate("""() => {
      const script = document.createElement("script");
      script.textContent = "document.body.dataset.run = 'yes'";
      document.body.append(script);
      const picture = document.createElement("img");
      picture.src = "https://example.org/a.png";
      document.body.append(picture);
    }""")
    page.wait_for_timeout(200)
    assert page.evaluate("document.body.dataset.run") is None
    refused = [said for said in complaints if "Content Security Policy" in said]
    assert [word for word in ("script-src", "img-src") if any(word in said for said in refused)] == [
        "script-src",
        "img-src",
    ]


@pytest.mark.models
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_report_is_readable_on_a_narrow_screen_and_has_no_serious_fault(offline, scheme):
    page, *_ = offline
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme=scheme)
    page.evaluate("document.querySelectorAll('main > details').forEach((part) => { part.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    found = Axe().run(page).response["violations"]
    assert [fault["id"] for fault in found if fault["impact"] in {"serious", "critical"}] == []
