"""The Models page in a real browser: a command whose words stay whole, copied as it is."""

import pytest
from browsing import READ, complaints
from playwright.sync_api import expect

from engine.checkpoint import available

pytestmark = [pytest.mark.browser, pytest.mark.slow]

VARIANT = "concat(T,A)->concat(T,V)"  # with the longest name
# For each word, how many lines it stands on and whether its line ends before the block does; then the number of lines.
LINES = """code => {
    const right = code.getBoundingClientRect().right;
    const boxes = [...code.querySelectorAll("span")].map(word => [...word.getClientRects()]);
    return {
        words: boxes.map(lines => lines.length), inside: boxes.flat().every(box => box.right <= right),
        lines: new Set(boxes.flat().map(box => Math.round(box.top))).size,
    };
}"""


@pytest.fixture
def models(browser, app_url):
    """The page in a narrow window, with a model of a long command; at the end nothing was complained about."""
    context = browser.new_context(viewport={"width": 390, "height": 900})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{app_url}/models", timeout=READ)
    box = page.get_by_role("combobox", name="Model", exact=True)
    box.click(timeout=READ)
    said = complaints(page)  # before, Streamlit asks for files below the page's address that are not there
    box.fill(VARIANT)
    page.get_by_role("option", name=f"{VARIANT} ").click()
    yield page
    assert said == []
    context.close()


def test_a_command_wraps_at_spaces_alone_and_is_copied_as_it_is(models):
    (command,) = (card.command for card in available() if card.variant == VARIANT)
    code = models.locator("code").filter(has_text="s2s train")
    expect(code).to_have_text(command, timeout=READ)
    for width, least in ((1280, 2), (390, 5)):
        models.set_viewport_size({"width": width, "height": 900})
        found = code.evaluate(LINES)
        assert found["words"] == [1] * len(command.split())
        assert found["inside"]
        assert found["lines"] >= least
        assert models.evaluate("document.documentElement.scrollWidth") <= width
    assert code.inner_text() == command  # as somebody selects it
    button = models.get_by_role("button", name="Copy", exact=True)
    button.click()
    expect(models.get_by_role("button", name="Copied")).to_be_visible()
    assert models.evaluate("navigator.clipboard.readText()") == command
    expect(button).to_be_visible(timeout=READ)


def test_where_the_clipboard_is_kept_from_the_page_the_command_is_selected(models):
    code = models.locator("code").filter(has_text="s2s train")
    expect(code).to_be_visible(timeout=READ)
    models.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('kept from the page')) }")
    models.get_by_role("button", name="Copy", exact=True).click()
    expect(models.get_by_role("button", name="Selected")).to_be_visible()
    assert models.evaluate("getSelection().toString()") == code.inner_text()
