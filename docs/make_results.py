"""Write docs/results.md from docs/results_intro.md and the tables that `s2s reproduce` left in docs/results/.

Run it after `s2s reproduce`: `.venv/bin/python docs/make_results.py`.
"""

from __future__ import annotations

import csv
from pathlib import Path

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


if __name__ == "__main__":
    main()
