"""Where someone speaks in sound that is still coming, cut at pauses into utterances.

Silero's voice detector (weights inside faster-whisper) gives a probability every 32 ms; it is run over the new sound
and a second before it, for it listens back. An utterance begins shortly before the first frame that is surely voice
and ends when none has been for `PAUSE`. Times are seconds of the recording.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from extraction.recording import Recording
from extraction.types import SAMPLE_RATE, Floats

PAUSE = 0.7  # seconds without voice that end an utterance
MARGIN = 0.3  # seconds of sound kept before the first voice and after the last
_FRAME = 512  # samples
_BACK = SAMPLE_RATE // _FRAME * _FRAME  # samples before the new ones that the detector hears again
_AT_ONCE = 10 * _BACK  # samples it hears at a time
_VOICE, _NO_VOICE = 0.5, 0.35  # probabilities at which voice begins and ends, Silero's own

Detector = Callable[[Floats], Floats]
"""Samples (N,), N a multiple of 512, to a probability for each 512 of them."""


@dataclass(frozen=True)
class Utterance:
    """Speech between two pauses: from `start`, voice heard until `voiced`; `closed` once a pause has followed."""

    start: float
    voiced: float
    closed: bool = False

    @property
    def end(self) -> float:
        """Where a closed utterance's sound ends."""
        return self.voiced + MARGIN


def silero() -> Detector:
    """The detector that faster-whisper brings along."""
    from faster_whisper.vad import get_vad_model

    model = get_vad_model()
    # a copy, for it writes into what it is given
    return lambda samples: np.asarray(model(samples.copy()), dtype=np.float32).ravel()


class VoiceActivity:
    """Follows a recording; `current` is the utterance being spoken, or None in a pause.

    Args:
        detect: the detector.
    """

    def __init__(self, detect: Detector) -> None:
        self._detect = detect
        self._heard = 0  # samples, a multiple of a frame
        self.current: Utterance | None = None

    def listen(self, sound: Recording) -> Utterance | None:
        """Hear what has come since the last call. The utterance now being spoken, or the one that just closed.

        A closed one is returned once; what followed it within the same call is heard at the next.
        """
        if self.current is not None and self.current.closed:
            self.current = None
        stop = len(sound) // _FRAME * _FRAME
        while self._heard < stop and not (self.current and self.current.closed):
            self._hear_until(min(stop, self._heard + _AT_ONCE), sound)
        return self.current

    def cut(self, at: float) -> None:
        """End the current utterance at `at` without a pause: it goes on as a new one from there."""
        if self.current is not None:
            self.current = replace(self.current, start=at)

    def _hear_until(self, stop: int, sound: Recording) -> None:
        """Samples up to `stop`, or until an utterance closes."""
        first = max(self._heard - _BACK, 0)
        probabilities = self._detect(sound.between(first / SAMPLE_RATE, stop / SAMPLE_RATE).samples)
        for probability in probabilities[(self._heard - first) // _FRAME :]:
            self._heard += _FRAME
            self._hear(float(probability), self._heard / SAMPLE_RATE)
            if self.current is not None and self.current.closed:
                break

    def _hear(self, probability: float, until: float) -> None:
        """One frame, which ends at `until`."""
        now = self.current
        if now is None:
            if probability >= _VOICE:
                self.current = Utterance(max(until - _FRAME / SAMPLE_RATE - MARGIN, 0.0), until)
        elif probability >= _NO_VOICE:
            self.current = replace(now, voiced=until)
        elif until - now.voiced >= PAUSE:
            self.current = replace(now, closed=True)
