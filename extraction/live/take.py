"""One take of a camera and a microphone: what came so far, for the models now and for an analysis afterwards.

Frames come from the thread that receives them, which must never wait: the newest picture is put where the face is
measured, and all frames go into a queue of their kind. One thread of the take's own gathers the sound (16 kHz mono,
kept in a nameless temporary file beyond a minute), another encodes the pictures into a private folder, which goes with
the object. Where the processor cannot follow, pictures are left out of the file, sound never is; sound that waits
keeps no picture out.

Times are seconds from the first frame; sound and pictures share that clock (`clock`).
"""

from __future__ import annotations

import logging
import queue
import shutil
import tempfile
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

from extraction.live.clock import StreamClock
from extraction.live.film import Film, with_sound
from extraction.recording import Recording
from extraction.sound_track import SoundTrack

LONGEST = 600.0  # seconds; what comes later is not kept
IDLE = 10.0  # seconds without a frame after which a take is over
_BEHIND = 30  # pictures in the queue, beyond which they are left out
_CLOSE_LIMIT = 120.0  # seconds for what is still in the queues
_Frames = queue.SimpleQueue[tuple[Any, float] | None]


class Take:
    """What one camera and one microphone give from start to stop.

    Attributes:
        over: set once no more frames are taken.
        full: whether it ended because it was as long as it may be.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, longest: float = LONGEST) -> None:
        self._clock, self._longest = clock, longest
        self._folder = Path(tempfile.mkdtemp(prefix="s2s-live-"))  # readable by this user alone
        self._remove = weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._voices: _Frames = queue.SimpleQueue()
        self._pictures: _Frames = queue.SimpleQueue()
        self._sound = SoundTrack()
        self._audio_clock, self._video_clock = StreamClock(), StreamClock()
        self._zero: float | None = None
        self._last = 0.0
        self._count = 0  # frames that came
        self._newest: tuple[Any, float] | None = None
        self._film: Path | None = None
        self._gatherers: list[threading.Thread] = []
        self._beginning = threading.Lock()
        self.over = threading.Event()
        self.full = False

    @property
    def begun(self) -> bool:
        """Whether any frame has come."""
        return self._zero is not None

    @property
    def zero(self) -> float | None:
        """The first frame's moment on the clock given, or None before it."""
        return self._zero

    @property
    def now(self) -> float:
        """Seconds since the first frame."""
        return 0.0 if self._zero is None else self._clock() - self._zero

    @property
    def duration(self) -> float:
        """Seconds from the first frame to the last."""
        return self._last

    @property
    def sound(self) -> Recording:
        """The sound so far."""
        return self._sound.recording

    @property
    def newest(self) -> tuple[Any, float] | None:
        """The last picture that came (av.VideoFrame) and when, or None."""
        return self._newest

    def picture(self, frame: Any) -> None:
        """Take an av.VideoFrame; called by the receiver, returns at once."""
        came = self._came()
        if came is None:
            return
        self._newest = frame, came
        if self._pictures.qsize() < _BEHIND:
            self._pictures.put((frame, came))

    def voice(self, frame: Any) -> None:
        """Take an av.AudioFrame; called by the receiver, returns at once."""
        came = self._came()
        if came is not None:
            self._voices.put((frame, came))

    def stop(self) -> None:
        """Take no more frames."""
        self.over.set()
        self._voices.put(None)
        self._pictures.put(None)

    def media(self) -> tuple[str, bytes] | None:
        """After `stop`: all that was taken, as the suffix and the bytes of a file; None if there is nothing in it."""
        self._finish()
        if self._film is None and not len(self.sound):
            return None
        suffix = "m4a" if self._film is None else "mp4"
        whole = self._folder / f"take.{suffix}"
        with_sound(self._film, self.sound, whole)
        return suffix, whole.read_bytes()

    def discard(self) -> None:
        """Stop, and remove every file now."""
        self._finish()
        self._remove()

    def _finish(self) -> None:
        self.stop()
        for gatherer in self._gatherers:
            gatherer.join(_CLOSE_LIMIT)

    def _came(self) -> float | None:
        """When a frame came, in seconds of the take; None if it is over."""
        now = self._clock()
        if self._zero is None:
            with self._beginning:
                if self._zero is None and not self.over.is_set():
                    self._zero = now
                    for work in (self._gather_voice, self._gather_pictures):
                        self._gatherers.append(threading.Thread(target=work, name="live take", daemon=True))
                        self._gatherers[-1].start()
        if self._zero is None or self.over.is_set():
            return None
        if now - self._zero > self._longest:
            self.full = True
            self.stop()
            return None
        self._last = now - self._zero
        self._count += 1
        return self._last

    def _gather_voice(self) -> None:
        try:
            self._take_from(self._voices, self._hear)
        finally:
            self._sound.close()

    def _gather_pictures(self) -> None:
        path = self._folder / "pictures.mp4"
        film = Film(path)

        def keep(frame: Any, came: float) -> None:
            stamp = came if frame.time is None else frame.time
            film.add(frame, max(self._video_clock.taken(stamp, came), 0.0))

        try:
            self._take_from(self._pictures, keep)
        finally:
            self._film = path if film.close() else None

    def _take_from(self, frames: _Frames, keep: Callable[[Any, float], None]) -> None:
        """Keep one kind's frames until the take is over, which it is when none of either kind has come for long."""
        try:
            while True:
                before = self._count
                try:
                    item = frames.get(timeout=IDLE)
                except queue.Empty:
                    if self._count == before:
                        break
                    continue
                if item is None:
                    break
                keep(*item)
        except Exception:
            logging.getLogger(__name__).exception("a live take ended early")
        finally:
            self.stop()

    def _hear(self, frame: Any, came: float) -> None:
        seconds = frame.samples / frame.sample_rate
        stamp = came if frame.time is None else frame.time
        taken = self._audio_clock.taken(stamp, came) - seconds  # it came when its last sample was there
        self._sound.add(frame, stamp - max(taken, 0.0), self._longest)
