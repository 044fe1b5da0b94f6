"""The scale's names, numbers and colours."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import scale

PAGES = {"light": ("#FFFFFF", "#1B1F24"), "dark": ("#14171C", "#E8EAED")}  # background and text, as the theme has them


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (-3.4, "strongly negative"),
        (-2.0, "negative"),
        (-0.6, "weakly negative"),
        (0.2, "neutral"),
        (0.84, "weakly positive"),
        (1.9, "positive"),
        (7.0, "strongly positive"),
    ],
)
def test_a_value_takes_the_name_of_its_nearest_step(value, name):
    assert scale.name(value) == name


def test_numbers_have_a_sign_two_digits_and_a_true_minus():
    assert [scale.signed(v) for v in (0.836, -1.2, 0.001, -0.004)] == ["+0.84", "−1.20", "0.00", "0.00"]


@given(st.floats(-10, 10))
def test_tint_is_symmetric_and_grows_with_strength(value):
    def opacity(v):
        return float(re.fullmatch(r"rgba\(\d+,\d+,\d+,([\d.]+)\)", scale.tint(v))[1])

    assert opacity(value) == opacity(-value)
    assert opacity(value) <= opacity(value * 1.5) <= 0.7


def _luminance(rgb):
    linear = [c / 255 / 12.92 if c / 255 <= 0.03928 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("value", [-3, -1.5, 0, 1.5, 3])
def test_text_on_a_tint_is_readable_on_both_themes(page, value):
    """WCAG AA: a contrast of 4.5 or more between the page's text colour and the tinted background."""
    background, text = ([int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in PAGES[page])
    *hue, opacity = (float(n) for n in re.findall(r"[\d.]+", scale.tint(value)))
    mixed = [opacity * h + (1 - opacity) * b for h, b in zip(hue, background, strict=True)]
    high, low = sorted((_luminance(mixed), _luminance(text)), reverse=True)
    assert (high + 0.05) / (low + 0.05) >= 4.5
