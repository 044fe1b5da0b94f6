"""Voice and face measured against the speaker's own mean and spread, so that who speaks is taken out of how it is said.

In a word table the speaker's clips together give the statistics; at use the clip is all that is known of its speaker,
and gives its own. The feature set that results has a name of its own, so a model trained on it is never given plain
measurements, and a clip with plain ones is brought to it when such a model reads it (`engine.predict`).
Source: Busso et al. (2011), Iterative feature normalization, ICASSP; here in one step, with no neutral speech sought.
Shape letters: W words, D columns.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from engine.standardise import SMALLEST, Numbers, moments
from extraction.errors import DataError
from extraction.store import WordTable, make_table
from extraction.types import FeatureSpec, Floats, Modality, Stream

MEASURED: tuple[Modality, ...] = ("A", "V")  # words have no speaker's mean worth taking out
_SUFFIX = "+by-speaker"
_RECIPE = 1
_FEWEST = 3  # values a spread is taken from; below, the column is centred alone
_Statistics = tuple[Numbers, Numbers]


def derived(spec: FeatureSpec) -> FeatureSpec:
    """The feature set that the measurements of `spec` become."""
    names = tuple(f"{name.split(' [')[0]} [z]" for name in spec.names)
    return FeatureSpec(spec.modality, spec.name + _SUFFIX, f"{spec.version}/by-speaker-{_RECIPE}", names)


def by_speaker(table: WordTable) -> WordTable:
    """The table with voice and face in units of their speaker's spread around their speaker's mean.

    Raises DataError if a clip names no speaker, or if the table has neither voice nor face, or has been standardised.
    """
    modalities = [m for m in MEASURED if m in table.specs]
    if not modalities:
        raise DataError("The word table has no voice and no face: there is nothing to take the speaker out of.")
    if any(table.specs[m].name.endswith(_SUFFIX) for m in modalities):
        raise DataError("The word table is standardised by speaker already: give the one it was made from.")
    rows: dict[tuple[str, Modality], list[Floats]] = defaultdict(list)
    for entry in table:
        if entry.speaker is None:
            raise DataError(f"Clip {entry.aligned.clip!r} names no speaker: give a table with a speaker a clip.")
        for m in modalities:
            rows[entry.speaker, m].append(entry.aligned.streams[m].values)
    known = {key: _statistics(values) for key, values in rows.items()}
    entries = []
    for entry in table:
        streams = _streams(entry.aligned.streams, str(entry.speaker), known)
        entries.append(replace(entry, aligned=replace(entry.aligned, streams=streams)))
    return make_table(entries)


def of_one_clip(stream: Stream) -> Stream:
    """The stream of a clip by the clip's own statistics."""
    return _standardised(stream, _statistics([stream.values]))


def _streams(
    streams: Mapping[Modality, Stream], speaker: str, known: Mapping[tuple[str, Modality], _Statistics]
) -> dict[Modality, Stream]:
    return {m: _standardised(s, known[speaker, m]) if (speaker, m) in known else s for m, s in streams.items()}


def _statistics(rows: Iterable[Floats]) -> _Statistics:
    """Mean and spread (D,) of the finite values of each column."""
    count, mean, squares = moments(np.concatenate(list(rows)))
    spread = np.sqrt(squares / np.maximum(count, 1))
    return mean, np.where((spread > SMALLEST) & (count >= _FEWEST), spread, 1.0)


def _standardised(stream: Stream, statistics: _Statistics) -> Stream:
    mean, spread = statistics
    return Stream(derived(stream.spec), ((stream.values - mean) / spread).astype(np.float32), stream.observed)
