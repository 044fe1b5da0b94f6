"""Media files written with PyAV: grey pictures with a red corner, silence and then a tone."""

from fractions import Fraction

import av
import numpy as np

CLICK = 0.5  # seconds; when the tone of `write` begins


def encode(container, stream, frame=None):
    for packet in stream.encode(frame):
        container.mux(packet)


def picture(i, width=160, height=96):
    """Grey that rises with i, with a red corner at the top left."""
    image = np.full((height, width, 3), 40 + 2 * (i % 90), np.uint8)
    image[: height // 3, : width // 3] = (250, 10, 10)
    return image


def add_video(container, seconds, fps, *, codec="mpeg4", size=(160, 96), rotation=0, pixel=Fraction(1)):
    stream = container.add_stream(codec, rate=fps)
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    stream.codec_context.sample_aspect_ratio = pixel
    if rotation:
        stream.set_display_rotation(rotation)
    frames = [av.VideoFrame.from_ndarray(picture(i, *size), format="rgb24") for i in range(round(seconds * fps))]
    return stream, frames


def tone(seconds, rate, level=0.5):
    """Digital silence until CLICK, then 440 Hz."""
    t = np.arange(round(seconds * rate)) / rate
    return (level * np.sin(2 * np.pi * 440 * t) * (t >= CLICK)).astype(np.float32)


def write(path, *, seconds=2.0, fps=25, video=True, audio="aac", rate=44_100, layout="stereo", late=0.0, **look):
    with av.open(str(path), "w") as container:
        stream, frames = add_video(container, seconds, fps, **look) if video else (None, [])
        if audio:
            sound = container.add_stream(audio, rate=rate, layout=layout)
            samples = np.stack([tone(seconds, rate)] * (2 if layout == "stereo" else 1))
        for frame in frames:
            encode(container, stream, frame)
        if stream:
            encode(container, stream)
        if audio:
            for at in range(0, samples.shape[1], 1024):
                frame = av.AudioFrame.from_ndarray(samples[:, at : at + 1024].copy(), format="fltp", layout=layout)
                frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), at + round(late * rate)
                encode(container, sound, frame)
            encode(container, sound)
    return path
