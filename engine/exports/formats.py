"""The formats a reading can be exported to: one list, for the menu of the app and the suffixes of the command line.

A format is told by the end of a file name, the longest that fits: `a.dark.png` is a dark picture, `a.png` a light one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from engine.exports.chart import chart_bytes
from engine.exports.chart_text import DARK
from engine.exports.elan import eaf_bytes
from engine.exports.read_clip import ReadClip
from engine.exports.subtitles import srt_bytes, vtt_bytes
from engine.exports.tables import csv_bytes, json_bytes, parquet_bytes
from engine.exports.textgrid import textgrid_bytes
from engine.variants import directory_name
from extraction.errors import InputError
from extraction.whole_file import write_whole

_LONGEST = 80  # characters of a clip's name in a file's


@dataclass(frozen=True)
class Format:
    """One format.

    Attributes:
        name: as a menu has it.
        suffix: how its files' names end.
        mime: its media type.
        purpose: what it is for, in a sentence.
        make: the bytes of a file; raises S2SError with a sentence for the user.
        needs_times: whether at least one word must have a time.
    """

    name: str
    suffix: str
    mime: str
    purpose: str
    make: Callable[[ReadClip], bytes]
    needs_times: bool = False

    def file_name(self, clip: ReadClip) -> str:
        """A name any file system takes: the clip, the variant, the suffix."""
        safe = "".join(c if c.isalnum() or c in "-_" else "_" for c in clip.aligned.clip)[:_LONGEST].strip("_")
        return f"{safe or 'clip'}.{directory_name(clip.prediction.variant)}{self.suffix}"


FORMATS: tuple[Format, ...] = (
    Format("CSV", ".csv", "text/csv", "The word table for spreadsheet programs and R.", csv_bytes),
    Format("JSON", ".json", "application/json", "All figures, with the model's own, for programs.", json_bytes),
    Format(
        "Parquet",
        ".parquet",
        "application/vnd.apache.parquet",
        "The word table with its types, for pandas, DuckDB and Arrow.",
        parquet_bytes,
    ),
    Format("WebVTT", ".vtt", "text/vtt", "Coloured subtitles for browsers and VLC.", vtt_bytes, True),
    Format("SubRip", ".srt", "application/x-subrip", "Coloured subtitles for any player.", srt_bytes, True),
    Format("Praat TextGrid", ".TextGrid", "text/plain", "Tiers to look at beside the sound.", textgrid_bytes, True),
    Format("ELAN", ".eaf", "application/xml", "Tiers to annotate beside the video.", eaf_bytes, True),
    Format("PNG", ".png", "image/png", "The chart as a picture for slides.", partial(chart_bytes, form="png")),
    Format(
        "PNG, dark",
        ".dark.png",
        "image/png",
        "The chart as a picture for dark slides.",
        partial(chart_bytes, form="png", theme=DARK),
    ),
    Format("SVG", ".svg", "image/svg+xml", "The chart for print, to be edited.", partial(chart_bytes, form="svg")),
    Format(
        "SVG, dark",
        ".dark.svg",
        "image/svg+xml",
        "The chart for dark pages, to be edited.",
        partial(chart_bytes, form="svg", theme=DARK),
    ),
)


def format_of(path: Path) -> Format:
    """The format that the end of `path` names. Raises InputError naming those there are."""
    name = path.name.lower()
    fitting = [form for form in FORMATS if name.endswith(form.suffix.lower())]
    if not fitting:
        suffixes = [form.suffix for form in FORMATS]
        raise InputError(f"{path.name} is no export's name: end it in {', '.join(suffixes[:-1])} or {suffixes[-1]}.")
    return max(fitting, key=lambda form: len(form.suffix))


def write_export(clip: ReadClip, path: Path) -> None:
    """Write the export that `path` names, whole or not at all.

    Raises:
        InputError: no format has this suffix, it needs times that no word has, or the file cannot be written.
    """
    content = format_of(path).make(clip)
    try:
        write_whole(path, lambda partial_file: partial_file.write_bytes(content))
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}): choose another place.") from error
