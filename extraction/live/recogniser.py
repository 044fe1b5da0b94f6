"""The recogniser for live words: greedy and tried once, for what is in doubt is soon recognised again."""

from __future__ import annotations

from typing import Any

from extraction.speech_whisper import WhisperTranscriber
from extraction.types import Waveform


class LiveTranscriber(WhisperTranscriber):
    """tiny.en on one thread, for face and voice are measured beside it; else as `WhisperTranscriber`."""

    def __init__(self) -> None:
        super().__init__("tiny.en", threads=1)

    def _run(self, waveform: Waveform, **options: Any) -> tuple[Any, Any]:
        return super()._run(waveform, beam_size=1, temperature=0.0, **options)
