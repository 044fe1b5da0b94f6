"""`s2s extract` and `s2s predict`: from a clip to its word table, and to its sentiment a word."""

from __future__ import annotations

from pathlib import Path

import click

from engine import console
from engine.formats.folder import read_folder
from engine.notation import parse
from engine.predict import Prediction, load
from engine.variants import find
from extraction.corpus import extract_all, read_list
from extraction.errors import InputError
from extraction.media import MAX_SECONDS
from extraction.pipeline import extract
from extraction.store import Entry, make_table, write_table
from extraction.types import MODALITIES, Modality

_CLIP = click.argument("clip", type=click.Path(path_type=Path))
_TRANSCRIPT = click.option(
    "--transcript", type=click.Path(path_type=Path), help="A .txt file with what is said; recognised if not given."
)
_LIMIT = click.option(
    "--max-minutes",
    type=click.FloatRange(min=0, min_open=True),
    default=MAX_SECONDS / 60,
    show_default=True,
    help="Refuse longer media.",
)


@click.command("extract")
@_CLIP
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="The word table, a .parquet file.")
@_TRANSCRIPT
@click.option("--modalities", default="TAV", show_default=True, help="What to measure: any of T, A and V.")
@click.option("--media", type=click.Path(path_type=Path), help="For a list: the folder its files lie in.")
@_LIMIT
def extract_command(
    *, clip: Path, output: Path, transcript: Path | None, modalities: str, media: Path | None, max_minutes: float
) -> None:
    """Write the word table of CLIP: one row a word with its times and its text, audio and video vectors.

    CLIP is a media file, or a .csv list of them with the columns file, text, label, split and speaker (all but the
    first optional), or a folder with label.csv and Raw/<video_id>/<clip_id>.mp4; a clip of a list or a folder that
    cannot be read is named on stderr and left out.
    """
    chosen = _modalities(modalities)
    if output.suffix != ".parquet":
        raise InputError(f"{output.name} does not end in .parquet: name the word table so.")
    if clip.is_dir() or clip.suffix.lower() == ".csv":
        if transcript is not None:
            raise InputError("A list or a folder brings its own transcripts: put them into its `text` column.")
        _extract_list(clip, output, chosen, media, max_minutes * 60)
        return
    with console.stages() as report:
        aligned = extract(clip, transcript, modalities=chosen, max_seconds=max_minutes * 60, progress=report)
    for warning in aligned.warnings:
        console.warn(warning)
    write_table(make_table([Entry(aligned)]), output)
    click.echo(f"{len(aligned.words)} words of {clip.name} written to {output}", err=True)


def _extract_list(
    listing: Path, output: Path, modalities: tuple[Modality, ...], media: Path | None, max_seconds: float
) -> None:
    items = read_folder(listing) if listing.is_dir() else read_list(listing, media)
    with console.progress() as shown:
        task = shown.add_task(f"Clips of {listing.name}", total=len(items), found="")

        def show(done: int, name: str) -> None:
            shown.update(task, completed=done, found=f"{done} of {len(items)}, now {name}")

        corpus = extract_all(items, modalities=modalities, max_seconds=max_seconds, progress=show)
        shown.update(task, completed=len(items), found=f"{len(corpus.table)} of {len(items)} read")
    for failure in corpus.failures:
        console.warn(f"{failure.path.name} is left out: {failure.sentence}")
    write_table(corpus.table, output)
    click.echo(f"{len(corpus.table)} clips written to {output}, {len(corpus.failures)} left out", err=True)


@click.command("predict")
@_CLIP
@click.option("--variant", default="T", show_default=True, help="The model that reads it; see `s2s variants`.")
@click.option("--checkpoint", type=click.Path(path_type=Path), help="A model's own folder, in place of a shipped one.")
@_TRANSCRIPT
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document in place of the table.")
@_LIMIT
def predict_command(
    *, clip: Path, variant: str, checkpoint: Path | None, transcript: Path | None, as_json: bool, max_minutes: float
) -> None:
    """Print how each word of CLIP feels, how much the model attends to it, and the score they add up to."""
    model = load(checkpoint) if checkpoint is not None else load(str(_known(variant)))
    with console.stages() as report:
        aligned = extract(clip, transcript, modalities=model.card.inputs, max_seconds=max_minutes * 60, progress=report)
    prediction = model.predict(aligned)
    for warning in prediction.warnings:
        console.warn(warning)
    if not model.card.learned:
        console.warn(model.card.verdict)
    if as_json:
        console.print_json(prediction.to_dict())
    else:
        _print(prediction, clip.name)


def _known(name: str) -> object:
    """A variant of the paper, or whatever else the notation spells. Raises VariantError naming the nearest."""
    try:
        return parse(name)
    except InputError:
        return find(name)


def _print(prediction: Prediction, clip: str) -> None:
    rows = [
        (
            word.text,
            console.figure(word.start, 2),
            console.figure(word.end, 2) + ("~" if word.interpolated else ""),
            console.figure(word.confidence, 2),
            console.signed(float(sentiment)),
            f"{attention:.1%}",
            console.signed(float(contribution)),
        )
        for word, sentiment, attention, contribution in zip(
            prediction.words, prediction.sentiment, prediction.attention, prediction.contribution, strict=True
        )
    ]
    headings = ("start [s]", "end [s]", "confidence", "sentiment", "attention", "contribution")
    console.print_table(
        [("word", "left"), *((heading, "right") for heading in headings)],
        rows,
        title=f"{clip} read by {prediction.variant}",
    )
    click.echo(f"score {prediction.score:+.2f} on a scale from -3 to +3")


def _modalities(text: str) -> tuple[Modality, ...]:
    letters = [letter for letter in text.upper() if letter not in ", "]
    if not letters or set(letters) - set(MODALITIES):
        raise InputError(f"--modalities {text!r} is not a choice of T, A and V: give for example TAV or T.")
    return tuple(m for m in MODALITIES if m in letters)
