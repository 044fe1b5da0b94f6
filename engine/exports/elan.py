"""The reading as an ELAN annotation file (.eaf), written by pympi-ling: words on the clip's time, figures beneath them.

Tiers: `words`, aligned to time; `sentiment` (the name of the scale's nearest step), `sentiment number`, `attention`
and `contribution`, each with one annotation a word that moves with it (symbolic association); `utterances`, aligned to
time, with name and number of each one's score. Times are milliseconds. The media is named by its file alone: ELAN looks
for it beside the .eaf. What the file leaves out and how it was made stands among the properties of its header.
Source: mpi.nl/tools/elan/EAF_Annotation_Format_3.0_and_ELAN.pdf.
"""

from __future__ import annotations

from mimetypes import guess_type
from typing import Any
from urllib.parse import quote

from engine import scale
from engine.exports.placed import MILLISECONDS, placed_utterances, placed_words
from engine.exports.read_clip import ReadClip, headline, made_by, printable, trust, untimed
from engine.exports.textgrid import plain_number

_WORDS, _ABOUT = "words", "about a word"  # linguistic types


def eaf_bytes(clip: ReadClip) -> bytes:
    """An EAF file in UTF-8. Raises InputError if no word has a time."""
    from pympi.Elan import Eaf, to_string  # type: ignore[import-untyped]

    words = placed_words(clip, MILLISECONDS)
    eaf = Eaf(author="Seq2Seq2Sentiment")
    eaf.remove_tier("default")
    eaf.remove_linguistic_type("default-lt")
    eaf.add_linguistic_type(_WORDS)
    eaf.add_linguistic_type(_ABOUT, constraints="Symbolic_Association", timealignable=False)
    eaf.add_tier(_WORDS, _WORDS)
    for word in words:
        eaf.add_annotation(_WORDS, _ticks(word.start), _ticks(word.end), word.word.text)
    parents = list(eaf.tiers[_WORDS][0])
    _add_dependent(eaf, "sentiment", parents, [scale.name(word.sentiment) for word in words])
    _add_dependent(eaf, "sentiment number", parents, [plain_number(word.sentiment) for word in words])
    _add_dependent(eaf, "attention", parents, [f"{word.attention:.4f}" for word in words])
    _add_dependent(eaf, "contribution", parents, [plain_number(word.contribution) for word in words])
    eaf.add_tier("utterances", _WORDS)
    for span in placed_utterances(clip, words):
        said = f"{scale.name(span.score)} {plain_number(span.score)}"
        eaf.add_annotation("utterances", _ticks(span.start), _ticks(span.end), said)
    _add_header(eaf, clip)
    content: bytes = to_string(eaf, encoding="UTF-8")
    return content + b"\n"


def _add_dependent(eaf: Any, name: str, parents: list[str], values: list[str]) -> None:
    """A tier with one annotation a word; pympi's own call looks each parent up by its time, in quadratic time."""
    eaf.add_tier(name, _ABOUT, parent=_WORDS)
    for parent, value in zip(parents, values, strict=True):
        identity = eaf.generate_annotation_id()
        eaf.annotations[identity] = name
        eaf.tiers[name][1][identity] = (parent, value, None, None)


def _add_header(eaf: Any, clip: ReadClip) -> None:
    eaf.header = {"MEDIA_FILE": "", "TIME_UNITS": "milliseconds"}
    if clip.media is not None:
        url = f"./{quote(printable(clip.media), safe='')}"
        eaf.add_linked_file(url, relpath=url, mimetype=guess_type(clip.media)[0] or "unknown")
    eaf.remove_property()
    eaf.add_property("lastUsedAnnotationId", eaf.maxaid)
    said = {"score": headline(clip), "trust": trust(clip), "left out": untimed(clip), "made by": made_by(clip)}
    for key, sentence in said.items():
        if sentence is not None:
            eaf.add_property(key, sentence)


def _ticks(time: float) -> int:
    return round(time * MILLISECONDS)
