"""A prediction as table, transcript, sentences and charts."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.checkpoint import read_card
from engine.predict import Prediction, Utterance
from extraction.types import Word
from ui import views

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


def test_score_is_said_in_words_and_on_the_ruler():
    html = views.score_html(prediction(sentiment=(3.0, 3.0, 3.0), attention=(0.5, 0.3, 0.2)))
    assert "strongly positive" in html
    assert "+3.00" in html
    assert "left:100.0%" in html


def test_the_interval_follows_the_score_where_there_is_one():
    assert "such clips" not in views.score_html(prediction())
    html = views.score_html(replace(prediction(), interval=(-0.5, 3.0)))
    assert "on a scale from −3 to +3; 9 of 10 such clips lie between −0.50 and +3.00</span>" in html


def test_words_without_a_score_are_text():
    html = views.words_html((Word("<b>oui</b>"), Word("merci")))
    assert "&lt;b&gt;oui&lt;/b&gt; merci" in html


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


def test_the_honest_line_names_what_it_learnt_from_and_whether_it_learnt():
    mixed, voice = (read_card(ROOT / "checkpoints" / name) for name in ("concat(T,A)", "A"))
    line = views.honest_line(mixed)
    assert re.match(r"Reads text and audio; learnt from \d+ labelled clips of \d+ speakers and \d+ further ones", line)
    assert re.search(
        r"correlation r\s\.\d\d \(a constant answer has none\), mean error \(MAE\)\s\.\d\d \(best constant", line
    )
    assert "demonstration only" not in line
    assert views.honest_line(voice).endswith("a demonstration only.")


def test_sentences_are_text_and_a_variant_is_never_broken_at_its_arrow():
    html = views.paragraphs(["<b> by embed(T,V)->A, then T.", "x"], note=True)
    whole = '<span class="s2s-whole">embed(T,V)-&gt;A,</span>'
    assert html == f'<p class="s2s-note">&lt;b&gt; by {whole} then T.</p><p class="s2s-note">x</p>'
    assert views.items(["T->A"]) == '<ol><li><span class="s2s-whole">T-&gt;A</span></li></ol>'
