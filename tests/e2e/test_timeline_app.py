"""The timeline as a Streamlit component: its files, and another variant of the clip that is playing."""

import os
import pickle
import subprocess
import sys
from dataclasses import replace

import pytest
from browsing import complaints
from playwright.sync_api import Page, expect
from running import ROOT, answers, free_port, stop
from timeline_page import FOLD, WORD

from extraction.tools import Tools
from ui.clip import Source, analyse
from ui.session import SAMPLE

pytestmark = [pytest.mark.browser, pytest.mark.models, pytest.mark.slow]

READ = 120_000  # ms a page may take on a busy machine, models loading included
SWITCH = 0.3  # seconds from the choice of a variant to its colours
APP = """
import pickle, sys
sys.path.insert(0, {root!r})
import streamlit as st
from engine.predict import load
from ui.timeline import timeline

@st.cache_resource
def read(name):
    with open({folder!r} + f"/{{name}}.pkl", "rb") as stored:
        return pickle.load(stored), {{name: load(name) for name in ("T", "A")}}

@st.fragment
def part():
    variant = st.radio("Variant", ["T", "A"])
    if st.checkbox("Timeline", value=True):
        timeline(analysis, models[variant].predict(analysis.aligned), key="timeline")

analysis, models = read(st.query_params.get("clip", "clip"))
part()
st.button("All again")
"""
SWITCHED = """async (choice) => {
    const root = [...document.querySelectorAll("*")].find((e) => e.shadowRoot?.querySelector(".tl-root")).shadowRoot;
    const word = root.querySelector(".tl-word");
    const before = word.getAttribute("aria-label");
    const start = performance.now();
    [...document.querySelectorAll("[data-testid=stRadio] label")].find((l) => l.textContent.trim() === choice).click();
    while (word.getAttribute("aria-label") === before) await new Promise(requestAnimationFrame);
    return (performance.now() - start) / 1000;
}"""
VIDEO = """(expression) => {
    const root = [...document.querySelectorAll("*")].find((e) => e.shadowRoot?.querySelector(".tl-root")).shadowRoot;
    return new Function("video", `return ${expression}`)(root.querySelector("video"));
}"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """An app of the timeline alone, with the sample read by the real models."""
    folder = tmp_path_factory.mktemp("app")
    made = analyse(Source(SAMPLE.name, SAMPLE.read_bytes()), folder, Tools(), lambda *_: None)
    (folder / "clip.pkl").write_bytes(pickle.dumps(made))
    other = folder / "other.mp4"  # the same clip with an empty box at its end: another file
    other.write_bytes(SAMPLE.read_bytes() + b"\0\0\0\x08free")
    (folder / "other.pkl").write_bytes(pickle.dumps(replace(made, player=replace(made.player, path=other))))
    (folder / "app.py").write_text(APP.format(root=str(ROOT), folder=str(folder)))
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(folder / "app.py"), "--server.port", str(port)]
    with (folder / "output.txt").open("wb") as output:
        app = subprocess.Popen(
            command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, start_new_session=True, env=os.environ
        )
    try:
        assert answers(app, f"http://127.0.0.1:{port}/_stcore/health"), (folder / "output.txt").read_text()
        yield f"http://127.0.0.1:{port}"
    finally:
        stop(app)


@pytest.fixture
def app(page: Page, address):
    """The app with its timeline, and at the end: nothing was complained about."""
    said = complaints(page)
    page.goto(address)
    expect(page.locator(WORD).first).to_be_visible(timeout=READ)
    yield page
    assert said == []


def video(page: Page, expression: str):
    return page.evaluate(VIDEO, expression)


def test_another_variant_shows_at_once_and_the_clip_plays_on(app):
    app.evaluate(SWITCHED, "A")  # the first time loads what Python loads late
    app.evaluate(SWITCHED, "T")
    video(app, "video.play(), window.kept = video")
    asked: list[str] = []
    app.on("request", lambda request: asked.append(request.url) if "/media/" in request.url else None)
    took = [app.evaluate(SWITCHED, choice) for choice in ("A", "T", "A", "T", "A")]
    print("seconds to another variant:", [round(one, 3) for one in took])
    assert min(took) < SWITCH  # a busy machine makes some of them late
    assert video(app, "video === window.kept && !video.paused && video.currentTime > 0.2")
    app.get_by_role("button", name="All again").click()
    app.wait_for_timeout(1000)
    assert video(app, "video === window.kept && !video.paused")
    assert asked == []  # neither the clip nor its tracks were sent again


def test_its_files_stay_through_runs_of_the_page(app):
    app.evaluate(SWITCHED, "A")
    app.get_by_role("button", name="All again").click()
    app.wait_for_timeout(1500)
    app.locator(FOLD).filter(has_text="loudness").click()  # fetches the tracks now
    inked = "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v > 0)"
    row = app.locator(".tl-lane-track canvas").first
    expect(row).to_be_visible()
    app.wait_for_timeout(500)
    assert row.evaluate(inked)
    source = video(app, "video.currentSrc")
    reply = app.request.get(source, headers={"Range": "bytes=100-199"})
    assert reply.status in (200, 206)


def test_its_files_go_when_no_page_shows_them_any_more(browser, address):
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}?clip=other")
    expect(page.locator(WORD).first).to_be_visible(timeout=READ)
    source = video(page, "video.currentSrc")
    assert context.request.get(source).status == 200
    page.locator("[data-testid=stCheckbox] label").click()
    page.get_by_role("button", name="All again").click()  # a run of the page that no longer has them
    expect(page.locator(WORD)).to_have_count(0)
    page.wait_for_timeout(1500)
    assert context.request.get(source).status == 404
    context.close()
