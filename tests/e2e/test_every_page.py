"""Every page, wide and narrow, light and dark: no serious fault by axe-core, nothing sideways, a quiet console.

Pictures of all of them are left in the folder `build/screens`, to be looked at.
"""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import complaints
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.models, pytest.mark.slow]

READ = 120_000  # ms a page may take on a busy machine, models loading included
SCREENS = Path(__file__).resolve().parents[2] / "build" / "screens"
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
    """Unfold what a page keeps folded; on Models, turn to a card without curves."""
    for summary in page.locator("summary").all():
        if not summary.evaluate("summary => summary.parentElement.open"):
            summary.click()
    for fold in page.locator(".tl-fold").all():
        fold.click()
    if name == "Compare":
        page.get_by_text("Attention too").click()
        expect(page.locator(PAGES[name])).to_have_count(2, timeout=READ)
    if name == "Models":
        page.get_by_role("combobox", name="Model").click()
        page.get_by_role("option", name="A · reads audio", exact=True).click()
        expect(page.get_by_text("a demonstration only.").first).to_be_visible(timeout=READ)


def look(page, name, width):
    """Keep a picture of the whole page, and see that it is sound."""
    page.wait_for_timeout(1000)
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": width, "height": min(height + 100, 8000)})
    page.wait_for_timeout(500)
    page.screenshot(path=SCREENS / f"{name}.png")
    page.set_viewport_size({"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    assert serious(page) == set(), name


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_is_sound(browser, app_url, width, scheme):
    SCREENS.mkdir(parents=True, exist_ok=True)
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    said = complaints(page)
    page.goto(app_url, timeout=READ)
    expect(page.locator(PAGES["Analyse"]).first).to_be_visible(timeout=READ)
    for name in PAGES:
        if name != "Analyse":
            go(page, name)
        look(page, f"{name.lower()}-{width}-{scheme}", width)
        open_all(page, name)
        look(page, f"{name.lower()}-open-{width}-{scheme}", width)
    assert said == []
    context.close()
