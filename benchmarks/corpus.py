"""How much faster two workers read a corpus than one, in one run of each.

    python benchmarks/corpus.py [--clips N] [--seconds S] [--workers N] [--backend loky|dask|ray] [--json FILE]

Reads clips of CMU-MOSI ($S2S_DATA or ../shared/data), those whose files are nearest to the median in size or, with
--seconds, each speaker's joined to that length; all three modalities, words recognised. `whole` counts everything, the
loading of models too; `steady` counts from when each worker has done its first clip, as in a corpus of many. The tables
must be equal to the byte.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import click
from long_clips import data_root, join, speakers

from engine.tool_choice import choose_tools
from extraction.corpus.clip_list import Item
from extraction.corpus.run import Standing, extract_all
from extraction.corpus.work import Settings
from extraction.corpus.workers import BACKENDS, Backend, Workers


@click.command()
@click.option("--clips", default=10, show_default=True)
@click.option("--seconds", type=float, help="Of each clip, in place of the clips as they are.")
@click.option("--workers", default=2, show_default=True, help="To compare with one.")
@click.option("--backend", type=click.Choice(BACKENDS), default="loky", show_default=True)
@click.option("--json", "file", type=click.Path(path_type=Path), help="Also write the figures to this file.")
def main(*, clips: int, seconds: float | None, workers: int, backend: Backend, file: Path | None) -> None:
    """Measure and print."""
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load {load:.1f} at the start, {clips} clips of {seconds or 4:g} s\n")
    print("| workers | whole [clips/s] | steady [clips/s] |\n|---|---|---|")
    figures: dict[str, Any] = {"cores": os.cpu_count(), "load": load, "clips": clips, "backend": backend}
    tables = []
    with tempfile.TemporaryDirectory() as place:
        items = chosen(clips) if seconds is None else joined(clips, seconds, Path(place))
        for each in (Workers(workers, backend), Workers()):  # one last: its models stay in this process
            table = Path(place) / f"{each.count}.parquet"
            whole, steady = speeds(items, table, each)
            figures[str(each.count)] = {"whole": whole, "steady": steady}
            tables.append(table.read_bytes())
            print(f"| {each.count} | {whole:.3f} | {steady:.3f} |")
    if tables[0] != tables[1]:
        raise SystemExit("the tables differ")
    many, one = figures[str(workers)], figures["1"]
    figures["ratio"] = {kind: many[kind] / one[kind] for kind in ("whole", "steady")}
    print(f"| ratio | {figures['ratio']['whole']:.2f} | {figures['ratio']['steady']:.2f} |")
    if file is not None:
        file.write_text(json.dumps(figures, indent=2))


def speeds(items: list[Item], table: Path, workers: Workers) -> tuple[float, float]:
    """Clips a second from the start, and from when as many clips as there are workers were done."""
    times: list[float] = []

    def tell(standing: Standing) -> None:
        if standing.failure is not None:
            raise SystemExit(standing.failure.sentence)
        times.append(time.perf_counter())

    extract_all(items, table, Settings(choose_tools("base")), workers=workers, tell=tell)
    warm = workers.count
    return len(items) / (times[-1] - times[0]), (len(items) - warm) / (times[-1] - times[warm])


def chosen(count: int) -> list[Item]:
    """The clips nearest to the median in size."""
    clips = sorted((path for paths in speakers() for path in paths), key=lambda path: path.stat().st_size)
    if len(clips) < count:
        raise SystemExit(f"There are {len(clips)} clips in {data_root()}: set S2S_DATA to the folder that holds mosi/.")
    first = (len(clips) - count) // 2
    return [Item(path) for path in clips[first : first + count]]


def joined(count: int, seconds: float, folder: Path) -> list[Item]:
    """Speakers in turn, the clips of each joined."""
    found = speakers()
    if not found:
        raise SystemExit(f"There are no clips in {data_root()}: set S2S_DATA to the folder that holds mosi/.")
    return [Item(join(found[i % len(found)], seconds, folder / f"{i}.mp4")) for i in range(count)]


if __name__ == "__main__":
    main()
