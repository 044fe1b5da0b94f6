"""A clip a browser can play: as it is where it can, transcoded with PyAV to H.264 and AAC where it cannot."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from extraction.upright import Upright

_CLOCK = 90_000  # ticks a second of the transcoded pictures
MAX_SIDE = 720  # px of the longer side after transcoding: the page shows no more

# Containers by suffix, with their MIME type and the codecs Chromium, Firefox and Safari all play in them.
_VIDEO = {
    ".mp4": ("video/mp4", {"h264"}, {"aac", "mp3", "mp3float", "opus", None}),
    ".m4v": ("video/mp4", {"h264"}, {"aac", "mp3", "mp3float", None}),
    ".mov": ("video/mp4", {"h264"}, {"aac", "mp3", "mp3float", None}),
    ".webm": ("video/webm", {"vp8", "vp9", "av1"}, {"opus", "vorbis", None}),
}
_AUDIO = {
    ".wav": ("audio/wav", {"pcm_s16le", "pcm_u8", "pcm_f32le"}),
    ".mp3": ("audio/mpeg", {"mp3", "mp3float"}),
    ".m4a": ("audio/mp4", {"aac"}),
}


@dataclass(frozen=True)
class Playable:
    """A file for the page's player. `kind` is video or audio."""

    path: Path
    mime: str
    kind: str

    @property
    def data(self) -> bytes:
        """Its bytes."""
        return self.path.read_bytes()


def playable(path: Path, folder: Path) -> Playable | None:
    """What to hand to the page's player for the media file at `path`, or None if nothing in it can be played.

    Where the file has to be transcoded the result is put into `folder`.
    """
    import av

    suffix = path.suffix.lower()
    try:
        with av.open(str(path)) as container:
            pictures = [s for s in container.streams.video if not _is_cover(s)]
            video = pictures[0].codec_context.name if pictures else None
            audio = container.streams.audio[0].codec_context.name if container.streams.audio else None
        if video is not None:
            mime, video_codecs, audio_codecs = _VIDEO.get(suffix, ("", set(), set()))
            if video in video_codecs and audio in audio_codecs:
                return Playable(path, mime, "video")
        elif audio is not None and suffix in _AUDIO and audio in _AUDIO[suffix][1]:
            return Playable(path, _AUDIO[suffix][0], "audio")
        target = folder / ("played.mp4" if path.name != "played.mp4" else "shown.mp4")
        _transcode(path, target, with_video=video is not None)
        kind = "audio" if video is None else "video"
        return Playable(target, f"{kind}/mp4", kind)
    except (av.FFmpegError, IndexError, ValueError, StopIteration):
        return None


def _is_cover(stream: Any) -> bool:
    import av

    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _transcode(path: Path, into: Path, with_video: bool) -> None:
    import av

    with av.open(str(path)) as source, av.open(str(into), "w", options={"movflags": "faststart"}) as target:
        picture = next((s for s in source.streams.video if not _is_cover(s)), None) if with_video else None
        sound = source.streams.audio[0] if source.streams.audio else None
        starts = [float(s.start_time * s.time_base) for s in (picture, sound) if s is not None and s.start_time]
        origin = min(starts, default=0.0)  # the player's clock begins where the analysis's does
        tracks: dict[int, _Pictures | _Sound] = {}
        if picture is not None:
            picture.thread_type = "AUTO"
            tracks[picture.index] = _Pictures(target, picture, origin, _size(path))
        if sound is not None:
            tracks[sound.index] = _Sound(target.add_stream("aac", rate=44_100), origin)
        for packet in source.demux([s for s in (picture, sound) if s is not None]):
            track = tracks[packet.stream.index]
            for frame in _decoded(packet):
                target.mux(track.encoder.encode(track.prepared(frame)))
        for track in tracks.values():
            target.mux(track.encoder.encode(None))


class _Sound:
    """The sound, each frame following the one before it: some containers stamp theirs with overlaps."""

    def __init__(self, encoder: Any, origin: float) -> None:
        self.encoder, self.origin = encoder, origin
        self.next: int | None = None  # samples, where the next frame starts

    def prepared(self, frame: Any) -> Any:
        """The frame on a clock of its own samples, which begins where the sound begins in the clip."""
        rate = frame.sample_rate
        if self.next is None:
            self.next = max(0, round(((frame.time or 0.0) - self.origin) * rate))
        frame.pts, frame.time_base = self.next, Fraction(1, rate)
        self.next += frame.samples
        return frame


class _Pictures:
    """Pictures upright and small, with times that rise: some containers repeat a time or leave it out."""

    def __init__(self, target: Any, picture: Any, origin: float, size: tuple[int, int]) -> None:
        rate = min(Fraction(picture.average_rate or 25).limit_denominator(1001), Fraction(60))
        options = {"preset": "ultrafast", "crf": "26"}
        self.encoder = target.add_stream("libx264", rate=rate, options=options)
        self.encoder.width, self.encoder.height = size
        self.encoder.pix_fmt = "yuv420p"
        self.encoder.codec_context.time_base = Fraction(1, _CLOCK)
        self.upright = Upright(picture, MAX_SIDE)
        self.origin, self.step = origin, round(_CLOCK / rate)
        self.last = -self.step

    def prepared(self, frame: Any) -> Any:
        """The frame in the encoder's size and on its clock."""
        import av

        pts = self.last + self.step if frame.time is None else round((frame.time - self.origin) * _CLOCK)
        self.last = max(pts, self.last + 1)
        shown = av.VideoFrame.from_ndarray(self.upright(frame), format="rgb24")
        shown = shown.reformat(width=self.encoder.width, height=self.encoder.height, format="yuv420p")
        shown.pts, shown.time_base = self.last, Fraction(1, _CLOCK)
        return shown


def _size(path: Path) -> tuple[int, int]:
    """Width and height of the first picture as it is shown, even as the encoder wants them."""
    import av

    with av.open(str(path)) as container:
        stream = next(s for s in container.streams.video if not _is_cover(s))
        height, width, _ = Upright(stream, MAX_SIDE)(next(container.decode(stream))).shape
    return max(2, width // 2 * 2), max(2, height // 2 * 2)


def _decoded(packet: Any) -> list[Any]:
    import av

    try:
        return list(packet.decode())
    except av.FFmpegError:  # a damaged packet costs its own picture only
        return []
