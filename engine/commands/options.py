"""What several commands ask for in the same words: the clip, its transcript, the table, the protocol, the variant."""

from __future__ import annotations

from pathlib import Path

import click

from engine.embedders import MINILM, MPNET
from engine.notation import Variant, parse
from engine.splits import PROTOCOLS
from engine.variants import find
from extraction.descriptor_sets import BLENDSHAPES, EGEMAPS
from extraction.errors import InputError
from extraction.media import FRAMES_PER_SECOND, MAX_SECONDS, MOST_FRAMES
from extraction.published import RECOGNISERS
from extraction.transcripts.reading import SUFFIXES

PATH = click.Path(path_type=Path)
CLIP = click.argument("clip", type=PATH)
TRANSCRIPT = click.option(
    "--transcript",
    type=PATH,
    help=f"A file with what is said ({', '.join(SUFFIXES)}); recognised if not given.",
)
RECOGNISER = click.option(
    "--recogniser",
    default="base",
    show_default=True,
    metavar="|".join((*RECOGNISERS, "SIZE", "FOLDER")),
    help="What hears the words: a packaged model, another size of faster-whisper that `s2s weights --download` "
    "fetched, or the folder of any of its models.",
)
PROMPT = click.option(
    "--prompt",
    metavar="TEXT",
    help="For the recogniser: a sentence or two like those that are said, with their names and terms as they should be "
    "written. It hears and spells them better.",
)
AUDIO = click.option(
    "--audio", default=EGEMAPS, show_default=True, metavar="SET", help="What is measured of voice: see s2s descriptors."
)
FACE = click.option(
    "--face", default=BLENDSHAPES, show_default=True, metavar="SET", help="What is measured of the face."
)
EMBEDDER = click.option(
    "--embedder",
    metavar=f"{MINILM}|{MPNET}|FOLDER|PACKAGE|FILE",
    help=f"What makes vectors of words: {MINILM} (if not given), {MPNET}, the folder of a sentence-transformers model, "
    "the folder or installed package of a spaCy pipeline, or a GloVe file.",
)
LIMIT = click.option(
    "--max-minutes",
    type=click.FloatRange(min=0, min_open=True),
    default=MAX_SECONDS / 60,
    show_default=True,
    help="Refuse longer media.",
)
FRAMES = click.option(
    "--frames-per-second",
    type=click.FloatRange(min=0, min_open=True, max=MOST_FRAMES),
    default=FRAMES_PER_SECOND,
    show_default=True,
    help="Pictures measured a second; the shipped models read faces measured at the default.",
)
RUNS = click.option("--runs", type=PATH, default=Path("runs"), show_default=True, help="Where trained runs are kept.")
DATA = click.option(
    "--data", type=PATH, help="A word table (.parquet) or a label.csv of texts; CMU-MOSI's label.csv if not given."
)
PROTOCOL = click.option(
    "--protocol",
    type=click.Choice(PROTOCOLS),
    default="standard",
    show_default=True,
    help="standard: the table's own split; paper: a random third tests; speakers: leave speakers out in turn.",
)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document in place of the table.")


def read_variant(name: str) -> Variant:
    """A variant of the paper, or whatever else the notation spells. Raises VariantError naming the nearest."""
    try:
        return parse(name)
    except InputError:
        return find(name)
