"""The tool behind each seam: made when first needed, kept warm after.

Loading is lazy so that a given transcript loads no recogniser and a text-only variant loads no face model.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from extraction.descriptor_sets import BLENDSHAPES, EGEMAPS, audio_set, face_set
from extraction.protocols import Aligner, AudioDescriptor, FacialDescriptor, Transcriber, WordEmbedder


def whisper(
    model: str | Path = "base", threads: int | None = None, greedy: bool = False, prompt: str | None = None
) -> Transcriber:
    """A recogniser: `base`, `tiny.en`, a fetched size, or the folder of a faster-whisper model. Raises WeightsError."""
    from extraction.speech_whisper import WhisperTranscriber

    return WhisperTranscriber(model, threads, greedy, prompt)


def _pocketsphinx() -> Aligner:
    from extraction.align_pocketsphinx import PocketsphinxAligner

    return PocketsphinxAligner()


def _sbert() -> WordEmbedder:
    from extraction.words_sbert import SbertEmbedder

    return SbertEmbedder()


_voice = audio_set(EGEMAPS).make
_face = face_set(BLENDSHAPES).make


class Tools:
    """One tool a seam; each argument makes the tool and is called once, at first use."""

    def __init__(
        self,
        transcriber: Callable[[], Transcriber] = whisper,
        aligner: Callable[[], Aligner] = _pocketsphinx,
        audio: Callable[[], AudioDescriptor] = _voice,
        face: Callable[[], FacialDescriptor] = _face,
        embedder: Callable[[], WordEmbedder] = _sbert,
    ) -> None:
        self._make_transcriber = transcriber
        self._make_aligner = aligner
        self._make_audio = audio
        self._make_face = face
        self._make_embedder = embedder

    @cached_property
    def transcriber(self) -> Transcriber:
        """Speech to words; faster-whisper base by default."""
        return self._make_transcriber()

    @cached_property
    def aligner(self) -> Aligner:
        """Words to times; pocketsphinx forced alignment by default."""
        return self._make_aligner()

    @cached_property
    def audio(self) -> AudioDescriptor:
        """Sound to numbers; openSMILE eGeMAPSv02 and 12 MFCC by default."""
        return self._make_audio()

    @cached_property
    def face(self) -> FacialDescriptor:
        """Pictures to numbers; MediaPipe FaceLandmarker by default."""
        return self._make_face()

    @cached_property
    def embedder(self) -> WordEmbedder:
        """Words to vectors; all-MiniLM-L6-v2 by default."""
        return self._make_embedder()

    def let_go(self) -> None:
        """Forget all tools but the embedder, some 150 MB with the default ones; each is made anew at its next use."""
        for seam in ("transcriber", "aligner", "audio", "face"):
            self.__dict__.pop(seam, None)
        gc.collect()  # the recogniser refers to itself
