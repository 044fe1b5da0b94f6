"""The reading as a table, a row a word: CSV, JSON and Parquet. Every word is in it, those without a time too.

Columns: `clip`, `variant`, `utterance` and `index` (positions, from 0), `word`, `start` and `end` (seconds, empty where
there is no time), `interpolated` (the time is an estimate), `confidence` (the recogniser's), `fit` (the aligner's),
`sentiment` (label units, about [-3, 3]), `attention` (sums to 1), `contribution` (their product, sums to the score).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

from engine.exports.read_clip import ReadClip, card_figures, printable
from engine.version import program_version

FORMAT = 1  # of the metadata in JSON and Parquet
KEY = b"s2s_reading"  # under which a Parquet file has the metadata
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")  # beginnings that a spreadsheet program takes for a formula


def columns(clip: ReadClip) -> dict[str, Any]:
    """The table, column -> values in the words' order; what the model gives is float32."""
    prediction, words = clip.prediction, clip.prediction.words
    return {
        "clip": [printable(clip.aligned.clip)] * len(words),
        "variant": [prediction.variant] * len(words),
        "utterance": clip.utterance_of_words,
        "index": range(len(words)),
        "word": clip.texts,
        "start": [word.start for word in words],
        "end": [word.end for word in words],
        "interpolated": [word.interpolated for word in words],
        "confidence": [word.confidence for word in words],
        "fit": [word.fit for word in words],
        "sentiment": prediction.sentiment,
        "attention": prediction.attention,
        "contribution": prediction.contribution,
    }


def csv_bytes(clip: ReadClip) -> bytes:
    """CSV in UTF-8 with a byte-order mark, which spreadsheet programs need to read accents.

    A text that a spreadsheet would run as a formula is preceded by an apostrophe.
    """
    table = columns(clip)
    for key in ("clip", "word"):
        table[key] = [f"'{text}" if text.startswith(_FORMULA) else text for text in table[key]]
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(table)
    writer.writerows(zip(*table.values(), strict=True))
    return file.getvalue().encode("utf-8-sig")


def json_bytes(clip: ReadClip) -> bytes:
    """One JSON document: the metadata, and `words` as `Prediction.to_dict` has them with `interpolated` beside."""
    read = clip.prediction.to_dict()
    words = [
        {**word, "text": text, "interpolated": said.interpolated}
        for word, text, said in zip(read["words"], clip.texts, clip.prediction.words, strict=True)
    ]
    document = {**metadata(clip), "words": words}
    return (json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode(errors="replace")


def parquet_bytes(clip: ReadClip) -> bytes:
    """Parquet, the metadata as JSON under `KEY` in the file's own; the word vectors stay in the word table."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {
        **dict.fromkeys(("clip", "variant", "word"), pa.string()),
        **dict.fromkeys(("utterance", "index"), pa.int32()),
        **dict.fromkeys(("start", "end", "confidence", "fit"), pa.float64()),
        "interpolated": pa.bool_(),
        **dict.fromkeys(("sentiment", "attention", "contribution"), pa.float32()),
    }
    arrays = {key: pa.array(values, type=kinds[key]) for key, values in columns(clip).items()}
    stored = json.dumps(metadata(clip), ensure_ascii=False, allow_nan=False).encode(errors="replace")
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(arrays).replace_schema_metadata({KEY: stored}), sink)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def metadata(clip: ReadClip) -> Mapping[str, Any]:
    """JSON-able: clip, media and duration [s]; variant, score, inputs, utterances and warnings; the card's figures; and
    the versions of program, weights and feature sets.
    """
    read = clip.prediction.to_dict()
    del read["words"]
    return {
        "format": FORMAT,
        "clip": printable(clip.aligned.clip),
        "media": None if clip.media is None else printable(clip.media),
        "duration": clip.aligned.duration,
        **read,
        "figures": card_figures(clip.card),
        "versions": {
            "program": program_version(),
            "weights": clip.card.weights_sha256,
            "features": {m: f"{spec.name} {spec.version}" for m, spec in clip.card.specs.items()},
        },
    }
