"""What pocketsphinx's acoustic model hears of sound: its own cepstra, which it writes to a file when asked to.

Thirteen every 10 ms, noise removed; their mean is subtracted and differences added here, as it does (`1s_c_d_dd`).
"""

from __future__ import annotations

import weakref
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

import numpy as np
import pocketsphinx
from numpy.typing import NDArray

from extraction.alignment.senones import WIDTH, Singles
from extraction.types import Floats

_REACH = 3  # frames to either side that the differences of differences take in
_NOISE = 1e-3  # of full scale, -60 dBFS: digital silence has no cepstrum


class Cepstra:
    """Features of sound at 16 kHz. Not safe across threads."""

    def __init__(self) -> None:
        self._folder = Path(mkdtemp(prefix="cepstra"))
        weakref.finalize(self, rmtree, self._folder, ignore_errors=True)
        self._decoder = pocketsphinx.Decoder(
            lm=None,
            loglevel="FATAL",
            bestpath=False,
            mfclogdir=str(self._folder),
            topn=1,
            **dict.fromkeys(("beam", "pbeam", "wbeam"), 0.1),  # the search itself is not wanted
        )
        self._decoder.add_fsg("any", self._decoder.create_fsg("any", 0, 0, [(0, 0, 0.5, "a")]))
        self._decoder.activate_search("any")

    def features(self, samples: Floats) -> Singles:
        """(F, 3, 13): cepstra, differences, differences of those; row k starts at k / 100 s.

        The same sound has the same features, whatever was heard before. Empty for sound shorter than a frame.
        """
        noise = _NOISE * np.random.default_rng(0).standard_normal(len(samples), dtype=np.float32)
        pcm = (np.clip(samples + noise, -1.0, 32767 / 32768) * 32768).astype("<i2")
        self._decoder.reinit_feat()  # else the noise of the last sound is removed
        self._decoder.start_utt()
        self._decoder.process_raw(pcm.tobytes(), full_utt=True)
        self._decoder.end_utt()
        (path,) = self._folder.iterdir()
        cepstra = np.frombuffer(path.read_bytes(), ">f4", offset=4).reshape(-1, WIDTH)
        path.unlink()
        return with_differences(cepstra.astype(np.float32))


def with_differences(cepstra: NDArray[np.float32]) -> Singles:
    """(F, 3, 13) of cepstra (F, 13); beyond the ends the first and the last frame go on."""
    if not len(cepstra):
        return np.empty((0, 3, WIDTH), dtype=np.float32)
    padded = np.pad(cepstra - cepstra.mean(axis=0), ((_REACH, _REACH), (0, 0)), mode="edge")

    def at(frames: int) -> Singles:
        return padded[_REACH + frames : _REACH + frames + len(cepstra)]

    second = (at(3) - at(-1)) - (at(1) - at(-3))
    return np.stack([at(0), at(2) - at(-2), second], axis=1)
