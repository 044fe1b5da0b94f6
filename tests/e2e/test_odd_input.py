"""Bad files and odd clips through the browser, many at once: a sentence each, the others are read, the app stays up."""

import av
import numpy as np
import pytest
from browsing import READ, with_the_sample
from odd_files import bad_files, on_its_side, remade
from playwright.sync_api import Page, expect
from timeline_page import FOLD

pytestmark = [pytest.mark.browser, pytest.mark.models, pytest.mark.slow]

PROGRESS = "[class*='st-key-progress-']"
WORDS = ".tl-heard"
LARGE = 10**7  # bytes; a larger file is handed over by its path

LENGTH = """player => new Promise(done => player.readyState ? done(player.duration) :
    player.addEventListener("loadedmetadata", () => done(player.duration)))"""


@pytest.fixture
def ready(page: Page, app_url) -> Page:
    """The page with the sample read; at the end nothing was complained about."""
    said = with_the_sample(page, app_url)
    yield page
    assert said == []


def upload(page: Page, number: int, files) -> None:
    """Give files to one of the page's uploaders: clips to the first, transcripts to the second."""
    page.locator("input[type=file]").nth(number).set_input_files(files)


def arrive(page: Page, clips: int) -> None:
    """Wait until there are so many clips on the page; if they do not come, what the uploader says of them."""
    try:
        expect(page.get_by_role("radio")).to_have_count(clips, timeout=READ)
    except AssertionError:
        there = page.get_by_role("radio").all_inner_texts()
        told = page.get_by_test_id("stFileUploader").first.inner_text()
        pytest.fail(f"{len(there)} of {clips} clips came, {there}; the uploader says {told!r}")


def pill(page: Page, name: str):
    return page.get_by_role("radio").filter(has_text=name)


def look_at(page: Page, name: str) -> None:
    """Choose a clip by its pill, which stays chosen."""
    pill(page, name).click()
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=READ)
    expect(pill(page, name)).to_be_checked()


@pytest.mark.long
def test_every_bad_file_is_one_sentence_and_the_others_are_read(ready, tmp_path, sample_clip):
    bad = bad_files(tmp_path)
    large = {name: content for name, (content, _) in bad.items() if len(content) > LARGE}
    small = [
        {"name": name, "mimeType": "video/mp4", "buffer": content}
        for name, (content, _) in bad.items()
        if name not in large
    ]
    good = {"name": "good.mp4", "mimeType": "video/mp4", "buffer": sample_clip.read_bytes()}
    upload(ready, 0, [*small, good])
    arrive(ready, len(small) + 1)
    for name, content in large.items():
        (tmp_path / name).write_bytes(content)
        upload(ready, 0, tmp_path / name)
    arrive(ready, len(bad) + 1)
    expect(ready.locator(PROGRESS)).to_have_count(0, timeout=READ)
    for name, (_, sentence) in bad.items():
        look_at(ready, name)
        alert = ready.get_by_test_id("stAlert")
        expect(alert).to_contain_text(sentence)
        expect(alert).to_have_count(1)
        expect(ready.locator(WORDS)).to_have_count(0)
    assert "Traceback" not in ready.content()
    look_at(ready, "good.mp4")
    expect(ready.locator(WORDS)).to_have_count(17)
    expect(ready.get_by_test_id("stAlert")).to_have_count(0)


@pytest.mark.long
def test_odd_clips_are_read_and_what_is_odd_is_said(ready, tmp_path, sample_clip):
    with av.open(str(sample_clip)) as container:
        still = next(container.decode(video=0)).to_ndarray(format="rgb24")
    upload(
        ready,
        0,
        [
            remade(sample_clip, tmp_path / "turned.mp4", on_its_side, rotation=-90),
            remade(sample_clip, tmp_path / "uneven.mp4", lambda image: image, keep=lambda i: i % 7 < 3),
            remade(sample_clip, tmp_path / "two.mp4", lambda image: np.hstack([still, image])),
            remade(sample_clip, tmp_path / "wrong.mp4", lambda image: image),
        ],
    )
    arrive(ready, 4)
    wrong = "please remember to buy oranges and sixteen pounds of sugar before the shop closes tonight"
    upload(ready, 1, {"name": "wrong.txt", "mimeType": "text/plain", "buffer": wrong.encode()})
    expect(ready.locator(PROGRESS)).to_have_count(0, timeout=READ)
    alert = ready.get_by_test_id("stAlert")
    look_at(ready, "two.mp4")
    expect(alert).to_contain_text("Two faces were seen; the one whose mouth moves with the voice was followed")
    expect(ready.locator(WORDS)).to_have_count(17)
    look_at(ready, "wrong.mp4")
    expect(alert.first).to_contain_text("transcript")
    expect(ready.locator(WORDS).first).to_have_text("please")
    for name in ("uneven", "turned"):
        look_at(ready, f"{name}.mp4")
        player = ready.get_by_label(f"The clip {name}", exact=True)
        expect(player).to_be_visible(timeout=READ)
        expect(ready.locator(WORDS)).to_have_count(17)
        expect(alert).to_have_count(0)
        ready.locator(FOLD).filter(has_text="lower face").click()
        expect(ready.locator(".tl-lane-track").first).to_be_visible()
        expect(ready.locator(".tl-lane-track").first).not_to_contain_text("not measured")
    width, height = player.evaluate("video => [video.videoWidth, video.videoHeight]")
    assert (width, height) == still.shape[1::-1]  # upright, as the sample is


def test_a_clip_in_another_language_is_played_beside_its_words(ready, sample_clip):
    upload(ready, 0, {"name": "mine.mp4", "mimeType": "video/mp4", "buffer": sample_clip.read_bytes()})
    expect(ready.get_by_label("The clip mine", exact=True)).to_be_visible(timeout=READ)
    said = "saya tidak suka film ini karena terlalu panjang dan membosankan"
    upload(ready, 1, {"name": "mine.txt", "mimeType": "text/plain", "buffer": said.encode()})
    expect(ready.locator(".s2s-said")).to_have_text(said, timeout=READ)
    expect(ready.get_by_test_id("stAlert").last).to_contain_text("so it gives no score")
    player = ready.get_by_label("The clip mine", exact=True)
    assert player.evaluate(LENGTH) > 8
    assert player.bounding_box()["height"] <= 384  # as tall as on the timeline, whatever the picture's shape


def test_clips_outlast_a_look_at_another_page_and_are_picked_there(ready, sample_clip):
    files = {"one.mp4": b"one " * 99, "two.mp4": b"two " * 99, "three.mp4": sample_clip.read_bytes()}
    upload(ready, 0, [{"name": name, "mimeType": "video/mp4", "buffer": files[name]} for name in files])
    expect(ready.get_by_role("radio")).to_have_count(3, timeout=READ)
    expect(ready.locator(PROGRESS)).to_have_count(0, timeout=READ)
    look_at(ready, "one.mp4")
    alert = ready.get_by_test_id("stAlert")
    expect(alert).to_contain_text("one.mp4 is neither audio nor video", timeout=READ)  # the choice has arrived
    ready.get_by_role("link", name="Compare", exact=True).click()
    expect(alert).to_contain_text("one.mp4 is neither audio nor video", timeout=READ)
    look_at(ready, "two.mp4")
    expect(alert).to_contain_text("two.mp4 is neither audio nor video", timeout=READ)
    look_at(ready, "three.mp4")
    expect(ready.locator("strong bdi")).to_have_text("three.mp4", timeout=READ)
    ready.get_by_role("link", name="Analyse", exact=True).click()
    expect(ready.get_by_label("The clip three", exact=True)).to_be_visible(timeout=READ)
    expect(pill(ready, "three.mp4")).to_be_checked()
    ready.get_by_role("button", name="Forget one.mp4").click()
    expect(ready.get_by_role("radio")).to_have_count(2, timeout=READ)
    again = {"name": "three.mp4", "mimeType": "video/mp4", "buffer": files["three.mp4"]}
    upload(ready, 0, again)
    expect(ready.get_by_role("button", name="Forget three.mp4")).to_be_visible(timeout=READ)
    expect(ready.get_by_role("radio")).to_have_count(2)  # the same file is the same clip
    for name in ("two.mp4", "three.mp4"):
        ready.get_by_role("button", name=f"Forget {name}").click()
    expect(ready.get_by_role("radio")).to_have_count(0, timeout=READ)
    expect(ready.get_by_label("The clip three", exact=True)).to_be_visible(timeout=READ)  # the one just uploaded
