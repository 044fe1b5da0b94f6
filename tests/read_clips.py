"""Readings to export: words with sentiment and attention, and the card of a shipped model; and hypothesis's worst."""

from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from engine.checkpoint import read_card
from engine.exports.read_clip import ReadClip
from engine.predict import Prediction, Utterance
from extraction.types import Aligned, Word

ROOT = Path(__file__).resolve().parent.parent
WORDS = (
    Word("I", 0.5, 0.62, 0.99),
    Word("loved", 0.62, 1.1, 0.97),
    Word("it,", 1.1, 1.4, 0.9, interpolated=True),
    Word("naïve"),
    Word("R&B", 2.4, 2.9, 0.8, fit=0.7),
    Word("awful", 2.9, 3.5, 0.95),
)
SENTIMENT = (0.0, 2.6, 0.8, -0.2, -1.2, -2.7)
NASTY = (
    "<b>bold</b>",
    "<script>alert(1)</script>",
    "&amp;",
    '"quoted"',
    "it's",
    "-->",
    "\u202eright\u202c",
    "שלום",
    "=1+1",
    "@cmd",
    "$x^2$",
    "]]>",
    "{\\an8}",
    "NOTE",
    "a\x00b\x1f",
    "\ud800half",
    "two words",
    "a,b;c\td",
    "😀",
    "null",
)


def measured_r():
    """The correlation on test clips that the card of `read_clip` has, as exports write it."""
    return f"{read_card(ROOT / 'checkpoints' / 'T').test['r']:.2f}"


def read_clip(words=WORDS, sentiment=None, *, duration=4.0, utterances=None, clip="a clip", media="a clip.mp4"):
    """A reading of `words`, attention rising from word to word."""
    values = np.resize(np.array(SENTIMENT if sentiment is None else sentiment, np.float32), len(words))
    attention = np.arange(1, len(words) + 1, dtype=np.float32)
    attention /= attention.sum()
    score = float((values * attention).sum())
    spans = utterances or ((0, len(words)),)
    said = tuple(Utterance(first, stop, None, None, score) for first, stop in spans)
    prediction = Prediction("T", tuple(words), values, attention, score, ("T",), said, ("A voice was measured.",))
    return ReadClip(Aligned(clip, tuple(words), {}, duration), prediction, read_card(ROOT / "checkpoints" / "T"), media)


TEXTS = st.sampled_from(NASTY) | st.text(min_size=1, max_size=9).filter(lambda text: text.strip())
TIMES = st.floats(0, 20, allow_nan=False)


@st.composite
def nasty_words(draw):
    """Words of any text, some without a time, in any order, overlapping, without length or ending before they start."""
    words = []
    for text in draw(st.lists(TEXTS, min_size=1, max_size=12)):
        start, end = draw(st.just((None, None)) | st.tuples(TIMES, TIMES) | TIMES.map(lambda at: (at, at)))
        words.append(Word(text, start, end, interpolated=draw(st.booleans())))
    return tuple(words)
