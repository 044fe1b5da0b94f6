"""Voice and face in units of their own speaker."""

import numpy as np
import pandas as pd
import pytest
from synthetic import SPECS, clip, table

from engine.by_speaker import by_speaker, derived, of_one_clip
from engine.config import RegressionOptions
from engine.dataset import segment_of
from engine.model import SentimentModel
from engine.notation import parse
from engine.predict import predict
from extraction.errors import CheckpointError, DataError
from extraction.store import Entry, make_table, read_table, write_table
from extraction.types import Aligned


def frame(made, modality):
    rows = [
        {"speaker": entry.speaker, **dict(enumerate(row))}
        for entry in made
        for row in entry.aligned.streams[modality].values
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize("modality", ["A", "V"])
def test_each_speakers_columns_are_pandas_z_scores(modality):
    plain = table(missing=0.2)
    columns = frame(plain, modality).groupby("speaker")
    expected = (columns.transform("mean").rsub(frame(plain, modality).drop(columns="speaker"))) / columns.transform(
        "std", ddof=0
    )
    np.testing.assert_allclose(frame(by_speaker(plain), modality).drop(columns="speaker"), expected, atol=1e-4)


def test_text_labels_and_what_is_missing_stay():
    plain = table(missing=0.2)
    for before, after in zip(plain, by_speaker(plain), strict=True):
        assert (before.label, before.split, before.speaker) == (after.label, after.split, after.speaker)
        np.testing.assert_array_equal(before.aligned.streams["T"].values, after.aligned.streams["T"].values)
        for m in "AV":
            np.testing.assert_array_equal(before.aligned.streams[m].observed, after.aligned.streams[m].observed)


def test_a_constant_column_and_a_single_word_give_zeros():
    aligned = clip(np.random.default_rng(0), "one", 1, modalities="A")
    assert (of_one_clip(aligned.streams["A"]).values == 0).all()


def test_a_model_of_such_measurements_reads_a_plain_clip_by_its_own_statistics():
    specs = {"A": derived(SPECS["A"])}
    model = SentimentModel(parse("A"), specs, regression=RegressionOptions(hidden=3)).eval()
    plain = clip(np.random.default_rng(1), "plain", 6)
    ready = Aligned("ready", plain.words, {"A": of_one_clip(plain.streams["A"])}, plain.duration)
    assert predict(model, plain).score == pytest.approx(predict(model, ready).score)
    shifted = {
        "A": type(plain.streams["A"])(SPECS["A"], plain.streams["A"].values * 3 + 7, plain.streams["A"].observed)
    }
    other = Aligned("other", plain.words, shifted, plain.duration)
    assert predict(model, other).score == pytest.approx(predict(model, plain).score, abs=1e-4)
    assert segment_of(ready, ("A",)).values["A"].shape == (6, 4)


def test_a_plain_model_refuses_such_measurements():
    model = SentimentModel(parse("A"), {"A": SPECS["A"]}, regression=RegressionOptions(hidden=3)).eval()
    plain = clip(np.random.default_rng(1), "plain", 6)
    ready = Aligned("ready", plain.words, {"A": of_one_clip(plain.streams["A"])}, plain.duration)
    with pytest.raises(CheckpointError, match="other audio features"):
        predict(model, ready)


def test_what_cannot_be_standardised_is_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(DataError, match="no voice and no face"):
        by_speaker(table(modalities="T"))
    with pytest.raises(DataError, match="names no speaker"):
        by_speaker(make_table([Entry(clip(rng, "a", 3))]))
    with pytest.raises(DataError, match="already"):
        by_speaker(by_speaker(table()))


def test_the_command_writes_a_table_of_such_measurements(tmp_path):
    from click.testing import CliRunner

    from engine.cli import cli

    write_table(table(), tmp_path / "plain.parquet")
    done = CliRunner().invoke(cli, ["by-speaker", str(tmp_path / "plain.parquet"), "-o", str(tmp_path / "own.parquet")])
    assert done.exit_code == 0, done.output
    assert "6 speakers" in done.stderr
    assert read_table(tmp_path / "own.parquet").specs["A"] == derived(SPECS["A"])
