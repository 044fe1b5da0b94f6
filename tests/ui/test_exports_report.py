"""The report as text, and the export menu. What a browser makes of it is in tests/e2e/test_exports_in_browser.py."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from read_clips import NASTY, measured_r, nasty_words, read_clip

from engine.exports.formats import FORMATS
from extraction.types import Word
from ui import session
from ui.clip import Analysis
from ui.exports import menu, report
from ui.exports.report import report_bytes
from ui.player import Playable


class Elements(HTMLParser):
    """Every element with its attributes, and the text inside those of a tag."""

    def __init__(self, text):
        super().__init__()
        self.found, self.inside, self._open = [], {}, []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        self._open.append(tag)

    def handle_endtag(self, tag):
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data):
        if self._open:
            self.inside.setdefault(self._open[-1], []).append(data)


@pytest.fixture
def video(tmp_path):
    (tmp_path / "clip.mp4").write_bytes(b"pictures")
    return Playable(tmp_path / "clip.mp4", "video/mp4", "video")


def elements(clip, player=None):
    return Elements(report_bytes(clip, player).decode())


def test_the_report_says_score_trust_words_warnings_and_how_it_was_made(video):
    clip = read_clip()
    text = report_bytes(clip, video).decode()
    assert "weakly negative" in text
    assert "−0.73 on a scale from −3 to +3" in text
    assert json.loads(elements(clip, video).inside["script"][0])["reading"]["signed"] == "−0.73"
    assert f"On speakers it never met: correlation r\N{NO-BREAK SPACE}{measured_r().lstrip('0')}" in text
    assert "A voice was measured." in text
    assert clip.card.weights_sha256[:12] in text
    assert "minilm-words" in text
    assert text.count('<th scope="row">') == 6


def test_the_report_says_the_interval_without_scripts_too(video):
    clip = read_clip()
    assert "such clips" not in report_bytes(clip, video).decode().partition("<script")[0]
    told = replace(clip, prediction=replace(clip.prediction, interval=(-2.0, 0.5)))
    assert "9 of 10 such clips lie between −2.00 and +0.50" in report_bytes(told, video).decode()


def test_the_report_holds_the_clip_and_refers_to_nothing_outside_itself(video):
    made = elements(read_clip(), video)
    stored = json.loads(made.inside["script"][0])
    assert "data:video/mp4;base64," + base64.b64encode(b"pictures").decode() in json.dumps(stored)
    outside = [(tag, a) for tag, a in made.found if {"src", "href", "action", "data", "poster"} & a.keys()]
    assert outside == []
    policy = next(a["content"] for tag, a in made.found if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; ")
    assert "http" not in policy


def test_the_policy_names_the_hash_of_the_only_script_that_may_run(video):
    text = report_bytes(read_clip(), video).decode()
    (script,) = re.findall(r'<script type="module">(.*?)</script>', text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'; " in text


def test_the_worst_words_are_text(video):
    clip = read_clip([Word(text, i, i + 0.4) for i, text in enumerate(NASTY)], media='<img src=x onerror="a">.mp4')
    made = elements(clip, video)
    assert [tag for tag, _ in made.found if tag in {"b", "img"}] == []
    assert [tag for tag, _ in made.found].count("script") == 2
    assert "<script>alert(1)</script>" in made.inside["bdi"]


@pytest.mark.slow
@given(words=nasty_words())
@settings(max_examples=25)
def test_any_word_and_any_time_gives_a_page_with_the_same_elements(words):
    plain = tuple(Word("word", word.start, word.end, interpolated=word.interpolated) for word in words)
    tags = [tag for tag, _ in elements(read_clip(words)).found]
    assert tags == [tag for tag, _ in elements(read_clip(plain)).found]


def test_a_report_without_a_clip_says_why(video, monkeypatch):
    assert "The clip cannot be played by a browser." in report_bytes(read_clip(), None).decode()
    monkeypatch.setattr(report, "MOST_BYTES", 4)
    assert "The clip is too large to be part of the report" in report_bytes(read_clip(), video).decode()
    video.path.unlink()
    assert "The clip was removed before the report was made" in report_bytes(read_clip(), video).decode()


def test_the_menu_offers_the_report_and_all_of_the_engines_formats(video):
    clip = read_clip()
    analysis = Analysis("../folder\\a clip.mp4", clip.aligned, video)
    offered = menu.formats(analysis)
    assert offered[1:] == FORMATS
    assert offered[0].make(menu.read_clip(analysis, clip.prediction, clip.card)).startswith(b"<!doctype html>")
    assert menu.read_clip(analysis, clip.prediction, clip.card).media == "a clip.mp4"


def test_what_must_be_said_beside_a_clip_is_in_its_report(video):
    assert "She never said this." in report_bytes(read_clip(), video, session.note_on("sample.mp4")).decode()
    assert session.note_on("mine.mp4") is None
