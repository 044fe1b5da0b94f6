"""The Live page in a real browser whose camera and microphone play a real clip.

When a word was spoken is told inside the browser: a silence is put before the clip, and the moment the microphone's
sound rises again is measured on the very stream the page captures.
"""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from chromium import CHROMIUM, FLAGS
from devices import READY, camera_of, live_page, microphone_of, plain, start, stop, words
from playwright.sync_api import Page, expect

from extraction.pipeline import transcribe

pytestmark = [pytest.mark.timeout(600), pytest.mark.browser, pytest.mark.models, pytest.mark.slow, pytest.mark.data]

CLIP = "3DMM-Fitting-Pytorch_sample_video.mp4"  # 20 s of a weekly address, 25 pictures a second
SILENCE = 2.5  # seconds before the clip in the microphone's file, which is played over and over
AWAY = 8000  # ms away from the page, long enough not to be taken for Stop
SETTLED = 3000  # ms after which a choice has reached every part of the page
PLAYS = 2  # times the clip may be played until the words come promptly; other work on the machine may slow one down
NEAR = 1.5  # seconds by which the recogniser's times may be off
PROMPT = 2.0  # seconds from a word's end to the page on a machine that does nothing else
LATEST = 6.0  # the same on a busy one

LISTEN = """
(() => {
  const capture = navigator.mediaDevices?.getUserMedia?.bind(navigator.mediaDevices);
  if (!capture) return;
  window.top.s2sRises ??= [];
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const stream = await capture(wanted);
    if (!stream.getAudioTracks().length) return stream;
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 512;
    context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(512);
    let quiet = 0;
    setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      const loud = Math.max(...samples.map(Math.abs)) > 0.02;
      const now = Date.now() / 1000;
      if (!loud) quiet ||= now;
      else {
        if (quiet && now - quiet > 2) window.top.s2sRises.push(now);
        quiet = 0;
      }
    }, 10);
    return stream;
  };
})();
"""


@pytest.fixture(scope="module")
def devices(data_root, tmp_path_factory) -> tuple[str, str, Path]:
    """A clip as a fake camera and a fake microphone, and the file of the latter."""
    folder = tmp_path_factory.mktemp("devices")
    clip, sound = data_root / "clips" / CLIP, folder / "microphone.wav"
    return camera_of(clip, folder / "camera.y4m"), microphone_of(clip, sound, SILENCE), sound


def first_sound(microphone: Path) -> float:
    """Seconds into the clip, without the silence before it, at which its sound rises as `LISTEN` has it."""
    with av.open(str(microphone)) as source:
        samples = np.concatenate([frame.to_ndarray().ravel() for frame in source.decode(audio=0)]) / 32768
    return float(np.argmax(np.abs(samples) > 0.02)) / 48_000 - SILENCE


@pytest.fixture
def live(browser, app_url, devices) -> Iterator[Page]:
    """The Live page in a browser of its own, whose camera and microphone play the clip."""
    camera, microphone, _ = devices
    with live_page(browser, app_url, camera, microphone, script=LISTEN) as page:
        yield page


def note_lateness(page: Page, onset: float, ends, plays: dict[float, dict[str, float]]) -> None:
    """Add to `plays`, for each play of the clip and each of its words: seconds from the word's end to the page."""
    seen = words(page)
    for rise in page.evaluate("window.s2sRises"):
        ended = {text: rise - onset + end for text, end in ends.items()}
        here = {text: shown - ended[text] for text, at, shown in seen if abs(at - ended.get(text, 0.0)) < NEAR}
        plays.setdefault(rise, {}).update(here)


@pytest.mark.long
@pytest.mark.alone
def test_words_face_and_voice_come_as_one_speaks_and_stop_gives_an_analysis(live, devices, data_root):
    clip, _ = transcribe(data_root / "clips" / CLIP)
    said = [plain(word.text) for word in clip.words]
    ends = {text: word.end for text, word in zip(said, clip.words, strict=True) if said.count(text) == 1}
    onset = first_sound(devices[2])
    expect(live.locator(".sentences p")).to_have_count(0, timeout=READY)  # the models are loaded
    start(live).click()
    expect(live.locator(".words bdi").first).to_be_visible(timeout=READY)
    units, plays, shown = set(), {}, set()
    enough = time.monotonic() + PLAYS * 24
    while time.monotonic() < enough:
        live.wait_for_timeout(1000)
        units.add(tuple(live.locator(".unit").evaluate_all("found => found.map(e => e.dataset.value)")))
        shown.update(word for word, _, _ in words(live))
        note_lateness(live, onset, ends, plays)
        middle = [float(np.median(list(one.values()))) for one in plays.values() if len(one) > 0.8 * len(ends)]
        if any(one < PROMPT for one in middle):
            break
    print("words on the page after", [f"{one:.2f} s" for one in middle], {k: len(v) for k, v in plays.items()})
    assert middle
    assert min(middle) < LATEST
    assert sum(one in shown for one in ends) / len(ends) > 0.8, (shown, list(ends))
    measured = np.array([[float(value) for value in row] for row in units if all(row)])
    assert len(measured) > 5
    assert np.ptp(measured, axis=0).max() > 0.2
    expect(live.locator(".words bdi[data-sentiment]:not([data-sentiment=''])").first).to_be_visible(timeout=READY)
    expect(live.locator(".score strong")).to_have_text(re.compile("negative|neutral|positive"))
    expect(live.locator(".late")).to_contain_text("after they are spoken")
    assert live.locator("video").evaluate("v => v.videoWidth") > 0  # the mirror
    stop(live).click()
    expect(live.get_by_text(re.compile(r"live .*\.mp4")).first).to_be_visible(timeout=READY)
    read = live.get_by_role("list", name="Transcript").get_by_role("listitem")
    expect(read.first).to_be_visible(timeout=READY)
    again = [plain(text) for text in read.all_inner_texts()]
    assert sum(one in again for one in ends) / len(ends) > 0.8, (again, list(ends))
    assert live.said == []


def test_what_is_missing_is_said_and_leaving_the_page_ends_the_recording(browser, app_url):
    with live_page(browser, app_url) as page:  # Chromium's own clock and beep
        leave(page)


def leave(page: Page):
    page.get_by_text("Camera only", exact=True).click()
    page.wait_for_timeout(SETTLED)  # the recorder beside it is told
    start(page).click()
    sentences = page.locator(".sentences")
    expect(sentences).to_contain_text("No face is seen", timeout=READY)
    expect(sentences).to_contain_text("No sound comes from a microphone")
    expect(page.locator(".words")).to_contain_text("The words appear here")
    page.get_by_role("link", name="Models").click()
    expect(page.locator(".live")).to_have_count(0, timeout=READY)
    page.wait_for_timeout(AWAY)
    page.get_by_role("link", name="Live").click()
    ended = page.get_by_text("The recording ended when this page was left")
    expect(ended).to_be_visible(timeout=READY)
    page.get_by_role("button", name="Discard it").click()
    expect(ended).to_have_count(0, timeout=READY)
    expect(start(page)).to_be_visible(timeout=READY)
    assert page.said == []


def test_a_machine_without_devices_is_told_so(page, app_url):
    page.goto(f"{app_url}/live")
    advice = page.locator(".advice")
    expect(advice).to_contain_text("No camera was found: plug one in, or choose Microphone only.", timeout=READY)
    expect(advice).to_contain_text("No microphone was found")
    page.get_by_text("Camera only", exact=True).click()
    expect(advice).not_to_contain_text("No microphone was found", timeout=READY)


def test_a_browser_that_keeps_its_devices_is_told_so(browser, app_url):
    own = browser.browser_type.launch(executable_path=CHROMIUM, args=[*FLAGS, "--use-fake-device-for-media-stream"])
    page = own.new_page()
    refuse = "navigator.permissions.query = async () => ({ state: 'denied' })"  # headless, nobody can be asked
    page.add_init_script(refuse)
    page.goto(f"{app_url}/live")
    expect(page.locator(".advice")).to_contain_text("The browser keeps the camera from this page", timeout=READY)
    own.close()


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_it_fits_wide_and_narrow_light_and_dark(browser, app_url, width, scheme):
    context = browser.new_context(viewport={"width": width, "height": 860}, color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{app_url}/live")
    expect(start(page)).to_be_visible(timeout=READY)
    expect(page.locator(".unit")).to_have_count(8, timeout=READY)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    spilt = page.locator(".live").evaluate(
        """live => [...live.querySelectorAll("*")].filter(e => {
            const box = e.getBoundingClientRect(), around = live.getBoundingClientRect();
            return box.width && (box.left < around.left - 1 || box.right > around.right + 1);
        }).length"""
    )
    assert spilt == 0
    context.close()
