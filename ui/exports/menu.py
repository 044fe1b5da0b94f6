"""What the page's export menu offers for a clip: the engine's formats, the report before them."""

from __future__ import annotations

from functools import partial
from pathlib import PurePosixPath

from engine.checkpoint import Card
from engine.exports.formats import FORMATS, Format
from engine.exports.read_clip import ReadClip
from engine.predict import Prediction
from ui import session
from ui.clip import Analysis
from ui.exports.report import report_bytes


def read_clip(analysis: Analysis, prediction: Prediction, card: Card) -> ReadClip:
    """What the formats are made from; of the clip's name, folders are left out."""
    name = PurePosixPath(analysis.name.replace("\\", "/")).name
    return ReadClip(analysis.aligned, prediction, card, name or None)


def formats(analysis: Analysis) -> tuple[Format, ...]:
    """All formats there are for a clip; `Format.make` takes what `read_clip` gives, and works only when called."""
    report = Format(
        "HTML report",
        ".html",
        "text/html",
        "One page that plays the clip with its timeline, for colleagues; it needs no network.",
        partial(report_bytes, player=analysis.player, note=session.note_on(analysis.name)),
    )
    return (report, *FORMATS)
