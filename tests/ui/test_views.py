"""A prediction as table, transcript, sentences and charts."""

import csv
import io
import re
from pathlib import Path

import numpy as np
import pytest

from engine.checkpoint import read_card
from engine.predict import Prediction, Utterance
from extraction.types import Word
from ui import scale, views

ROOT = Path(__file__).resolve().parents[2]


def prediction(words=None, sentiment=(1.5, -2.0, 0.0), attention=(0.5, 0.3, 0.2)):
    words = words or (Word("good", 0.0, 0.4, 0.9), Word("awful", 0.4, 1.0, 0.8), Word("thing", 1.2, 1.5, None, True))
    s, a = np.array(sentiment, np.float32), np.array(attention, np.float32)
    score = float((s * a).sum())
    return Prediction("T", words, s, a, score, ("T",), (Utterance(0, len(words), 0.0, 1.5, score),))


def test_table_has_a_row_a_word_and_contributions_add_up_to_the_score():
    made = prediction()
    table = views.word_table(made)
    assert list(table["word"]) == ["good", "awful", "thing"]
    assert table["contribution"].sum() == pytest.approx(made.score, abs=1e-5)
    assert list(table["interpolated"]) == [False, False, True]


def test_csv_reads_back_and_runs_no_formula():
    words = (Word("=1+1", 0.0, 0.4), Word("naïve", 0.4, 1.0), Word("a,b", 1.2, 1.5))
    rows = list(csv.DictReader(io.StringIO(views.csv(prediction(words)).decode("utf-8-sig"))))
    assert [row["word"] for row in rows] == ["'=1+1", "naïve", "a,b"]
    assert float(rows[1]["sentiment"]) == -2.0
    assert rows[0]["variant"] == "T"


def test_transcript_shows_markup_as_text():
    html = views.transcript_html(
        prediction((Word("<img src=x onerror=alert(1)>"), Word('"quoted"'), Word("\u202ertl")))
    )
    assert "<img" not in html
    assert "&lt;img src=x onerror=alert(1)&gt;" in html
    assert html.count("<bdi") == 3  # a right-to-left word cannot turn its neighbours around


def test_transcript_carries_each_words_sentiment():
    html = views.transcript_html(prediction())
    assert re.findall(r'data-sentiment="([-\d.]+)"', html) == ["1.5000", "-2.0000", "0.0000"]
    assert "positive +1.50, attention 50%" in html


def test_score_is_said_in_words_and_on_the_ruler():
    html = views.score_html(prediction(sentiment=(3.0, 3.0, 3.0), attention=(0.5, 0.3, 0.2)))
    assert "strongly positive" in html
    assert "+3.00" in html
    assert "left:100.0%" in html


def test_strongest_names_the_words_that_pull_each_way():
    assert views.strongest(prediction()) == ("“good” pulls it up most (+0.75) and “awful” pulls it down most (−0.60).")
    assert views.strongest(prediction(sentiment=(0.0, 0.0, 0.0))) == "No word moves the score."


@pytest.mark.parametrize(
    ("variant", "sentence"),
    [
        ("T", "T · reads text"),
        ("T->A", "T->A · reads text, learnt from audio too"),
        ("concat(T,V,A)", "concat(T,V,A) · reads text, audio and video"),
        ("T->concat(A,V)", "T->concat(A,V) · reads text, learnt from audio and video too"),
    ],
)
def test_a_choice_says_what_its_variant_reads(variant, sentence):
    assert views.describe(variant) == sentence


def test_charts_share_the_clips_time_axis():
    charts = [chart.to_dict() for chart in views.charts(prediction(), 2.0, dark=False)]
    sentiment, attention = charts
    assert attention["encoding"]["x"]["scale"]["domain"] == [0.0, 2.0]
    assert sentiment["layer"][0]["encoding"]["x"]["scale"]["domain"] == [0.0, 2.0]
    assert sentiment["layer"][0]["encoding"]["y"]["scale"]["domain"] == [-3.0, 3.0]
    assert attention["encoding"]["x"]["axis"]["title"] == "seconds"


def test_words_without_times_are_drawn_by_position():
    words = (Word("good"), Word("awful"), Word("thing", 1.2, 1.5))
    _, attention = (chart.to_dict() for chart in views.charts(prediction(words), 2.0, dark=True))
    assert attention["encoding"]["x"]["scale"]["domain"] == [0, 3]
    assert attention["encoding"]["x"]["axis"]["title"] == "word number (no times)"


def test_marks_have_the_colours_of_the_scale():
    sentiment, _ = views.charts(prediction(sentiment=(3.0, -3.0, 0.0)), 2.0, dark=False)
    assert sentiment.layer[0].encoding.color.to_dict()["scale"] is None  # taken as they are, not mapped anew
    assert list(sentiment.layer[0].data["colour"]) == [scale.POSITIVE, scale.NEGATIVE, scale.NEUTRAL]


def test_hurried_words_ask_for_a_wider_chart():
    slow = tuple(Word(f"w{i}", i * 1.0, i + 0.9) for i in range(3))
    fast = tuple(Word(f"w{i}", i * 0.1, i * 0.1 + 0.09) for i in range(3))
    assert views.chart_width(prediction(fast), 3.0) > views.chart_width(prediction(slow), 3.0)


def test_the_honest_line_names_what_it_learnt_from_and_whether_it_learnt():
    mixed, voice = (read_card(ROOT / "checkpoints" / name) for name in ("concat(T,A)", "A"))
    line = views.honest_line(mixed)
    assert re.match(r"Reads text and audio; learnt from \d+ labelled clips of \d+ speakers and \d+ further ones", line)
    assert "demonstration only" not in line
    assert views.honest_line(voice).endswith("a demonstration only.")
