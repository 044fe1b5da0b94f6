"""The Attention page's charts and sentences, from figures made by hand."""

import numpy as np
import pytest

from engine import scale
from engine.faithfulness import HEADINGS, Faithfulness, Figure
from engine.integrated_gradients import Attribution
from engine.notation import parse
from engine.occlusion import Occlusion, rank_correlation
from engine.predict import Prediction, Utterance
from engine.stage_store import StageFigures
from engine.translations import focus
from extraction.types import Word
from ui.attention import decoder, regressor

WORDS = tuple(Word(text) for text in ("so", "good", "so"))


def table():
    sentiment, attention = np.array([1, 2, -1], np.float32), np.array([0.2, 0.7, 0.1], np.float32)
    score = float((sentiment * attention).sum())
    made = Prediction("T", WORDS, sentiment, attention, score, ("T",), (Utterance(0, 3, None, None, score),))
    blanked = Occlusion(score, np.array([score - 0.1, score - 1, score + 0.2], np.float32))
    return regressor.word_table(made, blanked, Attribution(score, 0.1, np.array([0.3, 2, -0.1], np.float32)), 0, 3)


def test_the_words_that_matter_are_named():
    said = regressor.strongest(table())
    assert said.startswith("Most attended is “good” (70\N{NO-BREAK SPACE}% of the attention).")
    assert "Without “good” the clip would be less positive by 1.00" in said


def test_charts_hold_each_word_in_order_even_one_said_twice():
    attention, change, gradients = (chart.to_dict() for chart in regressor.charts(table(), dark=False))
    (rows,) = attention["datasets"].values()
    assert [row["label"] for row in rows] == ["0000 so", "0001 good", "0002 so"]
    assert attention["mark"]["color"] == "#8A8F98"  # attention is grey
    for chart, column, reach in ((change, "change", 1), (gradients, "gradients", 2)):
        bars = chart["layer"][0]
        assert bars["encoding"]["y"]["field"] == column
        assert bars["encoding"]["y"]["scale"]["domain"] == pytest.approx([-reach, reach])
        drawn = chart["datasets"][bars["data"]["name"]]
        assert [row["colour"] for row in drawn] == [scale.colour(value) for value in table()[column]]


@pytest.mark.parametrize(
    ("other", "means"),
    [
        (range(20), "They agree closely"),
        ([*range(1, 20, 2), *range(0, 20, 2)], "no more than chance could give"),
        (range(20, 0, -1), "They disagree"),
    ],
)
def test_a_rank_correlation_says_what_it_means(other, means):
    found = rank_correlation(range(20), list(other))
    said = regressor.agreement(found, found, found)
    assert means in said[0]
    assert said[2].startswith("Integrated gradients, their sign counted, and blanking: rank correlation ")
    assert means in said[2]
    assert "Unrelated rankings of 20 words stay within ±0.44" in said[3]
    assert len(said) == 4


def test_few_words_are_warned_of():
    found = rank_correlation(range(5), range(5))
    assert regressor.agreement(found, found, found)[-1] == "5 words are few: take the figures as a hint."
    none = rank_correlation([1, 1, 1], [1, 2, 3])
    assert "cannot be ranked" in regressor.agreement(none, none, none)[0]


def test_the_figures_of_a_corpus_are_a_sentence():
    none = Figure(None, None, None, 0, None, None, None)
    figures = dict.fromkeys(HEADINGS, none)
    measured = {
        "attention_occlusion": Figure(0.372, 0.31, 0.425, 206, -0.001, -0.049, 0.051),
        "gradients_occlusion": Figure(0.612, 0.58, 0.65, 206, 0.001, -0.049, 0.047),
    }
    made = Faithfulness("T", "made.parquet", 229, 2557, "speaker", 10, 0.001, figures | measured)
    assert regressor.corpus(made) == (
        "Over 206 clips the rank correlation of attention and blanking, signs not counted, is +0.37 on average "
        "(95\N{NO-BREAK SPACE}% interval +0.31 to +0.42, from 10 speakers), that of integrated gradients and "
        "blanking +0.61; words shuffled within each clip give −0.05 to +0.05."
    )
    assert regressor.corpus(Faithfulness("T", "made.parquet", 3, 9, "clip", 3, 0.001, figures)) == ""


def test_the_decoders_chart_has_a_cell_a_step_and_word():
    chart = decoder.chart(np.full((4, 3), 1 / 3, np.float32), ["so", "good", "so"], dark=True).to_dict()
    (rows,) = chart["datasets"].values()
    assert len(rows) == 12
    assert rows[-1]["step"] == "0003 (end)"
    data = decoder.table(np.full((4, 3), 1 / 3, np.float32), ["so", "good", "so"])
    assert list(data.columns) == ["writes", "1 so", "2 good", "3 so"]
    assert list(data["writes"]) == ["1 so", "2 good", "3 so", "4 (end)"]


def test_a_translation_that_learnt_nothing_says_so():
    stage, inner = parse("embed(T,A)->V").stages[1], parse("T->A").stages[0]
    even = focus(np.full((3, 3), 1 / 3, np.float32))
    said = decoder.meaning(inner, StageFigures("T->A", 0.9, 0.8, 1, "squared error"), even)
    assert said[0] == "T->A reads text and writes the audio of one word after another."
    assert "learnt nothing that a constant does not know (squared error 0.900 on validation clips, 0.800" in said[1]
    assert "all 3 words alike" in said[2]
    sharp = focus(np.eye(3, dtype=np.float32))
    said = decoder.meaning(stage, StageFigures("embed(T,A)->V", 0.7, 0.8, 1, "nats"), sharp)
    assert "what the translation inside it made of text" in said[0]
    assert "It learnt something of it (nats 0.700" in said[1]
    assert "1.0 of 3 words on average; 100\N{NO-BREAK SPACE}% of the attention" in said[2]
