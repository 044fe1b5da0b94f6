"""Many clips in one run of `s2s extract`: where they come from, who reads them, and how far it is."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import click
from rich.markup import escape

from engine import console
from engine.formats.folder import is_folder_of_clips, read_folder
from extraction.corpus.clip_list import Item, read_list, read_tree
from extraction.corpus.report import log_of, report_of, warnings_of
from extraction.corpus.run import Corpus, Standing, extract_all
from extraction.corpus.work import Settings
from extraction.corpus.workers import BACKENDS, Workers
from extraction.counting import count
from extraction.errors import InputError

WORKERS = click.option(
    "--workers",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="Of a list or folder: processes that read clips at once, each with its own models; 0 for one a core.",
)
BACKEND = click.option(
    "--backend",
    type=click.Choice(BACKENDS),
    default="loky",
    show_default=True,
    help="Whose processes: this machine's, or those of Dask or Ray.",
)
CLUSTER = click.option(
    "--cluster", metavar="ADDRESS", help="Of a Dask scheduler or of Ray; one is started here if not given."
)


def is_corpus(source: Path) -> bool:
    """Whether `source` is a list or a folder."""
    return source.is_dir() or source.suffix.lower() == ".csv"


def check_options(source: Path, *, transcript: Path | None, media: Path | None, workers: Workers) -> None:
    """Raise InputError for an option that has nothing to do for `source`: one of a list for a clip, or the reverse."""
    if is_corpus(source):
        if transcript is not None:
            raise InputError(
                "--transcript belongs to one clip: a list has a `text` column, a folder has transcripts beside clips."
            )
        if media is not None and source.is_dir():
            raise InputError("--media belongs to a list: the clips of a folder are those that lie in it.")
        return
    asked = {
        "--media": media is not None,
        "--workers": workers.count != 1,
        "--backend": workers.backend != "loky",
        "--cluster": workers.cluster is not None,
    }
    given = [option for option, there in asked.items() if there]
    if given and source.exists():
        raise InputError(f"{given[0]} belongs to a list or a folder of clips: leave it out for a single clip.")


def clips_of(source: Path, media: Path | None = None) -> tuple[Item, ...]:
    """The clips of a list or a folder. Raises InputError or DataError."""
    if not source.is_dir():
        return read_list(source, media)
    return read_folder(source) if is_folder_of_clips(source) else read_tree(source)


def run_corpus(items: Sequence[Item], source: str, output: Path, settings: Settings, workers: Workers) -> None:
    """Extract all, tell how far it is, and exit with 1 if it was stopped or something failed that should not have."""
    started = time.monotonic()
    try:
        with console.progress(remaining=False) as shown:
            task = shown.add_task(f"Clips of {escape(source)}", total=len(items), found="")

            def tell(standing: Standing) -> None:
                shown.update(task, completed=standing.done, found=told(standing, time.monotonic() - started))
                if standing.failure is not None:
                    console.warn(f"{standing.failure.path.name} is left out: {standing.failure.sentence}")

            corpus = extract_all(items, output, settings, workers=workers, tell=tell)
    except KeyboardInterrupt:
        console.warn("stopped; the same command goes on from here.")
        sys.exit(1)
    click.echo(_ended(corpus, output), err=True)
    if corpus.unexpected:
        if any(failure.trace for failure in corpus.failures):
            console.warn(f"some clips failed unexpectedly; their traces are in {log_of(output)}.")
        sys.exit(1)


def _ended(corpus: Corpus, output: Path) -> str:
    """The last line of a run: what is in the table, what is not, and where it is said why."""
    parts = [f"{count(corpus.clips, 'clip')} written to {output}"]
    if corpus.before:
        parts[0] += f" ({corpus.before} read before)"
    parts.append(f"{len(corpus.failures)} left out")
    if corpus.failures:
        parts[1] += f" and listed in {report_of(output)}"
    if corpus.warned:
        parts.append(f"{len(corpus.warned)} with warnings, which are in {warnings_of(output)}")
    return ", ".join(parts)


def told(standing: Standing, elapsed: float) -> str:
    """How far a run is after so many seconds: counts, speeds, and the time left at the speed so far."""
    parts = [f"{standing.done} of {standing.total}"]
    if standing.failed:
        parts.append(f"{standing.failed} failed")
    if standing.read and elapsed > 0:
        speed = standing.read / elapsed
        parts += [f"{speed:.2f} clips/s", f"{standing.seconds / elapsed:.1f} h of media/h"]
        if standing.done < standing.total:
            parts.append(f"{timedelta(seconds=round((standing.total - standing.done) / speed))} left")
    return ", ".join(parts)
