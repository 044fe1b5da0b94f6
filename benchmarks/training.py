"""How fast trainings are, as ratios measured in one run.

    python benchmarks/training.py [loop] [padding] [rows] [device] [--segments N] [--repetitions N] [--json FILE]

`loop` compares an epoch of ours with one of a hand-written loop over the same network (plain_loops.py), `padding` says
how much of a batch is padding, `rows` trains the paper's 26 rows in two processes, `device` compares a GPU with the
CPU. Without a name it runs all but `rows`, which takes minutes. Segments are shaped like CMU-MOSI's, features and
labels random. Prints Markdown; a ratio is the median over the repetitions, with the smallest and largest in brackets.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
from interleaved import against_plain, devices
from joblib.externals.loky import get_reusable_executor
from mosi_like import TRAIN, VALID, made_up_lengths, padded_share, random_table, real_lengths

from engine.batch import plan
from engine.regression import NAME
from engine.run import Run
from engine.sweep import News, sweep
from engine.sweep import plan as levels_of
from engine.variants import VARIANTS
from extraction.store import write_table

PARTS = ("loop", "padding", "rows", "device")
_BATCH, _EPOCHS = 32, 5  # of `padding`


@click.command()
@click.argument("parts", nargs=-1, type=click.Choice(PARTS))
@click.option("--segments", default=TRAIN, show_default=True, help="For training; their share validates `rows`.")
@click.option("--repetitions", default=8, show_default=True, help="Of `loop` and `device`.")
@click.option("--threads", default=1, show_default=True, help="Of `loop` and of the CPU in `device`.")
@click.option("--workers", default=2, show_default=True, help="Processes of `rows`.")
@click.option("--json", "file", type=click.Path(path_type=Path), help="Also write the figures to this file.")
def main(
    *, parts: tuple[str, ...], segments: int, repetitions: int, threads: int, workers: int, file: Path | None
) -> None:
    """Measure and print."""
    torch.set_num_threads(threads)
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load {load:.1f} at the start, torch {torch.__version__}, {segments} segments\n")
    figures: dict[str, Any] = {"cores": os.cpu_count(), "load": load, "torch": torch.__version__, "segments": segments}
    for part in parts or tuple(p for p in PARTS if p != "rows"):
        print(f"## {part}\n")
        if part == "loop":
            figures[part] = loop(segments, repetitions)
        elif part == "padding":
            figures[part] = padding()
        elif part == "rows":
            figures[part] = rows(segments, workers)
        else:
            figures[part] = device(segments, repetitions)
        print()
    if file is not None:
        file.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def loop(segments: int, repetitions: int) -> dict[str, Any]:
    """Our passes over the training split against the hand-written ones."""
    found = {name: against_plain(name, segments, repetitions) for name in ("concat(T,V,A)", "T->A")}
    print("| training | ours, segments/s | by hand, segments/s | ratio | ratio of CPU time |\n|---|---|---|---|---|")
    for name, figures in found.items():
        print(f"| {name} | {figures.ours:.0f} | {figures.plain:.0f} | {figures.wall} | {figures.cpu} |")
    return {name: figures.to_dict() for name, figures in found.items()}


def padding() -> dict[str, Any]:
    """The share of padded words among all computed, over five epochs of batches of 32."""
    lengths, origin = real_lengths(), "CMU-MOSI's own lengths"
    if lengths is None:
        lengths, origin = made_up_lengths(), "made-up lengths (the data is not there: set S2S_DATA)"
    rngs = [np.random.default_rng([0, epoch]) for epoch in range(1, _EPOCHS + 1)]
    planned = [batch.tolist() for rng in rngs for batch in plan(lengths, _BATCH, rng)]
    shuffled = [rng.permutation(len(lengths)).tolist() for rng in rngs]
    unsorted = [order[i : i + _BATCH] for order in shuffled for i in range(0, len(order), _BATCH)]
    share, without = padded_share(lengths, planned), padded_share(lengths, unsorted)
    print(f"{origin}: {share:.1%} of the words are padding, {without:.1%} without buckets")
    return {"lengths": origin, "share": share, "without_buckets": without}


def rows(segments: int, workers: int) -> dict[str, Any]:
    """Wall time of the paper's 26 rows, one seed, default options."""
    valid = max(2, round(segments * VALID / TRAIN))
    with tempfile.TemporaryDirectory() as folder:
        data, runs = Path(folder) / "table.parquet", Path(folder) / "runs"
        write_table(random_table(segments, valid), data)
        planned = [Run(variant, data) for variant in VARIANTS]
        jobs = [job for level in levels_of(planned) for job in level]
        epochs = 0

        def count(news: News) -> None:
            nonlocal epochs
            own = jobs[news.job].stage or NAME  # a regressor's job also tells of its translations, trained before
            epochs += news.epoch is not None and news.epoch.stage == str(own)

        started, used = time.perf_counter(), _cpu()
        sweep(planned, runs, workers=workers, tell=count)
        seconds = time.perf_counter() - started
        get_reusable_executor().shutdown(wait=True)  # a process' CPU time is known once it has ended
        cpu = _cpu() - used
    print(
        f"{len(VARIANTS)} rows on {segments} segments ({valid} valid), {workers} workers: {seconds / 60:.1f} min, "
        f"{cpu / 60:.1f} min of CPU time; {len(jobs)} trainings, {epochs} epochs"
    )
    return {"seconds": seconds, "cpu": cpu, "valid": valid, "workers": workers, "jobs": len(jobs), "epochs": epochs}


def _cpu() -> float:
    """Seconds of CPU time of this process and of those it has started and seen end."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def device(segments: int, repetitions: int) -> dict[str, Any]:
    """A GPU against the CPU, in float32 and bfloat16."""
    if not torch.cuda.is_available():
        print("skipped: torch finds no GPU here")
        return {"skipped": "no GPU"}
    found = devices(segments, repetitions)
    print(f"{torch.cuda.get_device_name()}, cuDNN {torch.backends.cudnn.version()}\n")
    print("| training | on | segments/s | times the CPU | difference of the loss, by epoch |\n|---|---|---|---|---|")
    for figures in found:
        differences = ", ".join(f"{d:.1e}" for d in figures.differences)
        print(f"| {figures.training} | {figures.place} | {figures.rate:.0f} | {figures.ratio} | {differences} |")
    return {f"{f.training} on {f.place}": f.to_dict() for f in found}


if __name__ == "__main__":
    main()
