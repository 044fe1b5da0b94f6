"""A clip a browser can play: as it is where it can, transcoded with PyAV to H.264 and AAC where it cannot."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

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
    """Bytes for the page's player. `kind` is video or audio."""

    data: bytes
    mime: str
    kind: str


def playable(path: Path) -> Playable | None:
    """What to hand to the page's player for the media file at `path`, or None if nothing in it can be played."""
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
                return Playable(path.read_bytes(), mime, "video")
        elif audio is not None and suffix in _AUDIO and audio in _AUDIO[suffix][1]:
            return Playable(path.read_bytes(), _AUDIO[suffix][0], "audio")
        with TemporaryDirectory(prefix="s2s-player-") as folder:
            target = Path(folder) / "clip.mp4"
            _transcode(path, target, with_video=video is not None)
            kind = "audio" if video is None else "video"
            return Playable(target.read_bytes(), f"{kind}/mp4", kind)
    except (av.FFmpegError, IndexError, ValueError):
        return None


def _is_cover(stream: Any) -> bool:
    import av

    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _transcode(path: Path, into: Path, with_video: bool) -> None:
    import av

    with av.open(str(path)) as source, av.open(str(into), "w", options={"movflags": "faststart"}) as target:
        picture = next((s for s in source.streams.video if not _is_cover(s)), None) if with_video else None
        sound = source.streams.audio[0] if source.streams.audio else None
        encoders: dict[int, Any] = {}
        if picture is not None:
            picture.thread_type = "AUTO"
            encoders[picture.index] = _video_encoder(target, picture)
        if sound is not None:
            encoders[sound.index] = target.add_stream("aac", rate=44_100)
        for packet in source.demux([s for s in (picture, sound) if s is not None]):
            encoder = encoders[packet.stream.index]
            for frame in _decoded(packet):
                for encoded in encoder.encode(_prepared(frame, encoder)):
                    target.mux(encoded)
        for encoder in encoders.values():
            for encoded in encoder.encode(None):
                target.mux(encoded)


def _video_encoder(target: Any, picture: Any) -> Any:
    scale = min(1.0, MAX_SIDE / max(picture.width, picture.height))
    rate = Fraction(picture.average_rate or 25).limit_denominator(1001)
    encoder = target.add_stream("libx264", rate=min(rate, Fraction(60)), options={"preset": "ultrafast", "crf": "26"})
    encoder.width, encoder.height = (max(2, int(side * scale) // 2 * 2) for side in (picture.width, picture.height))
    encoder.pix_fmt = "yuv420p"
    encoder.codec_context.time_base = picture.time_base
    return encoder


def _decoded(packet: Any) -> list[Any]:
    import av

    try:
        return list(packet.decode())
    except av.FFmpegError:  # a damaged packet costs its own picture only
        return []


def _prepared(frame: Any, encoder: Any) -> Any:
    import av

    if isinstance(frame, av.VideoFrame):
        frame = frame.reformat(width=encoder.width, height=encoder.height, format="yuv420p")
        frame.pict_type = av.video.frame.PictureType.NONE
    return frame
