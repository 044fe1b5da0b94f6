"""The same clip with whole modalities taken away, to see what a model makes of the rest."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from extraction.types import Aligned, Modality


def without(aligned: Aligned, taken: Collection[Modality]) -> Aligned:
    """The clip as though nothing of `taken` had been observed in it; its words and their times stay.

    A model that reads such a modality is told, word by word, that it was not observed. One that reads nothing else
    refuses the clip with a DataError, as it does any clip that has nothing for it.
    """
    kept = {modality: stream for modality, stream in aligned.streams.items() if modality not in taken}
    return replace(aligned, streams=kept)
