"""Six GRID sentences whose words are known: heard, and found where there is sound."""

import csv

import jiwer
import numpy as np
import pytest

from extraction.align_pocketsphinx import PocketsphinxAligner
from extraction.media import Reader
from extraction.speech_whisper import WhisperTranscriber
from extraction.spoken import spoken
from extraction.transcripts.plain import words_of

pytestmark = [pytest.mark.models, pytest.mark.data, pytest.mark.slow]


@pytest.fixture(scope="module")
def sentences(data_root):
    """(what is said, its sound)."""
    with (data_root / "clips" / "INDEX.csv").open(newline="") as file:
        said = {row["file"]: row["said_or_note"] for row in csv.DictReader(file)}
    found = []
    for name, text in said.items():
        if text.startswith("GRID: "):
            with Reader(data_root / "clips" / name, frames_per_second=None) as reader:
                found.append((text.removeprefix("GRID: "), reader.finish().waveform))
    assert len(found) == 6
    return found


def loud(sound):
    """(F,) whether each 10 ms lies within 35 dB of the loudest."""
    frames = sound.samples[: len(sound.samples) // 160 * 160].reshape(-1, 160).astype(np.float64)
    level = 10 * np.log10(np.maximum((frames**2).mean(axis=1), 1e-12))
    return level > level.max() - 35


def test_every_word_is_found_in_order_where_there_is_sound(sentences):
    aligner = PocketsphinxAligner()
    shares = []
    for text, sound in sentences:
        found = aligner.align(sound, words_of(text))
        assert [word.text for word in found] == text.split()
        assert all(word.timed and not word.interpolated for word in found), text
        assert all(0.05 < word.end - word.start < 0.9 for word in found), text
        audible = loud(sound)
        shares += [audible[round(w.start * 100) : round(w.end * 100)].mean() for w in found]
        outside = audible.copy()
        for word in found:
            outside[round(word.start * 100) : round(word.end * 100)] = False
        shares.append(1.0 - outside[round(found[0].start * 100) : round(found[-1].end * 100)].mean())
    assert np.mean(shares) > 0.9


def test_most_words_are_heard(sentences):
    transcriber = WhisperTranscriber()
    said, heard = [], []
    for text, sound in sentences:
        words = transcriber.transcribe(sound).words
        said.append(text)
        heard.append(" ".join(part for word in words for part in spoken(word.text)))
    assert jiwer.wer(said, heard) < 0.3
