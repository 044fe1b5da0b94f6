"""The Compare page's tables and sentences, from predictions made by hand."""

import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest

from engine.agreement import agreement
from engine.checkpoint import read_card
from engine.predict import Prediction, Utterance
from extraction.types import Word
from ui.compare import agreeing, curves, ranked
from ui.compare.grid import Cell, Row, grid
from ui.compare.readings import Reading
from ui.views import fraction

ROOT = Path(__file__).resolve().parents[2]
WORDS = (Word("good", 0.0, 0.4), Word("<b>awful</b>", 0.4, 1.0), Word("\u202ertl", 1.2, 1.5))
FOLDERS = {"T": "T", "A": "A", "V": "V", "concat(T,V,A)": "concat(T,V,A)"}


def prediction(variant, sentiment, words=WORDS):
    s = np.array(sentiment, np.float32)
    even = np.full(len(s), 1 / len(s), np.float32)
    score = float((s * even).sum())
    return Prediction(variant, words, s, even, score, ("T",), (Utterance(0, len(s), 0.0, 1.5, score),))


def reading(variant, sentiment=None, sentence=""):
    card = read_card(ROOT / "checkpoints" / FOLDERS[variant])
    return Reading(card, None if sentiment is None else prediction(variant, sentiment), sentence)


@pytest.fixture
def three():
    return [reading("T", [1, -2, 0]), reading("A", [2, 2, 2]), reading("concat(T,V,A)", [-1, -1, -1])]


def names(html):
    return re.findall(r'<th scope="row"><bdi>([^<]+)', html)


def test_variants_stand_by_score_with_their_floor_and_what_they_are_worth(three):
    html = ranked.ranked(three, three, ())
    assert names(html) == ["A", "T", "concat(T,V,A)"]
    assert html.count(ranked.WEAK) == 1  # A alone has not learnt
    assert "positive (+2.00)" in html
    card = three[0].card
    floor = min(v for k, v in card.floors.items() if k.endswith("_mae"))
    assert f"{fraction(card.test['mae'])} ({fraction(floor)})" in html


def test_without_a_modality_each_variant_says_what_becomes_of_it(three):
    left = [three[0], reading("A", sentence="has nothing left to read"), reading("concat(T,V,A)", [-2, -2, -2])]
    html = ranked.ranked(three, left, ("A",))
    assert names(html) == ["T", "concat(T,V,A)", "A"]  # what cannot be read comes last
    assert "Without audio" in html
    assert "<td>unchanged<small>it does not read audio</small></td>" in html
    assert "has nothing left to read" in html
    assert "changes by −1.00" in html
    said = ranked.summary(three, left, ("A",))
    assert said.startswith("2 variants read this clip without audio as negative (−2.00) to neutral (−0.33)")
    assert "1 of them never read audio and stay" in said


def test_when_nothing_is_left_the_page_says_so():
    one = reading("A", [1, 1, 1])
    left = [reading("A", sentence="has nothing left to read")]
    assert "none of the chosen variants" in ranked.summary([one], left, ("A",))


def test_the_summary_counts_and_warns(three):
    said = ranked.summary(three, three, ())
    assert said.startswith("3 variants read this clip as weakly negative (−1.00) to positive (+2.00); 1 of 3")
    assert said.endswith("1 of them is no better than guessing on speakers never met.")
    assert ranked.summary(three[:1], three[:1], ()) == "T reads this clip as neutral (−0.33)."


def test_the_heat_map_has_a_cell_a_word_and_variant_and_shows_markup_as_text(three):
    html = agreeing.heat_map([*three, reading("V", sentence="has nothing left to read")], 0, 3)
    assert "<b>" not in html
    assert "&lt;b&gt;awful&lt;/b&gt;" in html
    assert html.count("<td style=") == 3 * (1 + 3)
    assert 'class="s2s-none" colspan="4">has nothing left to read' in html
    assert "T, “good”: weakly positive +1.00" in html
    assert html.count("<bdi>") == 4  # a right-to-left word cannot turn its neighbours around


def test_part_of_a_clip_shows_its_words_alone(three):
    html = agreeing.heat_map(three, 0, 1)
    assert html.count("<td style=") == 3 * 2
    assert "awful" not in html


def test_agreement_in_sentences(three):
    found = agreement([one.prediction for one in three])
    said = " ".join(agreeing.sentences(found))
    assert "between −1.00 (concat(T,V,A)) and +2.00 (A)" in said
    html = agreeing.matrix(found)
    assert html.count("<td style=") == 9
    assert "T and A: r –, the same sign in 33\N{NO-BREAK SPACE}% of the words" in html  # a constant has no correlation
    first = agreeing.most_disputed(found, [one.prediction for one in three], 1)
    assert first == ["“<b>awful</b>”: negative (−2.00) to T, positive (+2.00) to A; spread 2.08"]


def test_two_variants_have_one_correlation():
    two = [prediction("T", [1, -2, 0]), prediction("A", [1, -2, 1])]
    assert any("correlate with r\N{NO-BREAK SPACE}+.94" in said for said in agreeing.sentences(agreement(two)))


def test_the_table_behind_the_charts_has_every_number(three):
    table = agreeing.word_table([one.prediction for one in three], attention=True)
    assert list(table["T"]) == [1, -2, 0]
    assert list(table["A attention"]) == pytest.approx([1 / 3] * 3)


def test_curves_use_time_where_there_is_time_and_mark_one_variant(three):
    predictions = [one.prediction for one in three]
    upper, lower = curves.charts(predictions, "T", span=(0, 3), duration=2.0, dark=False)
    drawn = upper.to_dict()
    assert len(drawn["layer"]) == 4  # zero line, the others, the marked one, its words
    assert drawn["layer"][1]["encoding"]["x"]["title"] == "seconds"
    assert drawn["layer"][1]["encoding"]["x"]["scale"]["domain"] == [0, 2]
    rows = curves.long_table(predictions, 0, 3)
    assert list(rows["at"][:3]) == pytest.approx([0.2, 0.7, 1.35])
    untimed = [dataclasses.replace(p, words=(Word("a"), *WORDS[1:])) for p in predictions]
    assert list(curves.long_table(untimed, 0, 3)["at"][:3]) == [1, 2, 3]
    assert lower.to_dict()["layer"]


def test_a_grid_can_be_reached_by_keyboard_and_has_a_name():
    html = grid('A "name"', ["x"], [Row("one", [Cell("none", "said", "text")])], "hint")
    assert 'tabindex="0" role="region" aria-label="A &quot;name&quot;"' in html
    assert "<span>said</span>" in html
