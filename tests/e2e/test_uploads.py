"""Uploads that go wrong on the way, and file names of every kind, in a real browser."""

import pytest
from browsing import READ, with_the_sample
from odd_files import another
from playwright.sync_api import Page, expect
from server import kept

pytestmark = [pytest.mark.browser, pytest.mark.models, pytest.mark.slow]

SLOW = 100_000  # bytes a second that are sent, so that there is time to stop
AT_ONCE = 10_000  # ms a page may take on a busy machine where nothing is read
PLAYED = """video => new Promise(done => video.readyState ? done(video.duration) :
    video.addEventListener("loadedmetadata", () => done(video.duration)))"""


@pytest.fixture
def ready(page: Page, app_url) -> Page:
    """The page with the sample read; at the end nothing was complained about."""
    said = with_the_sample(page, app_url)
    yield page
    assert [one for one in said if "CanceledError" not in one] == []  # which Streamlit says of a stopped upload


def slowed(page: Page, rate: int) -> None:
    """Send no more than `rate` bytes a second from now on; -1 is no limit."""
    limits = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": rate}
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", limits)


def test_an_upload_that_is_stopped_leaves_nothing_and_another_one_is_read(ready, app_folder, sample_clip):
    slowed(ready, SLOW)
    large = {"name": "stopped.mp4", "mimeType": "video/mp4", "buffer": sample_clip.read_bytes() * 4}
    ready.locator("input[type=file]").first.set_input_files(large)
    ready.get_by_role("button", name="Cancel upload of stopped.mp4").click()
    expect(ready.get_by_text("stopped.mp4")).to_have_count(0)
    slowed(ready, -1)
    ready.wait_for_timeout(2000)
    assert not [name for name in kept(app_folder) if "stopped" in name]
    expect(ready.locator(".tl-heard").first).to_be_visible()  # still the sample
    expect(ready.get_by_test_id("stAlert")).to_have_count(0)
    other = {"name": "another.mp4", "mimeType": "video/mp4", "buffer": sample_clip.read_bytes()}
    ready.locator("input[type=file]").first.set_input_files(other)
    expect(ready.get_by_label("The clip another", exact=True)).to_be_visible(timeout=READ)


def test_a_renamed_copy_of_a_clip_that_was_read_is_there_at_once(ready, sample_clip):
    copy = {"name": "renamed.mp4", "mimeType": "video/mp4", "buffer": sample_clip.read_bytes()}
    ready.locator("input[type=file]").first.set_input_files(copy)
    player = ready.get_by_label("The clip renamed", exact=True)
    expect(player).to_be_visible(timeout=AT_ONCE)
    assert player.evaluate(PLAYED) > 8
    expect(ready.locator(".tl-heard")).to_have_count(17)


@pytest.mark.parametrize(
    "name",
    ["<img src=x onerror=alert(1)>.mp4", "\u202egpj.\u05e7\u05d5\u05dc.mp4", "$x^2$ **bold** [a](b) :red[c].mp4"],
)
def test_a_name_of_any_kind_is_shown_as_text(ready, sample_clip, name):
    dialogs = []
    ready.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    ready.locator("input[type=file]").first.set_input_files(
        {"name": name, "mimeType": "video/mp4", "buffer": another(sample_clip.read_bytes(), name)}
    )
    progress = ready.locator("[class*='st-key-progress-'] p").first
    expect(progress).to_contain_text(name, timeout=READ)
    expect(ready.get_by_label(f"The clip {name.removesuffix('.mp4')}", exact=True)).to_be_visible(timeout=READ)
    for title in ("Compare", "Attention"):
        ready.get_by_role("link", name=title, exact=True).click()
        shown = ready.locator("strong bdi")
        expect(shown).to_have_text(name, timeout=READ)
    assert ready.locator("img[src=x]").count() == 0
    assert dialogs == []
