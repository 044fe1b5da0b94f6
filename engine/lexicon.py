"""How positive people say a word is by itself: VADER's lexicon, from -4 to 4.

Source: Hutto and Gilbert (2014), VADER: a parsimonious rule-based model for sentiment analysis of social media text.
Its rules (negation, emphasis) are not used: a word's entry is looked up alone.
"""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from extraction.types import Floats

_AROUND = string.punctuation + "…“”‘’–—"  # of a token, not of the word


def valences(words: Sequence[str]) -> Floats:
    """The mean rating (W,) of each word, in [-4, 4]; NaN where the lexicon has no entry."""
    entries = _lexicon()
    return np.array([entries.get(word.lower().strip(_AROUND), np.nan) for word in words], dtype=np.float32)


@cache
def _lexicon() -> Mapping[str, float]:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    entries: Mapping[str, float] = SentimentIntensityAnalyzer().lexicon
    return entries
