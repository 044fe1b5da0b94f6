"""The timeline in a real browser: a real clip, read by real models, played word by word."""

import pytest
from browsing import complaints
from playwright.sync_api import Page, expect
from timeline_page import FOLD, WORD, played, show

from engine.predict import load
from extraction.tools import Tools
from ui.clip import Source, analyse
from ui.session import SAMPLE
from ui.timeline.payload import payload

pytestmark = [pytest.mark.browser, pytest.mark.models, pytest.mark.slow]

EXACT = 0.05  # seconds between a word's start and where the player goes
SEEKS = """(selector) => {
    const media = document.querySelector(selector);
    window.seeks = [];
    media.addEventListener("seeked", () => window.seeks.push(media.currentTime));
}"""


@pytest.fixture(scope="module")
def analysis(tmp_path_factory):
    """The sample clip, read by the real models."""
    return analyse(Source(SAMPLE.name, SAMPLE.read_bytes()), tmp_path_factory.mktemp("clip"), Tools(), lambda *_: None)


@pytest.fixture(scope="module")
def prediction(analysis):
    return load("T").predict(analysis.aligned)


@pytest.fixture
def said(page: Page):
    """What the browser complains about."""
    return complaints(page, ("error", "warning"))


def time(page: Page) -> float:
    return float(page.evaluate("document.querySelector('video').currentTime"))


def wait_until_paused(page: Page) -> None:
    page.wait_for_function("document.querySelector('video').paused")


@pytest.fixture
def clip(page, analysis, prediction, said):
    """The page with the sample, ready to play."""
    show(page, analysis.aligned, prediction, played(analysis))
    page.wait_for_function("document.querySelector('video').readyState >= 2")
    page.evaluate(SEEKS, "video")
    yield page
    assert said == []


@pytest.mark.parametrize("number", [2, 9, 15])
def test_a_click_on_a_word_plays_it_from_its_start_to_its_end(clip, analysis, number):
    word = analysis.aligned.words[number]
    clip.locator(WORD).nth(number).click()
    clip.wait_for_function("window.seeks.length > 0")
    assert abs(clip.evaluate("window.seeks[0]") - word.start) < EXACT
    assert not clip.evaluate("document.querySelector('video').paused") or time(clip) >= word.end
    wait_until_paused(clip)
    assert -0.01 < time(clip) - word.end < 0.25  # a busy machine draws late
    expect(clip.locator(".tl-button").first).to_have_text("Play")


def test_keys_step_from_word_to_word_and_play(clip, analysis):
    words = analysis.aligned.words
    clip.locator(WORD).first.focus()
    clip.keyboard.press("ArrowRight")
    clip.keyboard.press("ArrowRight")
    expect(clip.locator(f"{WORD}:focus bdi")).to_have_text(words[2].text)
    assert abs(time(clip) - words[2].start) < EXACT  # stepping shows the word's picture
    clip.keyboard.press("End")
    expect(clip.locator(f"{WORD}:focus bdi")).to_have_text(words[-1].text)
    clip.keyboard.press("ArrowRight")
    expect(clip.locator(f"{WORD}:focus bdi")).to_have_text(words[-1].text)
    clip.keyboard.press("Home")
    clip.keyboard.press("Enter")
    clip.wait_for_function("!document.querySelector('video').paused")
    wait_until_paused(clip)
    assert words[0].end - 0.01 < time(clip) < words[0].end + 0.25
    assert clip.locator(f"{WORD}[tabindex='0']").count() == 1


def test_a_word_stops_at_its_end_on_a_page_that_is_busy_when_it_begins(clip, analysis):
    """The element tells of the seek late then, when the clip plays already."""
    word = analysis.aligned.words[8]
    clip.evaluate(
        """() => {
            const video = document.querySelector("video");
            const told = (event) => {
                if (event.isTrusted) {
                    event.stopImmediatePropagation();
                    setTimeout(() => video.dispatchEvent(new Event(event.type)), 150);
                }
            };
            for (const kind of ["seeking", "seeked"]) window.addEventListener(kind, told, { capture: true });
            document.querySelectorAll(".tl-word")[8].click();
        }"""
    )
    clip.wait_for_function("!document.querySelector('video').paused")
    wait_until_paused(clip)
    assert word.end - 0.01 < time(clip) < word.end + 0.25


def test_l_and_shift_with_an_arrow_loop_words(clip, analysis):
    words = analysis.aligned.words
    clip.locator(WORD).nth(4).focus()
    clip.keyboard.press("l")
    loop = clip.get_by_role("button", name="Clear loop")
    expect(loop).to_contain_text(f"{words[4].start:.2f}–{words[4].end:.2f} s")
    clip.keyboard.press("Shift+ArrowRight")
    expect(loop).to_contain_text(f"{words[4].start:.2f}–{words[5].end:.2f} s")
    loop.click()
    expect(loop).to_have_count(0)


def test_space_plays_and_pauses(clip):
    clip.locator(".tl-scroll").focus()
    clip.keyboard.press("Space")
    clip.wait_for_function("document.querySelector('video').currentTime > 0.1")
    expect(clip.locator(".tl-button").first).to_have_text("Pause")
    clip.keyboard.press("Space")
    wait_until_paused(clip)


def test_the_playhead_and_the_word_at_it_move_with_the_video(clip, analysis):
    word = analysis.aligned.words[5]
    clip.evaluate("t => { document.querySelector('video').currentTime = t }", (word.start + word.end) / 2)
    expect(clip.locator(".tl-said")).to_have_text(word.text)
    expect(clip.locator(f"{WORD}.tl-now bdi")).to_have_text(word.text)
    head, block = clip.locator(".tl-playhead").bounding_box(), clip.locator(f"{WORD}.tl-now").bounding_box()
    assert abs(head["x"] + 1 - (block["x"] + block["width"] / 2)) < 2
    moves = clip.evaluate(
        """async () => {
            const places = new Set();
            document.querySelector("video").play();
            const end = performance.now() + 1000;
            while (performance.now() < end) {
                await new Promise(requestAnimationFrame);
                places.add(document.querySelector(".tl-playhead").style.transform);
            }
            return places.size;
        }"""
    )
    assert moves >= 30


def test_dragging_on_the_axis_loops_what_it_covers(clip):
    axis = clip.locator(".tl-lane-axis .tl-plot").bounding_box()
    second = axis["width"] / clip.evaluate("payload.clip.duration")
    clip.mouse.move(axis["x"] + 1.0 * second, axis["y"] + 8)
    clip.mouse.down()
    clip.mouse.move(axis["x"] + 1.3 * second, axis["y"] + 8, steps=4)
    clip.mouse.up()
    expect(clip.get_by_role("button", name="Clear loop")).to_be_visible()
    expect(clip.locator(".tl-band")).to_be_visible()
    clip.wait_for_function("window.seeks.filter(t => Math.abs(t - 1.0) < 0.05).length >= 3")  # it came round twice
    assert time(clip) < 1.6
    clip.keyboard.press("Escape")
    clip.locator(".tl-scroll").focus()
    clip.keyboard.press("Escape")
    expect(clip.get_by_role("button", name="Loop word")).to_be_visible()
    expect(clip.locator(".tl-band")).to_be_hidden()
    clip.wait_for_function("document.querySelector('video').currentTime > 1.6")


def test_hovering_says_the_numbers(clip, prediction):
    felt = prediction.to_dict()["words"][2]
    clip.locator(WORD).nth(2).hover()
    tip = clip.locator(".tl-tip")
    expect(tip).to_contain_text(f"attention {felt['attention']:.1%}")
    expect(tip).to_contain_text("1.13–1.55 s")
    clip.locator(FOLD).filter(has_text="loudness").click()
    clip.locator(".tl-lane-track .tl-plot").first.hover()
    expect(tip).to_contain_text("loudness")


def test_families_open_draw_and_close(clip):
    fold = clip.locator(FOLD).filter(has_text="lower face")
    fold.click()
    expect(fold).to_have_attribute("aria-expanded", "true")
    rows = clip.locator(".tl-lane-track:visible")
    expect(rows).to_have_count(4)
    expect(rows.first).to_contain_text("AU12")
    inked = (
        """canvas => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some(v => v > 0)"""
    )
    assert rows.first.locator("canvas").evaluate(inked)
    clip.get_by_role("button", name="more").first.click()
    expect(rows).to_have_count(44)
    fold.click()
    expect(rows).to_have_count(0)


def test_another_reading_changes_the_colours_and_nothing_else(clip, analysis):
    clip.evaluate("document.querySelector('video').play()")
    other = payload(analysis.aligned, load("A").predict(analysis.aligned), played(analysis))
    before = clip.locator(WORD).nth(2).get_attribute("aria-label")
    clip.evaluate("window.player = document.querySelector('video')")
    clip.evaluate("next => window.timeline.update(next)", other)
    assert clip.locator(WORD).nth(2).get_attribute("aria-label") != before
    assert clip.evaluate("window.player === document.querySelector('video') && !window.player.paused")
    caption = clip.locator(".tl-unseen caption").text_content()
    assert caption.startswith("Every word as A reads it")


def listeners(page: Page, expression: str) -> int:
    session = page.context.new_cdp_session(page)
    node = session.send("Runtime.evaluate", {"expression": expression})["result"]["objectId"]
    return len(session.send("DOMDebugger.getEventListeners", {"objectId": node})["listeners"])


def test_destroying_leaves_nothing_behind(clip):
    clip.evaluate("window.player = document.querySelector('video'), window.player.play()")
    frames = """async () => {
        let asked = 0;
        const real = window.requestAnimationFrame;
        window.requestAnimationFrame = (f) => (asked++, real(f));
        await new Promise((done) => setTimeout(done, 200));
        window.requestAnimationFrame = real;
        return asked;
    }"""
    own = 1  # the one by which this test hears of seeks
    assert clip.evaluate(frames) > 2
    assert listeners(clip, "window.player") > own
    assert listeners(clip, "document.getElementById('timeline')") > 0
    clip.evaluate("window.timeline.destroy()")
    assert clip.evaluate("document.getElementById('timeline').childElementCount") == 0
    assert clip.evaluate("window.player.paused")
    assert clip.evaluate(frames) == 0
    assert listeners(clip, "window.player") == own
    assert listeners(clip, "document.getElementById('timeline')") == 0
