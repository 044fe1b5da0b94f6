"""`s2s extract` and `s2s predict`: from a clip to its word table, and to its sentiment a word."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import click

from engine import console
from engine.commands.options import AUDIO, CLIP, EMBEDDER, FACE, LIMIT, RECOGNISER, TRANSCRIPT, read_variant, tools_for
from engine.formats.folder import read_folder
from engine.predict import Prediction, load
from extraction.corpus import Item, extract_all, read_list
from extraction.descriptor_sets import set_of
from extraction.errors import InputError
from extraction.pipeline import extract
from extraction.store import Entry, make_table, write_table
from extraction.tools import Tools
from extraction.types import MODALITIES, FeatureSpec, Modality


@click.command("extract")
@CLIP
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="The word table, a .parquet file.")
@TRANSCRIPT
@RECOGNISER
@click.option("--modalities", default="TAV", show_default=True, help="What to measure: any of T, A and V.")
@EMBEDDER
@AUDIO
@FACE
@click.option("--media", type=click.Path(path_type=Path), help="For a list: the folder its files lie in.")
@LIMIT
def extract_command(
    *,
    clip: Path,
    output: Path,
    transcript: Path | None,
    recogniser: str,
    modalities: str,
    embedder: str | None,
    audio: str,
    face: str,
    media: Path | None,
    max_minutes: float,
) -> None:
    """Write the word table of CLIP: one row a word with its times and its text, audio and video vectors.

    CLIP is a media file, or a .csv list of them with the columns file, text or transcript (a file), label, split and
    speaker (all but the first optional), or a folder with label.csv and Raw/<video_id>/<clip_id>.mp4; a clip of a list
    or a folder that cannot be read is named on stderr and left out.
    """
    chosen, tools = _modalities(modalities), tools_for(recogniser, embedder, audio, face)
    if output.suffix != ".parquet":
        raise InputError(f"{output.name} does not end in .parquet: name the word table so.")
    if clip.is_dir() or clip.suffix.lower() == ".csv":
        if transcript is not None:
            raise InputError("A list or a folder brings its own transcripts: put them into its `text` column.")
        items = read_folder(clip) if clip.is_dir() else read_list(clip, media)
        _extract_items(items, clip.name, output, modalities=chosen, tools=tools, max_seconds=max_minutes * 60)
        return
    with console.stages() as report:
        limit = max_minutes * 60
        aligned = extract(clip, transcript, modalities=chosen, tools=tools, max_seconds=limit, progress=report)
    for warning in aligned.warnings:
        console.warn(warning)
    write_table(make_table([Entry(aligned)]), output)
    click.echo(f"{len(aligned.words)} words of {clip.name} written to {output}", err=True)


def _extract_items(
    items: Collection[Item],
    listing: str,
    output: Path,
    *,
    modalities: tuple[Modality, ...],
    tools: Tools,
    max_seconds: float,
) -> None:
    with console.progress() as shown:
        task = shown.add_task(f"Clips of {listing}", total=len(items), found="")

        def show(done: int, name: str) -> None:
            shown.update(task, completed=done, found=f"{done} of {len(items)}, now {name}")

        corpus = extract_all(items, modalities=modalities, tools=tools, max_seconds=max_seconds, progress=show)
        shown.update(task, completed=len(items), found=f"{len(corpus.table)} of {len(items)} read")
    for failure in corpus.failures:
        console.warn(f"{failure.path.name} is left out: {failure.sentence}")
    write_table(corpus.table, output)
    click.echo(f"{len(corpus.table)} clips written to {output}, {len(corpus.failures)} left out", err=True)


@click.command("predict")
@CLIP
@click.option("--variant", default="T", show_default=True, help="The model that reads it; see `s2s variants`.")
@click.option("--checkpoint", type=click.Path(path_type=Path), help="A model's own folder, in place of a shipped one.")
@TRANSCRIPT
@RECOGNISER
@EMBEDDER
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document in place of the table.")
@LIMIT
def predict_command(
    *,
    clip: Path,
    variant: str,
    checkpoint: Path | None,
    transcript: Path | None,
    recogniser: str,
    embedder: str | None,
    as_json: bool,
    max_minutes: float,
) -> None:
    """Print how each word of CLIP feels, how much the model attends to it, and the score they add up to."""
    model = load(checkpoint) if checkpoint is not None else load(str(read_variant(variant)))
    tools, limit = tools_for(recogniser, embedder, **_measured(model.card.specs)), max_minutes * 60
    with console.stages() as report:
        aligned = extract(
            clip, transcript, modalities=model.card.inputs, tools=tools, max_seconds=limit, progress=report
        )
    prediction = model.predict(aligned)
    for warning in prediction.warnings:
        console.warn(warning)
    if not model.card.learned:
        console.warn(model.card.verdict)
    if as_json:
        console.print_json(prediction.to_dict())
    else:
        _print(prediction, clip.name)


def _measured(specs: Mapping[Modality, FeatureSpec]) -> dict[str, str]:
    """The descriptor sets that measure what a model reads, as options name them; one of no known name is left out."""
    options: dict[Modality, str] = {"A": "audio", "V": "face"}
    known = {modality: set_of(specs[modality]) for modality in options if modality in specs}
    return {options[modality]: found.key for modality, found in known.items() if found is not None}


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
