"""The paper's three tables, made again: ours beside the paper's, as Markdown, as CSV and as a picture.

Rows stand in the paper's order and under its headings (`engine.variants.PAPER`). Our figures are means over seeds, with
standard deviations in brackets; the paper's were measured on another split of CMU-MOSI, so they stand beside ours and
are not to be subtracted. `engine.metrics` says what each figure is. Variants that were not measured are named below the
tables; on top stands the best that constants reach, once a set of test clips, and a variant that does not beat its own
says no.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from engine.metrics import METRICS, best_constant
from engine.paper_plot import draw
from engine.summary import Summary
from engine.variants import PAPER, PaperRow

_BINARY, _SEVEN = ("precision", "recall", "f1"), ("precision7", "recall7", "f1_7")
_FIELD = ("has0", "non0", "acc7", "mae", "r")
_COLUMNS = (
    *("variant", "seeds × clips", "P", "R", "F1", "the paper's P / R / F1"),
    *("7-class P", "R", "F1", "the paper's P / R / F1", "Has0", "Non0", "Acc-7", "MAE", "r", "beats its floor"),
)
_FLOORS = ("mae", "acc7", "acc5", "has0", "non0", "f1", "f1_7")
_TITLES = {1: "one modality", 2: "two modalities", 3: "three modalities"}
_BEYOND = "beyond the paper"
Cells = list[str]


def markdown(summaries: Mapping[str, Summary], heading: str) -> str:
    """The three tables as GitHub Markdown under `heading`; `summaries` by variant, as the notation spells it.

    Figures are fractions without their leading zero. Variants the paper does not have form a table of their own.
    """
    parts = [
        f"## {heading}",
        "Means over seeds (standard deviation). P, R and F1 are weighted by the labels' classes; of MAE, less is "
        "better. The paper's figures are on its own split: they stand beside ours, not against them.",
    ]
    if summaries:
        parts.append(_floor_told(summaries.values()))
    tables = [(f"Table {n}: {title}", [row for row in PAPER if row.table == n]) for n, title in _TITLES.items()]
    for title, rows in tables:
        measured = [row for row in rows if row.name in summaries]
        parts.append(f"### {title}")
        if measured:
            parts.append(_table(measured, [summaries[row.name] for row in measured]))
        missing = [f"`{row.name}`" for row in rows if row.name not in summaries]
        if missing:
            parts.append(f"Not measured: {', '.join(missing)}.")
    others = [PaperRow(0, _BEYOND, name, (), ()) for name in _beyond(summaries)]  # type: ignore[arg-type]
    if others:
        parts += [f"### {_BEYOND.capitalize()}", _table(others, [summaries[row.name] for row in others])]
    return "\n\n".join(parts) + "\n"


def csv_text(summaries: Mapping[str, Summary]) -> str:
    """One row a measured variant: mean and standard deviation of every figure, the paper's, and the best constants'.

    The columns are named as in `engine.metrics`, with `_sd`, `paper_` and `floor_` added; a figure that is not defined
    is empty.
    """
    paper = {row.name: row for row in PAPER}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    figures = [name for metric in METRICS for name in (metric, f"{metric}_sd")]
    known = [f"paper_{key}" for key in _BINARY + _SEVEN] + [f"floor_{key}" for key in _FLOORS]
    writer.writerow(["table", "group", "variant", "protocol", "seeds", "clips", *figures, *known, "beats_floor"])
    for name in [row.name for row in PAPER if row.name in summaries] + _beyond(summaries):
        ours, theirs = summaries[name], paper[name].to_dict() if name in paper else {}
        values = [value for metric in METRICS for value in (ours.mean[metric], ours.std[metric])]
        values += [theirs.get(key) for key in _BINARY + _SEVEN] + [best_constant(key, ours.floors) for key in _FLOORS]
        place = [paper[name].table, paper[name].group] if name in paper else ["", _BEYOND]
        shown = ["" if value is None else f"{value:.6g}" for value in values]
        beats = "yes" if ours.learned else "no"
        writer.writerow([*place, name, ours.protocol, len(ours.seeds), ours.clips, *shown, beats])
    return out.getvalue()


def plot(summaries: Mapping[str, Summary], heading: str, path: Path) -> None:
    """Binary F1 of the paper's 26 rows, ours with standard deviations beside the paper's; .png or .svg by suffix.

    The same summaries give the same bytes. Raises InputError for another suffix, or if `path` cannot be written.
    """
    draw(summaries, heading, path)


def _beyond(summaries: Mapping[str, Summary]) -> list[str]:
    return sorted(set(summaries) - {row.name for row in PAPER})


def _table(rows: Sequence[PaperRow], summaries: Sequence[Summary]) -> str:
    lines = [_COLUMNS, ["---"] + ["---:"] * (len(_COLUMNS) - 2) + ["---"], *map(_floor, _sets(summaries))]
    group = ""
    for row, summary in zip(rows, summaries, strict=True):
        if row.group != group:
            group = row.group
            lines.append([f"**{group}**"] + [""] * (len(_COLUMNS) - 1))
        lines.append(_ours(summary))
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _ours(summary: Summary) -> Cells:
    def figures(keys: Sequence[str]) -> Cells:
        return [_with_spread(summary.mean[key], summary.std[key]) for key in keys]

    paper = summary.paper or {}
    printed = [" / ".join(_short(paper.get(key), 2) for key in keys) if paper else "" for keys in (_BINARY, _SEVEN)]
    cells = [f"`{summary.variant}`", f"{len(summary.seeds)} × {summary.clips}", *figures(_BINARY), printed[0]]
    return [*cells, *figures(_SEVEN), printed[1], *figures(_FIELD), "yes" if summary.learned else "**no**"]


def _sets(summaries: Iterable[Summary]) -> list[Summary]:
    """One summary for each set of test clips that occurs, small sets first."""
    sets: dict[tuple[object, ...], Summary] = {}
    for summary in summaries:
        key = (summary.clips, *sorted((k, None if v is None else round(v, 3)) for k, v in summary.floors.items()))
        sets.setdefault(key, summary)
    return sorted(sets.values(), key=lambda summary: summary.clips)


def _floor_told(summaries: Iterable[Summary]) -> str:
    """What the tables' floor is, in one sentence."""
    sets = [(_whole(one.floors["constant"]), one.clips) for one in _sets(summaries)]
    numbers = dict.fromkeys(f"{number} on {clips} clips" if len(sets) > 1 else number for number, clips in sets)
    return (
        "The floor is, figure by figure, the best that a constant answer reaches: the larger class, the best whole "
        f"number ({', '.join(numbers)}), the training mean or the training median."
    )


def _floor(summary: Summary) -> Cells:
    """The best that constants reach on these test clips."""
    cells = [[_short(best_constant(key, summary.floors)) for key in keys] for keys in (_BINARY, _SEVEN, _FIELD)]
    return ["*floor: the best constant*", f"{summary.clips}", *cells[0], "", *cells[1], "", *cells[2], ""]


def _whole(number: float | None) -> str:
    return f"{number or 0:+.0f}".replace("-", "−").replace("+0", "0")


def _with_spread(mean: float | None, std: float | None) -> str:
    return _short(mean) + ("" if std is None else f" ({_short(std)})")


def _short(value: float | None, digits: int = 3) -> str:
    """With a true minus and without the zero before the point, as tables of this field print fractions."""
    if value is None:
        return ""
    text = f"{value:z.{digits}f}".replace("-", "−")  # z: no sign of zero
    return text.replace("0.", ".", 1) if text.lstrip("−").startswith("0.") else text
