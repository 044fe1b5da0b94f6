"""Words while they are spoken: the utterance under way is recognised again and again as it grows.

An utterance is cut at pauses (`voice_activity`) and, without any, after `LONGEST` at the widest gap between its words;
its words become final by `agreement`. Times are seconds of the recording and as rough as the recogniser's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from extraction.errors import SpeechError
from extraction.live.agreement import Agreement
from extraction.live.voice_activity import Detector, Utterance, VoiceActivity
from extraction.protocols import Transcriber
from extraction.recording import Recording
from extraction.types import Word

LONGEST = 10.0  # seconds of an utterance; recognising it again costs the more the longer it is
_SHORTEST = 2.0  # seconds of either part of one that is cut


@dataclass(frozen=True)
class Spoken:
    """An utterance as far as it was recognised: its words, how many of them (from the first) are final."""

    number: int
    words: tuple[Word, ...]
    final: int
    closed: bool


class LiveHearing:
    """Listens to a recording that grows.

    Args:
        transcriber: what recognises; called with at most `LONGEST` seconds.
        detect: tells voice.
    """

    def __init__(self, transcriber: Transcriber, detect: Detector) -> None:
        self._transcriber = transcriber
        self._activity = VoiceActivity(detect)
        self._agreement = Agreement()
        self._number = 0
        self._voiced = -1.0  # seconds, of the voice recognised so far
        self._rest: Utterance | None = None  # of a closed utterance that was too long to be recognised at once

    def listen(self, sound: Recording) -> list[Spoken]:
        """Hear what has come since the last call: utterances that changed, in order; [] where none did.

        Recognises once at most, so that what is said is known as it goes even where sound comes faster than it can be
        recognised: what is left waits for the next call.
        """
        utterance = self._rest or self._activity.listen(sound)
        self._rest = None
        if utterance is None:
            return []
        stop = utterance.end if utterance.closed else sound.duration
        longest = utterance.start + LONGEST
        if stop > longest:
            self._agreement.hear(self._recognise(sound, utterance.start, longest))
            said = self._cut(utterance.start, longest)
            self._rest = self._activity.current if utterance.closed else None
            return said
        grown = utterance.voiced > self._voiced
        if grown:
            self._agreement.hear(self._recognise(sound, utterance.start, stop))
            self._voiced = utterance.voiced
        if utterance.closed:
            return self._close()
        return self._spoken() if grown else []

    def _recognise(self, sound: Recording, start: float, end: float) -> list[Word]:
        try:
            heard = self._transcriber.transcribe(sound.between(start, end)).words
        except SpeechError:  # breath, a cough, a door
            return []
        return [
            replace(word, start=word.start + start, end=word.end + start)
            for word in heard
            if word.start is not None and word.end is not None
        ]

    def _spoken(self, closed: bool = False) -> list[Spoken]:
        words = self._agreement.words
        return [Spoken(self._number, words, len(self._agreement.final), closed)] if words else []

    def _close(self) -> list[Spoken]:
        self._agreement.close()
        said = self._spoken(closed=True)
        self._agreement = Agreement()
        self._number += len(said)
        return said

    def _cut(self, start: float, stop: float) -> list[Spoken]:
        """Close a long utterance before the widest gap between its words, or where it stands if there are too few."""
        gaps = [
            (after.start - before.end, (before.end + after.start) / 2)
            for before, after in pairwise(self._agreement.words)
            if before.end is not None
            and after.start is not None
            and before.end - start >= _SHORTEST
            and stop - after.start >= _SHORTEST
        ]
        at = max(gaps)[1] if gaps else stop
        self._activity.cut(at)
        rest = self._agreement.split(at)
        said = self._close()
        self._agreement = rest
        self._voiced = at
        return said
