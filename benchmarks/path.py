"""The whole path on one clip, models warm: real-time factor and each stage's share.

    python benchmarks/path.py CLIP [--variant "concat(T,V,A)"] [--runs 3] [--transcript FILE]

Prints Markdown. The real-time factor is wall time over the clip's duration, recognition included unless a transcript
is given; below 1 the path keeps up with speech. Medians over the runs; the machine's noise shows in min and max.
"""

from __future__ import annotations

import os
import statistics
import time
from collections import defaultdict
from pathlib import Path

import click

from engine import load
from extraction.pipeline import STAGES, StageReport, extract
from extraction.tools import Tools


@click.command()
@click.argument("clip", type=click.Path(path_type=Path, exists=True))
@click.option("--variant", default="concat(T,V,A)", show_default=True)
@click.option("--runs", default=3, show_default=True)
@click.option("--transcript", type=click.Path(path_type=Path, exists=True))
def main(clip: Path, variant: str, runs: int, transcript: Path | None) -> None:
    """Measure and print."""
    tools, model = Tools(), load(variant)
    extract(clip, transcript, tools=tools)  # loads every model
    seconds: dict[str, list[float]] = defaultdict(list)
    walls = []
    duration = words = 0.0
    for _ in range(runs):

        def collect(report: StageReport) -> None:
            if report.done:
                seconds[report.stage].append(report.seconds)

        started = time.perf_counter()
        aligned = extract(clip, transcript, tools=tools, progress=collect)
        read = time.perf_counter()
        model.predict(aligned)
        ended = time.perf_counter()
        seconds["model"].append(ended - read)
        walls.append(ended - started)
        duration, words = aligned.duration, len(aligned.words)
    total = statistics.median(walls)
    print(f"{clip.name}: {duration:.1f} s, {words} words, {os.cpu_count()} cores, {runs} runs, models warm\n")
    print("| stage | seconds (median) | min - max | share |\n|---|---|---|---|")
    for stage, label in {**STAGES, "model": f"Predicting with {variant}"}.items():
        taken = seconds.get(stage)
        if taken:
            middle = statistics.median(taken)
            print(f"| {label} | {middle:.3f} | {min(taken):.3f} - {max(taken):.3f} | {middle / total:.0%} |")
    print(f"| whole path | {total:.3f} | {min(walls):.3f} - {max(walls):.3f} | 100% |")
    print(f"\nReal-time factor {total / duration:.3f}")


if __name__ == "__main__":
    main()
