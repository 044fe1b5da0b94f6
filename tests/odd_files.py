"""Files that are no good clips, and clips that are odd but good, made from the sample."""

import io
import wave
from fractions import Fraction

import av
import numpy as np
from media_files import write


def two_hours():
    """A recording of two silent hours."""
    file = io.BytesIO()
    with wave.open(file, "wb") as recording:
        recording.setnchannels(1)
        recording.setsampwidth(1)
        recording.setframerate(8000)
        recording.writeframes(b"\x80" * 8000 * 7200)
    return file.getvalue()


def bad_files(folder):
    """Files that cannot be read, by name: their bytes, and what is said of them."""
    whole = write(folder / "whole.mp4").read_bytes()
    still = write(folder / "still.mp4", seconds=0.4).read_bytes()
    mute = write(folder / "mute.mp4", audio=None, seconds=0.5).read_bytes()
    tone = write(folder / "tone.wav", video=False, audio="pcm_s16le").read_bytes()
    long = two_hours()
    return {
        "empty.mp4": (b"", "empty.mp4 is empty"),
        "text.mp4": (b"words " * 99, "text.mp4 is neither audio nor video"),
        "cut.mp4": (whole[:2000], "cut.mp4 is cut short or damaged"),
        "still.mp4": (still, "still.mp4 is silent"),
        "mute.mp4": (mute, "mute.mp4 has no audio track: give what is said in it as a transcript"),
        "tone.wav": (tone, "could be heard in the sound: choose a clip in which someone speaks"),
        "long.wav": (long, "long.wav lasts longer than 10 minutes, the most this page reads: cut it."),
        "../../etc/passwd.mp4": (b"words " * 99, "passwd.mp4 is neither audio nor video"),
    }


def another(clip, mark):
    """The same clip in bytes of its own, which the app reads anew: a box of MP4 that says nothing stands behind."""
    said = mark.encode()
    return clip + (8 + len(said)).to_bytes(4, "big") + b"free" + said


def remade(source, target, change, rotation=0, keep=lambda i: True):
    """`source` with each picture changed and some left out; sound and times as they were."""
    with av.open(str(source)) as old, av.open(str(target), "w") as new:
        pictures, sound = old.streams.video[0], old.streams.audio[0]
        first = change(next(old.decode(pictures)).to_ndarray(format="rgb24"))
        old.seek(0)
        video = new.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
        video.height, video.width = first.shape[:2]
        video.pix_fmt = "yuv420p"
        video.codec_context.time_base = Fraction(1, 90_000)
        if rotation:
            video.set_display_rotation(rotation)
        copy = new.add_stream_from_template(sound)
        count = 0
        for packet in old.demux(pictures, sound):
            if packet.stream is sound and packet.dts is not None:
                packet.stream = copy
                new.mux(packet)
            elif packet.stream is pictures:
                for frame in packet.decode():
                    count += 1
                    if keep(count):
                        shown = av.VideoFrame.from_ndarray(change(frame.to_ndarray(format="rgb24")), format="rgb24")
                        shown.pts, shown.time_base = round(frame.time * 90_000), Fraction(1, 90_000)
                        new.mux(video.encode(shown))
        new.mux(video.encode(None))
    return target


def on_its_side(image):
    return np.ascontiguousarray(np.rot90(image))
