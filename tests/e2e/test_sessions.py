"""Several people at once: each sees their own clips, waits in turn, and leaves nothing behind."""

import time

import psutil
import pytest
from conftest import CHROMIUM, FLAGS
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.models, pytest.mark.slow]

READ = 240_000  # ms for all of them to be read on a busy machine
CLIPS = ("LipNet_bbaf2n.mpg", "LipNet_brbk7n.mpg", "LipNet_lbax4n.mpg", "LipNet_pwij3p.mpg", "LipNet_sbwe5n.mpg")


def memory_of(port):
    """Bytes of the process that listens there, in use by it alone."""
    for connection in psutil.net_connections("tcp"):
        if connection.laddr and connection.laddr.port == port and connection.status == psutil.CONN_LISTEN:
            return psutil.Process(connection.pid).memory_info().rss
    raise AssertionError(f"nobody listens on {port}")


def kept(folder):
    """The clips that lie in the app's folders."""
    return sorted(path.name for path in folder.glob("s2s-clips-*/*/*") if path.is_file())


def waits_until(condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)


@pytest.fixture
def ten_pages(browser):
    """Of five browsers: one opens no more than six connections to a host, for all its pages."""
    browsers = [browser.browser_type.launch(executable_path=CHROMIUM, args=list(FLAGS)) for _ in range(5)]
    yield [each.new_context().new_page() for each in browsers for _ in range(2)]
    for each in browsers:
        each.close()


def test_ten_sessions_at_once(ten_pages, app_url, app_folder, data_root):
    clips = [data_root / "clips" / name for name in CLIPS]
    port = int(app_url.rsplit(":", 1)[1])
    pages = ten_pages
    for page in pages:
        page.goto(app_url, timeout=READ)
    for page in pages:  # the sample, read once for all
        expect(page.locator(".tl-heard").first).to_be_visible(timeout=READ)
    before = memory_of(port)
    for number, page in enumerate(pages):
        name = clips[number % 5].name.replace(".mpg", f"-{number}.avi")  # each a clip of its own
        content = {"name": name, "mimeType": "video/mpeg", "buffer": clips[number % 5].read_bytes()}
        page.locator("input[type=file]").first.set_input_files(content)
    expect(pages[-1].get_by_text("before it")).to_be_visible(timeout=READ)  # its place in the queue
    for number, page in enumerate(pages):
        expect(page.get_by_role("button", name="Cancel")).to_have_count(0, timeout=READ)
        expect(page.locator(".tl-heard").first).to_be_visible(timeout=READ)
        own = clips[number % 5].name.replace(".mpg", f"-{number}.avi")
        shown = page.inner_text("body")
        others = [clips[i % 5].name.replace(".mpg", f"-{i}.avi") for i in range(10) if i != number]
        assert own in shown
        assert not [name for name in others if name in shown]
    assert memory_of(port) < before + 1.5e9  # ten clips, one set of models
    assert len(kept(app_folder)) >= 10
    for page in pages:
        page.context.close()
    waits_until(lambda: not [name for name in kept(app_folder) if name.startswith("LipNet")], 60)


def test_a_tab_closed_while_its_clip_is_read_stops_the_reading(browser, app_url, app_folder, data_root):
    context = browser.new_context()
    page = context.new_page()
    page.goto(app_url)
    expect(page.locator(".tl-heard").first).to_be_visible(timeout=READ)  # the sample: the page is ready
    page.locator("input[type=file]").first.set_input_files(data_root / "clips" / "DFRF_cnn2_25fps.mp4")
    expect(page.get_by_text("s left")).to_be_visible(timeout=READ)
    context.close()
    waits_until(lambda: "DFRF_cnn2_25fps.mp4" not in kept(app_folder), 60)
    again = browser.new_context()
    page = again.new_page()
    page.goto(app_url)
    expect(page.locator(".tl-heard").first).to_be_visible(timeout=READ)  # the app is up
    again.close()


def test_a_cancelled_clip_says_so_and_can_be_read_again(page, app_url, data_root):
    page.goto(app_url)
    expect(page.locator(".tl-heard").first).to_be_visible(timeout=READ)  # the sample: the page is ready
    page.locator("input[type=file]").first.set_input_files(data_root / "clips" / "DFRF_cnn2_25fps.mp4")
    page.locator("[class*='st-key-progress-']").filter(has_text="DFRF").get_by_role("button").click(timeout=READ)
    expect(page.get_by_text("DFRF_cnn2_25fps.mp4 was cancelled")).to_be_visible(timeout=READ)
    page.get_by_role("button", name="Read it again").click()
    expect(page.locator(".tl-heard").first).to_be_visible(timeout=READ)
