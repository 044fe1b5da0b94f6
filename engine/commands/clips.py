"""`s2s extract` and `s2s predict`: from a clip to its word table, and to its sentiment a word."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from engine import console
from engine.commands.corpus import BACKEND, CLUSTER, WORKERS, check_options, clips_of, is_corpus, run_corpus
from engine.commands.options import (
    AUDIO,
    CLIP,
    EMBEDDER,
    FACE,
    FRAMES,
    LIMIT,
    PATH,
    PROMPT,
    RECOGNISER,
    TRANSCRIPT,
    read_variant,
)
from engine.exports.formats import FORMATS, format_of, write_export
from engine.exports.read_clip import ReadClip
from engine.predict import Prediction, load
from engine.tool_choice import choose_tools
from extraction.corpus.work import Settings
from extraction.corpus.workers import Backend, Workers
from extraction.counting import count
from extraction.descriptor_sets import set_of
from extraction.errors import InputError, NotEnglish
from extraction.pipeline import extract
from extraction.store import Entry, make_table, write_table
from extraction.types import MODALITIES, FeatureSpec, Modality
from extraction.whole_file import check_place


@click.command("extract")
@click.argument("source", type=PATH)
@click.option("-o", "--output", type=PATH, required=True, help="The word table, a .parquet file.")
@TRANSCRIPT
@RECOGNISER
@PROMPT
@click.option("--modalities", default="TAV", show_default=True, help="What to measure: any of T, A and V.")
@EMBEDDER
@AUDIO
@FACE
@FRAMES
@click.option("--media", type=PATH, help="For a list: the folder its files lie in.")
@LIMIT
@WORKERS
@BACKEND
@CLUSTER
def extract_command(
    *,
    source: Path,
    output: Path,
    transcript: Path | None,
    recogniser: str,
    prompt: str | None,
    modalities: str,
    embedder: str | None,
    audio: str,
    face: str,
    frames_per_second: float,
    media: Path | None,
    max_minutes: float,
    workers: int,
    backend: Backend,
    cluster: str | None,
) -> None:
    """Write the word table of SOURCE: one row a word with its times and its text, audio and video vectors.

    SOURCE is a media file; or a .csv list of them with the columns file, text or transcript (a file), label, split and
    speaker (all but the first optional); or a folder: one with label.csv and Raw/<video_id>/<clip_id>.mp4, else
    whatever media files lie below it, each with the transcript of the same name beside it, if there is one.

    Of a list or a folder, a clip that cannot be read is named on stderr and in TABLE.failures.csv and left out, and a
    run that was stopped goes on where it was when the same command is given again. Warnings about the other clips are
    in TABLE.warnings.csv.
    """
    processes = Workers(workers, backend, cluster)
    check_options(source, transcript=transcript, media=media, workers=processes)
    tools = choose_tools(recogniser, embedder, audio, face, prompt)
    settings = Settings(tools, _modalities(modalities), max_minutes * 60, frames_per_second)
    if output.suffix != ".parquet":
        raise InputError(f"{output.name} does not end in .parquet: name the word table so.")
    check_place(output)
    if is_corpus(source):
        run_corpus(clips_of(source, media), source.name, output, settings, processes)
    else:
        _extract_clip(source, transcript, output, settings)


def _extract_clip(clip: Path, transcript: Path | None, output: Path, settings: Settings) -> None:
    with console.stages() as report:
        aligned = extract(
            clip,
            transcript,
            modalities=settings.modalities,
            tools=settings.tools(),
            max_seconds=settings.max_seconds,
            frames_per_second=settings.frames_per_second,
            keep_tracks=False,
            progress=report,
        )
    for warning in aligned.warnings:
        console.warn(warning)
    write_table(make_table([Entry(aligned)]), output)
    click.echo(f"{count(len(aligned.words), 'word')} of {clip.name} written to {output}", err=True)


@click.command("predict")
@CLIP
@click.option("--variant", default="T", show_default=True, help="The model that reads it; see `s2s variants`.")
@click.option("--checkpoint", type=click.Path(path_type=Path), help="A model's own folder, in place of a shipped one.")
@TRANSCRIPT
@RECOGNISER
@PROMPT
@EMBEDDER
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document in place of the table.")
@click.option(
    "-o",
    "--output",
    "outputs",
    type=PATH,
    multiple=True,
    help=f"Write the reading to this file too; its suffix decides ({', '.join(form.suffix for form in FORMATS)}). "
    "May be given several times.",
)
@LIMIT
def predict_command(
    *,
    clip: Path,
    variant: str,
    checkpoint: Path | None,
    transcript: Path | None,
    recogniser: str,
    prompt: str | None,
    embedder: str | None,
    as_json: bool,
    outputs: tuple[Path, ...],
    max_minutes: float,
) -> None:
    """Print how each word of CLIP feels, how much the model attends to it, and the score they add up to.

    Of a recording longer than half a minute each utterance is printed with its score.
    """
    _check_outputs(outputs, clip, transcript)
    model = load(checkpoint) if checkpoint is not None else load(str(read_variant(variant)))
    tools, limit = choose_tools(recogniser, embedder, prompt=prompt, **_measured(model.card.specs))(), max_minutes * 60
    with console.stages() as report:
        aligned = extract(
            clip, transcript, modalities=model.card.inputs, tools=tools, max_seconds=limit, progress=report
        )
    try:
        prediction = model.predict(aligned)
    except NotEnglish:
        if not as_json:
            click.echo(" ".join(word.text for word in aligned.words))
        raise
    for warning in prediction.warnings:
        console.warn(warning)
    if not model.card.learned:
        console.warn(model.card.verdict)
    for path in outputs:
        write_export(ReadClip(aligned, prediction, model.card, clip.name), path)
        click.echo(f"{count(len(prediction.words), 'word')} of {clip.name} written to {path}", err=True)
    if as_json:
        console.print_json(prediction.to_dict())
    elif len(prediction.utterances) > 1:
        _print_utterances(prediction, clip.name)
    else:
        _print(prediction, clip.name)


def _check_outputs(outputs: tuple[Path, ...], *sources: Path | None) -> None:
    """Raise InputError, before anything is read, for a file that cannot be written or is read itself."""
    for path in outputs:
        format_of(path)
        check_place(path)
        if path.exists() and any(source and source.exists() and source.samefile(path) for source in sources):
            raise InputError(f"{path} is what is read: give another file to write.")


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
    click.echo(f"score {prediction.score:+.2f} on a scale from -3 to +3{_interval(prediction)}")


def _print_utterances(prediction: Prediction, clip: str) -> None:
    """A long recording: a row an utterance in place of a row a word."""
    rows = [
        (
            console.clock(said.start),
            console.clock(said.end),
            console.signed(said.score),
            " ".join(word.text for word in prediction.words[said.first : said.stop]),
        )
        for said in prediction.utterances
    ]
    columns = [("start", "right"), ("end", "right"), ("score", "right"), ("what is said", "left")]
    console.print_table(columns, rows, title=f"{clip} read by {prediction.variant}, an utterance a line")
    click.echo(
        f"score {prediction.score:+.2f} on a scale from -3 to +3, the mean of {len(rows)} utterances by their words; "
        "--json has every word"
    )


def _modalities(text: str) -> tuple[Modality, ...]:
    letters = [letter for letter in text.upper() if letter not in ", "]
    if not letters or set(letters) - set(MODALITIES):
        raise InputError(f"--modalities {text!r} is not a choice of T, A and V: give for example TAV or T.")
    return tuple(m for m in MODALITIES if m in letters)


def _interval(prediction: Prediction) -> str:
    if prediction.interval is None:
        return ""
    low, high = prediction.interval
    return f"; nine of ten such clips lie between {console.signed(low)} and {console.signed(high)}"
