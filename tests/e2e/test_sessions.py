"""Several people at once: each sees their own clips, waits in turn, and leaves nothing behind."""

import re

import pytest
from chromium import CHROMIUM, FLAGS
from playwright.sync_api import expect
from server import kept, server_of, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.models, pytest.mark.slow]

READ = 240_000  # ms for all of them to be read on a busy machine
ANSWER = 5_000  # ms another page may take on a busy machine while a clip is read
CLIPS = ("LipNet_bbaf2n.mpg", "LipNet_brbk7n.mpg", "LipNet_lbax4n.mpg", "LipNet_pwij3p.mpg", "LipNet_sbwe5n.mpg")


@pytest.fixture
def ten_pages(browser):
    """Of five browsers: one opens no more than six connections to a host, for all its pages."""
    browsers = [browser.browser_type.launch(executable_path=CHROMIUM, args=list(FLAGS)) for _ in range(5)]
    yield [each.new_context().new_page() for each in browsers for _ in range(2)]
    for each in browsers:
        each.close()


def standing(page) -> int | None:
    """How many clips its own waits for; None where it does not wait."""
    found = re.search(r"waits for (\d+) clips? before it", page.inner_text("body"))
    return int(found[1]) if found else None


@pytest.mark.long
def test_ten_sessions_at_once(ten_pages, app_url, app_folder, data_root):
    server, pages = server_of(app_url), ten_pages
    clips = [data_root / "clips" / CLIPS[number % 5] for number in range(10)]
    names = [clip.name.replace(".mpg", f"-{number}.avi") for number, clip in enumerate(clips)]  # each one of its own
    for page in pages:
        page.goto(app_url, timeout=READ)
    for page in pages:  # the sample, read once for all
        expect(page.locator(".tl-heard").first).to_be_visible(timeout=READ)
    before = server.memory_info().rss
    for page, name, clip in zip(pages, names, clips, strict=True):
        content = {"name": name, "mimeType": "video/mpeg", "buffer": clip.read_bytes()}
        page.locator("input[type=file]").first.set_input_files(content)
    expect(pages[-1].get_by_text("before it")).to_be_visible(timeout=READ)
    places = [place for place in map(standing, pages) if place is not None]
    assert len(places) >= 3
    assert len(set(places)) >= 3  # each says its own place in the queue
    for page in pages:
        expect(page.get_by_role("button", name="Cancel")).to_have_count(0, timeout=READ)
        expect(page.locator(".tl-heard").first).to_be_visible(timeout=READ)
    for number, page in enumerate(pages):
        shown = page.inner_text("body")
        assert names[number] in shown
        assert not [name for other, name in enumerate(names) if other != number and name in shown]
        expect(page.get_by_label(f"The clip {names[number].removesuffix('.avi')}", exact=True)).to_be_visible()
    media = [page.locator("video").first.evaluate("video => video.currentSrc") for page in pages]
    said = [" ".join(page.locator(".tl-heard").all_inner_texts()) for page in pages]
    assert len(set(media)) == 5  # files are named by their content
    assert len(set(said[:5])) == 5
    assert said[:5] == said[5:]  # the same clip under another name
    grown = server.memory_info().rss - before
    print(f"ten clips: {grown / 1e6:.0f} MB more")
    assert grown < 1.5e9  # ten clips, one set of models
    assert len(kept(app_folder)) >= 10
    for page in pages:
        page.context.close()
    wait_until(lambda: not [name for name in kept(app_folder) if name.startswith("LipNet")], 60)


@pytest.mark.long
def test_a_tab_closed_while_its_clip_is_read_stops_the_reading(browser, app_url, app_folder, data_root):
    context = browser.new_context()
    page = context.new_page()
    page.goto(app_url)
    expect(page.locator(".tl-heard").first).to_be_visible(timeout=READ)  # the sample: the page is ready
    page.locator("input[type=file]").first.set_input_files(data_root / "clips" / "DFRF_cnn2_25fps.mp4")
    expect(page.get_by_text("s left")).to_be_visible(timeout=READ)
    context.close()
    wait_until(lambda: "DFRF_cnn2_25fps.mp4" not in kept(app_folder), 60)
    again = browser.new_context()
    page = again.new_page()
    page.goto(app_url)
    expect(page.locator(".tl-heard").first).to_be_visible(timeout=READ)  # the app is up
    again.close()


def test_the_pages_answer_while_a_clip_is_read(page, app_url, data_root):
    page.goto(app_url, timeout=READ)
    expect(page.locator(".tl-heard").first).to_be_visible(timeout=READ)  # the sample: the page is ready
    page.locator("input[type=file]").first.set_input_files(data_root / "clips" / "DFRF_cnn2_25fps.mp4")
    progress = page.locator("[class*='st-key-progress-']").filter(has_text="DFRF")
    expect(progress.get_by_role("progressbar")).to_be_visible(timeout=READ)
    page.get_by_role("link", name="Models", exact=True).click()
    expect(page.locator("table.s2s-figures")).to_be_visible(timeout=ANSWER)
    page.get_by_role("link", name="Analyse", exact=True).click()
    expect(progress).to_be_visible(timeout=ANSWER)  # it is still being read
    progress.get_by_role("button").click()
    expect(page.get_by_text("DFRF_cnn2_25fps.mp4 was cancelled")).to_be_visible(timeout=READ)


@pytest.mark.long
def test_a_cancelled_clip_says_so_and_can_be_read_again(page, app_url, data_root):
    page.goto(app_url)
    expect(page.locator(".tl-heard").first).to_be_visible(timeout=READ)  # the sample: the page is ready
    page.locator("input[type=file]").first.set_input_files(data_root / "clips" / "DFRF_cnn2_25fps.mp4")
    page.locator("[class*='st-key-progress-']").filter(has_text="DFRF").get_by_role("button").click(timeout=READ)
    expect(page.get_by_text("DFRF_cnn2_25fps.mp4 was cancelled")).to_be_visible(timeout=READ)
    page.get_by_role("button", name="Read it again").click()
    expect(page.locator(".tl-heard").first).to_be_visible(timeout=READ)
