"""What is written in charts can be read on a light and on a dark page."""

import altair as alt
import pandas as pd
import pytest

from engine import scale
from ui import cards, charts

PAGES = {False: "#FFFFFF", True: "#14171C"}  # backgrounds, as the theme has them
ENOUGH = 4.5  # contrast, WCAG's AA


def _parts(colour):
    return [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]


def _luminance(parts):
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("dark", PAGES)
def test_letters_stand_out_from_the_page_and_from_the_darkest_grey_they_lie_on(dark):
    page, grey = _parts(PAGES[dark]), _parts(scale.NEUTRAL)
    assert contrast(_parts(charts.INK[dark]), page) >= ENOUGH
    darkest = [cards.DARKEST * part + (1 - cards.DARKEST) * behind for part, behind in zip(grey, page, strict=True)]
    assert contrast(_parts(charts.TEXT[dark]), darkest) >= ENOUGH


def test_axes_and_legends_are_written_in_ink():
    chart = alt.Chart(pd.DataFrame({"x": [1]})).mark_point().encode(x="x:Q")
    config = charts.legible(chart, "#123456").to_dict()["config"]
    for part in ("axis", "legend"):
        assert config[part]["labelColor"] == config[part]["titleColor"] == "#123456"
