"""Small deterministic stand-ins for the five tools: for tests, and for trying the engine without a model.

They keep the same contracts as the real ones (`protocols`), measure something simple but true where they can, and need
nothing but numpy. `Tools(FakeTranscriber, FakeAligner, FakeAudio, FakeFace, FakeEmbedder)` makes a whole pipeline.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from extraction.errors import NoSpeech, Silence
from extraction.protocols import Audible, Progress, Sound, silent, unheard
from extraction.types import SAMPLE_RATE, FeatureSpec, Frame, Stream, Track, Transcript, Waveform, Word

_QUIET = 1e-4  # of full scale, -80 dBFS: softer than this is silence
_DARK = 2.0  # of 255: a picture with less contrast shows nobody


@dataclass(frozen=True)
class FakeTranscriber:
    """Hears the same words in any sound, spread evenly over it."""

    text: str = "this is a fine day"
    confidence: float = 0.9

    def transcribe(self, waveform: Waveform, progress: Progress = silent) -> Transcript:
        """The words of `text`. Raises Silence for a silent waveform and NoSpeech if `text` is empty."""
        if not len(waveform.samples) or np.abs(waveform.samples).max() < _QUIET:
            raise Silence("The audio track is silent: give a clip in which someone speaks.")
        words = _spread([Word(text, confidence=self.confidence) for text in self.text.split()], waveform.duration)
        if not words:
            raise NoSpeech("No words were heard: give a clip in which someone speaks.")
        progress(1.0, self.text)
        return Transcript(words, "recognised")


class FakeAligner:
    """Gives each word an equal share of the waveform."""

    def align(self, sound: Audible, words: Sequence[Word]) -> tuple[Word, ...]:
        """The same words, in order, never overlapping."""
        return _spread(words, sound.duration)

    def align_part(self, waveform: Waveform, words: Sequence[Word], *, last: bool) -> tuple[tuple[Word, ...], float]:
        """All words if `last`, else as many as there are whole seconds."""
        first = words if last else words[: int(waveform.duration)]
        return _spread(first, waveform.duration), waveform.duration


class FakeAudio:
    """Level and zero crossings of every 10 ms."""

    spec = FeatureSpec("A", "fake-audio", "1", ("level [dBFS]", "zero crossings [1/s]"))

    def describe(self, waveform: Waveform) -> Track:
        """One row for each whole 10 ms; silent ones are not observed."""
        hop = waveform.rate // 100
        frames = len(waveform.samples) // hop
        windows = waveform.samples[: frames * hop].reshape(frames, hop).astype(np.float64)
        level = np.sqrt((windows**2).mean(axis=1))
        crossings = (np.diff(np.signbit(windows), axis=1).sum(axis=1)) * waveform.rate / hop
        observed = level > _QUIET
        values = np.column_stack([20 * np.log10(np.maximum(level, _QUIET)), crossings]).astype(np.float32)
        values[~observed] = np.nan
        return Track(self.spec, (np.arange(frames) + 0.5) * hop / waveform.rate, values, observed, hop / waveform.rate)


class FakeFace:
    """Brightness, contrast and balance of each picture; one of a single tone shows nobody."""

    spec = FeatureSpec("V", "fake-face", "1", ("brightness", "contrast", "left less right"))

    def describe(
        self, frames: Iterable[Frame], period: float, progress: Progress = silent, sound: Sound = unheard
    ) -> Track:
        """One row a frame; a frame no later than the one before it is left out. It sees one face at most."""
        del sound
        times: list[float] = []
        rows: list[tuple[float, float, float]] = []
        for frame in frames:
            if times and frame.time <= times[-1]:
                continue
            times.append(frame.time)
            half = frame.image.shape[1] // 2
            balance = frame.image[:, :half].mean() - frame.image[:, half:].mean()
            rows.append((frame.image.mean(), frame.image.std(), balance))
            progress(0.0, f"{len(rows)} frames")
        values = np.array(rows, dtype=np.float32).reshape(-1, self.spec.dim)
        observed = values[:, 1] > _DARK
        values[~observed] = np.nan
        progress(1.0, f"{len(rows)} frames, {observed.sum()} with a face")
        return Track(self.spec, np.array(times, dtype=np.float64), values, observed, period)


class FakeEmbedder:
    """Eight normal numbers drawn from each word's own hash; a blank word is not observed."""

    spec = FeatureSpec("T", "fake-words", "1", tuple(f"hash_{i}" for i in range(8)))

    def embed(self, words: Sequence[str]) -> Stream:
        """One vector a word; case does not matter, and neither does context."""
        values = np.full((len(words), self.spec.dim), np.nan, dtype=np.float32)
        observed = np.array([bool(word.strip()) for word in words], dtype=bool)
        for i in np.flatnonzero(observed):
            seed = int.from_bytes(hashlib.sha256(words[i].strip().lower().encode()).digest()[:8], "big")
            values[i] = np.random.default_rng(seed).standard_normal(self.spec.dim)
        return Stream(self.spec, values, observed)


def fake_waveform(seconds: float = 1.0, hertz: float = 220.0, loudness: float = 0.3) -> Waveform:
    """A tone with harmonics that fall off as a voice's do, at 16 kHz; `loudness` is its peak, 0 for silence."""
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    tone = sum((np.sin(2 * np.pi * hertz * k * time) / k for k in range(1, 11)), start=np.zeros_like(time))
    peak = np.abs(tone).max(initial=1e-12)
    return Waveform((tone / peak * loudness).astype(np.float32))


def _spread(words: Sequence[Word], seconds: float) -> tuple[Word, ...]:
    share = seconds / max(len(words), 1)
    return tuple(replace(word, start=i * share, end=(i + 1) * share) for i, word in enumerate(words))
