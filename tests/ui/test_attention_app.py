"""The Attention page without a browser: blanking and integrated gradients of the sample, and what the card says."""

import dataclasses
import json
import shutil

import pytest
from answered_runs import SHIPPED
from app_runs import markup, settled
from streamlit.testing.v1 import AppTest

from engine.checkpoint import read_card, save_card
from engine.faithfulness import HEADINGS, Faithfulness, Figure
from ui import session

pytestmark = [pytest.mark.models, pytest.mark.slow]


def script():
    from ui.screens import attention

    attention.page()


@pytest.fixture
def checkpoints(tmp_path, monkeypatch):
    """The shipped `T` and `T->A`, the former with figures of a corpus on its card, the latter without."""
    for name in ("T", "T_to_A"):
        shutil.copytree(SHIPPED / name, tmp_path / name)
    figure = Figure(0.25, 0.15, 0.35, 206, 0.0, -0.05, 0.05)
    figures = Faithfulness("T", "made.parquet", 229, 2557, "speaker", 10, 0.001, dict.fromkeys(HEADINGS, figure))
    kept = {"T": figures.to_dict(), "T_to_A": None}
    for name, figures_of in kept.items():
        save_card(dataclasses.replace(read_card(tmp_path / name), faithfulness=figures_of), tmp_path / name)
    monkeypatch.setenv("S2S_CHECKPOINTS", str(tmp_path))
    session.model.clear()
    yield tmp_path
    session.model.clear()


def charts(app):
    """The fields that bars stand for, chart by chart."""
    specs = (json.loads(chart.proto.spec) for chart in app.get("vega_lite_chart"))
    return [spec.get("layer", [spec])[0]["encoding"]["y"]["field"] for spec in specs]


def test_gradients_stand_beside_blanking_and_the_corpus_below(checkpoints):
    app = settled(AppTest.from_function(script, default_timeout=180))
    assert not app.exception
    assert not app.error
    app.selectbox(key="attention-variant").set_value("T").run()
    said = markup(app)
    assert charts(app)[:3] == ["attention", "change", "gradients"]
    assert "Integrated gradients, their sign counted, and blanking: rank correlation" in said
    assert "Over 206 clips the rank correlation of attention and blanking, signs not counted, is +0.25" in said
    (numbers,) = (frame.value for frame in app.dataframe)
    assert {"adds, by blanking", "adds, by gradients"} <= set(numbers.columns)
    assert numbers["adds, by gradients"].abs().max() > 0.01
    app.selectbox(key="attention-variant").set_value("T->A").run()
    assert not app.error
    assert "Over 206 clips" not in markup(app)
    assert "Integrated gradients, their sign counted" in markup(app)


def test_figures_of_another_version_are_one_sentence(checkpoints):
    save_card(dataclasses.replace(read_card(checkpoints / "T"), faithfulness={"old": 1}), checkpoints / "T")
    app = settled(AppTest.from_function(script, default_timeout=180))
    app.selectbox(key="attention-variant").set_value("T").run()
    assert not app.exception
    (error,) = app.error
    assert "has figures of another version of this program" in error.value
