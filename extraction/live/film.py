"""The pictures of a live stream as they come, into an H.264 file; and that file with its sound, once all is there.

A picture may be read elsewhere at the same time, so it is scaled by a scaler of the film's own: the one that comes with
a picture serves one thread alone, and two that use it wait for one another forever.

Pictures have one size throughout, that of the first, its longer side at most 640 px: a browser sends smaller ones while
the connection or the processor is slow. Times are seconds of the recording.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.reformatter import VideoReformatter

from extraction.recording import Recording
from extraction.types import SAMPLE_RATE

LONGEST_SIDE = 640  # px
_TICKS = 90_000  # a second, of the pictures' times
_RATE = 30  # pictures a second, at which the encoder aims its quality
_BLOCK = 10.0  # seconds of sound encoded at once
_SMALL = {"preset": "ultrafast", "tune": "zerolatency", "crf": "24"}


class Film:
    """Pictures into the file at `path`, in rising time order."""

    def __init__(self, path: Path) -> None:
        self._container: Any = av.open(str(path), "w", format="mp4")
        self._encoder: Any = None
        self._scaler = VideoReformatter()
        self._last = -1  # ticks

    def add(self, picture: Any, time: float) -> None:
        """Append a picture (av.VideoFrame); one no later than the one before it is left out."""
        ticks = round(time * _TICKS)
        if ticks <= self._last:
            return
        if self._encoder is None:
            self._encoder = self._open(picture.width, picture.height)
        size = self._encoder.width, self._encoder.height
        frame = self._scaler.reformat(picture, *size, format="yuv420p", threads=1)
        frame.pts, frame.time_base = ticks, Fraction(1, _TICKS)
        frame.pict_type = av.video.frame.PictureType.NONE
        self._last = ticks
        self._container.mux(self._encoder.encode(frame))

    def close(self) -> bool:
        """Finish the file; whether it holds any picture."""
        if self._encoder is not None:
            self._container.mux(self._encoder.encode(None))
        self._container.close()
        return self._encoder is not None

    def _open(self, width: int, height: int) -> Any:
        scale = min(1.0, LONGEST_SIDE / max(width, height))
        encoder = self._container.add_stream("libx264", rate=_RATE, options=_SMALL)
        encoder.width, encoder.height = (max(2, int(side * scale) // 2 * 2) for side in (width, height))
        encoder.pix_fmt = "yuv420p"
        encoder.codec_context.time_base = Fraction(1, _TICKS)
        encoder.codec_context.thread_count = 1  # the rest of the processor is for the models
        return encoder


def with_sound(film: Path | None, sound: Recording, into: Path) -> None:
    """One MP4 of the pictures in `film`, if there are any, and of the sound, if there is any."""
    with av.open(str(into), "w", format="mp4", options={"movflags": "faststart"}) as target:
        voice: Any = target.add_stream("aac", rate=SAMPLE_RATE, layout="mono") if len(sound) else None
        if film is not None:
            with av.open(str(film)) as source:
                picture = source.streams.video[0]
                copy = target.add_stream_from_template(picture)
                for packet in source.demux(picture):
                    if packet.dts is not None:
                        packet.stream = copy
                        target.mux(packet)
        if voice is not None:
            _encode(sound, voice, target)


def _encode(sound: Recording, voice: Any, target: Any) -> None:
    start = 0.0
    while start < sound.duration:
        samples = sound.between(start, start + _BLOCK).samples
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples[None]), format="fltp", layout="mono")
        frame.sample_rate = SAMPLE_RATE
        frame.pts, frame.time_base = round(start * SAMPLE_RATE), Fraction(1, SAMPLE_RATE)
        target.mux(voice.encode(frame))
        start += _BLOCK
    target.mux(voice.encode(None))
