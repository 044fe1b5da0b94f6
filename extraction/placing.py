"""From a transcript to words with times: which times are kept, which are measured, and what the user is told of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from extraction.counting import count
from extraction.languages import ENGLISH
from extraction.protocols import Aligner, Audible, JudgingAligner
from extraction.tools import Tools
from extraction.types import Transcript, Word
from extraction.untranscribed import untranscribed
from extraction.word_times import Interval, filled, interval

_TOUCH = 0.02  # seconds by which a measured word may reach into its neighbour
_BEYOND = 0.5  # seconds a transcript may go on after the clip's end before it is said
_NAMED = 3  # stretches that a warning names
_MOVED = 0.1  # seconds by which a word may leave the time that was given for it


def place(
    transcript: Transcript, sound: Audible | None, duration: float, tools: Tools, name: str
) -> tuple[tuple[Word, ...], list[str]]:
    """Words with times in order, none overlapping, and warnings about them.

    Times of a given transcript are kept where they are a word's own, and in English held against the sound; rough ones,
    and a recogniser's, are measured in it, and kept as estimates where that finds nothing. Words recognised in another
    language than English keep the recogniser's: the aligner would put them anywhere.

    Args:
        transcript: the words.
        sound: the clip's sound, or None.
        duration: of the clip, in seconds.
        tools: makes the aligner when it is needed.
        name: the clip, as a warning names it.
    """
    words = transcript.words
    warnings = _beyond(transcript, duration, name)
    timed = any(word.timed for word in words)
    if sound is None or sound.silent:
        reason = "has no sound" if sound is None else "is silent"
        if not timed:
            warnings.append(f"{name} {reason}, so its words have no times: only the transcript's text is read.")
            return words, warnings
        warnings.append(f"{name} {reason}, so its words keep the transcript's times, which could not be checked.")
        return _hinted(words, duration), warnings
    duration = max(duration, sound.duration)
    if transcript.source == "recognised" and transcript.language != ENGLISH:
        words = tuple(replace(word, interpolated=True) for word in _hinted(words, duration))
    elif transcript.source == "given" and timed:
        words = _hinted(words, duration)
        own = [word.timed and not word.interpolated for word in words]
        if not all(own):
            words = _between(words, tools.aligner, sound, duration)
        if any(own) and transcript.language == ENGLISH:
            words = _judged(words, own, tools.aligner, sound)
    else:
        words = tools.aligner.align(sound, words)
    warnings += _about_times(words, transcript.source)
    if transcript.source == "given" and any(word.timed for word in words):
        warnings += _about_speech(untranscribed(sound, words))
    return words, warnings


def _hinted(words: Sequence[Word], duration: float) -> tuple[Word, ...]:
    """The words with the transcript's times put in order; those without one are spread between.

    These are marked, and so are those that cannot be where the transcript has them, such as after the clip's end.
    """
    times = filled([interval(word) for word in words], duration)
    return tuple(
        replace(word, start=time[0], end=time[1], interpolated=word.interpolated or _moved(interval(word), time))
        if time
        else word
        for word, time in zip(words, times, strict=True)
    )


def _moved(given: Interval | None, time: Interval) -> bool:
    return given is None or time[0] < given[0] - _MOVED or time[1] > given[1] + _MOVED


def _judged(words: Sequence[Word], own: Sequence[bool], aligner: Aligner, sound: Audible) -> tuple[Word, ...]:
    """Words with the fit of those whose times are their own, if the aligner can tell."""
    if not isinstance(aligner, JudgingAligner):
        return tuple(words)
    judged = aligner.judge(sound, words)
    return tuple(one if chosen else word for word, one, chosen in zip(words, judged, own, strict=True))


def _between(words: Sequence[Word], aligner: Aligner, sound: Audible, duration: float) -> tuple[Word, ...]:
    """Words with rough times measured, the others left as they are; a measure must fit between the words that stay."""
    aligned = aligner.align(sound, words)
    ahead: list[float] = []
    start_after = duration
    for word in reversed(words):
        ahead.append(start_after)
        if not word.interpolated and word.start is not None:
            start_after = word.start
    fitted: list[Word] = []
    floor = 0.0
    for word, found, ceiling in zip(words, aligned, reversed(ahead), strict=True):
        time = interval(found)
        if not word.interpolated:
            fitted.append(word)
            floor = word.end or floor
        elif time is not None and floor - _TOUCH <= time[0] and time[1] <= ceiling + _TOUCH:
            fitted.append(found)
        else:
            fitted.append(word)
    return _hinted(fitted, duration)


def _beyond(transcript: Transcript, duration: float, name: str) -> list[str]:
    last = max((word.end for word in transcript.words if word.end is not None), default=0.0)
    if transcript.source != "given" or last <= duration + _BEYOND:
        return []
    return [
        f"The transcript goes on until {last:.1f} s, but {name} ends at {duration:.1f} s: check that it is its own."
    ]


def _about_times(words: tuple[Word, ...], source: Literal["recognised", "given"]) -> list[str]:
    if not any(word.timed for word in words):
        return ["The transcript does not fit what is said: its words have no times, so only their text is read."]
    astray = [word.fit == 0 and word.timed and not word.interpolated for word in words]
    if all(astray):
        return ["The transcript does not fit what is said at its times: check that it is the clip's own."]
    unfit = [word.fit == 0 and (word.interpolated or not word.timed) for word in words]
    gone = [one and not word.timed for one, word in zip(unfit, words, strict=True)]
    kept = [one and word.timed for one, word in zip(unfit, words, strict=True)]
    untimed = sum(not word.timed and not one for word, one in zip(words, unfit, strict=True))
    guessed = sum(word.interpolated and not one for word, one in zip(words, unfit, strict=True))
    warnings = []
    if sum(gone) == 1:
        end = "it has no times, so no voice or face is read for it."
        warnings.append(f"{_stretches(words, gone)} does not fit what is said there: {end}")
    elif any(gone):
        end = "they have no times, so no voice or face is read for them."
        warnings.append(f"{_stretches(words, gone)} do not fit what is said there: {end}")
    if any(kept):
        verb, own = ("does", "its") if sum(kept) == 1 else ("do", "their")
        whose = "recogniser's" if source == "recognised" else "transcript's"
        end = f"{own} times are the {whose} estimates."
        warnings.append(f"{_stretches(words, kept)} {verb} not fit what is said there: {end}")
    if any(astray):
        verb, what = ("does", "it and its time") if sum(astray) == 1 else ("do", "them and their times")
        warnings.append(f"{_stretches(words, astray)} {verb} not fit what is said there: check {what}.")
    if untimed:
        warnings.append(f"{count(untimed, 'word')} could not be found in the sound: no voice or face is read there.")
    if guessed:
        warnings.append(f"{count(guessed, 'word')} could not be placed exactly: the times are estimates.")
    return warnings


def _about_speech(stretches: Sequence[Interval]) -> list[str]:
    if not stretches:
        return []
    longest = sorted(stretches, key=lambda one: one[0] - one[1])[:_NAMED]
    named = [f"from {start:.1f} s to {end:.1f} s" for start, end in sorted(longest)]
    if len(stretches) > _NAMED:
        named.append(f"in {count(len(stretches) - _NAMED, 'shorter one')}")
    return [
        f"Speech {_listed(named)} is not in the transcript: add its words, "
        "or give no transcript to have them recognised."
    ]


def _stretches(words: Sequence[Word], chosen: Sequence[bool]) -> str:
    """`Words 3 to 5 ("the ... dog")`, several of them joined; counted from 1."""
    runs: list[list[int]] = []
    for i in range(len(words)):
        if chosen[i]:
            if i and chosen[i - 1]:
                runs[-1].append(i)
            else:
                runs.append([i])
    named = [_stretch(words, run) for run in runs[:_NAMED]]
    if len(runs) > _NAMED:
        named.append(f"{count(sum(map(len, runs[_NAMED:])), 'word')} elsewhere")
    text = _listed(named)
    return f"{text[0].upper()}{text[1:]}"


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _stretch(words: Sequence[Word], run: Sequence[int]) -> str:
    texts = [words[i].text for i in run]
    quoted = " ".join(texts if len(texts) <= _NAMED else [*texts[:2], "...", texts[-1]])
    numbers = f"word {run[0] + 1}" if len(run) == 1 else f"words {run[0] + 1} to {run[-1] + 1}"
    return f'{numbers} ("{quoted}")'
