"""What is said in a recording of any length: recognised a passage at a time, each in a language of its own."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from extraction.counting import count
from extraction.errors import NoSpeech
from extraction.native_memory import give_back
from extraction.protocols import Audible, Progress, Transcriber, silent
from extraction.recording import in_one_passage, passages
from extraction.types import Transcript, Word


def recognise(transcriber: Transcriber, sound: Audible, progress: Progress = silent) -> Transcript:
    """The words of `sound` with rough times; passages without a word are passed over.

    The language is that of most words.

    Raises:
        Silence: as the transcriber does, for sound of one passage.
        NoSpeech: no passage holds a word.
    """
    if in_one_passage(sound):
        return transcriber.transcribe(sound.between(0.0, sound.duration), progress)
    heard: list[Transcript] = []
    words: list[Word] = []
    for start, end in passages(sound):
        part = sound.between(start, end)
        tell = _Share(progress, start / sound.duration, end / sound.duration, len(words))
        tell(0.0, "")
        if part.silent:
            continue
        try:
            transcript = transcriber.transcribe(part, tell)
        except NoSpeech:
            continue
        finally:
            give_back()
        heard.append(transcript)
        words += [_later(word, start) for word in transcript.words]
    if not words:
        raise NoSpeech("No words could be heard in the sound: choose a clip in which someone speaks.")
    progress(1.0, count(len(words), "word"))
    warnings = dict.fromkeys(warning for transcript in heard for warning in transcript.warnings)
    spoken: Counter[str] = Counter()
    for transcript in heard:
        spoken[transcript.language] += len(transcript.words)
    language = spoken.most_common(1)[0][0]
    sure = any(transcript.sure for transcript in heard if transcript.language == language)
    return replace(heard[0], words=tuple(words), language=language, warnings=tuple(warnings), sure=sure)


@dataclass(frozen=True)
class _Share:
    """A `Progress` that is the share `[first, last]` of another's, after so many words."""

    progress: Progress
    first: float
    last: float
    words: int

    def __call__(self, fraction: float, _: str) -> None:
        self.progress(self.first + fraction * (self.last - self.first), count(self.words, "word"))


def _later(word: Word, seconds: float) -> Word:
    if word.start is None or word.end is None:
        return word
    return replace(word, start=word.start + seconds, end=word.end + seconds)
