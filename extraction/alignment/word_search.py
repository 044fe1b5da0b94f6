"""The best path of a line of words through senone scores, by Viterbi search over every state: nothing is pruned.

The line is w_1 ... w_W (`word_line`), with a boundary before, between and after. At a boundary there may be a *pause*
(silence or noise) and *other speech*: sound whose phones are free, at a price a frame, so that words that fit much
worse are not taken. From one boundary the path may jump to a later one, and the words between are not said at all. So a
transcript that is wrong in places is placed where it is right, as with the factor automaton of Moreno and Alberti, "A
factor automaton approach for the forced alignment of long speech recordings", ICASSP 2009.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extraction.alignment.acoustic_model import SILENCE, STATES, STEP, AcousticModel, Ints, Scores
from extraction.alignment.word_line import Line, Values, line_of
from extraction.types import Floats

Bools = NDArray[np.bool_]
_NOISE = "+NSN+"
_NEVER = -1e30


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
    """Sound as the search reads it, F frames: senone `scores`, and (F,) log likelihoods of the best path through
    `free` phones and of silence or noise (`quiet`).
    """

    scores: Scores
    free: Values
    quiet: Values

    def until(self, frame: int) -> Heard:
        """The frames before one."""
        return Heard(self.scores[:frame], self.free[:frame], self.quiet[:frame])


def hear(samples: Floats, model: AcousticModel) -> Heard:
    """Score sound at 16 kHz."""
    scores = model.scores(samples)
    return Heard(scores, _free_phones(scores, model), _quiet(scores, model))


def _free_phones(scores: Scores, model: AcousticModel) -> Values:
    """(F,) log likelihood of each frame on the best path through phones in any order, each without neighbours."""
    count = len(model.phones)
    emitted = (scores[:, model.senones_alone()] * -STEP).astype(np.float64)  # (F, phones, 3)
    enter = -np.log(count)
    best = np.full((count, STATES), _NEVER)
    best[:, 0] = emitted[0, :, 0] + enter
    moved = np.empty_like(best)
    came = np.zeros((len(emitted), count, STATES), dtype=bool)  # from the state before, not from itself
    last = np.zeros(len(emitted), dtype=np.int64)  # the phone that was left after each frame
    for t in range(1, len(emitted)):
        leaving = best + model.leave
        stay = best + model.stay
        last[t - 1] = leaving[:, -1].argmax()
        moved[:, 0] = leaving[last[t - 1], -1] + enter
        moved[:, 1:] = leaving[:, :-1]
        came[t] = moved > stay
        best = np.maximum(moved, stay) + emitted[t]
    return _free_path(emitted, came, last, int(best[:, -1].argmax()))


def _free_path(emitted: Values, came: Bools, last: Ints, phone: int) -> Values:
    path = np.empty(len(emitted))
    state = STATES - 1
    for t in range(len(emitted) - 1, -1, -1):
        path[t] = emitted[t, phone, state]
        if came[t, phone, state]:
            state -= 1
            if state < 0:
                phone, state = int(last[t - 1]), STATES - 1
    return path


def _quiet(scores: Scores, model: AcousticModel) -> Values:
    """(F,) log likelihood of silence or noise."""
    senones = model.senones_alone()[[model.index(SILENCE), model.index(_NOISE)]].ravel()
    quiet: Values = scores[:, senones].min(axis=1) * -STEP
    return quiet


class _Traces:
    """How each place was reached in each frame; boundaries' at the end of the frame before are in row 0."""

    def __init__(self, frames: int, states: int, boundaries: int) -> None:
        self.state = np.zeros((frames, states), dtype=np.int8)  # 0 stayed, 1 or 2 from `before`, 3 from a boundary
        self.pause = np.zeros((frames, boundaries), dtype=bool)  # entered, not stayed
        self.speech = np.zeros((frames, boundaries), dtype=bool)
        shape = (frames + 1, boundaries)
        self.straight = np.zeros(shape, dtype=np.int8)  # which of the last states
        self.paused = np.zeros(shape, dtype=np.int8)
        self.source = np.zeros(shape, dtype=np.int8)  # 0 a word, 1 a pause, 2 other speech
        self.jumped = np.zeros(shape, dtype=np.int32)  # the boundary jumped from, or this one


class _Boundaries:
    """Scores at the W + 1 boundaries at the end of a frame.

    `held` (3, W + 1): left by a word (for a pause), in a pause, in other speech; `entries` (2W + 3,): what a word is
    entered with, by `Line.entry`.
    """

    def __init__(self, count: int, prices: Prices, speech_at: Bools) -> None:
        self.prices = prices
        self.at = np.arange(count)
        self.held = np.full((3, count), _NEVER)
        self.held[0, 0] = 0.0
        self.entries = np.full(2 * count + 1, _NEVER)
        self.entries[0] = 0.0
        self.enter_speech = np.where(speech_at, prices.speech, _NEVER)

    def meet(self, traces: _Traces, t: int) -> Values:
        """The best score at each boundary after `t` frames, once jumps are taken."""
        prices, at = self.prices, self.at
        held: Values = self.held.max(axis=0)
        traces.source[t] = self.held.argmax(axis=0)
        level = held - prices.jump_word * at
        top = np.maximum.accumulate(level)
        origin = np.maximum.accumulate(np.where(level >= top, at, 0))
        jumps = top[:-1] + prices.jump + prices.jump_word * at[1:]
        traces.jumped[t] = at
        traces.jumped[t, 1:] = np.where(jumps > held[1:], origin[:-1], at[1:])
        held[1:] = np.maximum(held[1:], jumps)
        self.entries[len(at) : -1] = held
        return held

    def go_on(self, reached: Values, traces: _Traces, t: int, quiet: float, free: float) -> None:
        """Frame `t` spent in a pause or in other speech."""
        _, pause, speech = self.held
        to_pause, to_speech = reached + self.prices.pause, reached + self.enter_speech
        traces.pause[t], traces.speech[t] = to_pause > pause, to_speech > speech
        self.held[1] = np.maximum(pause, to_pause) + quiet
        self.held[2] = np.maximum(speech, to_speech) + free + self.prices.speech_frame

    def leave_words(self, leaving: Values, line: Line, traces: _Traces, t: int) -> None:
        """Words that end with frame `t`."""
        straight, paused = leaving[line.straight], leaving[line.paused]
        traces.straight[t + 1], traces.paused[t + 1] = straight.argmax(axis=1), paused.argmax(axis=1)
        self.entries[: len(self.at)] = straight.max(axis=1)
        self.held[0] = paused.max(axis=1)


def search(
    heard: Heard,
    words: Sequence[str],
    model: AcousticModel,
    prices: Prices,
    *,
    open_end: bool = False,
    speech_at: Bools | None = None,
) -> Found:
    """The best path of `words` (over `[a-z']`, at least one) through all frames.

    Args:
        heard: the sound, F at least 1.
        words: the line.
        model: that heard it.
        prices: of leaving the line.
        open_end: whether the sound may end before the line does.
        speech_at: (W + 1,) the boundaries at which there may be other speech; all if None.
    """
    line = line_of(words, model)
    count = len(words) + 1
    traces = _Traces(len(heard.free), len(line.senone), count)
    boundaries = _Boundaries(count, prices, np.ones(count, dtype=bool) if speech_at is None else speech_at)
    ends = _forward(heard, line, boundaries, traces)
    end = int(ends.argmax()) if open_end else count - 1
    if ends[end] < _NEVER / 2:
        return Found((None,) * len(words), np.full(len(words), np.nan), (), 0)
    return _read(heard, line, _backward(line, traces, end), end)


def _forward(heard: Heard, line: Line, boundaries: _Boundaries, traces: _Traces) -> Values:
    """Fill the traces; (W + 1,) log likelihood of ending at each boundary."""
    best = np.full(len(line.senone) + 1, _NEVER)
    ways = np.empty((4, len(line.senone)))
    for t in range(len(heard.free)):
        reached = boundaries.meet(traces, t)
        ways[0] = best[:-1] + line.stay
        ways[1:3] = (best + line.leave)[line.before]
        ways[3] = boundaries.entries[line.entry]
        traces.state[t] = ways.argmax(axis=0)
        best[:-1] = ways.max(axis=0) - STEP * heard.scores[t, line.senone]
        boundaries.go_on(reached, traces, t, heard.quiet[t], heard.free[t])
        boundaries.leave_words(best + line.leave, line, traces, t)
    return boundaries.meet(traces, len(heard.free))


_BOUNDARY, _PAUSE, _SPEECH, _WORD = range(4)


def _backward(line: Line, traces: _Traces, boundary: int) -> tuple[Ints, Ints, list[tuple[int, int]]]:
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


def _read(heard: Heard, line: Line, way: tuple[Ints, Ints, list[tuple[int, int]]], end: int) -> Found:
    path, where, entered = way
    words = len(line.paused) - 1
    spans: list[tuple[int, int] | None] = [None] * words
    margins = np.full(words, np.nan)
    states = np.maximum(path, 0)
    of = np.where(path >= 0, line.word[states], -1)
    margin = heard.scores[np.arange(len(path)), line.senone[states]] * -STEP - heard.free
    for word, first in entered:
        after = np.flatnonzero(of[first:] != word)
        last = first + (int(after[0]) if len(after) else len(of) - first)
        spans[word], margins[word] = (first, last), margin[first:last].mean()
    edges = np.flatnonzero(np.diff(np.concatenate([[False], path == -_SPEECH, [False]]).astype(int)))
    speech = tuple((int(a), int(b), int(where[a])) for a, b in edges.reshape(-1, 2))
    return Found(tuple(spans), margins, speech, end)
