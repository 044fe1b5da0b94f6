"""The timeline alone in a page, as the report has it; and made-up clips of any size."""

import base64
import json

import numpy as np
from playwright.sync_api import Page

from engine.predict import Prediction, Utterance
from extraction.types import Aligned, FeatureSpec, Track, Word
from ui.clip import Analysis
from ui.timeline.payload import Media, payload
from ui.timeline.source import script, style

WORD, FOLD = ".tl-word", ".tl-fold"


def played(analysis: Analysis) -> Media:
    content = base64.b64encode(analysis.player.data).decode()
    return Media(f"data:{analysis.player.mime};base64,{content}", analysis.player.kind)


def show(page: Page, aligned: Aligned, prediction: Prediction, media: Media | None = None) -> None:
    """The timeline alone in a page, as the report has it."""
    data = json.dumps(payload(aligned, prediction, media), allow_nan=False).replace("<", "\\u003c")
    page.set_content(
        f"<!doctype html><html lang=en><title>t</title><meta name=viewport content='width=device-width'>"
        "<style>:root { color-scheme: light dark } body { background: Canvas; color: CanvasText }</style>"
        f"<style>{style()}</style><main id=timeline></main>"
        f'<script type="application/json" id=payload>{data}</script><script type=module>{script()}\n'
        'window.payload = JSON.parse(document.getElementById("payload").textContent);\n'
        'window.timeline = mount(document.getElementById("timeline"), window.payload);</script>'
    )
    page.wait_for_function("window.timeline !== undefined")


def long_clip(minutes: float = 10.0, words: int = 1500) -> tuple[Aligned, Prediction]:
    """A made-up clip of the size a lecture has, with tracks as the default sets make them."""
    random = np.random.default_rng(7)
    duration = 60 * minutes
    starts = np.sort(random.uniform(0, duration - 1, words))
    ends = np.minimum(starts + random.uniform(0.1, 0.5, words), np.append(starts[1:], duration))
    spoken = tuple(
        Word(f"word{i}", float(a), float(b), 0.9, i % 9 == 0, 0.8)
        for i, (a, b) in enumerate(zip(starts, ends, strict=True))
    )
    pieces = tuple((first, min(first + 30, words)) for first in range(0, words, 30))
    tracks = {"A": noise(random, "A", 38, 0.01, duration), "V": noise(random, "V", 75, 0.1, duration)}
    sentiment = random.normal(0, 1, words).astype(np.float32)
    attention = np.full(words, 1 / words, np.float32)
    utterances = tuple(
        Utterance(a, b, float(starts[a]), float(ends[b - 1]), float(sentiment[a:b].mean())) for a, b in pieces
    )
    aligned = Aligned("long", spoken, {}, duration, tracks, utterances=pieces)
    return aligned, Prediction("T", spoken, sentiment, attention, float(sentiment.mean()), ("T",), utterances)


def noise(random, modality, columns: int, period: float, duration: float) -> Track:
    frames = round(duration / period)
    spec = FeatureSpec(modality, "made up", "1", tuple(f"row {i}" for i in range(columns)))
    values = random.normal(size=(frames, columns)).astype(np.float32).cumsum(axis=0)
    observed = np.repeat(random.random(frames // 100 + 1) > 0.2, 100)[:frames]
    return Track(
        spec, (np.arange(frames) + 0.5) * period, np.where(observed[:, None], values, np.nan), observed, period
    )
