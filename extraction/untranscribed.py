"""Clear speech that no word of a transcript covers: what the transcript lacks.

Between two words, before the first and after the last, Silero's voice activity detector (inside faster-whisper's wheel,
MIT) tells speech from silence, noise and music. A stretch of speech goes on over short pauses and counts from `_ENOUGH`
seconds without them. Where words were given up as not said, what they could take of it is theirs: they are named
already.

Of CMU-MOSI's 320 clips with their own transcript 6 are said to lack speech; where three to eight words that last a
second or more were taken out, they are missed in 84 % of 200 (71 % of 87 below 1.5 s, 94 % of 113 above), and in 3.5 %
something is missed elsewhere (`benchmarks/alignment.py`). The settings were chosen with all of these in view, where
figures hardly change; speakers differ more: 3 of 185 clips and 90 % on six of them, 3 of 135 and 76 % on the other
five. Noise, hum, clicks and chords made here are not taken for speech; laughter and singing were not measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from extraction.native_memory import give_back
from extraction.protocols import Audible
from extraction.types import Word
from extraction.word_times import Interval, interval

_ENOUGH = 0.8  # seconds of speech
_PAUSE = 1.0  # seconds within a stretch
_PER_WORD = 0.5  # seconds at most that a word takes
_BREAK = 100  # ms without speech that the detector leaves out
_AROUND = 1.0  # seconds that the detector hears before and after
_AT_ONCE = 30.0  # seconds heard at a time


@dataclass
class _Stretch:
    """From `start` to `end` seconds, `spoken` of them speech."""

    start: float
    end: float
    spoken: float


def untranscribed(sound: Audible, words: Sequence[Word]) -> list[Interval]:
    """Stretches `(start, end)` of speech, in seconds and in order, that no timed word covers.

    Args:
        sound: at 16 kHz, of any length; only what no word covers is read, half a minute at a time.
        words: in order; one without a letter or digit covers nothing.
    """
    found: list[Interval] = []
    for start, end, given_up in _gaps(words, sound.duration):
        if end - start < _ENOUGH:
            continue
        stretches = [one for one in _stretches(sound, start, end) if one.spoken >= _ENOUGH]
        if sum(one.spoken for one in stretches) - given_up * _PER_WORD >= _ENOUGH:
            found += [(one.start, one.end) for one in stretches]
    return found


def _gaps(words: Sequence[Word], duration: float) -> Iterator[tuple[float, float, int]]:
    """What no word covers: start and end in seconds, and how many words without a time belong there."""
    at, untimed = 0.0, 0
    for word in words:
        time = interval(word)
        if not any(letter.isalnum() for letter in word.text):
            continue
        if time is None:
            untimed += 1
            continue
        if time[0] > at:
            yield at, time[0], untimed
        at, untimed = max(at, time[1]), 0
    if duration > at:
        yield at, duration, untimed


def _stretches(sound: Audible, start: float, end: float) -> list[_Stretch]:
    """Speech between two seconds, over pauses."""
    found: list[_Stretch] = []
    for a, b in _speech(sound, start, end):
        if found and a - found[-1].end < _PAUSE:
            found[-1].end = b
            found[-1].spoken += b - a
        else:
            found.append(_Stretch(a, b, b - a))
    return found


def _speech(sound: Audible, start: float, end: float) -> Iterator[Interval]:
    """Where the detector hears speech between two seconds."""
    from faster_whisper.vad import get_speech_timestamps

    at = start
    while at < end:
        until = min(at + _AT_ONCE, end)
        first = max(at - _AROUND, 0.0)
        heard = sound.between(first, until + _AROUND)
        for span in get_speech_timestamps(heard.samples, min_silence_duration_ms=_BREAK, speech_pad_ms=0):
            a, b = (first + span[edge] / heard.rate for edge in ("start", "end"))
            if max(a, at) < min(b, until):
                yield max(a, at), min(b, until)
        at = until
        if at < end:
            give_back()
