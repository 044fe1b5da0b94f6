"""Numbers in tables: how they are written, and that they stay numbers."""

import pandas as pd
import pytest

from engine import scale
from ui import tables


@pytest.fixture
def drawn(monkeypatch):
    """What Streamlit is given to draw."""
    given = []
    monkeypatch.setattr(tables.st, "dataframe", lambda data, **options: given.append((data, options)))
    return given


def table(rows):
    numbers = [-0.54, -0.001, None]
    return pd.DataFrame({"word": ["a"] * rows, "clips": [7] * rows} | dict.fromkeys("xyz", (numbers * rows)[:rows]))


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (tables.number, ["0.84", "−1.20", "0.00"]),
        (scale.signed, ["+0.84", "−1.20", "0.00"]),
        (tables.share, ["83.6%", "−120.0%", "−0.1%"]),
    ],
)
def test_numbers_have_a_true_minus_and_zero_has_none(form, said):
    assert [form(value) for value in (0.836, -1.2, -0.001)] == said


def test_a_table_is_written_by_its_forms_and_holds_its_numbers(drawn):
    tables.show(table(3), {"y": scale.signed}, {"x": {"label": "a title"}}, height=99)
    ((styled, options),) = drawn
    assert list(styled.data["x"][:2]) == [-0.54, -0.001]
    cells = [[cell["display_value"] for cell in row if cell["type"] == "td"] for row in _written(styled)]
    assert cells[0] == ["a", "7", "−0.54", "−0.54", "−0.54"]
    assert cells[1] == ["a", "7", "0.00", "0.00", "0.00"]
    assert cells[2] == ["a", "7", "–", "–", "–"]
    assert options == {"hide_index": True, "column_config": {"x": {"label": "a title"}}, "height": 99}


def test_a_large_table_is_left_to_the_browser_with_the_same_forms_and_titles(drawn):
    tables.show(table(2000), {"y": scale.signed, "z": tables.share}, {"x": {"label": "a title"}})
    ((data, options),) = drawn
    assert isinstance(data, pd.DataFrame)
    config = options["column_config"]
    assert [config[name]["type_config"]["format"] for name in "xyz"] == ["%.2f", "%+.2f", "percent"]
    assert config["x"]["label"] == "a title"
    assert "clips" not in config


def _written(styled):
    return styled._translate(sparse_index=False, sparse_cols=False)["body"]
