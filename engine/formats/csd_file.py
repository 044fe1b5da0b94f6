"""One file of the CMU-MultimodalSDK: a *computational sequence*, which is features and their intervals a video.

HDF5: `/<root>/data/<video>/features` (N, D) and `intervals` (N, 2) in seconds of the whole video, and
`/<root>/metadata/<key>`, each one JSON text. As the SDK does, only the first root is read. Metadata that is not JSON
(published files have some) is taken as plain text.
Source: github.com/CMU-MultiComp-Lab/CMU-MultimodalSDK, mmsdk/mmdatasdk/computational_sequence.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.formats.hdf5 import opened
from extraction.errors import DataError
from extraction.types import Floats

Intervals = NDArray[np.float64]


@dataclass(frozen=True)
class CsdFile:
    """An open file. `root` is the sequence's name, `metadata` key -> value, `videos` in the file's order."""

    path: Path
    root: str
    metadata: Mapping[str, Any]
    videos: tuple[str, ...]
    _data: Any

    @property
    def holds_words(self) -> bool:
        """Whether the features are texts."""
        return bool(self.videos) and self._node(self.videos[0], "features").dtype.kind in "SUO"

    def words(self, video: str) -> tuple[list[str], Intervals]:
        """N texts and their intervals (N, 2). Raises DataError if the features are numbers."""
        features, intervals = self._read(video)
        if features.dtype.kind not in "SUO":
            raise DataError(f"{self.path.name} ({self.root!r}) holds numbers and not words: give the words' own file.")
        flat = features.reshape(len(features), -1)[:, 0].tolist()
        return [x.decode("utf-8", errors="replace") if isinstance(x, bytes) else str(x) for x in flat], intervals

    def numbers(self, video: str) -> tuple[Floats, Intervals]:
        """Features (N, D) and their intervals (N, 2). Raises DataError if the features are texts."""
        features, intervals = self._read(video)
        if features.dtype.kind not in "fiu":
            raise DataError(f"{self.path.name} ({self.root!r}) holds words and not numbers: give a file of features.")
        with np.errstate(over="ignore"):  # beyond float32 is infinite, which counts as missing
            return features.reshape(len(features), -1).astype(np.float32), intervals

    def dim(self) -> int:
        """D, from the first video; 0 without any."""
        return int(np.prod(self._node(self.videos[0], "features").shape[1:])) if self.videos else 0

    def column_names(self) -> tuple[str, ...]:
        """One name a column: the metadata's where they are whole and differ, else the root's name and a number."""
        names = self.metadata.get("dimension names")
        if isinstance(names, list) and len(names) == self.dim() == len({str(name).strip() for name in names}):
            return tuple(str(name).strip() for name in names)
        return tuple(f"{self.root}_{i}" for i in range(self.dim()))

    def _read(self, video: str) -> tuple[NDArray[Any], Intervals]:
        features = np.asarray(self._node(video, "features")[()])
        intervals = np.asarray(self._node(video, "intervals")[()])
        where = f"Video {video!r} of {self.path.name}"
        if intervals.dtype.kind not in "fiu" or intervals.ndim != 2 or intervals.shape[1:] != (2,):
            raise DataError(f"{where} has intervals of shape {intervals.shape}: each needs a start and an end.")
        if not features.ndim or len(features) != len(intervals):
            rows = len(features) if features.ndim else 0
            raise DataError(f"{where} has {rows} features for {len(intervals)} intervals: load the file again.")
        if not np.isfinite(intervals).all():
            raise DataError(f"{where} has intervals that are not finite: load the file again.")
        return features, intervals.astype(np.float64)

    def _node(self, video: str, name: str) -> Any:
        group = self._data[video]
        if not hasattr(group, "keys") or name not in group or not hasattr(group[name], "dtype"):
            raise DataError(f"Video {video!r} of {self.path.name} has no {name}: give a whole .csd file.")
        return group[name]


@contextmanager
def opened_csd(path: Path) -> Iterator[CsdFile]:
    """The file at `path`, to be read within the block. Raises DataError if it is none."""
    with opened(path) as file:
        root = next(iter(file), None)
        node = None if root is None else file[root]
        if node is None or not hasattr(node, "keys") or "data" not in node or not hasattr(node["data"], "keys"):
            raise DataError(f"{path.name} holds no computational sequence (<root>/data/<video>): give a .csd file.")
        stored = node.get("metadata", {})
        metadata = {key: _value(stored[key]) for key in stored}
        yield CsdFile(path, str(root), metadata, tuple(node["data"]), node["data"])


def _value(node: Any) -> Any:
    """What a metadata key says: JSON, plain text, or None where it is neither."""
    if not hasattr(node, "dtype") or not node.size:
        return None
    text = np.asarray(node[()]).reshape(-1)[0]
    text = text.decode("utf-8", errors="replace") if isinstance(text, bytes) else str(text)
    try:
        return json.loads(text)
    except ValueError:
        return text
