"""Extraction against the libraries it calls, and its memory, measured in one run.

    python benchmarks/extraction_speed.py [speed] [glottal] [memory] [--clip FILE] [--seconds 60] [--runs 3]

`speed`: a clip of a minute (real clips joined, or --clip), models warm. The bare libraries (bare_libraries.py) are
timed by the CPU seconds they use, one after another; ours by the wall clock. The ratio is wall time over the time the
bare libraries would need if they shared the cores without a gap (CPU seconds / cores); the real-time factor is wall
time over the clip's length, with recognition and with a transcript given. `glottal`: the paper's descriptors on one
thread. `memory`: the largest resident set of a run that extracts 1, 10 and 120 minutes, recognition and the processes
it starts included.
Prints Markdown, medians over the runs with the smallest and largest in brackets.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import click
import psutil
from bare_libraries import Bare
from cpu_time import cpu_seconds
from long_clips import join, talking
from threadpoolctl import threadpool_limits

from extraction.cores import cores
from extraction.descriptor_sets import audio_set
from extraction.media import Reader
from extraction.pipeline import StageReport, extract
from extraction.tools import Tools

PARTS = ("speed", "glottal", "memory")
MINUTES = (1, 10, 120)


@click.command()
@click.argument("parts", nargs=-1, type=click.Choice(PARTS))
@click.option("--clip", type=click.Path(path_type=Path, exists=True), help="In place of joined clips.")
@click.option("--seconds", default=60.0, show_default=True, help="Of the joined clips.")
@click.option("--runs", default=3, show_default=True)
@click.option("--minutes", type=float, multiple=True, default=MINUTES, show_default=True, help="Of `memory`.")
@click.option("--option", multiple=True, help="Of `s2s extract` in `memory`, as --option=--audio=glottal-rd.")
def main(
    *,
    parts: tuple[str, ...],
    clip: Path | None,
    seconds: float,
    runs: int,
    minutes: tuple[float, ...],
    option: tuple[str, ...],
) -> None:
    """Measure and print."""
    print(f"{cores()} cores, load {os.getloadavg()[0]:.1f} at the start\n")
    with tempfile.TemporaryDirectory() as folder:
        clip = clip or join(talking(seconds), seconds, Path(folder) / "talk.mp4")
        for part in parts or PARTS:
            print(f"## {part}\n")
            if part == "speed":
                speed(clip, runs)
            elif part == "glottal":
                glottal(clip, runs)
            else:
                memory(minutes, Path(folder), option)
            print(flush=True)


def speed(clip: Path, runs: int) -> None:
    """The whole path against the bare libraries."""
    tools, bare = Tools(), Bare()
    said = extract(clip, tools=tools)  # loads and warms every model
    text = " ".join(word.text for word in said.words)
    print(f"{clip.name}: {said.duration:.0f} s, {len(said.words)} words\n")
    print(
        "| transcript | bare libraries, CPU s | ours, CPU s | ours, wall s | wall / (CPU / cores) | real-time factor |"
    )
    print("|---|---|---|---|---|---|")
    shares: dict[str, dict[str, list[float]]] = {}
    for given in (None, text):
        name = "recognised" if given is None else "given"
        found, shares[name] = _against_bare(clip, given, tools, bare, runs)
        plain, used, wall = found
        ratio = [w / (p / cores()) for w, p in zip(wall, plain, strict=True)]
        factor = [w / said.duration for w in wall]
        figures = " | ".join(_spread(values) for values in (plain, used, wall, ratio, factor))
        print(f"| {name} | {figures} |")
    for name, stages in shares.items():
        alone = ", ".join(f"{stage} {statistics.median(values):.2f}" for stage, values in stages.items())
        print(f"\n{name}, seconds by stage (bare CPU, then our wall): {alone}")


def _against_bare(
    clip: Path, given: str | None, tools: Tools, bare: Bare, runs: int
) -> tuple[tuple[list[float], list[float], list[float]], dict[str, list[float]]]:
    """Bare CPU seconds, our CPU seconds, our wall seconds, a run each in turn; and the stages' seconds."""
    plain: list[float] = []
    used: list[float] = []
    wall: list[float] = []
    stages: dict[str, list[float]] = defaultdict(list)

    def note(report: StageReport) -> None:
        if report.done:
            stages[f"our {report.stage}"].append(report.seconds)

    for _ in range(runs):
        plain.append(0.0)
        for stage, step in bare.stages(clip, None if given is None else given.split()).items():
            began = time.process_time()
            step()
            stages[f"bare {stage}"].append(time.process_time() - began)
            plain[-1] += stages[f"bare {stage}"][-1]
        began, cpu = time.perf_counter(), cpu_seconds()
        extract(clip, given, tools=tools, progress=note)
        wall.append(time.perf_counter() - began)
        used.append(cpu_seconds() - cpu)
    return (plain, used, wall), stages


def glottal(clip: Path, runs: int) -> None:
    """The paper's voice descriptors, without and with Rd, and by COVAREP's rules, on one thread."""
    sound = Reader(clip, None).finish().waveform
    if sound is None:
        raise click.ClickException(f"{clip} has no sound")
    print("| set | CPU s | real-time factor |\n|---|---|---|")
    with threadpool_limits(1):
        for name in ("glottal", "glottal-rd", "glottal-covarep"):
            descriptor = audio_set(name).make()
            descriptor.describe(sound)
            used = []
            for _ in range(runs):
                began = time.process_time()
                descriptor.describe(sound)
                used.append(time.process_time() - began)
            print(f"| {name} | {_spread(used)} | {_spread([seconds / sound.duration for seconds in used])} |")


def memory(minutes: Sequence[float], folder: Path, options: Sequence[str]) -> None:
    """The peak of a fresh process for each length, against that of the first."""
    print("| minutes | peak resident set, MB | against the first | wall, min |\n|---|---|---|---|")
    first = None
    for length in minutes:
        clip = join(talking(60), length * 60, folder / f"talk{length:g}.mp4")
        began = time.perf_counter()
        command = [sys.executable, "-m", "engine.cli", "extract", str(clip), "-o", str(folder / "t.parquet")]
        with subprocess.Popen([*command, "--max-minutes", "1000", *options], stderr=subprocess.DEVNULL) as running:
            peak = _peak(running)
        if running.returncode:
            raise click.ClickException(f"extracting {length:g} minutes failed")
        first = first or peak
        print(
            f"| {length:g} | {peak:.0f} | {peak / first:.3f} | {(time.perf_counter() - began) / 60:.1f} |", flush=True
        )
        clip.unlink()


def _peak(running: subprocess.Popen[bytes]) -> float:
    """The most that a process held, and those it has started, each at its own time, added up; in MB, by Linux's count.

    Read five times a second; each reading is of the largest since the process began, so no short peak is missed.
    """
    most: dict[int, int] = {}
    here = psutil.Process(running.pid)
    while running.poll() is None:
        with suppress(psutil.NoSuchProcess):
            for process in (here, *here.children(recursive=True)):
                most[process.pid] = max(most.get(process.pid, 0), _largest(process.pid))
        time.sleep(0.2)
    return sum(most.values()) / 2**10


def _largest(pid: int) -> int:
    """The largest resident set so far of a process, in kB; 0 once it has ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    return 0


def _spread(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.3g} ({min(values):.3g} to {max(values):.3g})"


if __name__ == "__main__":
    main()
