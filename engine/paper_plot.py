"""The paper's 26 rows in one picture: binary F1, ours with its spread over seeds beside the paper's.

Drawn without a display. Colours are Okabe and Ito's, told apart by colour-blind readers, and shapes say the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.metrics import best_constant
from engine.summary import Summary
from engine.variants import PAPER
from extraction.errors import InputError
from extraction.whole_file import write_whole

_OURS, _PAPER, _FLOOR, _INK, _FAINT = "#0072B2", "#D55E00", "#555555", "#222222", "#8a8a8a"
_INCHES_A_ROW, _WIDTH = 0.265, 8.2
_LEFT, _RIGHT, _ABOVE, _BELOW = 1.75, 0.2, 0.4, 1.0  # margins in inches
_FORMATS = (".png", ".svg")
_LEARNED, _NOT = "ours, mean over seeds ± standard deviation", "ours, no better than a constant answer"
_THEIRS, _CONSTANT = "the paper, on its own split", "floor: always the larger class"
_ORDER = (_LEARNED, _NOT, _THEIRS, _CONSTANT)  # of the legend


def draw(summaries: Mapping[str, Summary], heading: str, path: Path) -> None:
    """Draw and write; see `engine.paper_tables.plot`."""
    suffix = path.suffix.lower()
    if suffix not in _FORMATS:
        raise InputError(f"{path.name} ends in neither .png nor .svg: name the picture so.")
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    style = {"font.family": "DejaVu Sans", "font.size": 9, "svg.hashsalt": "seq2seq2sentiment", "axes.linewidth": 0.6}
    with mpl.rc_context(style):
        places, headings = _layout()
        height = _INCHES_A_ROW * (len(places) + len(headings)) + _ABOVE + _BELOW
        figure = Figure(figsize=(_WIDTH, height), dpi=150)
        FigureCanvasAgg(figure)
        inner = (_WIDTH - _LEFT - _RIGHT) / _WIDTH, (height - _ABOVE - _BELOW) / height
        axes = figure.add_axes((_LEFT / _WIDTH, _BELOW / height, *inner))
        _draw_rows(axes, summaries, places)
        _label(axes, summaries, places, headings)
        axes.set_title(heading, loc="left", fontweight="bold", fontsize=11, pad=10, color=_INK)
        named = sorted(zip(*axes.get_legend_handles_labels(), strict=True), key=lambda pair: _ORDER.index(pair[1]))
        handles, names = zip(*named, strict=True)
        figure.legend(handles, names, loc="lower center", ncols=2, frameon=False, fontsize=8.5)
        undated: dict[str, Any] = {"Date" if suffix == ".svg" else "Software": None}  # the same bytes each time
        try:
            write_whole(path, lambda partial: figure.savefig(partial, format=suffix[1:], metadata=undated))
        except OSError as error:
            raise InputError(f"{path} cannot be written ({error.strerror}): choose another place.") from error


def _layout() -> tuple[dict[str, float], dict[str, float]]:
    """Where each variant and each group's heading stands, from the top down."""
    places: dict[str, float] = {}
    headings: dict[str, float] = {}
    slot = 0.0
    for row in PAPER:
        if row.group not in headings:
            headings[row.group] = slot
            slot += 1
        places[row.name] = slot
        slot += 1
    return places, headings


def _draw_rows(axes: Any, summaries: Mapping[str, Summary], places: Mapping[str, float]) -> None:
    names = [row.name for row in PAPER if row.name in summaries and summaries[row.name].mean["f1"] is not None]
    for learned in (True, False):
        rows = [name for name in names if summaries[name].learned is learned]
        if rows:
            axes.errorbar(
                [summaries[name].mean["f1"] for name in rows],
                [places[name] for name in rows],
                xerr=[summaries[name].std["f1"] or 0.0 for name in rows],
                fmt="o",
                markersize=6.5,
                color=_OURS,
                markerfacecolor=_OURS if learned else "white",
                markeredgewidth=1.3,
                elinewidth=1.3,
                capsize=2.5,
                zorder=4,
                label=_LEARNED if learned else _NOT,
            )
    axes.scatter(
        [row.binary[2] for row in PAPER],
        [places[row.name] for row in PAPER],
        marker="D",
        s=26,
        facecolors="none",
        edgecolors=_PAPER,
        linewidths=1.3,
        zorder=3,
        label=_THEIRS,
    )
    floors = {name: best_constant("f1", summaries[name].floors) for name in names}
    levels = {round(level, 3) for level in floors.values() if level is not None}
    if len(levels) == 1:
        axes.axvline(levels.pop(), color=_FLOOR, linestyle=(0, (4, 3)), linewidth=1, zorder=1, label=_CONSTANT)
    elif levels:  # not all on the same clips: a mark a row
        marked = [(level, places[name]) for name, level in floors.items() if level is not None]
        axes.scatter(*zip(*marked, strict=True), marker="|", s=120, color=_FLOOR, zorder=2, label=_CONSTANT)


def _label(
    axes: Any, summaries: Mapping[str, Summary], places: Mapping[str, float], headings: Mapping[str, float]
) -> None:
    for group, place in headings.items():
        right = {"transform": axes.get_yaxis_transform(), "ha": "right", "va": "center"}  # the floor is on the left
        axes.text(0.995, place, group, fontsize=8.5, color=_INK, style="italic", **right)
        axes.axhline(place - 0.5, color="#dddddd", linewidth=0.6, zorder=0)
    for place in places.values():
        axes.axhline(place, color="#f1f1f1", linewidth=0.8, zorder=0)
    axes.set_yticks(list(places.values()), list(places))
    for label, name in zip(axes.get_yticklabels(), places, strict=True):
        label.set_color(_INK if name in summaries else _FAINT)
    axes.set_ylim(max(places.values()) + 0.6, -0.5)
    ends = [
        summary.mean["f1"] + sign * (summary.std["f1"] or 0.0)
        for summary in summaries.values()
        for sign in (-1, 1)
        if summary.mean["f1"] is not None
    ]
    axes.set_xlim(min([0.4, *ends]) - 0.06, max([0.86, *ends]) + 0.04)
    grey = "" if places.keys() <= summaries.keys() else " (names in grey were not measured)"
    axes.set_xlabel(f"binary F1, weighted by the labels' classes{grey}", color=_INK)
    axes.grid(axis="x", color="#e6e6e6", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
