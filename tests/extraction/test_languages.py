"""Which language a given transcript is in."""

import json

import pytest

from extraction.languages import checked, language_name, seems_english
from extraction.transcripts.plain import words_of
from extraction.transcripts.reading import read_transcript
from extraction.types import Transcript


@pytest.mark.parametrize(
    "text",
    [
        "I really loved the first half, but the ending was awful.",
        "UM FIRST THINGS FIRST CHRISTINA AGUILERAS XXX I SWEAR THE XXX XXX",
        "In 2012 she paid $20 for a naïve café décor.",
        "Hey ExpoTV Magorium's Emporium",  # four words, too few to tell
        "It dont matter whether theyll watch Shyamalans film",
        "♪ ... 12",
        "",
    ],
)
def test_english_is_english(text):
    assert seems_english(text.split())


@pytest.mark.parametrize(
    "text",
    [
        "Je trouve que ce film est vraiment très mauvais et je ne le regarderai plus jamais",
        "Ich finde diesen Film wirklich schlecht und würde ihn nicht noch einmal ansehen",
        "Eu não gostei nada deste filme porque é muito longo",
        "Saya tidak suka film ini karena terlalu panjang dan membosankan",
        "Мне не понравился фильм",
        "我一点也不喜欢这部电影",
    ],
)
def test_other_languages_are_told(text):
    assert not seems_english(text.split())


def test_a_text_in_another_language_gets_a_warning_and_no_name():
    said = checked(Transcript(words_of("Saya tidak suka film ini karena terlalu panjang"), "given"))
    assert said.language == "und"
    assert said.warnings == (
        "The transcript seems to be in another language than English: models that read text know English alone, so "
        "give an English clip, or give no transcript to have the words recognised.",
    )


def test_a_language_that_the_file_names_is_believed(tmp_path):
    def read(language, text):
        file = tmp_path / f"{language}.json"
        words = [{"word": word, "start": i, "end": i + 1} for i, word in enumerate(text.split())]
        file.write_text(json.dumps({"word_segments": words, "language": language}))
        return checked(read_transcript(file))

    french = read("fr", "oui merci")
    assert (french.language, len(french.warnings)) == ("fr", 1)
    assert french.warnings[0].startswith("The transcript seems to be in French: ")
    english = read("eng", "this is what they said")
    assert (english.language, english.warnings) == ("en", ())


def test_a_language_without_a_name_is_called_by_its_code():
    assert (language_name("pt"), language_name("xx")) == ("Portuguese", "another language (xx)")
