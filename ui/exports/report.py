"""The report: one HTML file that plays the clip with its timeline, and says how the reading was made.

It holds all it shows: the clip as a data: address, the timeline's own script and style. Its content security policy
lets it load nothing and run no other script than its own, whose hash the policy names, so that no word of a transcript
could. Without scripts the score, the word table and the sentences are still there.
"""

from __future__ import annotations

import base64
import hashlib
import json
from html import escape
from typing import Any

from engine import scale
from engine.exports.read_clip import ReadClip, made_by
from engine.predict import Prediction
from ui import views
from ui.exports.report_style import CSS
from ui.player import Playable
from ui.timeline import source
from ui.timeline.payload import Media, payload

MOST_BYTES = 200_000_000  # of a clip that is put into the report; browsers refuse addresses of 512 MB
_START = """
mount(document.getElementById("timeline"), JSON.parse(document.getElementById("payload").textContent));
"""


def report_bytes(clip: ReadClip, player: Playable | None, note: str | None = None) -> bytes:
    """The report in UTF-8; without `player`, or where the clip is too large or gone, it says so and plays nothing.

    `note` is a sentence that must be said beside the clip.
    """
    content, told = _played(player)
    told += [note] if note else []
    media = Media(_address(content, player.mime), player.kind) if content and player else None
    script = _inside(source.script()) + _START
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; media-src data: blob:; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    data = json.dumps(payload(clip.aligned, clip.prediction, media), allow_nan=False).replace("<", "\\u003c")
    title = f"{clip.name} read by {clip.prediction.variant}"
    parts = [
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title>",
        f"<style>{CSS}</style>\n<style>{_inside(source.style())}</style>\n</head>\n<body>\n<main>",
        _reading(clip, told),
        '<section id="timeline" aria-label="Timeline"></section>',
        _words(clip),
        _making(clip),
        f'</main>\n<script type="application/json" id="payload">{data}</script>',
        f'<script type="module">{script}</script>\n</body>\n</html>\n',
    ]
    return "\n".join(parts).encode(errors="replace")


def _played(player: Playable | None) -> tuple[bytes | None, list[str]]:
    """The clip's bytes, or None and why they are not in the report."""
    if player is None:
        return None, ["The clip cannot be played by a browser."]
    try:
        content = player.data
    except OSError:
        return None, ["The clip was removed before the report was made, so that it cannot be played here."]
    if len(content) > MOST_BYTES:
        return None, [f"The clip is too large to be part of the report ({len(content) / 1e6:.0f} MB)."]
    return content, []


def _address(content: bytes, mime: str) -> str:
    return f"data:{mime};base64,{base64.b64encode(content).decode()}"


def _inside(text: str) -> str:
    """A script or a style, fit to stand inside its tag."""
    return text.replace("</script", "<\\/script").replace("</style", "<\\/style")


def _reading(clip: ReadClip, told: list[str]) -> str:
    """What it is, how far to trust it, and warnings; score and words stand beside the player."""
    prediction = clip.prediction
    warnings = [*told, *prediction.warnings]
    items = "".join(f"<li>{escape(warning)}</li>" for warning in warnings)
    return "\n".join(
        [
            f"<header><h1><bdi>{escape(clip.name)}</bdi></h1>",
            f'<p class="lead">Variant {escape(views.describe(prediction.variant))}</p></header>',
            f"<noscript><p>{escape(_score(prediction))}</p></noscript>",
            f'<p class="s2s-note" id="honest">{escape(views.honest_line(clip.card))}</p>',
            f'<ul class="warnings" aria-label="Warnings">{items}</ul>' if items else "",
        ]
    )


def _score(prediction: Prediction) -> str:
    """For readers without scripts: with them it stands beside the player."""
    told = f"{scale.signed(prediction.score)} on a scale from −3 to +3{views.after_score(prediction)}"
    return f"{scale.name(prediction.score)}: {told}"


def _words(clip: ReadClip) -> str:
    rows = "\n".join(_row(clip.prediction, i) for i in range(len(clip.prediction.words)))
    headings = ("word", "start [s]", "end [s]", "confidence", "sentiment", "attention", "contribution")
    head = "".join(f'<th scope="col">{heading}</th>' for heading in headings)
    return (
        '<details><summary>Word table</summary><div class="scroll" tabindex="0" role="region" aria-label="Word table">'
        f"<table><thead><tr>{head}</tr></thead>\n<tbody>{rows}</tbody></table></div>"
        "<p>A time with ~ is an estimate. Attention sums to 1; contribution is attention times sentiment and sums to "
        "the score.</p></details>"
    )


def _row(prediction: Prediction, i: int) -> str:
    word, sentiment = prediction.words[i], float(prediction.sentiment[i])
    estimated = " ~" if word.interpolated else ""
    cells = [
        _figure(word.start),
        _figure(word.end) + (estimated if word.timed else ""),
        _figure(word.confidence),
        f"{scale.signed(sentiment)} {scale.name(sentiment)}",
        f"{float(prediction.attention[i]):.1%}",
        scale.signed(float(prediction.contribution[i])),
    ]
    rest = "".join(f"<td>{cell}</td>" for cell in cells)
    return f'<tr><th scope="row"><bdi>{escape(word.text)}</bdi></th>{rest}</tr>'


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _making(clip: ReadClip) -> str:
    """What the reading rests on, for whoever wants to make it again."""
    card = clip.card
    pairs: list[tuple[str, Any]] = [
        ("clip", f"{clip.name}, {clip.aligned.duration:.2f} s, {len(clip.prediction.words)} words"),
        ("variant", clip.prediction.variant),
        *((f"features {m}", f"{spec.name}, {spec.version}") for m, spec in card.specs.items()),
        ("judged by", card.verdict),
        ("trained by", card.command),
        ("made by", made_by(clip)),
    ]
    items = "".join(f"<dt>{escape(name)}</dt><dd>{escape(str(value))}</dd>" for name, value in pairs)
    return f"<details><summary>How this was made</summary><dl>{items}</dl></details>"
