"""In which language something is said: names of languages, and whether a given transcript is English.

The second needs no model of any language. Two shares of the words decide: those that the pronouncing dictionary in
pocketsphinx's package (CMUdict, 134,000 words) lacks, and those that English sentences are held together by. A word
with letters beyond a to z counts as lacking.

Of the 2199 transcripts of CMU-MOSI none and of the 18,197 of CMU-MOSEI two are taken for another language (one of them
is not text); of 27 short sentences in fourteen other languages, on which the shares were chosen, 21 are
(`tests/oracle/test_mosi_languages.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from extraction.spoken import spoken
from extraction.types import Transcript

ENGLISH, UNKNOWN = "en", "und"  # codes of ISO 639
_ENOUGH = 5  # words; fewer say too little
_LACKING = 0.2  # share of words the dictionary lacks, from which a text may be in another language
_COMMON = 0.15  # share of English function words, up to which it is
_TOGETHER = (
    "the a an and or but if of to in on at for with from by as is are was were be been am do does did have has had "
    "will would can could should may might must i you he she it we they me him her us them my your his its our their "
    "this that these those there here what which who when where why how not no so just very than then too also about "
    "into out up down over because all any some more most"
)
_NAMES = {
    **{"ar": "Arabic", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "es": "Spanish", "fi": "Finnish"},
    **{"fr": "French", "he": "Hebrew", "hi": "Hindi", "hu": "Hungarian", "id": "Indonesian", "it": "Italian"},
    **{"ja": "Japanese", "ko": "Korean", "la": "Latin", "nl": "Dutch", "no": "Norwegian", "pl": "Polish"},
    **{"pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sv": "Swedish", "tr": "Turkish", "uk": "Ukrainian"},
    **{"vi": "Vietnamese", "zh": "Chinese", "cy": "Welsh", "ur": "Urdu", "fa": "Persian", "ta": "Tamil"},
    UNKNOWN: "another language than English",
}


def language_name(code: str) -> str:
    """A language as a sentence names it."""
    return _NAMES.get(code, f"another language ({code})")


def checked(transcript: Transcript) -> Transcript:
    """A given transcript with its language, and a warning where that is not English.

    A language that the transcript's file names is believed; else it is English or `und`.
    """
    named = transcript.language not in (ENGLISH, "eng")
    if not named and seems_english([word.text for word in transcript.words]):
        return replace(transcript, language=ENGLISH)
    language = transcript.language if named else UNKNOWN
    warning = (
        f"The transcript seems to be in {language_name(language)}: models that read text know English alone, so give "
        "an English clip, or give no transcript to have the words recognised."
    )
    return replace(transcript, language=language, warnings=(*transcript.warnings, warning))


def seems_english(texts: Sequence[str]) -> bool:
    """Whether words as they are written can be English; True where they are too few to tell.

    Texts without a letter from a to z, but with others, are not, however few.
    """
    lettered = [text for text in texts if any(character.isalpha() for character in text)]
    plain = [text for text in lettered if all(character.isascii() for character in text if character.isalpha())]
    if lettered and not any(character.isascii() for text in lettered for character in text if character.isalpha()):
        return False
    words = [word for text in plain for word in spoken(text)]
    others = len(lettered) - len(plain)
    count = len(words) + others
    if count < _ENOUGH:
        return True
    known, function = _dictionary(), frozenset(_TOGETHER.split())
    lacking = others + sum(word not in known and word.removesuffix("'s") not in known for word in words)
    common = sum(word.split("'")[0] in function for word in words)
    return lacking < _LACKING * count or common > _COMMON * count


@cache
def _dictionary() -> frozenset[str]:
    """The words of the dictionary, in small letters."""
    import pocketsphinx

    path = Path(pocketsphinx.get_model_path()) / "en-us" / "cmudict-en-us.dict"
    with path.open(encoding="utf-8") as lines:
        return frozenset(line.split(maxsplit=1)[0].partition("(")[0] for line in lines if line.strip())
