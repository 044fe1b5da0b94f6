"""Which clips and speakers a pre-trained translation learnt from, so that no run that takes it tests on them.

Kept beside the translations as `learnt.npz`: the first eight bytes of the BLAKE2b hash of each name, sorted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from engine.dataset import Segment
from extraction.errors import CheckpointError, DataError
from extraction.whole_file import write_whole

LEARNT = "learnt.npz"
Hashes = NDArray[np.uint64]


@dataclass(frozen=True, eq=False)
class LearntFrom:
    """Attributes: clips, speakers: hashes of their names."""

    clips: Hashes
    speakers: Hashes

    def check(self, test: Sequence[Segment], folder: Path) -> None:
        """Raise DataError if some of the clips to be tested on, or their speakers, were learnt from in `folder`."""
        heard = self._have(self.clips, [s.clip for s in test]) | self._have(
            self.speakers, ["" if s.speaker is None else s.speaker for s in test]
        )
        if heard.any():
            first = next(s.clip for s, one in zip(test, heard, strict=True) if one)
            raise DataError(
                f"{int(heard.sum())} of the {len(test)} clips to be tested on, {first} among them, or their speakers "
                f"are in what {folder} learnt from: pre-train it with --leave-out."
            )

    @staticmethod
    def _have(known: Hashes, names: Sequence[str]) -> NDArray[np.bool_]:
        return np.isin(hashes(names, keep=True), known)

    def write(self, folder: Path) -> None:
        """Write it there. Raises OSError."""

        def save(partial: Path) -> None:
            with partial.open("wb") as file:
                np.savez(file, clips=self.clips, speakers=self.speakers)

        write_whole(folder / LEARNT, save)


def learnt_from(segments: Iterable[Segment]) -> LearntFrom:
    """Of the clips of `segments`."""
    told = [(s.clip, s.speaker) for s in segments]
    return LearntFrom(hashes(clip for clip, _ in told), hashes(one for _, one in told if one is not None))


def read_learnt_from(folder: Path) -> LearntFrom:
    """What `LearntFrom.write` wrote. Raises CheckpointError if it is missing or damaged."""
    try:
        with np.load(folder / LEARNT, allow_pickle=False) as file:
            return LearntFrom(file["clips"], file["speakers"])
    except (OSError, ValueError, KeyError, BadZipFile, EOFError) as error:
        raise CheckpointError(f"{folder / LEARNT} is missing or damaged: copy the whole folder again.") from error


def hashes(names: Iterable[str], *, keep: bool = False) -> Hashes:
    """Of each name; sorted and each once, or with `keep` one a name in their order."""
    digests = [int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little") for name in names]
    found = np.array(digests, dtype=np.uint64)
    return found if keep else np.unique(found)
