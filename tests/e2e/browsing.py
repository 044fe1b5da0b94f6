"""What several browser tests do: listen to the console, read a clip and turn to a page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect

READ = 240_000  # ms a clip may take on a busy machine, models loading included


def complaints(page: Page, kinds=("error",)) -> list[str]:
    """What the browser complains about from now on: messages of these kinds, and errors that nobody caught."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in kinds else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


@contextmanager
def clip_on_page(browser: Browser, address: str, clip, name: str, title: str) -> Iterator[tuple[Page, list[str]]]:
    """The page called `title` with a clip given as `name` (the app reads a clip it knows only once), and complaints."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    said = complaints(page)
    page.goto(address)
    expect(page.locator(".tl-heard").first).to_be_visible(timeout=READ)  # the sample: the page is ready
    upload = {"name": name, "mimeType": "video/mp4", "buffer": clip.read_bytes()}
    page.locator("input[type=file]").first.set_input_files(upload)
    expect(page.locator("[class*='st-key-progress-']").filter(has_text=name)).to_be_visible(timeout=READ)
    page.get_by_role("link", name=title).click()
    expect(page.get_by_text(name).first).to_be_visible(timeout=READ)
    yield page, said
    context.close()
