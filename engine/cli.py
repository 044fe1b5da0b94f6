"""The command `s2s`: clips to word tables, word tables to models, models to sentiment a word.

This is the engine's composition root and the only place where errors become a sentence: bad input ends with one line on
stderr and exit code 2; anything unexpected keeps its traceback.
"""

from __future__ import annotations

import sys

import click

from engine.commands.calibrate import calibrate_command
from engine.commands.card import card_command
from engine.commands.clips import extract_command, predict_command
from engine.commands.derive import by_speaker_command, weak_labels_command
from engine.commands.descriptors import descriptors_command
from engine.commands.faithfulness import faithfulness_command
from engine.commands.measure import compare_command, evaluate_command, publish_command
from engine.commands.models import variants_command
from engine.commands.pretrain import pretrain_command
from engine.commands.reproduce import reproduce_command
from engine.commands.tables import export_command, import_command
from engine.commands.train import pretrain_voice_command, train_command
from engine.commands.transcribe import transcribe_command
from engine.commands.weights import weights_command
from engine.console import warn
from extraction.errors import S2SError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="seq2seq2sentiment", prog_name="s2s")
def cli() -> None:
    """Word-by-word sentiment of a spoken clip from text, voice and face, by modality translation."""


for command in (
    variants_command,
    descriptors_command,
    extract_command,
    transcribe_command,
    import_command,
    export_command,
    predict_command,
    train_command,
    pretrain_command,
    pretrain_voice_command,
    weak_labels_command,
    by_speaker_command,
    evaluate_command,
    compare_command,
    faithfulness_command,
    reproduce_command,
    publish_command,
    calibrate_command,
    card_command,
    weights_command,
):
    cli.add_command(command)


def main() -> None:
    """Run `s2s` and exit: 0 done, 1 stopped, 2 bad input."""
    try:
        cli(prog_name="s2s")
    except S2SError as error:
        warn(str(error))
        sys.exit(2)


if __name__ == "__main__":
    main()
