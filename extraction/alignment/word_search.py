"""The best path of a line of words through senone scores, by Viterbi search over every state: nothing is pruned.

The line is w_1 ... w_W (`word_line`), with a boundary before, between and after. At a boundary there may be a *pause*
(silence or noise) and *other speech*: sound whose phones are free, at a price a frame, so that words that fit much
worse are not taken. From one boundary the path may jump to a later one, and the words between are not said at all. So a
transcript that is wrong in places is placed where it is right, as with the factor automaton of Moreno and Alberti, "A
factor automaton approach for the forced alignment of long speech recordings", ICASSP 2009.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from extraction.alignment.acoustic_model import SILENCE, AcousticModel
from extraction.alignment.senones import Densities, Ints
from extraction.alignment.viterbi import (
    NEVER,
    Bools,
    Costs,
    Sound,
    States,
    Traces,
    at_start,
    forward,
    free_phones,
    no_traces,
)
from extraction.alignment.word_line import Line, Values, line_of
from extraction.types import Floats

_NOISE = "+NSN+"


@dataclass(frozen=True)
class Prices:
    """Log probabilities in nats, none above 0; -inf forbids.

    Attributes:
        pause: entering a pause.
        speech: entering other speech.
        speech_frame: staying in it for a frame, beyond what free phones cost.
        jump: leaving words out, and `jump_word`, each of them.
    """

    pause: float
    speech: float
    speech_frame: float
    jump: float
    jump_word: float


@dataclass(frozen=True)
class Found:
    """Where the path went.

    Attributes:
        spans: frames `[first, last)` of each word, or None for one that is not said.
        margins: log likelihood of each word's sound less that of free phones there, a frame; NaN where not said.
        speech: frames of other speech and the boundary it is at: `(first, last, boundary)`.
        words: how many of the line the path has passed.
    """

    spans: tuple[tuple[int, int] | None, ...]
    margins: Values
    speech: tuple[tuple[int, int, int], ...]
    words: int


@dataclass(frozen=True)
class Heard:
    """Sound as the search reads it, F frames: `densities` of the Gaussians, and (F,) log likelihoods of the best path
    through `free` phones and of silence or noise (`quiet`).
    """

    densities: Densities
    free: Values
    quiet: Values

    def until(self, frame: int) -> Heard:
        """The frames before one."""
        return Heard(self.densities.until(frame), self.free[:frame], self.quiet[:frame])


def hear(samples: Floats, model: AcousticModel) -> Heard:
    """Sound at 16 kHz, a frame or more."""
    densities = model.hear(samples)
    phones = model.senones_alone()
    emitted = model.likelihoods(densities, phones.ravel())
    quiet = emitted.reshape(-1, *phones.shape)[:, [model.index(SILENCE), model.index(_NOISE)]].max(axis=(1, 2))
    return Heard(densities, free_phones(emitted, model.stay, model.leave), quiet.astype(np.float64))


def search(
    heard: Heard,
    words: Sequence[str],
    model: AcousticModel,
    prices: Prices,
    *,
    open_end: bool = False,
    speech_at: Bools | None = None,
    within: Sequence[tuple[int, int]] | None = None,
) -> Found:
    """The best path of `words` (over `[a-z']`, at least one) through all frames.

    Args:
        heard: the sound, F at least 1.
        words: the line.
        model: that heard it.
        prices: of leaving the line.
        open_end: whether the sound may end before the line does.
        speech_at: (W + 1,) the boundaries at which there may be other speech; all if None.
        within: W frames `[first, last)` that each word may not leave; None for anywhere.
    """
    count = len(words) + 1
    line, sound = _of_its_senones(line_of(words, model), heard, model)
    if within is not None:
        line, sound = _kept_within(line, sound, np.array(within))
    traces = no_traces(len(heard.free), len(line.senone), count)
    ends = _forward(sound, line, prices, np.ones(count, dtype=bool) if speech_at is None else speech_at, traces)
    end = int(ends.argmax()) if open_end else count - 1
    if ends[end] < NEVER / 2:
        return Found((None,) * len(words), np.full(len(words), np.nan), (), 0)
    return _read(sound, line, _backward(line, traces, end), end)


def _of_its_senones(line: Line, heard: Heard, model: AcousticModel) -> tuple[Line, Sound]:
    """A line whose `senone` counts those that it has, and how they fit the sound."""
    senones, of = np.unique(line.senone, return_inverse=True)
    return replace(line, senone=of), Sound(model.likelihoods(heard.densities, senones), heard.quiet, heard.free)


def _kept_within(line: Line, sound: Sound, within: Ints) -> tuple[Line, Sound]:
    """The same with a column of `emitted` for each state, none of which can be reached outside its word's frames."""
    emitted = sound.emitted[:, line.senone]
    first, last = within[line.word].T
    frame = np.arange(len(emitted))[:, None]
    emitted[(frame < first) | (frame >= last)] = NEVER
    return replace(line, senone=np.arange(len(line.senone))), sound._replace(emitted=emitted)


def _forward(sound: Sound, line: Line, prices: Prices, speech_at: Bools, traces: Traces) -> Values:
    """Fill the traces; (W + 1,) log likelihood of ending at each boundary."""
    states = States(line.senone, line.stay, line.leave, line.before, line.entry, line.straight, line.paused)
    costs = Costs(prices.pause, prices.speech_frame, prices.jump, prices.jump_word)
    return forward(sound, states, costs, at_start(np.where(speech_at, prices.speech, NEVER)), traces)


_BOUNDARY, _PAUSE, _SPEECH, _WORD = range(4)


def _backward(line: Line, traces: Traces, boundary: int) -> tuple[Ints, Ints, list[tuple[int, int]]]:
    """Follow the traces from a boundary at the end of the sound.

    Returns:
        For each frame the state, or -1 in a pause and -2 in other speech; the boundary this is at; and each word's
        first frame.
    """
    t, words = len(traces.state), len(line.paused) - 1  # t frames are not yet explained
    path, where = np.full(t, -1), np.zeros(t, dtype=np.int64)
    entered: list[tuple[int, int]] = []
    place, state = _BOUNDARY, 0
    while t > 0:
        if place == _BOUNDARY:
            boundary = int(traces.jumped[t, boundary])
            place = int(traces.source[t, boundary]) or _WORD
            state = int(line.paused[boundary, traces.paused[t, boundary]])
            continue
        t -= 1
        path[t], where[t] = state if place == _WORD else -place, boundary
        if place != _WORD:
            came = traces.pause if place == _PAUSE else traces.speech
            place = _BOUNDARY if came[t, boundary] else place
            continue
        way = int(traces.state[t, state])
        if way in (1, 2):
            state = int(line.before[way - 1, state])
        elif way == 3:
            entered.append((int(line.word[state]), t))
            entry = int(line.entry[state])
            if entry > words:
                boundary, place = entry - words - 1, _BOUNDARY
            else:
                state = int(line.straight[entry, traces.straight[t, entry]])
    return path, where, entered[::-1]


def _read(sound: Sound, line: Line, way: tuple[Ints, Ints, list[tuple[int, int]]], end: int) -> Found:
    path, where, entered = way
    words = len(line.paused) - 1
    spans: list[tuple[int, int] | None] = [None] * words
    margins = np.full(words, np.nan)
    states = np.maximum(path, 0)
    of = np.where(path >= 0, line.word[states], -1)
    margin = sound.emitted[np.arange(len(path)), line.senone[states]] - sound.free
    for word, first in entered:
        after = np.flatnonzero(of[first:] != word)
        last = first + (int(after[0]) if len(after) else len(of) - first)
        spans[word], margins[word] = (first, last), margin[first:last].mean()
    edges = np.flatnonzero(np.diff(np.concatenate([[False], path == -_SPEECH, [False]]).astype(int)))
    speech = tuple((int(a), int(b), int(where[a])) for a, b in edges.reshape(-1, 2))
    return Found(tuple(spans), margins, speech, end)
