"""How a sentiment in [-3, 3] is named, written and coloured; the same in the app and in every export.

Colour has one meaning: orange-brown is negative, blue is positive, grey is neutral. The scale is symmetric and fixed,
so that two clips compare, and it is told apart with any colour vision (the two ends differ in lightness of hue, not in
red against green).
"""

from __future__ import annotations

from extraction import word_table

LIMIT = word_table.LIMIT  # the ends of the scale
NEGATIVE, NEUTRAL, POSITIVE = "#B35806", "#8A8F98", "#2166AC"

NAMES = (
    "strongly negative",
    "negative",
    "weakly negative",
    "neutral",
    "weakly positive",
    "positive",
    "strongly positive",
)


def name(value: float) -> str:
    """The name of the scale's nearest step, e.g. `weakly positive` for 0.8."""
    return NAMES[round(clip(value)) + 3]


def signed(value: float) -> str:
    """Two decimals with their sign, a true minus for negative numbers: `+0.84`, `−1.20`, `0.00`."""
    text = f"{value:+.2f}"
    if text in ("+0.00", "-0.00"):
        return "0.00"
    return text.replace("-", "−")


def clip(value: float) -> float:
    """`value` limited to the scale."""
    return max(-LIMIT, min(LIMIT, value))


def tint(value: float) -> str:
    """A CSS background that carries the sentiment and leaves text readable on a light and on a dark page.

    The hue says the sign and the opacity the strength; at 70 % the page's own text colour keeps a contrast above
    4.5 in both themes.
    """
    return _veil(value, 0.70)


def cover(value: float) -> str:
    """A CSS background as `tint`'s for white text on black, as subtitles have it: contrast is 4.8 or more."""
    return _veil(value, 1.0)


def colour(value: float) -> str:
    """An opaque colour for a mark in a chart: from the neutral grey to the hue of the sign."""
    mixed = (
        round(grey + strength(value) * (hue - grey))
        for grey, hue in zip(_rgb(NEUTRAL), _rgb(NEGATIVE if value < 0 else POSITIVE), strict=True)
    )
    return "#" + "".join(f"{part:02X}" for part in mixed)


def strength(value: float) -> float:
    """0 for neutral to 1 at the ends, steeper near 0, where most words lie."""
    return float((abs(clip(value)) / LIMIT) ** 0.6)


def _veil(value: float, most: float) -> str:
    red, green, blue = _rgb(NEGATIVE if value < 0 else POSITIVE)
    return f"rgba({red},{green},{blue},{most * strength(value):.3f})"


def _rgb(colour: str) -> tuple[int, int, int]:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return red, green, blue
