"""The Viterbi search against every path there is, on models of two phones and sound of a few frames.

The paths are written out from the words of `word_search` and `word_line` alone: from each boundary a pause, other
speech, a jump, or the next word, whose phones have three states each, every one held for a frame or more.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pytest

from extraction.alignment import word_search
from extraction.alignment.senones import STEP
from extraction.alignment.viterbi import no_traces
from extraction.alignment.word_line import line_of
from extraction.alignment.word_search import Heard, Prices

SILENCE, A, B = range(3)
SAID = {"a": ((A,),), "b": ((B,),), "ab": ((A, B),), "either": ((A,), (B,))}


@dataclass
class TwoPhones:
    """A phone's senones depend on whether a pause is beside it: 3 states x 3 phones x 2 sides x 2 sides."""

    rng: np.random.Generator

    def __post_init__(self):
        stay = self.rng.uniform(0.2, 0.8, size=(3, 3))
        self.stay, self.leave = np.log(stay), np.log1p(-stay)

    def index(self, phone):
        assert phone == "SIL"
        return SILENCE

    def pronunciations(self, word):
        return SAID[word]

    def likelihoods(self, densities, senones):
        return (-STEP * densities[:, senones]).astype(np.float32)

    def senones(self, phone, left, right, edges):
        return np.arange(3) + 3 * (phone + 3 * ((left == SILENCE) + 2 * (right == SILENCE)))


class ByHand:
    """The log likelihood of the most likely path, by trying all."""

    def __init__(self, heard, words, model, prices, *, open_end, speech_at):
        self.heard, self.model, self.prices = heard, model, prices
        self.open_end, self.speech_at = open_end, speech_at
        self.frames, self.emit = len(heard.free), model.likelihoods(heard.densities, slice(None)).astype(float)
        self.said = [model.pronunciations(word) for word in words]
        self.chain, self.onward = lru_cache(None)(self.chain), lru_cache(None)(self.onward)

    def best(self):
        return max(self.onward(0, 0, "start"), self.by_word(0, 0, False))

    def chain(self, states, t):
        """{frame after: best} of going through (senone, stay, leave) states from frame t on."""
        if not states:
            return {t: 0.0}
        (senone, stay, leave), rest = states[0], states[1:]
        best, held = {}, 0.0
        for end in range(t + 1, self.frames + 1):
            held += self.emit[end - 1, senone] + (stay if end > t + 1 else 0.0)
            for after, value in self.chain(rest, end).items():
                best[after] = max(best.get(after, -np.inf), held + leave + value)
        return best

    def states(self, i, phones, paused_before, paused_after):
        """Of one pronunciation of word i, with or without a pause on either side."""
        left = SILENCE if paused_before or i == 0 else self.said[i - 1][0][-1]
        right = SILENCE if paused_after or i + 1 == len(self.said) else self.said[i + 1][0][0]
        beside = [left, *phones, right]
        found = []
        for k, phone in enumerate(phones):
            senones = self.model.senones(phone, beside[k], beside[k + 2], "")
            found += [(int(senones[j]), self.model.stay[phone, j], self.model.leave[phone, j]) for j in range(3)]
        return tuple(found)

    def onward(self, boundary, t, came):
        """The best from a boundary after t frames; `came`: start, straight, paused, pause, speech or jump."""
        if came == "straight":  # the next word follows at once
            return self.by_word(boundary, t, False)
        prices, words = self.prices, len(self.said)
        ends = t == self.frames and (boundary == words or self.open_end)
        ways = [0.0 if ends else -np.inf, self.by_word(boundary, t, True)]
        if came != "jump":
            for later in range(boundary + 1, words + 1):
                price = prices.jump + prices.jump_word * (later - boundary)
                ways.append(price + self.onward(later, t, "jump"))
        quiet, speech = prices.pause, prices.speech
        for end in range(t + 1, self.frames + 1):
            quiet += self.heard.quiet[end - 1]
            ways.append(quiet + self.onward(boundary, end, "pause"))
            speech += self.heard.free[end - 1] + prices.speech_frame
            if self.speech_at[boundary]:
                ways.append(speech + self.onward(boundary, end, "speech"))
        return max(ways)

    def by_word(self, boundary, t, paused):
        """The best of going on with the next word, if there is one."""
        best = -np.inf
        for phones in self.said[boundary] if boundary < len(self.said) else ():
            for paused_after in (False, True):
                for end, value in self.chain(self.states(boundary, phones, paused, paused_after), t).items():
                    came = "paused" if paused_after else "straight"
                    best = max(best, value + self.onward(boundary + 1, end, came))
        return best


def likelihood_of_path(sound, line, model_prices, way, end):
    """Of the path that was read back, summed up frame by frame."""
    prices, (path, where, entered) = model_prices, way
    starts = {first: word for word, first in entered}
    total, boundary, inside, before = 0.0, 0, None, None  # inside: the word the frame before was in; before: its state

    def jump(to):
        return prices.jump + prices.jump_word * (to - boundary) if to > boundary else 0.0

    for t, state in enumerate(path):
        if t in starts or state < 0:
            if inside is not None:
                total, boundary, inside = total + line.leave[before], inside + 1, None
            if t in starts:
                total, boundary, inside = total + jump(starts[t]), starts[t], starts[t]
            elif t == 0 or path[t - 1] != state or where[t - 1] != where[t]:
                total, boundary = total + jump(where[t]) + (prices.pause if state == -1 else prices.speech), where[t]
        else:
            total += line.stay[state] if state == before else line.leave[before]
        if state >= 0:
            total, before = total + float(sound.emitted[t, line.senone[state]]), state
        else:
            total += sound.quiet[t] if state == -1 else sound.free[t] + prices.speech_frame
    if inside is not None:
        total, boundary = total + line.leave[before], inside + 1
    return total + jump(end)


@pytest.mark.parametrize("open_end", [False, True])
@pytest.mark.parametrize("seed", range(9))
def test_no_path_is_more_likely_than_the_one_found(seed, open_end):
    rng = np.random.default_rng(seed)
    model = TwoPhones(rng)
    words = [("a", "ab"), ("b", "either", "a"), ("ab", "b")][seed % 3]
    frames = 14
    scores = rng.integers(0, 60, size=(frames, 36)).astype(np.int16)
    heard = Heard(scores, -rng.uniform(1, 6, frames), -rng.uniform(1, 6, frames))
    prices = Prices(-0.5, -1.0, -0.3, -2.0 if seed % 2 else -30.0, -0.5)
    speech_at = rng.random(len(words) + 1) < 0.7
    line, sound = word_search._of_its_senones(line_of(words, model), heard, model)
    traces = no_traces(frames, len(line.senone), len(words) + 1)
    ends = word_search._forward(sound, line, prices, speech_at, traces)
    end = int(ends.argmax()) if open_end else len(words)
    by_hand = ByHand(heard, words, model, prices, open_end=open_end, speech_at=speech_at).best()
    assert ends[end] == pytest.approx(by_hand)
    way = word_search._backward(line, traces, end)
    assert likelihood_of_path(sound, line, prices, way, end) == pytest.approx(ends[end])
    found = word_search.search(heard, words, model, prices, open_end=open_end, speech_at=speech_at)
    assert found.words == end
    assert [span and span[0] for span in found.spans] == [dict(way[2]).get(i) for i in range(len(words))]
