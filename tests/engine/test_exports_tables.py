"""The reading as CSV, JSON and Parquet, opened again by the programs they are for."""

import io
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from read_clips import NASTY, WORDS, nasty_words, read_clip

from engine.exports.tables import KEY, csv_bytes, json_bytes, parquet_bytes
from extraction.types import Word

TEXT = {"word": str, "clip": str}


def spreadsheet(data):
    return pd.read_csv(
        io.BytesIO(data), encoding="utf-8-sig", keep_default_na=False, na_values={"start": "", "end": ""}, dtype=TEXT
    )


def test_csv_has_a_row_a_word_and_contributions_add_up_to_the_score():
    clip = read_clip()
    table = spreadsheet(csv_bytes(clip))
    assert list(table["word"]) == [word.text for word in WORDS]
    assert table["contribution"].sum() == pytest.approx(clip.prediction.score, abs=1e-5)
    assert list(table["interpolated"]) == [False, False, True, False, False, False]
    assert np.isnan(table["start"][3])
    assert set(table["variant"]) == {"T"}


def test_csv_begins_with_the_mark_spreadsheets_need_and_runs_no_formula():
    data = csv_bytes(read_clip([Word(text, 0.0, 1.0) for text in ("=1+1", "+1", "-5", "@x", "＝1", "a=b")], clip="=c"))
    assert data.startswith(b"\xef\xbb\xbfclip,variant,")
    table = spreadsheet(data)
    assert list(table["word"]) == ["'=1+1", "'+1", "'-5", "'@x", "'＝1", "a=b"]
    assert set(table["clip"]) == {"'=c"}


def test_json_holds_the_prediction_the_clip_and_the_cards_figures():
    clip = read_clip()
    clip = replace(clip, prediction=replace(clip.prediction, interval=(-2.0, 0.5)))
    data = json.loads(json_bytes(clip))
    assert data["interval"] == [-2.0, 0.5]
    said = clip.prediction.to_dict()
    assert {key: data[key] for key in ("variant", "score", "inputs", "utterances", "warnings")} == {
        key: said[key] for key in ("variant", "score", "inputs", "utterances", "warnings")
    }
    assert [{k: v for k, v in word.items() if k != "interpolated"} for word in data["words"]] == said["words"]
    assert (data["clip"], data["media"], data["duration"]) == ("a clip", "a clip.mp4", 4.0)
    card = clip.card
    assert data["figures"]["r"] == {"value": card.test["r"], "floor": 0.0}
    assert data["figures"]["mae"] == {"value": card.test["mae"], "floor": card.floors["constant_mae"]}
    assert data["versions"]["weights"] == card.weights_sha256


def test_parquet_keeps_types_and_says_how_it_was_made():
    clip = read_clip(utterances=((0, 3), (3, 6)))
    table = pq.read_table(io.BytesIO(parquet_bytes(clip)))
    assert table["word"].to_pylist() == [word.text for word in WORDS]
    assert table["start"].to_pylist() == [word.start for word in WORDS]
    assert table["utterance"].to_pylist() == [0, 0, 0, 1, 1, 1]
    assert np.array_equal(table["sentiment"].to_numpy(), clip.prediction.sentiment)
    stored = json.loads(table.schema.metadata[KEY])
    assert stored["variant"] == "T"
    assert stored["versions"]["features"] == {"T": "minilm-words " + clip.card.specs["T"].version}


def test_duckdb_reads_the_parquet_file(tmp_path):
    duckdb = pytest.importorskip("duckdb")
    (tmp_path / "a.parquet").write_bytes(parquet_bytes(read_clip()))
    table = duckdb.read_parquet(str(tmp_path / "a.parquet"))
    assert table.filter("start is not null").order("contribution").project("word").fetchall()[0] == ("awful",)


@pytest.mark.slow
@given(words=nasty_words())
@settings(max_examples=40)
def test_any_word_and_any_time_comes_back_from_every_table(words):
    clip = read_clip(words)
    table = spreadsheet(csv_bytes(clip))
    assert [word.removeprefix("'") for word in table["word"]] == [text.removeprefix("'") for text in clip.texts]
    assert [word["text"] for word in json.loads(json_bytes(clip))["words"]] == list(clip.texts)
    arrow = pq.read_table(io.BytesIO(parquet_bytes(clip)))
    assert arrow["word"].to_pylist() == list(clip.texts)
    assert arrow["end"].to_pylist() == [word.end for word in words]


def test_words_keep_their_characters_but_for_those_no_file_can_hold():
    texts = read_clip([Word(text) for text in NASTY]).texts
    changed = {"a\x00b\x1f": "ab", "\ud800half": "half", "a,b;c\td": "a,b;c d"}
    assert list(texts) == [changed.get(text, text) for text in NASTY]
