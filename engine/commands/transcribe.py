"""`s2s transcribe`: from a clip to a file with its words and their times, for other programs to open."""

from __future__ import annotations

from pathlib import Path

import click

from engine import console
from engine.commands.options import CLIP, LIMIT, PATH, PROMPT, RECOGNISER, TRANSCRIPT
from engine.tool_choice import choose_tools
from extraction.counting import count
from extraction.errors import InputError
from extraction.pipeline import transcribe
from extraction.transcripts.reading import SUFFIXES
from extraction.transcripts.writing import check_name, write_transcript
from extraction.whole_file import check_place


@click.command("transcribe")
@CLIP
@click.option(
    "-o", "--output", type=PATH, required=True, help=f"The file to write; its suffix decides ({', '.join(SUFFIXES)})."
)
@TRANSCRIPT
@RECOGNISER
@PROMPT
@LIMIT
def transcribe_command(
    *, clip: Path, output: Path, transcript: Path | None, recogniser: str, prompt: str | None, max_minutes: float
) -> None:
    """Write the words of CLIP with the times at which they were spoken.

    The words are recognised, or those of --transcript; word times it has are kept, others are measured in the sound.
    """
    check_name(output)
    check_place(output)
    tools = choose_tools(recogniser, prompt=prompt)()
    for source in (clip, transcript):
        if source is not None and source.exists() and output.exists() and source.samefile(output):
            raise InputError(f"{output} is what is read: give another file to write.")
    with console.stages() as report:
        said, duration = transcribe(clip, transcript, tools=tools, max_seconds=max_minutes * 60, progress=report)
    for warning in said.warnings:
        console.warn(warning)
    write_transcript(said.words, output, duration=duration, clip=clip, language=said.language)
    click.echo(f"{count(len(said.words), 'word')} of {clip.name} written to {output}", err=True)
