"""Make `sample.mp4`, the clip the app opens with: a photo that speaks a film review of two minds.

    python -m ui.samples.make_sample [-o PATH]

The voice is espeak-ng's, phrase by phrase, so that it is known when each is spoken; the picture is scikit-image's
astronaut, a NASA photo in the public domain, moved by `talking_photo`: the jaw follows the loudness of the voice, the
smile and the brows what is said. Nothing is drawn by chance but the faint noise of the room, whose seed is fixed: the
same versions of espeak-ng, FFmpeg, OpenCV and MediaPipe give the same file. Needs the `dev` extra and espeak-ng.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import click
import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.io import wavfile
from scipy.ndimage import gaussian_filter1d
from scipy.signal import resample_poly

from ui.samples.talking_photo import Expression, Image, Portrait

Curve = NDArray[np.float64]

FRAME_RATE = 25
SPEECH_RATE = 22_050  # Hz, what espeak-ng writes
AUDIO_RATE = 2 * SPEECH_RATE
SIDE = 480  # pixels of the square clip
CROP = (slice(10, 250), slice(103, 343))  # rows and columns of the photo: head and collar
OVERSAMPLING = 2  # drawn this much larger and averaged, which keeps lids and lips smooth

VOICE = ("-v", "en-us+steph", "-s", "125", "-p", "45")
LEAD = 0.6  # seconds before the first word


@dataclass(frozen=True)
class Phrase:
    """What is said in one breath, how the face looks meanwhile (see `Expression`), and seconds of rest after it."""

    text: str
    smile: float
    brow: float
    rest: float


PHRASES = (
    Phrase("I really loved the first half of this movie,", smile=0.9, brow=0.8, rest=0.6),
    Phrase("but the ending was awful,", smile=-0.15, brow=-1.0, rest=0.45),
    Phrase("and so boring.", smile=-0.1, brow=-0.7, rest=1.0),
)
BLINKS = (0.35, 2.1, 3.95, 5.6, 7.3)  # seconds


def speak(text: str) -> Curve:
    """The voice saying `text`, (N,) in [-1, 1] at SPEECH_RATE, without the silence around it.

    Raises FileNotFoundError without espeak-ng.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "speech.wav"
        subprocess.run(["espeak-ng", *VOICE, "-w", str(path), text], check=True)
        rate, pcm = wavfile.read(path)
    if rate != SPEECH_RATE:
        raise ValueError(f"espeak-ng wrote {rate} Hz instead of {SPEECH_RATE} Hz")
    samples = np.asarray(pcm, dtype=np.float64) / 2**15
    heard = np.flatnonzero(np.abs(samples) > 0.01)
    return samples[heard[0] : heard[-1] + 1]


def soundtrack() -> tuple[Curve, list[tuple[float, float]]]:
    """All phrases in a quiet room, (N,) in [-1, 1] at SPEECH_RATE, and each one's start and end in seconds."""
    pieces: list[Curve] = [np.zeros(round(LEAD * SPEECH_RATE))]
    intervals, now = [], LEAD
    for phrase in PHRASES:
        voice = speak(phrase.text)
        pieces += [voice, np.zeros(round(phrase.rest * SPEECH_RATE))]
        end = now + len(voice) / SPEECH_RATE
        intervals.append((now, end))
        now = end + phrase.rest
    samples = np.concatenate(pieces)
    samples *= 0.7 / np.abs(samples).max()
    return samples + np.random.default_rng(0).normal(scale=5e-4, size=len(samples)), intervals


def loudness_and_brightness(samples: Curve) -> tuple[Curve, Curve]:
    """For each video frame (F,): the voice's loudness, 1 at its strong vowels, and its brightness, -1 dark to 1 bright.

    Both are read from the speech band without its hiss, for jaw and lips move with the vowels.
    """
    hop = SPEECH_RATE // FRAME_RATE
    count = len(samples) // hop
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(samples, hop), 2 * hop)[hop // 2 :: hop][:count]
    spectrum = np.abs(np.fft.rfft(windows * np.hanning(2 * hop)))
    frequency = np.fft.rfftfreq(2 * hop, 1 / SPEECH_RATE)
    band = (frequency > 200) & (frequency < 3000)
    energy = np.sqrt((spectrum[:, band] ** 2).sum(axis=1))
    loudness = gaussian_filter1d(np.clip(energy / np.percentile(energy, 93), 0, 1), 0.8)
    centroid = (spectrum[:, band] * frequency[band]).sum(axis=1) / spectrum[:, band].sum(axis=1)
    return loudness, gaussian_filter1d(np.clip((centroid - 1100) / 500, -1, 1) * loudness, 0.8)


def mood(times: Curve, intervals: list[tuple[float, float]]) -> tuple[Curve, Curve]:
    """Smile and brow at `times` (F,): each phrase's own from a moment before it begins, passing smoothly."""
    starts = np.array([start for start, _ in intervals[1:]]) - 0.3
    phrase = np.searchsorted(starts, times, side="right")
    smile, brow = (np.array([getattr(p, name) for p in PHRASES])[phrase] for name in ("smile", "brow"))
    return gaussian_filter1d(smile, 0.16 * FRAME_RATE), gaussian_filter1d(brow, 0.2 * FRAME_RATE)


def expressions(samples: Curve, intervals: list[tuple[float, float]]) -> Iterator[Expression]:
    """The face at every frame of the clip."""
    loudness, brightness = loudness_and_brightness(samples)
    times = np.arange(len(loudness)) / FRAME_RATE
    smile, brow = mood(times, intervals)
    stress = gaussian_filter1d(loudness, 0.12 * FRAME_RATE)
    closing = np.abs(times[:, None] - np.array(BLINKS)) / 0.14
    blink = np.where(closing < 1, 0.5 + 0.5 * np.cos(np.pi * np.minimum(closing, 1)), 0).max(axis=1)
    bad = np.clip(-brow, 0, 1)  # a slight shake of the head
    for k, t in enumerate(times):
        yield Expression(
            jaw=0.7 * loudness[k],
            parted=max(min(4 * loudness[k], 1.0), 0.6 * smile[k], 0.0),
            smile=smile[k] * (1 - 0.15 * loudness[k]) + 0.12 * brightness[k],
            blink=min(blink[k] ** 0.7, 1.0),
            brow=brow[k] * (0.5 + 0.5 * stress[k]),
            yaw=0.05 * np.sin(1.3 * t) + 0.07 * bad[k] * np.sin(8.5 * t),
            pitch=0.03 * np.sin(1.9 * t + 1) + 0.09 * (stress[k] - 0.4) + 0.04 * bad[k],
            roll=0.02 * np.sin(1.1 * t + 2) + 0.02 * smile[k] - 0.02 * bad[k],
        )


def portrait() -> Portrait:
    """The head of scikit-image's astronaut (Eileen Collins, NASA), enlarged."""
    from skimage.data import astronaut

    side = (SIDE * OVERSAMPLING,) * 2
    return Portrait(cv2.resize(astronaut()[CROP], side, interpolation=cv2.INTER_CUBIC))


def encode(path: Path, frames: Iterator[Image], samples: Curve) -> None:
    """Write H.264 and AAC with the index first, so that a browser plays it at once."""
    options = {"movflags": "+faststart", "fflags": "+bitexact"}
    with av.open(str(path), "w", format="mp4", options=options) as container:
        video = container.add_stream("libx264", FRAME_RATE, options={"crf": "20", "preset": "slow", "threads": "1"})
        video.width = video.height = SIDE
        video.pix_fmt = "yuv420p"
        audio = container.add_stream("aac", AUDIO_RATE, layout="mono")
        audio.bit_rate = 96_000
        for image in frames:
            container.mux(video.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(video.encode(None))
        wave = resample_poly(samples, AUDIO_RATE, SPEECH_RATE).astype(np.float32)
        for start in range(0, len(wave), 1024):  # the encoder's frame
            sound = av.AudioFrame.from_ndarray(wave[None, start : start + 1024], format="fltp", layout="mono")
            sound.sample_rate, sound.pts, sound.time_base = AUDIO_RATE, start, Fraction(1, AUDIO_RATE)
            container.mux(audio.encode(sound))
        container.mux(audio.encode(None))


@click.command()
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), default=Path(__file__).with_name("sample.mp4")
)
def main(output: Path) -> None:
    """Make the sample clip anew."""
    samples, intervals = soundtrack()
    speaker = portrait()
    drawn = (speaker.render(expression) for expression in expressions(samples, intervals))
    encode(output, (cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for image in drawn), samples)
    click.echo(f"{output}: {len(samples) / SPEECH_RATE:.1f} s, {output.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
