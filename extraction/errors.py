"""What can go wrong with a user's input, as a tree. Each message is one sentence: what is wrong, and what to do.

    S2SError                    the root: whatever the CLI prints with exit code 2 and the app shows as a sentence
    +-- InputError              the caller's own words: an option, a path, a variant
    +-- MediaError              the file cannot be used
    |   +-- NotMedia            not an audio or video file, or empty
    |   +-- DamagedMedia        cut short or corrupt, with nothing readable in it
    |   +-- NoAudio             no audio track, and no transcript given instead
    |   +-- TooLong             longer than the limit, which the user can raise
    +-- SpeechError             the sound can be read but not used
    |   +-- Silence             no sound in it
    |   +-- NoSpeech            sound, but no words
    |   +-- NotEnglish          words of a language that models of text do not read
    +-- TranscriptError         a transcript that cannot be read, or has no words
    +-- WeightsError            a model's weight file is missing, or is not the published one
    +-- TableError              a word table that cannot be read or lacks what is asked of it
    +-- CheckpointError         a trained model that cannot be read, or reads other features
    +-- DataError               training or evaluation data that cannot serve

Anything else that escapes is a bug and keeps its traceback. A tool's own exceptions become ours where the tool is
called, with `raise ... from error`.
"""

from __future__ import annotations


class S2SError(Exception):
    """Root of the tree; `str(error)` is the sentence for the user."""


class InputError(S2SError):
    """An option, a path or a name the user gave cannot be used."""


class MediaError(S2SError):
    """A media file cannot be used."""


class NotMedia(MediaError):
    """The file is empty, or is neither audio nor video."""


class DamagedMedia(MediaError):
    """The file is cut short or corrupt and nothing in it can be read."""


class NoAudio(MediaError):
    """The file has no audio track and no transcript came with it."""


class TooLong(MediaError):
    """The file is longer than the limit in force."""


class SpeechError(S2SError):
    """Sound was read, but words cannot be had from it."""


class Silence(SpeechError):
    """The audio track is silent."""


class NoSpeech(SpeechError):
    """The audio track holds sound but no recognisable words."""


class NotEnglish(SpeechError):
    """The words are of another language than models of text read."""


class TranscriptError(S2SError):
    """A transcript cannot be read or holds no words."""


class WeightsError(S2SError):
    """A weight file is missing, or its hash is not the published one."""


class TableError(S2SError):
    """A word table cannot be read, or lacks a column or value that is needed."""


class CheckpointError(S2SError):
    """A checkpoint cannot be read, or reads features other than those given."""


class DataError(S2SError):
    """Training or evaluation data is missing or cannot serve its purpose."""
