"""A heat map of variants as an HTML table, so that screen readers and narrow pages have it too.

The names stay in place while cells scroll; under the table stands what the pointer is on. All texts are shown as text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from engine import scale
from ui import charts

_WIDE = 2.7  # rem of a cell where there is room
GREY = "127,133,144"  # of shades that mean no sentiment, RGB

CSS = """
<style>
.s2s-grid { position: relative; padding-bottom: 2.1rem; line-height: 1.3; }
.s2s-grid > div { overflow-x: auto; }
.s2s-grid > div:focus-visible { outline: 2px solid currentColor; outline-offset: 1px; }
.s2s-grid table { border-collapse: separate; border-spacing: 2px; font-size: 0.86rem; }
.s2s-grid th { font-weight: 500; text-align: left; white-space: nowrap; padding: 0 0.5rem 0 0; }
.s2s-grid tbody th { position: sticky; left: 0; background: var(--s2s-page); z-index: 1; }
.s2s-grid thead th { vertical-align: bottom; padding: 0 0 0.2rem 0; }
.s2s-grid thead th > bdi { writing-mode: vertical-rl; transform: rotate(180deg); max-height: 9rem; overflow: hidden;
  text-overflow: ellipsis; line-height: 1.1; }
.s2s-grid td { min-width: 1.55rem; height: 1.5rem; border-radius: 3px; padding: 0 0.25rem; text-align: center;
  font-size: 0.78rem; font-variant-numeric: tabular-nums; white-space: nowrap; cursor: default; }
.s2s-grid td > span { display: none; position: absolute; left: 0; right: 0; bottom: 0.3rem; text-align: left;
  font-size: 0.86rem; overflow: hidden; text-overflow: ellipsis; }
.s2s-grid td:hover { outline: 2px solid currentColor; outline-offset: -1px; }
.s2s-grid td:hover > span { display: block; }
.s2s-grid .s2s-hint { position: absolute; left: 0; bottom: 0.3rem; font-size: 0.86rem; opacity: 0.75; }
.s2s-grid:has(td:hover) .s2s-hint { visibility: hidden; }
@media (max-width: 640px) { .s2s-grid { padding-bottom: 3.2rem; } .s2s-grid td > span, .s2s-grid .s2s-hint {
  bottom: auto; top: calc(100% - 2.9rem); white-space: normal; } }
.s2s-none { opacity: 0.75; font-style: italic; text-align: left !important; }
</style>
"""


def page_colour() -> str:
    """CSS that tells the names that stay in place which colour to cover the cells with: the page's."""
    theme = "dark" if charts.dark() else "light"
    return f"<style>:root {{ --s2s-page: {st.get_option(f'theme.{theme}.backgroundColor')}; }}</style>"


@dataclass(frozen=True)
class Cell:
    """Attributes: background, as CSS; said, the line shown under the table; text, in the cell itself."""

    background: str
    said: str
    text: str = ""


@dataclass(frozen=True)
class Row:
    """A name and its cells, or the sentence that stands in their place."""

    name: str
    cells: Sequence[Cell]
    sentence: str = ""


def grid(label: str, columns: Sequence[str], rows: Sequence[Row], hint: str) -> str:
    """The table called `label` for screen readers; `hint` stands under it while nothing is pointed at."""
    heads = "".join(f'<th scope="col"><bdi>{escape(column)}</bdi></th>' for column in columns)
    lines = []
    for row in rows:
        if row.sentence:
            cells = f'<td class="s2s-none" colspan="{len(columns)}">{escape(row.sentence)}</td>'
        else:
            cells = "".join(_cell(cell) for cell in row.cells)
        lines.append(f'<tr><th scope="row">{escape(row.name)}</th>{cells}</tr>')
    width = f"min(100%,{9 + _WIDE * len(columns)}rem)"
    return (
        f'<div class="s2s-grid"><div tabindex="0" role="region" aria-label="{escape(label, quote=True)}">'
        f'<table style="width:{width}"><thead><tr><th scope="col">variant</th>{heads}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
        f'<span class="s2s-hint">{escape(hint)}</span></div>'
    )


def _cell(cell: Cell) -> str:
    return f'<td style="background:{cell.background}">{escape(cell.text)}<span>{escape(cell.said)}</span></td>'


def sentiment_cell(value: float, what: str, text: str = "") -> Cell:
    """A cell tinted by a sentiment; `what` it is of begins the line under the table."""
    return Cell(scale.tint(value), f"{what}: {scale.name(value)} {scale.signed(value)}", text)


def grey(share: float) -> str:
    """A shade of grey from none at 0 to its darkest at 1, on which text stays readable in both themes."""
    return f"rgba({GREY},{0.65 * max(0.0, min(1.0, share)):.3f})"
