"""Every page, wide and narrow, light and dark: no serious fault by axe-core, nothing sideways, a quiet console.

Pictures of all of them are left in the folder `build/screens`, to be looked at.
"""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import choose, complaints
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.models, pytest.mark.slow]

READ = 120_000  # ms a page may take on a busy machine, models loading included
SCREENS = Path(__file__).resolve().parents[2] / "build" / "screens"
BACKGROUND = "getComputedStyle(document.querySelector('.stApp')).backgroundColor"
PAGES = {
    "Analyse": ".tl-heard",
    "Compare": "[data-testid=stVegaLiteChart]",
    "Attention": "[data-testid=stVegaLiteChart]",
    "Live": "iframe, [data-testid=stCustomComponentV1]",
    "Models": "table.s2s-figures",
}


def serious(page):
    """What axe-core finds that is serious or critical, in the page and in the timeline's shadow root."""
    found = Axe().run(page).response["violations"]
    return {
        f"{one['id']}: {node['html'][:160]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    }


def go(page, name):
    """Turn to a page by the navigation, which is folded away on narrow screens before and after."""
    link = page.get_by_role("link", name=name, exact=True)
    place = link.bounding_box() if link.is_visible() else None
    narrow = place is None or place["x"] < 0
    if narrow:
        page.get_by_test_id("stExpandSidebarButton").click()
        page.wait_for_timeout(1000)  # it slides in
    link.click()
    expect(page.locator(PAGES[name]).first).to_be_visible(timeout=READ)
    if narrow:
        expect(page.get_by_test_id("stSidebar")).to_have_attribute("data-collapsed", "true")
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=READ)


def open_all(page, name):
    """Unfold what a page keeps folded; on Models, turn to the card of a model that learnt nothing."""
    for summary in page.locator("summary").all():
        if not summary.evaluate("summary => summary.parentElement.open"):
            summary.click()
    for fold in page.locator(".tl-fold").all():
        fold.click()
    if name == "Compare":
        page.get_by_text("Attention too").click()
        expect(page.locator(PAGES[name])).to_have_count(2, timeout=READ)
    if name == "Models":
        choose(page, "Model", re.compile("^A · reads audio$"))
        expect(page.get_by_text("a demonstration only.").first).to_be_visible(timeout=READ)


def look(page, name, width):
    """Keep a picture of the whole page, and see that nothing lies beside it."""
    page.wait_for_timeout(600)  # a page that turns dark or light is drawn again
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=READ)
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": width, "height": min(height + 100, 8000)})
    page.wait_for_timeout(200)
    page.screenshot(path=SCREENS / f"{name}.png")
    page.set_viewport_size({"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= width, name


def look_everywhere(page, name, *, opened=False):
    """Wide and narrow, light and dark; what is open is all there is, and is held to axe-core's rules."""
    for width in (1280, 390):
        for scheme in ("light", "dark"):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)
            look(page, f"{name}-{width}-{scheme}", width)
            assert not opened or serious(page) == set(), name
            red, green, blue = re.findall(r"\d+", page.evaluate(BACKGROUND))[:3]
            assert (int(red) + int(green) + int(blue) > 600) == (scheme == "light"), name


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_sound(browser, app_url, name):
    SCREENS.mkdir(parents=True, exist_ok=True)
    context = browser.new_context(viewport={"width": 390, "height": 900}, color_scheme="light")
    page = context.new_page()
    said = complaints(page)
    page.goto(app_url, timeout=READ)
    expect(page.locator(PAGES["Analyse"]).first).to_be_visible(timeout=READ)
    if name != "Analyse":
        go(page, name)
    look_everywhere(page, name.lower())
    open_all(page, name)
    look_everywhere(page, f"{name.lower()}-open", opened=True)
    assert said == []
    context.close()
