"""The chart, opened by OpenCV and by an XML parser."""

import re
from itertools import combinations
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from read_clips import NASTY, measured_r, nasty_words, read_clip

from engine import scale
from engine.exports.chart import chart_bytes
from engine.exports.chart_rows import chart_columns, rows_of
from engine.exports.chart_text import DARK, drawable, labels_of
from extraction.types import Word

SVG = "{http://www.w3.org/2000/svg}"


def picture(data):
    """Height, width, RGB."""
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]


def texts(data):
    """The text elements of an SVG."""
    return ["".join(element.itertext()) for element in ElementTree.fromstring(data).iter(f"{SVG}text")]  # noqa: S314


def has(pixels, colour):
    wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return bool((np.abs(pixels.astype(int) - wanted).max(axis=-1) <= 2).any())


@pytest.mark.slow
def test_a_png_shows_each_words_colour_on_the_page_of_its_theme():
    clip = read_clip()
    light, dark = picture(chart_bytes(clip, "png")), picture(chart_bytes(clip, "png", DARK))
    assert light.shape == dark.shape
    assert light[2, 2].tolist() == [255, 255, 255]
    assert dark[2, 2].tolist() == [0x14, 0x17, 0x1C]
    for pixels in (light, dark):
        assert all(has(pixels, scale.colour(float(value))) for value in clip.prediction.sentiment[[1, 4, 5]])
        assert has(pixels, scale.NEUTRAL)


@pytest.mark.slow
def test_an_svg_holds_words_score_and_axis_as_text():
    shown = texts(chart_bytes(read_clip(), "svg"))
    assert {"I", "loved", "it,", "R&B", "awful", "+3", "0", "−3", "sentiment", "0 s", "4 s"} <= set(shown)
    assert "a clip.mp4 read by T: weakly negative, −0.73 on a scale from −3 to +3." in shown
    assert "One word without a time is left out: naïve" in shown
    assert any(f"r {measured_r()} (floor 0)" in text for text in shown)


@pytest.mark.slow
@pytest.mark.parametrize("form", ["png", "svg"])
def test_the_same_clip_gives_the_same_bytes(form):
    assert chart_bytes(read_clip(), form) == chart_bytes(read_clip(), form)


@pytest.mark.slow
def test_a_long_clip_wraps_into_rows_of_ten_seconds_at_most():
    words = [Word(f"word{i}", i * 0.5, i * 0.5 + 0.4) for i in range(130)]
    clip = read_clip(words, duration=65.0)
    columns, timed = chart_columns(clip)
    rows = rows_of(columns, 65.0)
    assert timed
    assert [round(row.end - row.begin, 3) for row in rows] == [9.286] * 7
    assert sum(len(row.own) for row in rows) == 130
    shown = texts(chart_bytes(clip, "svg"))
    assert [text for text in shown if text.startswith("word")] == [word.text for word in words]
    assert picture(chart_bytes(clip, "png")).shape[0] > 3 * picture(chart_bytes(read_clip(), "png")).shape[0]


def test_the_curve_goes_on_from_row_to_row():
    words = [Word("a", 1.0, 2.0), Word("b", 18.0, 19.0)]
    columns, _ = chart_columns(read_clip(words, sentiment=(2.0, -2.0), duration=20.0))
    first, second = rows_of(columns, 20.0)
    assert first.curve[0] == (1.5, 2.0)
    assert first.curve[-1] == second.curve[0] == (10.0, pytest.approx(0.0, abs=1e-6))


@pytest.mark.slow
def test_labels_of_hurried_words_never_touch():
    words = [Word("hurried", i * 0.2, i * 0.2 + 0.2) for i in range(40)]
    columns, _ = chart_columns(read_clip(words, duration=8.0))
    (row,) = rows_of(columns, 8.0)
    labels = labels_of(row)
    assert len(labels) == 40
    for one, other in combinations(labels, 2):
        apart = one.left + one.width <= other.left or other.left + other.width <= one.left
        assert one.lane != other.lane or apart


@pytest.mark.slow
def test_words_that_find_no_room_are_counted():
    words = [Word("crowded", i * 0.01, i * 0.01 + 0.01) for i in range(200)]
    shown = texts(chart_bytes(read_clip(words, duration=10.0), "svg"))
    told = re.search(r"Words without room to be written: (\d+)\.", " ".join(shown))
    assert int(told[1]) == 200 - shown.count("crowded") > 0


def test_words_without_times_stand_side_by_side():
    shown = texts(chart_bytes(read_clip([Word("good"), Word("awful"), Word("$5$")]), "svg"))
    assert {"good", "awful", "$5$", "word 1", "word 3"} <= set(shown)
    assert any("No word has a time." in text for text in shown)


def test_what_the_font_has_not_is_an_empty_square():
    assert drawable("naïve 漢字 \u202eab") == "naïve □□ ab"


@pytest.mark.slow
@given(words=nasty_words())
@settings(max_examples=25)
def test_any_word_and_any_time_gives_pictures_that_open(words):
    clip = read_clip(words)
    shown = texts(chart_bytes(clip, "svg"))
    timed = any(word.timed for word in words)
    short = [text for word, text in zip(words, clip.texts, strict=True) if (word.timed or not timed) and text in NASTY]
    assert all(drawable(text) in shown or len(text) > 26 for text in short)
    assert picture(chart_bytes(clip, "png")).shape[1] > 1500
