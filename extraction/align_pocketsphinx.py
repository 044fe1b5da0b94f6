"""When each word was spoken: forced alignment with pocketsphinx and the acoustic model inside its wheel.

The words become a grammar with one path, silence optional between them, and Viterbi search fits it to the sound; frames
are 10 ms. Its clock is taken as it is: on sentences of a synthesiser that reports its word times the median onset
difference is 0 ms (248 words, four voices). Against CMU-MOSI's own times it is 52 ms later, as the onset of energy
after a pause is too, so that is a property of those times and not corrected here.
Source: Huggins-Daines et al., "Pocketsphinx", ICASSP 2006; pocketsphinx 5, BSD.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from extraction.pronunciation import Phones, Pronouncer
from extraction.spoken import spoken
from extraction.types import SAMPLE_RATE, Floats, Waveform, Word
from extraction.word_times import Interval, filled

_FRAMES_PER_SECOND = 100
_NOISE = 1e-3  # of full scale, -60 dBFS: digital silence has no cepstrum, and a pause of it ends every path
_BEAMS = {"beam": 1e-120, "pbeam": 1e-120, "wbeam": 1e-120}  # wide: a path that is lost is lost for good
_PAD = 0.25  # seconds of noise around the sound, so that words cut by the clip's ends have room
_LONG = 30.0  # seconds; above it, a clip whose words have rough times is searched piece by piece
_PIECE = 15.0  # seconds, the shortest piece


class PocketsphinxAligner:
    """An `Aligner` for English: loads in half a second, needs a fiftieth of the clip's time, is safe across threads."""

    def __init__(self) -> None:
        import pocketsphinx

        # Without `bestpath=False` a second search over the word lattice follows, which loses last words.
        self._decoder: Any = pocketsphinx.Decoder(lm=None, loglevel="FATAL", bestpath=False, **_BEAMS)
        self._pronounce: Pronouncer | None = None
        self._lock = threading.Lock()

    def align(self, waveform: Waveform, words: Sequence[Word]) -> tuple[Word, ...]:
        """The same words with the times at which they were spoken, in order and never overlapping.

        A word with nothing to say in it (see `spoken`) is interpolated and flagged. Where no path fits, a word keeps
        the times it came with, flagged as interpolated, or stays untimed.

        Raises:
            ValueError: the waveform is not at 16 kHz.
        """
        if waveform.rate != SAMPLE_RATE:
            raise ValueError(f"a waveform at {SAMPLE_RATE} Hz is needed, not {waveform.rate}")
        said = [spoken(word.text) for word in words]
        found: list[Interval | None] = []
        for first, last, start, end in _pieces(words, waveform.duration):
            samples = waveform.samples[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)]
            found += [time and (time[0] + start, time[1] + start) for time in self._search(samples, said[first:last])]
        best = [
            measured or _rough(word) if group else None
            for word, measured, group in zip(words, found, said, strict=True)
        ]
        times = filled(best, waveform.duration)
        return tuple(
            replace(word, interpolated=word.timed)
            if time is None
            else replace(word, start=time[0], end=time[1], interpolated=measured is None)
            for word, time, measured in zip(words, times, found, strict=True)
        )

    def _search(self, samples: Floats, said: Sequence[tuple[str, ...]]) -> list[Interval | None]:
        """One interval a written word, in seconds from the first sample; all None without a path."""
        text = [word for group in said for word in group]
        nowhere: list[Interval | None] = [None] * len(said)
        if not text or len(samples) < SAMPLE_RATE // 10:
            return nowhere
        with self._lock:
            self._learn(text)
            path = self._path(samples, text)
        if [word for word, _, _ in path] != text:
            return nowhere
        intervals: list[Interval | None] = []
        for group in said:
            parts, path = path[: len(group)], path[len(group) :]
            intervals.append((parts[0][1], parts[-1][2]) if parts else None)
        return intervals

    def _path(self, samples: Floats, text: Sequence[str]) -> list[tuple[str, float, float]]:
        """Each word found, with start and end in seconds; pauses left out."""
        pad = round(_PAD * SAMPLE_RATE)
        sound = _NOISE * np.random.default_rng(0).standard_normal(len(samples) + 2 * pad, dtype=np.float32)
        sound[pad : pad + len(samples)] += samples
        pcm = (np.clip(sound, -1.0, 32767 / 32768) * 32768).astype("<i2")
        try:
            self._decoder.reinit_feat()  # else the mean of the last clip's cepstra shifts this one's times
            self._decoder.set_align_text(" ".join(text))
            self._decoder.start_utt()
            self._decoder.process_raw(pcm.tobytes(), full_utt=True)
            self._decoder.end_utt()
            segments = list(self._decoder.seg() or ())
        except RuntimeError:  # raised for sound too short for its words, among others: no path
            return []
        return [
            (
                re.sub(r"\(\d+\)$", "", segment.word),  # which of a word's pronunciations it was
                segment.start_frame / _FRAMES_PER_SECOND - _PAD,
                (segment.end_frame + 1) / _FRAMES_PER_SECOND - _PAD,
            )
            for segment in segments
            if segment.word[0] not in "<["
        ]

    def _learn(self, text: Sequence[str]) -> None:
        """Give the dictionary a pronunciation for each word it lacks."""
        for word in dict.fromkeys(text):
            if self._known(word) is None:
                self._pronounce = self._pronounce or Pronouncer(self._known)
                self._decoder.add_word(word, " ".join(self._pronounce(word)), False)

    def _known(self, word: str) -> Phones | None:
        phones = self._decoder.lookup_word(word)
        return tuple(phones.split()) if phones else None


def _rough(word: Word) -> Interval | None:
    return None if word.start is None or word.end is None else (word.start, word.end)


def _pieces(words: Sequence[Word], duration: float) -> list[tuple[int, int, float, float]]:
    """Cut a long clip where the recogniser heard its widest pauses: (first word, last + 1, start, end in seconds)."""
    times = [_rough(word) for word in words]
    rough = [time for time in times if time is not None]
    if duration <= _LONG or len(rough) < len(words):
        return [(0, len(words), 0.0, duration)]
    pieces: list[tuple[int, int, float, float]] = []
    first, start = 0, 0.0
    while duration - start > _LONG:
        cuts = [i for i in range(first + 1, len(rough)) if start + _PIECE <= rough[i][0] <= start + _LONG]
        if not cuts:
            break
        cut = max(cuts, key=lambda i: rough[i][0] - rough[i - 1][1])
        middle = (rough[cut - 1][1] + rough[cut][0]) / 2
        pieces.append((first, cut, start, middle))
        first, start = cut, middle
    return [*pieces, (first, len(words), start, duration)]
