"""What was said: Whisper (Radford et al., 2022, arXiv 2212.04356) run by faster-whisper in int8 on the processor.

Voice activity detection (Silero) goes first: without it Whisper invents words in pauses. Options are faster-whisper's
own but for that and `condition_on_previous_text=False`, which keeps one bad window from spoiling the next; how windows
are padded and encoded is `whisper_window`. On 320 clips of CMU-MOSI base's word error is 23.5 %, 22.1 % (standard error
1.1) without fillers (`benchmarks/recognition.py`); a prompt full of fillers, hot words, or decoding without timestamps
all raised it on 40 of them, before windows were fitted. So the one prompt is the user's own: of the 36 words of six
GRID sentences base hears 27 to 29, by the processor, and 35 after six other sentences of that corpus. It may go on with
a prompt where speech has ended: see `_invented`.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from extraction.cores import cores
from extraction.counting import count
from extraction.errors import NoSpeech, Silence, WeightsError
from extraction.languages import ENGLISH, language_name, seems_english
from extraction.protocols import Progress, silent
from extraction.spoken import spoken
from extraction.types import SAMPLE_RATE, Transcript, Waveform, Word
from extraction.weights import RECOGNISERS, locate
from extraction.whisper_sizes import find_size, lacking
from extraction.whisper_window import encode_fitted

LONGEST_PROMPT = 600  # characters; faster-whisper reads 223 tokens of a prompt, which are 700 and more in English
_MOST_THREADS = 4  # of the processor, where nobody says how many
_SURE = 0.8  # probability from which another language than English can be believed
_PLAIN = 0.95  # from which it is, whatever the words; an English clip was Welsh by .82, or .76 on another processor
_TELLING = 3.0  # seconds of voice that tell a language
_FAILED = -1.0  # mean log probability a token below which Whisper itself calls a window failed
_NO_SPEECH = 0.6  # probability above which Whisper calls a window empty
_REPETITIVE = 2.4  # gzip ratio above which Whisper calls a text a loop
_HURRIED = 0.08  # seconds a word in which nobody speaks; CMU-MOSI's segments: .107 and more
_UNSURE = 0.45  # mean word probability; English: .59 to .90 a segment, English backwards: .13 to .58
_UNSPACED = frozenset({"zh", "ja", "th", "lo", "my", "yue", "km", "bo"})  # written without spaces between words


def default_threads() -> int:
    """Those that recognise where nobody says how many: half of the cores, as voice and face go on beside it."""
    return max(1, min(_MOST_THREADS, cores() // 2))


class WhisperTranscriber:
    """A `Transcriber`: words with rough times and the recogniser's probability of each. Safe across threads.

    Args:
        model: `base` or `tiny.en` (English only, half the time), whose weights are held to their published hashes (see
            `weights.locate`), another size that was fetched (see `whisper_sizes`), or the folder of any faster-whisper
            model.
        threads: of the processor; if None half the cores, four at most, for face and voice are measured beside it. The
            words are the same with any number.
        greedy: take the likeliest word at each step, once, in place of beams and further tries.
        prompt: a sentence or two like those that are said, their names as they should be written: text that the model
            takes for what was said before each part of the sound; what is longer than LONGEST_PROMPT may be cut. Whole
            sentences: after a bare list of words it may go on with a list.

    Raises:
        WeightsError: no weights, not the published ones, or a folder that holds no model.
    """

    def __init__(
        self,
        model: str | Path = "base",
        threads: int | None = None,
        greedy: bool = False,
        prompt: str | None = None,
    ) -> None:
        self._search: dict[str, Any] = {"beam_size": 1, "temperature": 0.0} if greedy else {}
        self._search["hotwords"] = prompt  # an `initial_prompt` would be read before the first 30 s alone
        folder, self.name = find_model(model)
        threads = threads or default_threads()
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        import ctranslate2
        from faster_whisper import WhisperModel

        self._seed = ctranslate2.set_random_seed
        try:
            self._model: Any = WhisperModel(
                str(folder), device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True
            )
        except Exception as error:  # the tokenizer's library raises no narrower one
            raise WeightsError(
                f"The {self.name} model in {folder} cannot be loaded: give a whole copy of it."
            ) from error
        encode_fitted(self._model)
        self._lock = threading.Lock()

    def transcribe(self, waveform: Waveform, progress: Progress = silent) -> Transcript:
        """Words in spoken order; their times are rough (errors of .2 to .6 s at onsets), to be measured by an aligner.

        The language is told from the first 30 s of voice, and sure from `_TELLING` seconds of it. A model for English
        alone takes every sound for English.

        Raises:
            Silence: no sample reaches -60 dBFS.
            NoSpeech: no voice was found, or no words that the recogniser believes.
            ValueError: the waveform is not at 16 kHz.
        """
        if waveform.rate != SAMPLE_RATE:
            raise ValueError(f"a waveform at {SAMPLE_RATE} Hz is needed, not {waveform.rate}")
        if waveform.silent:
            raise Silence("The sound is silent from start to end: choose a clip with an audible voice.")
        with self._lock:
            self._seed(0)  # a window that fails is sampled again
            segments, language, sure = self._listen(waveform)
            words: list[Word] = []
            for segment in segments:
                words += _words(segment, language, waveform.duration)
                progress(min(segment.end / waveform.duration, 1.0), count(len(words), "word"))
        if not words:
            raise NoSpeech("No words could be heard in the sound: choose a clip in which someone speaks.")
        progress(1.0, count(len(words), "word"))
        warnings = tuple(_warnings(language, words))
        return Transcript(tuple(words), "recognised", language, warnings, self.name, sure)

    def _listen(self, waveform: Waveform) -> tuple[Iterator[Any], str, bool]:
        """Segments as they are recognised, the language they are taken to be in, and whether that is sure."""
        options = {"vad_filter": True, "word_timestamps": True, "condition_on_previous_text": False}
        segments, info = self._run(waveform, language=None, **options)
        told = info.duration_after_vad >= _TELLING
        if info.language == ENGLISH or info.language_probability >= _PLAIN:
            return segments, info.language, info.language == ENGLISH or told
        if info.language_probability >= _SURE:
            heard = list(segments)
            if not seems_english([part.word.strip() for segment in heard for part in segment.words or ()]):
                return iter(heard), info.language, told
        segments, _ = self._run(waveform, language=ENGLISH, **options)
        return segments, ENGLISH, True

    def _run(self, waveform: Waveform, **options: Any) -> tuple[Iterator[Any], Any]:
        try:
            return self._model.transcribe(waveform.samples, **self._search, **options)  # type: ignore[no-any-return]
        except ValueError as error:  # raised by language detection where voice detection left nothing
            raise NoSpeech("No voice could be heard in the sound: choose a clip in which someone speaks.") from error


def find_model(model: str | Path) -> tuple[Path, str]:
    """The folder of a recogniser and what it is called. Raises WeightsError as `WhisperTranscriber` does."""
    if isinstance(model, str) and model in RECOGNISERS:
        return locate(RECOGNISERS[model]), f"faster-whisper {model}"
    folder = Path(model)
    if not folder.is_dir():
        size = find_size(model) if isinstance(model, str) else None
        if size is None:
            raise WeightsError(
                f"{str(model)!r} is no recogniser: give {', '.join(RECOGNISERS)}, a size of faster-whisper "
                "or the folder of a model."
            )
        folder = size
    missing = lacking(folder)
    if missing:
        raise WeightsError(f"There is no {missing} in {folder}: give the folder of a whole faster-whisper model.")
    return folder, f"faster-whisper {folder.resolve().name}"


def _words(segment: Any, language: str, duration: float) -> Iterable[Word]:
    """The words of one segment as they are written, parts joined; none if the segment is likely invented."""
    if not segment.words or _invented(segment):
        return ()
    words: list[Word] = []
    for part in segment.words:
        text = part.word.strip()
        start, end = (min(max(float(t), 0.0), duration) for t in (part.start, part.end))
        if words and language not in _UNSPACED and not part.word.startswith(" "):  # "well", "-known"
            before = words[-1]
            confidence = min(before.confidence or 0.0, float(part.probability))
            words[-1] = replace(before, text=before.text + text, end=max(end, before.end or end), confidence=confidence)
        elif text:
            words.append(Word(text, start, end, min(max(float(part.probability), 0.0), 1.0)))
    return [word for word in words if spoken(word.text) or any(c.isalnum() for c in word.text)]


def _invented(segment: Any) -> bool:
    """Whether it has no room in the sound, loops, or Whisper's signs of a failed window (its own limits) agree with low
    word probabilities.

    Whisper goes on with a prompt where speech has ended, and puts all that into the tenth of a second that is left.
    """
    room = segment.words[-1].end - segment.words[0].start
    if room < _HURRIED * len(segment.words):
        return True
    unsure = float(np.mean([part.probability for part in segment.words])) < _UNSURE
    failed = segment.avg_logprob < _FAILED or segment.no_speech_prob > _NO_SPEECH
    return (failed and unsure) or segment.compression_ratio > _REPETITIVE


def _warnings(language: str, words: Sequence[Word]) -> Iterator[str]:
    if language != ENGLISH:
        yield f"The speech seems to be {language_name(language)}: models that read text know English alone."
    if float(np.mean([word.confidence or 0.0 for word in words])) < _UNSURE:
        yield "The recogniser is unsure of most words: check them, or give a transcript of your own."
