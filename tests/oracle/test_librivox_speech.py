"""Words of a LibriVox reader cut out and pasted with pauses between them: found where they were put."""

import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

from extraction.align_pocketsphinx import PocketsphinxAligner
from extraction.types import SAMPLE_RATE, Waveform, Word

FOLDER = Path("/usr/share/pocketsphinx/test/data/librivox")
SHORTEST = 0.15  # seconds of a word that can stand alone
EDGE = 160  # samples over which a cut is faded

pytestmark = [
    pytest.mark.models,
    pytest.mark.slow,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the Debian package pocketsphinx-testdata is not installed"),
]


@pytest.fixture(scope="module")
def aligner():
    return PocketsphinxAligner()


@pytest.fixture(scope="module")
def sentences():
    """(words, samples at 16 kHz) of five sentences of Sense and Sensibility."""
    found = []
    for line in (FOLDER / "transcription").read_text().splitlines():
        said, name = re.fullmatch(r"<s> (.*) </s> \((.*)\)", line).groups()
        samples, rate = soundfile.read(FOLDER / f"{name}.wav", dtype="float32")
        assert rate == SAMPLE_RATE
        found.append((said.split(), samples))
    assert len(found) == 5
    return found


def pasted(pieces, gaps):
    """The pieces with digital silence before each, and where each begins, in seconds."""
    parts, begins, at = [], [], 0
    for piece, gap in zip(pieces, gaps, strict=True):
        silence = np.zeros(round(gap * SAMPLE_RATE), np.float32)
        parts += [silence, piece]
        at += len(silence)
        begins.append(at / SAMPLE_RATE)
        at += len(piece)
    return Waveform(np.concatenate([*parts, np.zeros(SAMPLE_RATE // 2, np.float32)])), begins


def audible(samples):
    """The samples from the first to the last that can be heard, faded at both ends."""
    heard = np.flatnonzero(np.abs(samples) > 0.05 * np.abs(samples).max())
    piece = samples[heard[0] : heard[-1] + 1].copy()
    fade = np.linspace(0, 1, min(EDGE, len(piece)), dtype=np.float32)
    piece[: len(fade)] *= fade
    piece[-len(fade) :] *= fade[::-1]
    return piece


def test_single_words_are_found_where_they_were_pasted(aligner, sentences):
    off = []
    for number, (words, samples) in enumerate(sentences):
        found = aligner.align(Waveform(samples), [Word(text) for text in words])
        long = [word for word in found if not word.interpolated and word.end - word.start >= SHORTEST]
        pieces = [audible(samples[round(w.start * SAMPLE_RATE) : round(w.end * SAMPLE_RATE)]) for w in long]
        gaps = np.random.default_rng(number).uniform(0.25, 0.6, len(pieces))
        sound, begins = pasted(pieces, gaps)
        again = aligner.align(sound, [Word(word.text) for word in long])
        off += [word.start - begin for word, begin in zip(again, begins, strict=True)]
    assert len(off) >= 50
    print(f"{len(off)} words: mean onset error {np.abs(off).mean():.3f} s, median {np.median(np.abs(off)):.3f} s")
    assert np.abs(off).mean() <= 0.05


def test_sentences_pasted_in_another_order_keep_their_words_times(aligner, sentences):
    order = [3, 0, 4, 2, 1]
    sound, begins = pasted([sentences[i][1] for i in order], np.random.default_rng(0).uniform(0.3, 1.5, 5))
    whole = aligner.align(sound, [Word(text) for i in order for text in sentences[i][0]])
    off, first = [], 0
    for i, begin in zip(order, begins, strict=True):
        words, samples = sentences[i]
        alone = aligner.align(Waveform(samples), [Word(text) for text in words])
        off += [b.start - begin - a.start for a, b in zip(alone, whole[first : first + len(words)], strict=True)]
        first += len(words)
    assert all(one.end <= other.start + 1e-6 for one, other in pairwise(whole))
    print(f"{len(off)} words: mean difference {np.abs(off).mean():.3f} s")
    assert np.abs(off).mean() <= 0.05
