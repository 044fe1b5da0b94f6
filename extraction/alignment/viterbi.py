"""The forward passes of the Viterbi searches, compiled. Shape letters: F frames, S states, W words, P phones."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from extraction.alignment.compiled import compiled
from extraction.alignment.senones import Ints, Singles

Values = NDArray[np.float64]
Bools = NDArray[np.bool_]
Small = NDArray[np.int8]

NEVER = -1e30


class Sound(NamedTuple):
    """Log likelihoods of each frame: `emitted` (F, senones) in each senone that the line has, `quiet` (F,) of silence
    or noise, `free` (F,) of other speech.
    """

    emitted: Singles
    quiet: Values
    free: Values


class States(NamedTuple):
    """A line's states, see `word_line.Line`."""

    senone: Ints
    stay: Values
    leave: Values
    before: Ints
    entry: Ints
    straight: Ints
    paused: Ints


class Boundaries(NamedTuple):
    """Scores at the W + 1 boundaries at the end of a frame.

    `held` (3, W + 1): left by a word (for a pause), in a pause, in other speech; `entries` (2W + 3,): what a word is
    entered with, by `Line.entry`; `reached` (W + 1,): the best of `held` and of jumps; `speech` (W + 1,): the price of
    entering other speech there.
    """

    held: Values
    entries: Values
    reached: Values
    speech: Values


class Traces(NamedTuple):
    """How each place was reached in each frame; boundaries' at the end of the frame before are in row 0.

    `state` (F, S): 0 stayed, 1 or 2 from `before`, 3 from a boundary. `pause`, `speech` (F, W + 1): entered, not
    stayed. Each (F + 1, W + 1): `straight`, `paused`: which of the last states; `source`: 0 a word, 1 a pause, 2 other
    speech; `jumped`: the boundary jumped from, or this one.
    """

    state: Small
    pause: Bools
    speech: Bools
    straight: Small
    paused: Small
    source: Small
    jumped: Ints


class Costs(NamedTuple):
    """Log probabilities, see `word_search.Prices`."""

    pause: float
    speech_frame: float
    jump: float
    jump_word: float


def no_traces(frames: int, states: int, boundaries: int) -> Traces:
    """Traces to be filled."""
    within, ends = (frames, boundaries), (frames + 1, boundaries)
    straight, paused, source = (np.zeros(ends, dtype=np.int8) for _ in range(3))
    pause, speech = (np.zeros(within, dtype=np.bool_) for _ in range(2))
    state, jumped = np.zeros((frames, states), dtype=np.int8), np.zeros(ends, dtype=np.int64)
    return Traces(state, pause, speech, straight, paused, source, jumped)


def at_start(speech: Values) -> Boundaries:
    """The scores before the first frame, given the price of other speech at each boundary."""
    count = len(speech)
    held, entries = np.full((3, count), NEVER), np.full(2 * count + 1, NEVER)
    held[0, 0] = entries[0] = 0.0
    return Boundaries(held, entries, np.full(count, NEVER), speech)


@compiled
def _meet(at: Boundaries, costs: Costs, to: Traces, t: int) -> None:
    """The best score at each boundary after `t` frames, once jumps are taken."""
    held = at.held
    count = held.shape[1]
    top, origin = -np.inf, 0
    for b in range(count):
        best, source = held[0, b], 0
        for k in range(1, 3):
            if held[k, b] > best:
                best, source = held[k, b], k
        jump = top + costs.jump + costs.jump_word * b
        to.source[t, b] = source
        to.jumped[t, b] = origin if b > 0 and jump > best else b
        level = best - costs.jump_word * b
        if level >= top:
            top, origin = level, b
        at.reached[b] = jump if b > 0 and jump > best else best
        at.entries[count + b] = at.reached[b]


@compiled
def _through_states(best: Values, emitted: Singles, line: States, entries: Values, way: Small) -> Values:
    """One frame, `emitted` by the senones, inside the words: the scores (S + 1,) after it, from the `best` before."""
    scores = np.full(len(best), NEVER)
    for s in range(len(line.senone)):
        first, second, entered = line.before[0, s], line.before[1, s], entries[line.entry[s]]
        one, other = best[first] + line.leave[first], best[second] + line.leave[second]
        top = best[s] + line.stay[s]
        way[s] = 0
        if one > top:
            top, way[s] = one, 1
        if other > top:
            top, way[s] = other, 2
        if entered > top:
            top, way[s] = entered, 3
        scores[s] = top + emitted[line.senone[s]]
    return scores


@compiled
def _between_words(sound: Sound, costs: Costs, at: Boundaries, to: Traces, t: int) -> None:
    """Frame `t` spent in a pause or in other speech."""
    quiet, free = sound.quiet[t], sound.free[t] + costs.speech_frame
    for b in range(len(at.reached)):
        pause, speech = at.reached[b] + costs.pause, at.reached[b] + at.speech[b]
        to.pause[t, b], to.speech[t, b] = pause > at.held[1, b], speech > at.held[2, b]
        at.held[1, b] = max(at.held[1, b], pause) + quiet
        at.held[2, b] = max(at.held[2, b], speech) + free


@compiled
def _leave_words(best: Values, line: States, at: Boundaries, to: Traces, t: int) -> None:
    """Words that end with frame `t`."""
    for b in range(at.held.shape[1]):
        for ends, chosen, into in ((line.straight, to.straight, at.entries), (line.paused, to.paused, at.held[0])):
            top, which = best[ends[b, 0]] + line.leave[ends[b, 0]], 0
            for k in range(1, ends.shape[1]):
                value = best[ends[b, k]] + line.leave[ends[b, k]]
                if value > top:
                    top, which = value, k
            chosen[t + 1, b], into[b] = which, top


@compiled
def forward(sound: Sound, line: States, costs: Costs, at: Boundaries, to: Traces) -> Values:
    """Go through all frames, fill the traces `to`, and leave in `at`, the boundaries at the start, those at the end.

    Returns:
        (W + 1,) log likelihood of ending at each boundary.
    """
    best: Values = np.full(len(line.leave), NEVER)
    for t in range(len(sound.quiet)):
        _meet(at, costs, to, t)
        best = _through_states(best, sound.emitted[t], line, at.entries, to.state[t])
        _between_words(sound, costs, at, to, t)
        _leave_words(best, line, at, to, t)
    _meet(at, costs, to, len(sound.quiet))
    return at.reached


@compiled
def free_phones(emitted: Singles, stay: Values, leave: Values) -> Values:
    """(F,) log likelihood of each frame on the best path through phones in any order, F at least 1.

    Args:
        emitted: (F, 3 P) log likelihood of each frame in each state, a phone after the other.
        stay: (P, 3) log probability that a state is followed by itself.
        leave: (P, 3) that it is not.
    """
    frames, (count, states) = len(emitted), stay.shape
    enter = -np.log(count)
    best, new = np.full((count, states), NEVER), np.full((count, states), NEVER)
    came = np.zeros((frames, count, states), dtype=np.bool_)  # from the state before, not from itself
    last = np.zeros(frames, dtype=np.int64)  # the phone that was left after each frame
    for phone in range(count):
        best[phone, 0] = emitted[0, phone * states] + enter
    for t in range(1, frames):
        last[t - 1] = np.argmax(best[:, -1] + leave[:, -1])
        left = best[last[t - 1], -1] + leave[last[t - 1], -1]
        for phone in range(count):
            for k in range(states):
                moved = left + enter if k == 0 else best[phone, k - 1] + leave[phone, k - 1]
                stayed = best[phone, k] + stay[phone, k]
                came[t, phone, k] = moved > stayed
                new[phone, k] = max(moved, stayed) + emitted[t, phone * states + k]
        best, new = new, best
    path = np.empty(frames)
    phone, k = int(best[:, -1].argmax()), states - 1
    for t in range(frames - 1, -1, -1):
        path[t] = emitted[t, phone * states + k]
        if came[t, phone, k]:
            k -= 1
            if k < 0:
                phone, k = int(last[t - 1]), states - 1
    return path
