"""How likely sound is in each senone: mixtures of Gaussians whose codebooks the senones of a phone share.

A codebook has 128 Gaussians with diagonal covariance for each of three streams (cepstra, their differences, the
differences of those); a senone has its own weights over them, and its likelihood is the product of the three mixtures.
As in pocketsphinx only a codebook's `NEAREST` Gaussians count in a frame, none by less than e^-`_FLOOR` of the best of
all codebooks (`ptm_mgau.c`). pocketsphinx itself can score all senones and write them to a file, but takes four times
as long and holds the interpreter's lock; ours are those within the rounding of its 8-bit logarithms
(`tests/oracle/test_senones.py`).
Source: Huggins-Daines et al., "Pocketsphinx", ICASSP 2006. Shape letters: F frames, C codebooks, S senones.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from extraction.alignment.compiled import compiled

STREAMS, WIDTH = 3, 13
NEAREST = 4
STEP = 1024 * float(np.log(1.0001))  # nats in a mixture weight of 1
_FLOOR = 96 * STEP  # nats
_SMALLEST_VARIANCE = 1e-4
_MAGIC = b"\x44\x33\x22\x11"  # before the numbers of a Sphinx file, little-endian

Ints = NDArray[np.int64]
Singles = NDArray[np.float32]


class Densities(NamedTuple):
    """Attributes: likelihood (F, C, 3, 4) of each codebook's nearest Gaussians, 1 for the best of all in the stream;
    which (F, C, 3, 4) they are.
    """

    likelihood: Singles
    which: NDArray[np.uint8]

    def until(self, frame: int) -> Densities:
        """The frames before one."""
        return Densities(self.likelihood[:frame], self.which[:frame])


class _Gaussians(NamedTuple):
    """`mean` and `precision`, 1 / (2 variance), (C, 3, 13, 128); `constant` (C, 3, 128): log density at the mean."""

    mean: Singles
    precision: Singles
    constant: Singles


class Mixtures:
    """An acoustic model's Gaussians and weights, read from its `means`, `variances` and `sendump`.

    Args:
        folder: the model.
        codebook: (senones,) each one's.
    """

    def __init__(self, folder: Path, codebook: Ints) -> None:
        mean, variance = (_gaussians((folder / name).read_bytes()) for name in ("means", "variances"))
        variance = np.maximum(variance, _SMALLEST_VARIANCE)
        self._gaussians = _Gaussians(
            np.ascontiguousarray(mean.swapaxes(2, 3), dtype=np.float32),
            np.ascontiguousarray((0.5 / variance).swapaxes(2, 3), dtype=np.float32),
            (-0.5 * np.log(2 * np.pi * variance).sum(axis=-1)).astype(np.float32),
        )
        self._costs = _weights((folder / "sendump").read_bytes())  # (3, 128, senones), in steps below 1
        self._codebook = codebook

    def densities(self, features: Singles) -> Densities:
        """Of features (F, 3, 13)."""
        shape = (len(features), len(self._gaussians.mean), STREAMS, NEAREST)
        found = Densities(np.empty(shape, dtype=np.float32), np.empty(shape, dtype=np.uint8))
        _nearest(features, self._gaussians, found)
        return found

    def likelihoods(self, densities: Densities, senones: Ints) -> Singles:
        """(F, S) log likelihood of each frame in each of the `senones` (S,), by a constant a frame."""
        weights = np.exp(-STEP * self._costs[:, :, senones].transpose(2, 0, 1)).astype(np.float32)  # (S, 3, 128)
        result = np.empty((len(densities.which), len(senones)), dtype=np.float32)
        _mix(densities, weights, self._codebook[senones], result)
        return result


@compiled
def _nearest(features: Singles, gaussians: _Gaussians, found: Densities) -> None:
    """Fill `found`. Its inner loop goes over Gaussians, not over the sum, so that several are computed at once."""
    frames, codebooks, streams, _ = found.which.shape
    for t in range(frames):
        for stream in range(streams):
            best = np.float32(-np.inf)
            for book in range(codebooks):
                log = gaussians.constant[book, stream].copy()
                for d in range(features.shape[2]):
                    x, mean, precision = (
                        features[t, stream, d],
                        gaussians.mean[book, stream, d],
                        gaussians.precision[book, stream, d],
                    )
                    for g in range(len(log)):
                        log[g] -= (x - mean[g]) * (x - mean[g]) * precision[g]
                _keep(log, found.likelihood[t, book, stream], found.which[t, book, stream])
                best = max(best, found.likelihood[t, book, stream, 0])
            for book in range(codebooks):
                kept = found.likelihood[t, book, stream]
                kept[:] = np.exp(np.maximum(kept - best, np.float32(-_FLOOR)))


@compiled
def _keep(log: Singles, values: Singles, which: NDArray[np.uint8]) -> None:
    """The largest of `log`, in falling order, the first of equal ones first."""
    values[:] = -np.inf
    for g in range(len(log)):
        if log[g] > values[NEAREST - 1]:
            k = NEAREST - 1
            while k > 0 and log[g] > values[k - 1]:
                values[k], which[k] = values[k - 1], which[k - 1]
                k -= 1
            values[k], which[k] = log[g], g


@compiled
def _mix(densities: Densities, weights: Singles, codebook: Ints, result: Singles) -> None:
    frames, senones = result.shape
    for t in range(frames):
        for s in range(senones):
            product = 1.0
            for stream in range(STREAMS):
                likelihood = densities.likelihood[t, codebook[s], stream]
                which = densities.which[t, codebook[s], stream]
                mixture = 0.0
                for k in range(NEAREST):
                    mixture += likelihood[k] * weights[s, stream, which[k]]
                product *= mixture
            result[t, s] = np.log(product)


def _gaussians(data: bytes) -> NDArray[np.float64]:
    """(C, 3, 128, 13) of a file of means or variances."""
    start = data.index(_MAGIC) + len(_MAGIC)
    codebooks, streams, gaussians, *widths, size = struct.unpack_from("<7i", data, start)
    if streams != STREAMS or set(widths) != {WIDTH}:
        raise ValueError(f"an acoustic model of {STREAMS} streams of {WIDTH} is needed")
    values = np.frombuffer(data, "<f4", size, start + 28)
    return values.reshape(codebooks, streams, gaussians, WIDTH).astype(np.float64)


def _weights(data: bytes) -> NDArray[np.uint8]:
    """(3, 128, senones) of a `sendump`: lines of text, each after its length, then rows, columns and bytes."""
    at = 0
    while length := struct.unpack_from("<i", data, at)[0]:
        at += 4 + length
    rows, columns = struct.unpack_from("<2i", data, at + 4)
    return np.frombuffer(data, np.uint8, STREAMS * rows * columns, at + 12).reshape(STREAMS, rows, columns)
