"""Chromium with a camera and a microphone that play a real clip, and the Live page in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from browsing import complaints
from chromium import CHROMIUM, FLAGS
from playwright.sync_api import Browser, Page, expect

READY = 240_000  # ms the page may take on a busy machine, models loading and a clip's reading included
RATE = 48_000  # Hz, of the fake microphone
FAKE = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")


def camera_of(clip: Path, into: Path) -> str:
    """Chromium's flag for a camera that plays the pictures of `clip`, kept in a file `into`, over and over."""
    with av.open(str(clip)) as source, av.open(str(into), "w", format="yuv4mpegpipe") as target:
        stream = target.add_stream("wrapped_avframe", rate=25)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for i, frame in enumerate(source.decode(video=0)):
            picture = frame.reformat(640, 360, format="yuv420p")
            picture.pts, picture.time_base = i, Fraction(1, 25)
            target.mux(stream.encode(picture))
    return f"--use-file-for-fake-video-capture={into}"


def microphone_of(clip: Path, into: Path, silence: float) -> str:
    """Chromium's flag for a microphone that plays so many silent seconds and the sound of `clip`, over and over."""
    with av.open(str(clip)) as source, av.open(str(into), "w", format="wav") as target:
        stream = target.add_stream("pcm_s16le", rate=RATE, layout="mono")
        resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
        silent = av.AudioFrame.from_ndarray(np.zeros((1, round(silence * RATE)), np.int16), "s16", "mono")
        silent.sample_rate = RATE
        frames = [silent]
        for frame in source.decode(audio=0):
            frames += resampler.resample(frame)
        for frame in frames:
            frame.pts = None
            target.mux(stream.encode(frame))
    return f"--use-file-for-fake-audio-capture={into}"


@contextmanager
def page_with(browser: Browser, *devices: str, script: str = "", **context) -> Iterator[Page]:
    """An empty page of a browser of its own with these devices, Chromium's own clock and beep where there are none."""
    own = browser.browser_type.launch(executable_path=CHROMIUM, args=[*FLAGS, *FAKE, *devices])
    made = own.new_context(viewport={"width": 1280, "height": 900}, **context)
    if script:
        made.add_init_script(script)
    try:
        yield made.new_page()
    finally:
        own.close()


@contextmanager
def live_page(browser: Browser, app_url: str, *devices: str, script: str = "") -> Iterator[Page]:
    """The Live page of a browser of its own; `said` of the page is what its console complains about."""
    with page_with(browser, *devices, script=script) as page:
        page.goto(f"{app_url}/live")
        expect(start(page)).to_be_visible(timeout=READY)
        # from here on: a page that is opened by its own address first looks for the server below it, which is a 404
        page.said = complaints(page)
        yield page


def start(page: Page):
    return page.frame_locator("iframe").get_by_role("button", name="Start")


def stop(page: Page):
    return page.frame_locator("iframe").get_by_role("button", name="Stop")


def plain(text: str) -> str:
    """A word without case and marks."""
    return re.sub(r"[^a-z']", "", text.lower())


def words(page: Page) -> list[tuple[str, float, float]]:
    """The final words on the page, plain; about when each was spoken and when it took its present form, since 1970."""
    found = page.locator(".words bdi:not(.provisional)").evaluate_all(
        "found => found.map(e => [e.textContent, Number(e.dataset.spoken), Number(e.dataset.shown)])"
    )
    return [(plain(text), spoken, shown) for text, spoken, shown in found]
