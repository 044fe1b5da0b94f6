"""A decoding pass over a media file: timed, upright pictures as they come, and the sound, together or one alone.

Conventions. Both tracks lie on one clock whose zero is the first timestamp of either, whichever are read; the sound is
padded or cut to it. Pictures are picked by time, the first at or after each tick of a grid, and never held together
(`upright`: turned, and of interlaced video one field); sound is gathered as 16 kHz mono float32 (`recording`). A
picture attached to a sound file (a cover) is not video. Decoding is FFmpeg's, by PyAV.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np

from extraction.errors import DamagedMedia, InputError, NotMedia, TooLong
from extraction.recording import Recording
from extraction.sound_track import SoundTrack
from extraction.types import ClipInfo, Frame, Waveform
from extraction.upright import Upright

MAX_SECONDS = 600.0
FRAMES_PER_SECOND = 10.0
MOST_FRAMES = 240.0  # a second; times are told apart to the millisecond
LONGER_SIDE = 640  # pixels; faces are found as well as in larger pictures, in a fraction of the time
_EARLY = 0.005  # seconds a picture may come before its tick: containers round their timestamps

# FFmpeg gives one error for a cut file and for no media at all; how a file begins tells them apart.
_ISO_BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide")  # at byte 4 of .mp4, .mov, .m4a
_HEADS = (
    *(b"RIFF", b"RF64", b"FORM", b"OggS", b"fLaC", b"ID3", b"FLV", b"\x1aE\xdf\xa3", b"0&\xb2u"),
    *(b"\0\0\x01\xba", b"\0\0\x01\xb3", b"\x47\x40", b"\xff\xfb", b"\xff\xf1", b"\xff\xf3"),
)
_NOT_CLIPS = ("image2", "tty", "concat", "hls", "dash", "lrc", "srt", "webvtt")  # FFmpeg opens them all


def probe(path: Path) -> ClipInfo:
    """What `path` says of itself, without decoding. Raises InputError, NotMedia or DamagedMedia."""
    container = _open(path)
    try:
        return _info(path, container)
    finally:
        container.close()


class Reader:
    """Reads a clip once: iterate over `frames()`, then take `recording`, `duration` and `warnings`.

    Args:
        path: the clip.
        frames_per_second: pictures wanted a second; None reads the sound alone, without decoding a picture.
        max_seconds: a longer clip is refused, by its header before decoding and by the clock while decoding.
        longer_side: pictures are scaled down until their longer side has at most this many pixels.
        sound: whether the sound is wanted.
        threads: that decode pictures; 0 leaves it to FFmpeg.

    Attributes:
        info: what the file says of itself.
        announced: seconds that the tracks read here should last, or None where the file does not say.

    Raises:
        InputError: no file there, or not a positive number of pictures.
        NotMedia: empty, or neither audio nor video.
        DamagedMedia: nothing in it can be read (and no track is left to another reader).
        TooLong: longer than `max_seconds`.
    """

    def __init__(
        self,
        path: Path,
        frames_per_second: float | None = FRAMES_PER_SECOND,
        max_seconds: float = MAX_SECONDS,
        longer_side: int = LONGER_SIDE,
        *,
        sound: bool = True,
        threads: int = 0,
    ) -> None:
        if frames_per_second is not None and not 0.0 < frames_per_second <= MOST_FRAMES:
            asked = f"{frames_per_second:g} pictures a second"
            raise InputError(f"{asked} cannot be read: ask for more than 0 and at most {MOST_FRAMES:.0f}.")
        self._container = _open(path)
        self.info = _info(path, self._container)
        self._period = None if frames_per_second is None else 1.0 / frames_per_second
        self._max_seconds = max_seconds
        video, audio = _video_stream(self._container), _audio_stream(self._container)
        self._origin = _origin(video, audio)
        self._video = video if self._period is not None else None
        self._audio = audio if sound else None
        if self._video is not None:
            self._video.thread_type, self._video.thread_count = "AUTO", threads
        self._left = [stream for stream in (video, audio) if stream not in (None, self._video, self._audio)]
        self.announced = self._announced()
        self._upright = Upright(self._video, longer_side)
        self._sound = SoundTrack()
        self._reached = 0.0  # seconds, the end of what was decoded
        self._decoded = 0  # pictures, picked or not
        self._faults = 0  # packets that could not be decoded
        self._finished = False
        if self.info.duration is not None and self.info.duration > max_seconds:
            self.close()
            raise _too_long(path, self.info.duration, max_seconds)

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; what was read stays available."""
        self._container.close()

    @property
    def has_audio(self) -> bool:
        """Whether there is an audio track."""
        return self.info.has_audio

    @property
    def period(self) -> float:
        """Seconds from one wanted picture to the next."""
        return self._period if self._period is not None else 1.0 / FRAMES_PER_SECOND

    def frames(self) -> Iterator[Frame]:
        """Pictures in rising time order, gathering the sound on the way; can be run through once."""
        tick = 0.0
        last = -np.inf
        for picture, time in self._decode(self._origin):
            if self._period is None or time <= last or time < tick - _EARLY or picture.is_corrupt:
                continue
            last = time
            tick = (np.floor((time + _EARLY) / self._period) + 1.0) * self._period
            yield Frame(max(time, 0.0), self._upright(picture))
        self._finish()

    def finish(self) -> Reader:
        """Read what is left without keeping pictures."""
        for _ in self.frames() if not self._finished else ():
            pass
        return self

    @property
    def recording(self) -> Recording | None:
        """The sound from the clock's zero, or None without an audio track (or with one that holds nothing)."""
        self._require_finished()
        return self._sound.recording if len(self._sound.recording) else None

    @property
    def waveform(self) -> Waveform | None:
        """All of `recording` in memory."""
        recording = self.recording
        return None if recording is None else recording.between(0.0, recording.duration)

    @property
    def duration(self) -> float:
        """Seconds that could be read."""
        self._require_finished()
        return self._reached

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences about what could not be read."""
        self._require_finished()
        return about(self)

    @property
    def faults(self) -> int:
        """Packets that could not be decoded."""
        return self._faults

    def _announced(self) -> float | None:
        """Seconds that the tracks read here should last, or None where the file does not say."""
        ends = [_end(stream, self._origin) for stream in (self._video, self._audio) if stream is not None]
        return max((end for end in ends if end is not None), default=None) if self._left else self.info.duration

    def _require_finished(self) -> None:
        if not self._finished:
            raise RuntimeError("the frames must be run through (or `finish` called) before this is known")

    def _decode(self, origin: float) -> Iterator[tuple[Any, float]]:
        """Every picture and its time, in decoding order; sound goes into the track."""
        streams = [stream for stream in (self._video, self._audio) if stream is not None]
        rate = float(getattr(self._video, "average_rate", None) or FRAMES_PER_SECOND)
        time = -1.0 / rate
        for packet in self._packets(streams):
            for decoded in self._frames_of(packet):
                if isinstance(decoded, av.AudioFrame):
                    self._faults += not self._sound.add(decoded, origin, self._max_seconds)
                    end = self._sound.duration
                else:
                    time = decoded.time - origin if decoded.time is not None else time + 1.0 / rate
                    self._decoded += 1
                    end = time + 1.0 / rate
                    yield decoded, time
                self._reached = max(self._reached, end)
                if self._reached > self._max_seconds + 1.0:
                    raise _too_long(self.info.path, self._reached, self._max_seconds)

    def _packets(self, streams: list[Any]) -> Iterator[Any]:
        try:
            yield from self._container.demux(streams)
        except av.FFmpegError:  # a file cut in the middle of a packet: what came before is good
            self._faults += 1

    def _frames_of(self, packet: Any) -> list[Any]:
        try:
            return list(packet.decode())
        except av.FFmpegError:
            self._faults += 1
            return []

    def _finish(self) -> None:
        self._sound.close()
        if not self._decoded and not len(self._sound.recording) and not self._left:
            raise unreadable(self.info.path)
        self._finished = True


def about(*readers: Reader) -> tuple[str, ...]:
    """Sentences about what could not be read of a file by these readers of it, all run through."""
    reached, faults = max(reader.duration for reader in readers), sum(reader.faults for reader in readers)
    announced = max((reader.announced for reader in readers if reader.announced is not None), default=None)
    if announced is not None and announced - reached > max(0.5, 0.05 * announced):
        read = f"{reached:.1f} s of the {announced:.1f} s"
        return (f"The file ends after {read} it announces: only that part was read.",)
    if faults:
        return (f"{faults} packets of the file are damaged: the sound or picture there is missing.",)
    return ()


def _open(path: Path) -> Any:
    if not path.exists():
        raise InputError(f"There is no file {path}: check the path.")
    if not path.is_file():
        raise InputError(f"{path} is not a file: give one audio or video file.")
    if path.stat().st_size == 0:
        raise NotMedia(f"{path.name} is empty: give an audio or video file.")
    try:
        # Playlists may name addresses: nothing but files is ever opened.
        container = av.open(f"file:{path.absolute()}", metadata_errors="ignore", options={"protocol_whitelist": "file"})
    except PermissionError as error:
        raise InputError(f"{path} may not be read: change its permissions.") from error
    except (av.FFmpegError, OSError, ValueError) as error:
        raise unreadable(path) from error
    name = container.format.name
    tracks = _audio_stream(container) is not None or _video_stream(container) is not None
    if name in _NOT_CLIPS or name.endswith("_pipe") or not tracks:
        container.close()
        raise NotMedia(f"{path.name} is neither audio nor video: give a recording such as .mp4, .webm, .wav or .mp3.")
    return container


def _info(path: Path, container: Any) -> ClipInfo:
    duration = container.duration / av.time_base if container.duration and container.duration > 0 else None
    return ClipInfo(path, duration, _audio_stream(container) is not None, _video_stream(container) is not None)


def _audio_stream(container: Any) -> Any | None:
    """FFmpeg's choice among the audio tracks that it can decode, or None."""
    best = container.streams.best("audio")
    return best if best is not None and best.codec_context is not None else None


def _video_stream(container: Any) -> Any | None:
    """The largest moving picture that FFmpeg can decode, or None; a cover is no video."""
    attached = av.stream.Disposition.attached_pic | av.stream.Disposition.timed_thumbnails
    moving = [s for s in container.streams.video if s.codec_context is not None and not s.disposition & attached]
    return max(moving, key=lambda stream: (stream.width or 0) * (stream.height or 0), default=None)


def _origin(*streams: Any) -> float:
    """Seconds on the container's clock that are our zero."""
    starts = [float(s.start_time * s.time_base) for s in streams if s is not None and s.start_time is not None]
    return min(starts, default=0.0)


def _end(stream: Any, origin: float) -> float | None:
    """Seconds on our clock at which a stream says that it ends."""
    if stream.duration is None or stream.duration <= 0:
        return None
    return float(((stream.start_time or 0) + stream.duration) * stream.time_base) - origin


def unreadable(path: Path) -> NotMedia | DamagedMedia:
    """What to raise for a file in which nothing can be read."""
    with path.open("rb") as file:
        head = file.read(16)
    if head.startswith(_HEADS) or head[4:8] in _ISO_BOXES:
        return DamagedMedia(f"{path.name} is cut short or damaged and nothing in it can be read: export it again.")
    return NotMedia(f"{path.name} is neither audio nor video: give a recording such as .mp4, .webm, .wav or .mp3.")


def _too_long(path: Path, seconds: float, limit: float) -> TooLong:
    close = limit < 60 or seconds < limit + 6  # rounded minutes would not tell them apart
    lasts, most = (f"{round(s, 3):g} s" if close else f"{s / 60:.1f} minutes" for s in (seconds, limit))
    return TooLong(
        f"{path.name} lasts {lasts} or more, the limit is {most}: cut it, or raise the limit with `--max-minutes`."
    )
