"""When each word was spoken: forced alignment in the acoustic model inside pocketsphinx's wheel.

Frames are 10 ms. Two searches (`word_search`): the first may leave words out and hear other speech, and tells which
words of the transcript are not said at all; the second places the others, one after the other, whole. Its clock is
taken as it is: on a synthesiser's words set between pauses the mean onset difference is 34 to 39 ms (108 words, three
voices). On 320 clips of CMU-MOSI (3838 words, 11 speakers) the median difference to its own times is 54 ms, of which
50 ms are a constant delay that those times have to the onset of energy after a pause too, and 95.2 % of the words are
within 250 ms, a word that is cut by its clip's beginning taken to begin there; 1.6 % have no time
(93.6 % if these count as misses). Prices were set on six of the speakers, with the scores that pocketsphinx rounds. A
transcript of another clip is found out in 94.5 % of 200 cases, a stretch of four to eight words put in in all, one
replaced in 88.0 %; some word of a right transcript was given up in 11 of the 320 clips.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from extraction.alignment.acoustic_model import FRAMES_PER_SECOND, AcousticModel
from extraction.alignment.goodness import fits, said
from extraction.alignment.long_alignment import LONG, align_long, pieces
from extraction.alignment.word_search import Found, Heard, Prices, hear, search
from extraction.native_memory import give_back
from extraction.protocols import Audible
from extraction.spoken import spoken
from extraction.types import SAMPLE_RATE, Waveform, Word
from extraction.word_times import interval, settled

Span = tuple[int, int]
"""Frames `[first, last)`."""

_LOOSE = Prices(pause=-3.0, speech=-60.0, speech_frame=-2.5, jump=-80.0, jump_word=-1.0)
_WHOLE = replace(_LOOSE, jump=-np.inf)
_PAD = 0.25  # seconds of noise around the sound, so that words cut by the clip's ends have room
_SHORTEST = 0.1  # seconds of sound in which a word may be looked for
_UNTOLD = 1.0  # seconds of other speech after which the second search may hear it too
_NEAR = 0.4  # seconds by which a word that has a time may begin earlier and end later
_DRAWN_OUT = 5.0  # seconds a word takes at most
_HURRIED = 10  # words a second, more than anybody says
_MARGIN = 2.0  # seconds at the end of a part in which a word may yet turn out to be another


class PocketsphinxAligner:
    """An `Aligner` for English: loads in half a second, is safe across threads."""

    def __init__(self) -> None:
        self._model = AcousticModel()
        self._lock = threading.Lock()

    def align(self, sound: Audible, words: Sequence[Word]) -> tuple[Word, ...]:
        """The same words with the times at which they were spoken, in order and never overlapping.

        A word with nothing to say in it (see `spoken`) is interpolated and flagged. Words that do not fit what is said
        have `fit` 0: they keep the times they came with, flagged as interpolated, or stay untimed.

        Raises:
            ValueError: the sound is not at 16 kHz.
        """
        if sound.duration > LONG:
            return align_long(sound.between, sound.duration, words, self)
        found, _ = self.align_part(sound.between(0.0, sound.duration), words, last=True)
        return settled(words, found, sound.duration)

    def judge(self, sound: Audible, words: Sequence[Word]) -> tuple[Word, ...]:
        """The same words with the same times, and `fit` by the sound at and around each one's own time.

        `fit` is 0 for words that are not said there, within 0.4 s, and None where there is nothing to say, no time, or
        more than 5 s of it. Of the 320 clips of CMU-MOSI with their published times some word is named in 6 %; of
        stretches of four to eight words put in another's place 93 % are found (`benchmarks/alignment.py`).

        Raises:
            ValueError: the sound is not at 16 kHz.
        """
        judged = list(words)
        brief = [i for i, word in enumerate(words) if _brief(word) and spoken(word.text)]
        if not brief:
            return tuple(judged)
        for first, last, start, end in pieces([words[i] for i in brief], sound.duration):
            chosen = brief[first:last]
            fit = self._fit_there(sound.between(start, end), start, [words[i] for i in chosen])
            for i, one in zip(chosen, fit, strict=True):
                judged[i] = replace(words[i], fit=one)
            give_back()
        return tuple(judged)

    def _fit_there(self, waveform: Waveform, at: float, words: Sequence[Word]) -> list[float | None]:
        """Fit of each word, all timed, where it is said to be in the sound that begins at a second."""
        groups = [spoken(word.text) for word in words]
        if waveform.duration < _SHORTEST:
            return [None] * len(words)
        if len(_flat(groups)) > _HURRIED * (1 + waveform.duration):
            return [0.0] * len(words)
        places = [_frames(word, at) for word in words]
        with self._lock:
            heard = hear(np.pad(waveform.samples, round(_PAD * SAMPLE_RATE)), self._model)
            within = [place for group, place in zip(groups, places, strict=True) for _ in group]
            loose = search(heard, _flat(groups), self._model, _LOOSE, within=within)
            return self._placed(heard, _Line(groups, loose), places)[1]

    def align_part(self, waveform: Waveform, words: Sequence[Word], *, last: bool) -> tuple[tuple[Word, ...], float]:
        """The first of the words, as many as are surely said in this sound, and the second at which the rest begins.

        Args:
            waveform: half a minute of sound or so: memory and time grow with it and with the words.
            words: those that come next; times they have are not looked at.
            last: no sound follows, so all words are to be placed or given up.

        Returns:
            The words with the times measured, or none; `fit` is 0 for those that are not said.

        Raises:
            ValueError: the waveform is not at 16 kHz.
        """
        if waveform.rate != SAMPLE_RATE:
            raise ValueError(f"a waveform at {SAMPLE_RATE} Hz is needed, not {waveform.rate}")
        groups = [spoken(word.text) for word in words]
        bare = [replace(word, start=None, end=None, fit=None) for word in words]
        if not any(groups) or waveform.duration < _SHORTEST:
            return tuple(bare) if last else (), 0.0
        with self._lock:
            heard = hear(np.pad(waveform.samples, round(_PAD * SAMPLE_RATE)), self._model)
            loose = search(heard, _flat(groups), self._model, _LOOSE, open_end=not last)
            line = _Line(groups, loose)
            count, end = (len(words), len(heard.free)) if last else line.settled(len(heard.free))
            if not count:
                return (), 0.0
            line = line.until(count)
            spans, fit = self._placed(heard.until(end), line)
        found = [_measured(*one, waveform.duration) for one in zip(bare[:count], spans, fit, strict=True)]
        return tuple(found), end / FRAMES_PER_SECOND - _PAD

    def _placed(
        self, heard: Heard, line: _Line, places: Sequence[Span] | None = None
    ) -> tuple[list[Span | None], list[float | None]]:
        """Span and fit of each written word of a line that is said to its end, each in its place if it has one."""
        text = _flat([group for group, kept in zip(line.groups, line.said, strict=True) if kept])
        within = places and [
            place for group, kept, place in zip(line.groups, line.said, places, strict=True) if kept for _ in group
        ]
        found: list[tuple[Span | None, float | None]] = []
        if text:
            whole = search(heard, text, self._model, _WHOLE, speech_at=line.speech_at(), within=within)
            found = list(zip(whole.spans, fits(whole.margins, whole.spans), strict=True))
        spans: list[Span | None] = []
        fit: list[float | None] = []
        for group, kept in zip(line.groups, line.said, strict=True):
            parts = [found.pop(0) for _ in group] if kept else []
            timed = [(span, one) for span, one in parts if span is not None and one is not None]
            spans.append((timed[0][0][0], timed[-1][0][1]) if timed else None)
            fit.append(sum(one for _, one in timed) / len(timed) if timed else None if kept else 0.0)
        return spans, fit


class _Line:
    """Written words, each a group of spoken ones, as the first search found them; `said` (W,) tells which are."""

    def __init__(self, groups: Sequence[tuple[str, ...]], found: Found) -> None:
        self.groups, self.found = groups, found
        self.first = np.cumsum([0, *map(len, groups)])  # (W + 1,) boundaries of the written words among the spoken
        self.placed = [[span is not None for span in found.spans[a:b]] for a, b in pairwise(self.first)]
        story = iter(said([2 * sum(parts) >= len(parts) for parts in self.placed if parts]))
        told = [next(story) if group else None for group in groups]
        self.said = [_beside(told, i) if one is None else one for i, one in enumerate(told)]

    def until(self, count: int) -> _Line:
        """The first written words, with the same verdicts."""
        line = copy(self)
        line.groups, line.placed, line.said = self.groups[:count], self.placed[:count], self.said[:count]
        return line

    def settled(self, frames: int) -> tuple[int, int]:
        """How many written words are sure when more sound follows, and the frame after them; 0 if none is.

        Sure is a word that is placed together with two on either side, some time before the end; of those in the
        second half the one with the widest pause after it is taken.
        """
        sure: list[tuple[int, int, int]] = []  # pause, words, frame
        spans = self.found.spans
        for i in range(len(self.groups) - 1):
            a, b = int(self.first[i]), int(self.first[i + 1])
            near = spans[max(0, a - 2) : b + 2]
            span, following = spans[b - 1] if b > a else None, spans[b] if b < len(spans) else None
            if span is None or following is None or None in near or not self.said[i]:
                continue
            if following[0] <= frames - _MARGIN * FRAMES_PER_SECOND:
                sure.append((following[0] - span[1], i + 1, (span[1] + following[0]) // 2))
        late = [one for one in sure if 2 * one[2] > frames]
        _, count, end = max(late, default=sure[-1] if sure else (0, 0, 0))
        return count, end

    def speech_at(self) -> NDArray[np.bool_]:
        """Boundaries of the words that are said at which there may be other speech: where much was heard, or where
        words are left out.
        """
        kept = np.repeat(self.said, [len(group) for group in self.groups])
        before = np.cumsum([0, *kept])
        at = np.zeros(before[-1] + 1, dtype=bool)
        at[before[:-1][~kept]] = True
        for start, end, boundary in self.found.speech:
            if end - start >= _UNTOLD * FRAMES_PER_SECOND and boundary < len(before):
                at[before[boundary]] = True
        return at


def _beside(told: Sequence[bool | None], i: int) -> bool:
    """Whether a written word with nothing to say stands beside a word that is said."""
    ahead = next((one for one in reversed(told[:i]) if one is not None), None)
    after = next((one for one in told[i + 1 :] if one is not None), None)
    return ahead is not False or after is not False


def _brief(word: Word) -> bool:
    """Whether it has a time, and no more of it than a word takes."""
    time = interval(word)
    return time is not None and time[1] - time[0] <= _DRAWN_OUT


def _frames(word: Word, at: float) -> Span:
    """Where a word with a time may be, in frames of a part that begins at a second."""
    start, end = interval(word) or (0.0, 0.0)
    first, last = (start - at - _NEAR + _PAD, end - at + _NEAR + _PAD)
    return round(first * FRAMES_PER_SECOND), round(last * FRAMES_PER_SECOND)


def _measured(word: Word, span: Span | None, fit: float | None, duration: float) -> Word:
    if span is None:
        return replace(word, fit=fit)
    start, end = (min(max(frame / FRAMES_PER_SECOND - _PAD, 0.0), duration) for frame in span)
    return replace(word, start=start, end=end, fit=fit)


def _flat(groups: Sequence[tuple[str, ...]]) -> list[str]:
    return [word for group in groups for word in group]
