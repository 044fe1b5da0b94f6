"""What several browser tests do: listen to the console, read a clip, turn to a page and choose from a list."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from odd_files import another
from playwright.sync_api import Browser, Page, TimeoutError, expect

READ = 240_000  # ms a clip may take on a busy machine, models loading included
_TAKEN = 5_000  # ms after which a list that is still open has lost the click
_TRIES = 4


def complaints(page: Page, kinds=("error",)) -> list[str]:
    """What the browser complains about from now on: messages of these kinds, and errors that nobody caught."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in kinds else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def with_the_sample(page: Page, address: str) -> list[str]:
    """Open the app and wait for its sample, after which the page is ready; what is complained about."""
    said = complaints(page)
    page.goto(address)
    expect(page.locator(".tl-heard").first).to_be_visible(timeout=READ)
    return said


@contextmanager
def clip_on_page(browser: Browser, address: str, clip, name: str, title: str) -> Iterator[tuple[Page, list[str]]]:
    """The page called `title` with a clip given as `name`, and complaints.

    The clip gets bytes of its own, because the app reads a clip that it knows only once.
    """
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    said = with_the_sample(page, address)
    upload = {"name": name, "mimeType": "video/mp4", "buffer": another(clip.read_bytes(), name)}
    page.locator("input[type=file]").first.set_input_files(upload)
    expect(page.locator("[class*='st-key-progress-']").filter(has_text=name)).to_be_visible(timeout=READ)
    page.get_by_role("link", name=title).click()
    expect(page.get_by_text(name).first).to_be_visible(timeout=READ)
    yield page, said
    context.close()


def choose(page: Page, label: str, option: re.Pattern[str], search: str = "") -> None:
    """Choose from a list as a person does: a list that closes or is drawn again under the pointer is clicked again.

    `search` is typed first, for a list too long to be drawn whole.

    The page draws a list anew when its script runs, as it does while words still arrive, and closes it when it scrolls.
    """
    box = page.get_by_role("combobox", name=label, exact=True)
    wanted = page.get_by_role("option", name=option)
    box.scroll_into_view_if_needed()
    for attempt in range(1, _TRIES + 1):
        try:
            if not page.get_by_role("listbox").count():
                box.click()
            if search:
                box.fill(search)
            wanted.click(timeout=_TAKEN)
            expect(page.get_by_role("listbox")).to_have_count(0, timeout=_TAKEN)
            expect(box).to_have_value(option, timeout=_TAKEN)
        except (AssertionError, TimeoutError):
            if attempt == _TRIES:
                raise
        else:
            return
