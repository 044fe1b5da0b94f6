"""The sound of a clip, gathered while it is decoded: 16 kHz mono float32 from the clock's zero."""

from __future__ import annotations

from typing import Any

import av
import numpy as np

from extraction.recording import Recording
from extraction.types import SAMPLE_RATE, Floats

_GAP = 0.05  # seconds without packets that are a hole rather than rounding of timestamps


class SoundTrack:
    """Takes decoded frames in order and keeps them where their timestamps say.

    Attributes:
        recording: everything gathered so far.
    """

    def __init__(self) -> None:
        self.recording = Recording()
        self._surplus = 0  # samples before the clock's zero, still to be cut
        self._resampler: Any = None
        self._format: tuple[str, str, int] | None = None
        self._expected: float | None = None  # seconds, where the next frame should start

    @property
    def duration(self) -> float:
        """Seconds gathered so far."""
        return self.recording.duration

    def add(self, frame: Any, origin: float, limit: float) -> bool:
        """Append `frame`, after silence where its timestamp leaves a hole of at most `limit` seconds.

        False where it cannot be resampled: a damaged header may give it a rate that no sound has.
        """
        start = frame.time - origin if frame.time is not None else self._expected or 0.0
        hole = start - (self._expected or 0.0)
        if self._expected is None and hole < 0:
            self._surplus = round(-hole * SAMPLE_RATE)
        elif hole > (_GAP if self._expected is not None else 0.0):
            self._drain()
            self._keep(np.zeros(round(min(hole, limit + 2.0) * SAMPLE_RATE), np.float32))
            self._expected = start
        self._expected = (start if self._expected is None else self._expected) + frame.samples / frame.sample_rate
        try:
            self._resample(frame)
        except av.FFmpegError:
            self._resampler, self._format = None, None
            return False
        return True

    def close(self) -> None:
        """Fetch what the resampler still holds."""
        self._drain()

    def _resample(self, frame: Any) -> None:
        layout = (frame.format.name, frame.layout.name, frame.sample_rate)
        if layout != self._format:  # some encoders change the number of channels on the way
            self._drain()
            self._format = layout
            self._resampler = av.AudioResampler(format="flt", layout=frame.layout, rate=SAMPLE_RATE)
        frame.pts = None  # the place of the frame is ours to keep
        for part in self._resampler.resample(frame):
            self._keep(_mono(part))

    def _drain(self) -> None:
        if self._resampler is not None:
            for part in self._resampler.resample(None):
                self._keep(_mono(part))
            self._resampler, self._format = None, None

    def _keep(self, samples: Floats) -> None:
        cut = min(self._surplus, len(samples))
        self._surplus -= cut
        kept = np.nan_to_num(np.clip(samples[cut:], -1.0, 1.0)).astype(np.float32, copy=True)
        if len(kept):
            self.recording.add(kept)


def _mono(frame: Any) -> Floats:
    """The mean over the channels: FFmpeg's own downmix of floats adds them up, past full scale.

    The samples of all channels come in one plane: PyAV reads past the end of a frame with more than eight planes.
    """
    channels = frame.layout.nb_channels
    samples: Floats = frame.to_ndarray().reshape(-1, channels).mean(axis=1, dtype=np.float32)
    return samples
