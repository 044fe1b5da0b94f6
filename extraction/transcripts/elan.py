"""ELAN's annotation files (.eaf): XML with time slots in milliseconds and annotations in tiers.

Nothing but the file itself is read: a document type, and with it every entity, is refused, and no address is opened.
A tier of words is read with its times; a tier of utterances, and words that only subdivide an utterance, are spread.
Source: mpi.nl/tools/elan/EAF_Annotation_Format_3.0_and_ELAN.pdf.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from mimetypes import guess_type
from urllib.parse import quote
from xml.parsers import expat

from extraction.errors import TranscriptError
from extraction.transcripts.said import Reading, Said, without_noises
from extraction.transcripts.tiers import Tier, chosen
from extraction.types import Word

_SCHEMA = "http://www.mpi.nl/tools/elan/EAFv3.0.xsd"
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_MISSING = "(missing)"


def read_eaf(data: bytes, name: str) -> Reading:
    """Read an EAF file: the tier of words, else the one of a transcript, else the first with anything in it.

    Raises:
        TranscriptError: it is no XML or no EAF, names entities, or an annotation refers to a time that is not there.
    """
    root = _tree(data, name)
    if root.tag != "ANNOTATION_DOCUMENT":
        raise TranscriptError(f"{name} is not an EAF file: give one that ELAN has saved.")
    header = root.find("HEADER")
    units = "milliseconds" if header is None else header.get("TIME_UNITS", "milliseconds")
    if units != "milliseconds":
        raise TranscriptError(f"{name} counts time in {units[:40]}: save it in ELAN with milliseconds.")
    slots = _slots(root, name)
    aligned = [Tier(tier.get("TIER_ID", ""), _aligned(tier, slots, name)) for tier in root.iter("TIER")]
    spans = {
        annotation.get("ANNOTATION_ID"): item
        for tier, found in zip(root.iter("TIER"), aligned, strict=True)
        for annotation, item in zip(tier.iter("ALIGNABLE_ANNOTATION"), found.items, strict=True)
    }
    parents = {a.get("ANNOTATION_ID"): a.get("ANNOTATION_REF") for a in root.iter("REF_ANNOTATION")}
    divided = [Tier(tier.get("TIER_ID", ""), _divided(tier, parents, spans)) for tier in root.iter("TIER")]
    tier, told = chosen([a if a.items else d for a, d in zip(aligned, divided, strict=True)])
    return Reading(tier.items if tier else (), (*told, *_offset(root, name)))


def _tree(data: bytes, name: str) -> ET.Element:
    """The document as a tree. Raises TranscriptError where it is not well formed or has a document type."""
    builder = ET.TreeBuilder()

    def refuse(*_: object) -> None:
        raise TranscriptError(f"{name} has a document type, which may hide other files: save it anew in ELAN.")

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise TranscriptError(
            f"{name}, line {error.lineno}: this is no well-formed XML ({expat.ErrorString(error.code)}): "
            "give the file as ELAN saves it."
        ) from error
    except (ValueError, LookupError) as error:  # an encoding that is unknown or has several bytes a character
        raise TranscriptError(f"{name} is written in an encoding that cannot be read: save it in UTF-8.") from error
    return builder.close()


def _slots(root: ET.Element, name: str) -> Mapping[str, float | None]:
    """Seconds of each time slot; None for one that ELAN has not aligned."""
    slots: dict[str, float | None] = {}
    for slot in root.iter("TIME_SLOT"):
        value = slot.get("TIME_VALUE")
        try:
            slots[slot.get("TIME_SLOT_ID", "")] = None if value is None else int(value) / 1000
        except (ValueError, OverflowError) as error:
            place = slot.get("TIME_SLOT_ID", _MISSING)[:40]
            raise TranscriptError(
                f"{name}, time slot {place}: {str(value)[:40]!r} is no whole number of milliseconds: correct it."
            ) from error
    return slots


def _aligned(tier: ET.Element, slots: Mapping[str, float | None], name: str) -> list[Said]:
    """The annotations with time slots of their own; between slots without a time they share the room evenly."""
    items: list[Said] = []
    chain: list[tuple[str, str]] = []  # texts and places that wait for the next known time
    begin: float | None = None
    for annotation in tier.iter("ALIGNABLE_ANNOTATION"):
        place = f"annotation {annotation.get('ANNOTATION_ID', _MISSING)[:40]}"
        bounds: list[float | None] = []
        for attribute in ("TIME_SLOT_REF1", "TIME_SLOT_REF2"):
            slot = annotation.get(attribute, _MISSING)
            if slot not in slots:
                raise TranscriptError(f"{name}, {place}: there is no time slot {slot[:40]}: correct the file.")
            bounds.append(slots[slot])
        start, end = bounds
        if start is not None:
            items += _evenly(chain, begin, start)
            chain, begin = [], start
        if start is not None and end is not None:
            items.append(Said(_value(annotation), start, end, place))
            begin = end
            continue
        chain.append((_value(annotation), place))
        if end is not None:
            items += _evenly(chain, begin, end)
            chain, begin = [], end
    return items + _evenly(chain, None, None)


def _evenly(chain: Sequence[tuple[str, str]], start: float | None, end: float | None) -> list[Said]:
    if start is None or end is None:
        return [Said(text, None, None, place) for text, place in chain]
    step = (end - start) / max(len(chain), 1)
    return [
        Said(text, start + i * step, start + (i + 1) * step, place, rough=True) for i, (text, place) in enumerate(chain)
    ]


def _divided(
    tier: ET.Element, parents: Mapping[str | None, str | None], spans: Mapping[str | None, Said]
) -> list[Said]:
    """The annotations that subdivide others, those of one time-aligned ancestor together, with its times."""

    def ancestor(annotation: ET.Element) -> str | None:
        identity = annotation.get("ANNOTATION_REF")
        for _ in range(16):  # deeper than tiers are nested; ends a circle
            if identity in spans or identity is None:
                break
            identity = parents.get(identity)
        return identity

    items: list[Said] = []
    for identity, parts in groupby(tier.iter("REF_ANNOTATION"), ancestor):
        text = " ".join(map(_value, parts))
        span = spans.get(identity)
        start, end = (span.start, span.end) if span else (None, None)
        items.append(Said(text, start, end, f"annotation {str(identity)[:40]}", rough=True))
    return items


def _value(annotation: ET.Element) -> str:
    return without_noises(annotation.findtext("ANNOTATION_VALUE") or "")


def _offset(root: ET.Element, name: str) -> tuple[str, ...]:
    for media in root.iter("MEDIA_DESCRIPTOR"):
        origin = media.get("TIME_ORIGIN", "0")
        if origin.strip("0"):
            return (f"{name} shifts its media by {origin[:20]} ms, which is not applied: check the words' times.",)
    return ()


def eaf_bytes(words: Sequence[Word], media: str | None) -> bytes:
    """Timed words as an EAF 3.0 file with one tier `words`; `media` is the clip, relative to the file."""
    root = ET.Element(
        "ANNOTATION_DOCUMENT",
        {
            "AUTHOR": "",
            "DATE": datetime.now(UTC).isoformat(timespec="seconds"),
            "FORMAT": "3.0",
            "VERSION": "3.0",
            "xmlns:xsi": _INSTANCE,
            "xsi:noNamespaceSchemaLocation": _SCHEMA,
        },
    )
    header = ET.SubElement(root, "HEADER", {"MEDIA_FILE": "", "TIME_UNITS": "milliseconds"})
    if media is not None:
        url = quote(media if media.startswith(".") else f"./{media}")
        kind = guess_type(media)[0] or "unknown"
        ET.SubElement(header, "MEDIA_DESCRIPTOR", {"MEDIA_URL": url, "MIME_TYPE": kind, "RELATIVE_MEDIA_URL": url})
    ET.SubElement(header, "PROPERTY", {"NAME": "lastUsedAnnotationId"}).text = str(len(words))
    order = ET.SubElement(root, "TIME_ORDER")
    tier = ET.SubElement(root, "TIER", {"LINGUISTIC_TYPE_REF": "words", "TIER_ID": "words"})
    for number, word in enumerate(words, start=1):
        slots = {}
        for slot, (reference, time) in enumerate((("TIME_SLOT_REF1", word.start), ("TIME_SLOT_REF2", word.end))):
            slots[reference] = f"ts{2 * number - 1 + slot}"
            value = {"TIME_SLOT_ID": slots[reference], "TIME_VALUE": str(round((time or 0.0) * 1000))}
            ET.SubElement(order, "TIME_SLOT", value)
        annotation = ET.SubElement(tier, "ANNOTATION")
        aligned = ET.SubElement(annotation, "ALIGNABLE_ANNOTATION", {"ANNOTATION_ID": f"a{number}", **slots})
        ET.SubElement(aligned, "ANNOTATION_VALUE").text = word.text
    ET.SubElement(
        root,
        "LINGUISTIC_TYPE",
        {"GRAPHIC_REFERENCES": "false", "LINGUISTIC_TYPE_ID": "words", "TIME_ALIGNABLE": "true"},
    )
    ET.indent(root, "    ")
    document: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return document + b"\n"
