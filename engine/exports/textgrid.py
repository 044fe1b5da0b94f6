"""The reading as a Praat TextGrid in the long text form: tiers of words, sentiment, attention and utterances.

Tiers: `words`; `sentiment`, the name of the scale's nearest step; `sentiment number`, in label units with two decimals
and a plain minus, for `number (label$)` in a script; `attention`, which sums to 1; `utterances`, name and number of
each one's score. Intervals leave no gap, as Praat requires, and are empty where nothing is said. What the file leaves
out and how it was made stands in comments at its end, which Praat skips.
Source: fon.hum.uva.nl/praat/manual/TextGrid_file_formats.html.
"""

from __future__ import annotations

from engine import scale
from engine.exports.placed import MICROSECONDS, placed_utterances, placed_words
from engine.exports.read_clip import ReadClip, headline, made_by, trust, untimed
from extraction.transcripts.textgrid import tiers_text


def textgrid_bytes(clip: ReadClip) -> bytes:
    """A TextGrid in UTF-8. Raises InputError if no word has a time."""
    words = placed_words(clip, MICROSECONDS)
    end = max(clip.aligned.duration, words[-1].end)
    tiers = {
        "words": [(w.start, w.end, w.word.text) for w in words],
        "sentiment": [(w.start, w.end, scale.name(w.sentiment)) for w in words],
        "sentiment number": [(w.start, w.end, plain_number(w.sentiment)) for w in words],
        "attention": [(w.start, w.end, f"{w.attention:.4f}") for w in words],
        "utterances": [
            (s.start, s.end, f"{scale.name(s.score)} {plain_number(s.score)}") for s in placed_utterances(clip, words)
        ],
    }
    said = [headline(clip), trust(clip), *filter(None, [untimed(clip)]), made_by(clip)]
    return (tiers_text(tiers, end) + "".join(f"! {line}\n" for line in said)).encode()


def plain_number(value: float) -> str:
    """Two decimals with an ASCII minus and no plus, which programs read as a number."""
    return f"{value:.2f}".replace("-0.00", "0.00")
