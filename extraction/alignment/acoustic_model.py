"""How well each 10 ms of sound fits each piece of a phone: the English acoustic model inside pocketsphinx's wheel.

Its triphones are hidden Markov models of three states; a state's output distribution is a *senone* (Hwang and Huang,
1993), see `senones`. Which senones a phone between
two others has is read from its model definition (`bin_mdef.c`), the transition probabilities from its
`transition_matrices`.
Source: Huggins-Daines et al., "Pocketsphinx", ICASSP 2006; pocketsphinx 5, BSD.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extraction.alignment.cepstra import Cepstra
from extraction.alignment.senones import Densities, Ints, Mixtures, Singles
from extraction.pronunciation import Phones, Pronouncer
from extraction.types import Floats

FRAMES_PER_SECOND = 100
STATES = 3  # of a phone
SILENCE = "SIL"
_INTERNAL, _BEGIN, _END, _SINGLE = range(4)  # where in a word a triphone was trained
_MAGIC = b"\x44\x33\x22\x11"  # before the numbers of a Sphinx file, little-endian
_VARIANTS = 4  # pronunciations read of a word


class AcousticModel:
    """Pronunciations, senones and scores. Not safe across threads."""

    def __init__(self) -> None:
        import pocketsphinx

        self._decoder: Any = pocketsphinx.Decoder(lm=None, loglevel="FATAL")  # for its dictionary
        self._cepstra = Cepstra()
        self._pronounce: Pronouncer | None = None
        folder = Path(self._decoder.config["hmm"])
        self.phones, self._triphones, self._senones = _definition((folder / "mdef").read_bytes())
        self._mixtures = Mixtures(folder, _codebooks(self._triphones, self._senones))
        self._index = {phone: i for i, phone in enumerate(self.phones)}
        stay = _staying((folder / "transition_matrices").read_bytes())
        with np.errstate(divide="ignore"):
            self.stay: NDArray[np.float64] = np.log(stay)
            """(phones, 3): log probability that a state is followed by itself."""
            self.leave: NDArray[np.float64] = np.log1p(-stay)
            """(phones, 3): that it is not."""

    def pronunciations(self, word: str) -> tuple[tuple[int, ...], ...]:
        """The dictionary's for a word over `[a-z']`, four at most, else a guess; as indices into `phones`."""
        found = [self._known(word), *(self._known(f"{word}({i})") for i in range(2, _VARIANTS + 1))]
        said = [phones for phones in found if phones]
        if not said:
            self._pronounce = self._pronounce or Pronouncer(self._known)
            said = [self._pronounce(word)]
        return tuple(tuple(self._index[phone] for phone in phones) for phones in dict.fromkeys(said))

    def index(self, phone: str) -> int:
        """Where a phone is in `phones`."""
        return self._index[phone]

    def senones(self, phone: int, left: int, right: int, edges: str) -> Ints:
        """The (3,) senones of a phone between two others.

        `edges` tells which edges of a word the phone is at: any of `<` and `>`. A triphone that was never trained falls
        back on another place in the word, then on the phone by itself.
        """
        alone: Ints = self._senones[phone]
        position = {"": _INTERNAL, "<": _BEGIN, ">": _END, "<>": _SINGLE}[edges]
        for place in (position, _INTERNAL, _BEGIN, _END, _SINGLE):
            found = self._triphones.get((place, phone, left, right))
            if found is not None:
                return found
        return alone

    def senones_alone(self) -> Ints:
        """(phones, 3) senones of every phone by itself."""
        return self._senones

    def hear(self, samples: Floats) -> Densities:
        """What the likelihoods below are made of, a row every 10 ms; row k starts at k / 100 s.

        The sound is at 16 kHz; the same sound gives the same, whatever was heard before.
        """
        return self._mixtures.densities(self._cepstra.features(samples))

    def likelihoods(self, densities: Densities, senones: Ints) -> Singles:
        """(F, S) log likelihood of each frame in each of the `senones` (S,), by a constant a frame."""
        return self._mixtures.likelihoods(densities, senones)

    def _known(self, word: str) -> Phones | None:
        phones = self._decoder.lookup_word(word)
        return tuple(phones.split()) if phones else None


def _definition(data: bytes) -> tuple[tuple[str, ...], dict[tuple[int, int, int, int], Ints], Ints]:
    """Phones; (place, phone, left, right) -> senones (3,); senones (phones, 3) without neighbours."""
    (skipped,) = struct.unpack_from("<i", data, 8)
    at = 12 + skipped
    counts = struct.unpack_from("<10i", data, at)
    n_alone, n_phones, n_tree = counts[0], counts[1], counts[8]
    at += 40
    names: list[str] = []
    for _ in range(n_alone):
        end = data.index(b"\0", at)
        names.append(data[at:end].decode())
        at = end + 1
    at += -at % 4 + 8 * n_tree
    table = np.frombuffer(data, np.dtype([("sequence", "<i4"), ("matrix", "<i4"), ("of", "u1", 4)]), n_phones, at)
    at += table.nbytes + 4
    sequences = np.frombuffer(data, "<u2", offset=at)[: counts[6] * STATES].reshape(-1, STATES).astype(np.int64)
    of = sequences[table["sequence"]]
    keys = table["of"][n_alone:].tolist()
    return tuple(names), {tuple(key): row for key, row in zip(keys, of[n_alone:], strict=True)}, of[:n_alone]


def _codebooks(triphones: dict[tuple[int, int, int, int], Ints], alone: Ints) -> Ints:
    """(senones,) the phone each belongs to, whose codebook it reads."""
    codebook = np.empty(1 + max(alone.max(), *(int(row.max()) for row in triphones.values())), dtype=np.int64)
    codebook[alone] = np.arange(len(alone))[:, None]
    for (_, phone, _, _), row in triphones.items():
        codebook[row] = phone
    return codebook


def _staying(data: bytes) -> NDArray[np.float64]:
    """(phones, 3) probabilities of the transition from a state to itself."""
    start = data.index(_MAGIC) + len(_MAGIC)
    matrices, rows, columns, size = struct.unpack_from("<4i", data, start)
    counts = np.frombuffer(data, "<f4", size, start + 16).reshape(matrices, rows, columns).astype(np.float64)
    stay: NDArray[np.float64] = np.stack([counts[:, i, i] for i in range(STATES)], axis=1) / counts.sum(axis=2)
    return np.clip(stay, 0.01, 0.99)
