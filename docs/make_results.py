"""Write docs/results.md from docs/results_intro.md and the tables that `s2s reproduce` left in docs/results/.

Run it after `s2s reproduce`: `.venv/bin/python docs/make_results.py`. What attention is worth comes after the studies:
docs/results_faithfulness.md and the figures that `s2s faithfulness -o docs/results/faithfulness.csv` wrote.
"""

from __future__ import annotations

import csv
from pathlib import Path

from engine.faithfulness import HEADINGS
from engine.reproduce import STUDIES

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Gather the studies in their order; a study that was not run is named at the end."""
    parts = [(HERE / "results_intro.md").read_text(encoding="utf-8").rstrip()]
    missing = []
    for study in STUDIES:
        tables = HERE / "results" / f"{study.name}.md"
        if not tables.is_file():
            missing.append(f"`{study.name}`")
            continue
        parts.append(tables.read_text(encoding="utf-8").rstrip())
        parts.append(_lost(HERE / "results" / f"{study.name}.csv"))
        parts.append(f"![{study.title}](results/{study.name}.svg)")
    for name, table, command in (
        ("ablation", _ablation, "`docs/make_ablation.py`"),
        ("faithfulness", _faithfulness, "`s2s faithfulness`"),
    ):
        figures = HERE / "results" / f"{name}.csv"
        if figures.is_file():
            parts.append((HERE / f"results_{name}.md").read_text(encoding="utf-8").rstrip())
            parts.append(table(figures))
        else:
            missing.append(command)
    if missing:
        parts.append(f"Not run: {', '.join(missing)}.")
    (HERE / "results.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8", newline="\n")


def _lost(figures: Path) -> str:
    """Which variants a constant answer equals or beats."""
    with figures.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    lost = [f"`{row['variant']}`" for row in rows if row["beats_floor"] == "no"]
    if not lost:
        return f"All {len(rows)} beat every constant answer."
    return f"**No better than a constant answer, {len(lost)} of {len(rows)}:** {', '.join(lost)}."


def _ablation(figures: Path) -> str:
    """A row an ingredient, means over seeds with standard deviations."""
    lines = ["| ingredients | Has0 | Non0 | MAE | r | Acc-7 | p (MAE, against the first row) | seconds a seed |"]
    lines.append("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    with figures.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            cells = [
                f"{_three(row[name])} ({_three(row[f'{name}_std'])})" for name in ("has0", "non0", "mae", "r", "acc7")
            ]
            p = f"{float(row['p_mae']):.4f}".lstrip("0") if row["p_mae"] else "–"
            seconds = f"{float(row['seconds']):.0f}" if row["seconds"] else "–"
            lines.append(f"| {row['title']} | {' | '.join(cells)} | {p} | {seconds} |")
    return "\n".join(lines)


def _three(value: str) -> str:
    return f"{float(value):.3f}".replace("0.", ".", 1)


def _faithfulness(figures: Path) -> str:
    """A row a variant and a column a figure, with what shuffled words give."""
    by_variant: dict[str, dict[str, dict[str, str]]] = {}
    with figures.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            by_variant.setdefault(row["variant"], {})[row["figure"]] = row
    ranked = ("attention_occlusion", "contribution_occlusion", "gradients_occlusion", "attention_gradients")
    headings = ["variant", "clips", *(_capital(HEADINGS[name]) for name in ranked), "Lexicon", "Deletion"]
    lines = [f"| {' | '.join(headings)} |", f"| --- | ---: |{' --- |' * (len(headings) - 2)}"]
    for variant, found in by_variant.items():
        cells = [_figure(found[name]) for name in ranked]
        cells += [f"{_figure(found[name])}; {_short(found[name]['chance'])}" for name in ("valence", "deletion")]
        lines.append(f"| `{variant}` | {found['deletion']['counted']} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _figure(row: dict[str, str]) -> str:
    """A figure and its interval, bold where the interval lies above what shuffled words give in 97.5 % of cases."""
    if not row["value"]:
        return "–"
    said = f"{_short(row['value'])} ({_short(row['low'])} to {_short(row['high'])})"
    return f"**{said}**" if float(row["low"]) > float(row["chance_high"]) else said


def _short(value: str) -> str:
    """Two decimals, `.37`, `−.05`."""
    text = f"{float(value):.2f}".replace("-0.00", "0.00").replace("-", "−")
    return text.replace("0.", ".", 1) if abs(float(value)) < 0.995 else text


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


if __name__ == "__main__":
    main()
