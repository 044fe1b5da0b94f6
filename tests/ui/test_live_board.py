import json
import math

import pytest

from extraction.live.face import UNITS, Look
from extraction.live.voice import Moment
from extraction.types import Word
from ui.live.board import CURVE, PLAIN, TRACE, WORDS, Board, Said, payload
from ui.live.feeling import Feeling, reads_live


def said(number, text, final, values=None):
    words = tuple(Word(part, i, i + 0.5) for i, part in enumerate(text.split()))
    feeling = None if values is None else Feeling(tuple(values), sum(values) / len(values))
    return Said(number, words, final, feeling)


def test_an_empty_board_is_plain_json_with_every_unit_unmeasured():
    drawn = payload(Board(now=None, zero=5.0))
    assert json.loads(json.dumps(drawn, allow_nan=False)) == drawn
    assert [unit["value"] for unit in drawn["units"]] == [None] * len(UNITS)
    assert (drawn["score"], drawn["words"], drawn["curve"], drawn["voice"]) == (None, [], [], [])


def test_every_unit_that_is_shown_has_an_everyday_name():
    assert set(PLAIN) == {unit.number for unit in UNITS}


def test_words_keep_their_keys_as_an_utterance_grows():
    before = payload(Board(2.0, 0.0, (said(3, "I really", 0, [0.1, 1.0]),)))["words"]
    after = payload(Board(3.0, 0.0, (said(3, "I really loved", 2, [0.1, 1.0, 2.0]),)))["words"]
    assert [word["key"] for word in before] == [word["key"] for word in after[:2]] == ["3:0", "3:1"]
    assert [word["final"] for word in after] == [True, True, False]
    assert after[2]["about"] == "+2.00, positive"
    assert after[2]["tint"].startswith("rgba(33,102,172")


def test_the_score_is_that_of_the_utterance_under_way():
    drawn = payload(Board(9.0, 0.0, (said(0, "good", 1, [2.0]), said(1, "bad", 0, [-1.2]))))
    assert drawn["score"] == {"name": "weakly negative", "number": "−1.20", "value": -1.2}


def test_words_are_shown_before_their_sentiment_is_known():
    drawn = payload(Board(9.0, 0.0, (said(0, "so it goes", 1),)))
    assert [word["text"] for word in drawn["words"]] == ["so", "it", "goes"]
    assert {word["sentiment"] for word in drawn["words"]} == {None}
    assert drawn["score"] is None


def test_what_is_markup_stays_text():
    drawn = payload(Board(1.0, 0.0, (said(0, "<b>bold</b>", 1, [0.0]),)))
    assert drawn["words"][0]["text"] == "<b>bold</b>"


def test_only_the_last_words_and_seconds_are_sent():
    many = tuple(said(n, "a b c d e", 5, [0.0] * 5) for n in range(40))
    moments = tuple(Moment(t / 10, 120.0, 0.5) for t in range(600))
    drawn = payload(Board(60.0, 0.0, many, tuple((float(t), 0.5) for t in range(60)), None, moments))
    assert len(drawn["words"]) == WORDS
    assert min(point["time"] for point in drawn["curve"]) >= 60 - CURVE
    assert min(one["time"] for one in drawn["voice"]) >= 60 - TRACE


def test_a_face_that_was_measured_has_its_values_and_zero_is_a_value():
    drawn = payload(Board(1.0, 0.0, look=Look(0.9, (0.0, *[0.25] * (len(UNITS) - 1)))))
    assert [unit["value"] for unit in drawn["units"]] == [0.0, *[0.25] * (len(UNITS) - 1)]
    assert math.isclose(drawn["units"][1]["value"], 0.25)


@pytest.mark.parametrize(("inputs", "live"), [(("T",), True), (("A",), False), (("T", "A"), False)])
def test_only_models_of_text_alone_follow_speech(inputs, live):
    assert reads_live(inputs) is live
