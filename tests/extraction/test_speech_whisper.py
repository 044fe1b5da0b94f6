import io
import os
import shutil
import subprocess
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
from scipy.signal import resample_poly

from extraction.errors import NoSpeech, Silence, WeightsError
from extraction.speech_whisper import WhisperTranscriber, _warnings, _words, find_model
from extraction.types import SAMPLE_RATE, Waveform, Word
from extraction.weights import RECOGNISERS, locate
from extraction.whisper_window import SHORTEST

SECOND = np.arange(SAMPLE_RATE, dtype=np.float32) / SAMPLE_RATE


def heard(*parts, no_speech=0.01, logprob=-0.3, ratio=1.2):
    """A segment as faster-whisper gives it; parts are (text, start, end, probability)."""
    words = [SimpleNamespace(word=w, start=s, end=e, probability=p) for w, s, e, p in parts]
    return SimpleNamespace(words=words, no_speech_prob=no_speech, avg_logprob=logprob, compression_ratio=ratio)


def test_parts_of_a_word_are_joined_and_signs_alone_dropped():
    segment = heard((" A", 0.0, 0.2, 0.9), (" well", 0.2, 0.5, 0.8), ("-known", 0.5, 0.9, 0.6), (" ♪", 0.9, 1.0, 0.9))
    assert _words(segment, "en", 5.0) == [Word("A", 0.0, 0.2, 0.9), Word("well-known", 0.2, 0.9, 0.6)]


def test_languages_without_spaces_keep_their_parts():
    segment = heard(("你", 0.0, 0.2, 0.9), ("好", 0.2, 0.5, 0.8))
    assert [w.text for w in _words(segment, "zh", 5.0)] == ["你", "好"]


def test_times_stay_within_the_clip():
    assert _words(heard((" late", -0.1, 2.4, 1.2)), "en", 2.0) == [Word("late", 0.0, 2.0, 1.0)]


@pytest.mark.parametrize(
    ("signs", "probability", "kept"),
    [
        ({}, 0.9, True),
        ({}, 0.2, True),  # unsure, but nothing else is wrong
        ({"logprob": -1.2}, 0.9, True),
        ({"logprob": -1.2}, 0.2, False),
        ({"no_speech": 0.8}, 0.9, True),
        ({"no_speech": 0.8}, 0.2, False),
        ({"ratio": 3.0}, 0.9, False),
    ],
)
def test_segments_that_are_likely_invented_are_dropped(signs, probability, kept):
    assert bool(_words(heard((" word", 0.0, 1.0, probability), **signs), "en", 5.0)) == kept


@pytest.mark.parametrize(("until", "kept"), [(2.41, False), (3.0, True)])
def test_more_words_than_anybody_says_in_the_time_are_dropped(until, kept):
    """As in a GRID clip: "Bin white in U seven." after its last word, from other sentences in the prompt."""
    parts = [" Bin", " white", " in", " U", " seven."]
    words = [(part, 2.09 if i == 0 else until - 0.1, until, 0.9) for i, part in enumerate(parts)]
    assert bool(_words(heard(*words), "en", 5.0)) == kept


def test_other_languages_and_unsure_words_are_told():
    sure, unsure = [Word("mot", 0, 1, 0.9)], [Word("mot", 0, 1, 0.2)]
    french = "The speech seems to be French: models that read text know English alone."
    assert list(_warnings("en", sure)) == []
    assert list(_warnings("fr", sure)) == [french]
    assert "another language (xx)" in next(_warnings("xx", sure))
    assert list(_warnings("en", unsure)) == [
        "The recogniser is unsure of most words: check them, or give a transcript of your own."
    ]


@pytest.fixture(scope="module")
def transcriber():
    return WhisperTranscriber()


@pytest.mark.models
@pytest.mark.parametrize("samples", [np.zeros(0), np.zeros(SAMPLE_RATE), 5e-4 * np.sin(600 * SECOND)])
def test_silence_is_told(transcriber, samples):
    with pytest.raises(Silence, match=r"The sound is silent from start to end: choose a clip with an audible voice\."):
        transcriber.transcribe(Waveform(samples.astype(np.float32)))


def chords():
    pulse = 0.5 + 0.5 * np.sign(np.sin(2 * np.pi * 2 * SECOND))
    return np.tile(sum(0.1 * np.sin(2 * np.pi * f * SECOND) for f in (220, 277, 330, 440)) * pulse, 6)


@pytest.mark.models
@pytest.mark.parametrize(
    "samples",
    [
        np.random.default_rng(0).normal(0, 0.1, 6 * SAMPLE_RATE),
        0.3 * np.sin(2 * np.pi * 440 * SECOND),
        chords(),
        np.random.default_rng(0).normal(0, 0.1, 100),
        np.ones(1),
    ],
    ids=["noise", "tone", "chords", "a hundred samples", "one sample"],
)
def test_sound_without_a_voice_gives_no_words(transcriber, samples):
    with pytest.raises(NoSpeech, match="could be heard in the sound: choose a clip in which someone speaks"):
        transcriber.transcribe(Waveform(samples.astype(np.float32)))


@pytest.fixture(scope="module")
def sentence():
    """A synthetic voice."""
    return spoken_by_espeak("The weather was very nice today, and everyone was happy about it.")


def spoken_by_espeak(text):
    if shutil.which("espeak-ng") is None:
        pytest.skip("espeak-ng is not installed")
    run = subprocess.run(["espeak-ng", "-v", "en-us", "-s", "140", "--stdout", text], capture_output=True, check=True)
    samples, rate = soundfile.read(io.BytesIO(run.stdout), dtype="float32")
    return Waveform(resample_poly(samples, SAMPLE_RATE, rate).astype(np.float32))


ENGLISH = "a new year is a time to think of what has passed and of what is to come"
WELSH = "mae'r flwyddyn newydd yn amser da i feddwl am yr hyn sydd wedi mynd heibio"


@pytest.mark.models
@pytest.mark.parametrize(
    ("words", "probability", "language"),
    [(ENGLISH, 0.82, "en"), (ENGLISH, 0.96, "cy"), (WELSH, 0.82, "cy"), (WELSH, 0.7, "en")],
)
def test_a_language_that_is_not_plain_must_be_that_of_the_words(transcriber, monkeypatch, words, probability, language):
    """An English clip's sound was Welsh by .82 on one processor and by .76 on another; its words were English."""
    asked = []

    def run(_, language, **__):
        asked.append(language)
        info = SimpleNamespace(language="cy", language_probability=probability, duration_after_vad=5.0)
        segment = heard(*((f" {word}", i / 10, i / 10 + 0.1, 0.9) for i, word in enumerate(words.split())))
        segment.end = 1.0
        return iter([segment]), info

    monkeypatch.setattr(transcriber, "_run", run)
    transcript = transcriber.transcribe(Waveform(SECOND))
    assert transcript.language == language
    assert asked == ([None] if language == "cy" else [None, "en"])


@pytest.mark.models
def test_a_synthetic_sentence_is_understood_the_same_each_time(transcriber, sentence):
    sound = sentence
    told = []
    transcript = transcriber.transcribe(sound, lambda fraction, found: told.append((fraction, found)))
    words = [w.text.strip(".,").lower() for w in transcript.words]
    assert {"weather", "nice", "today", "everyone", "happy"} <= set(words)
    assert (transcript.source, transcript.language) == ("recognised", "en")
    assert transcript.recogniser == "faster-whisper base"
    assert all(0 <= w.start <= w.end <= sound.duration and 0 < w.confidence <= 1 for w in transcript.words)
    assert told[-1] == (1.0, f"{len(words)} words")
    assert [f for f, _ in told] == sorted(f for f, _ in told)
    assert transcriber.transcribe(sound) == transcript


@pytest.mark.models
def test_a_prompt_says_how_words_are_written_and_is_not_heard_itself():
    sound = spoken_by_espeak("The colour of the theatre was grey, and its centre was my favourite.")
    british = "The favourite colour of our neighbour, a grey theatre in the centre."
    plain, prompted = WhisperTranscriber("tiny.en"), WhisperTranscriber("tiny.en", prompt=british)
    heard, written = ({word.text.strip(".,") for word in one.transcribe(sound).words} for one in (plain, prompted))
    assert {"color", "theater", "gray", "center", "favorite"} <= heard
    assert {"colour", "theatre", "grey", "centre", "favourite"} <= written
    assert not {"our", "neighbour"} & written
    noise = np.random.default_rng(0).normal(0, 0.01, 5 * SAMPLE_RATE).astype(np.float32)
    with pytest.raises(NoSpeech):
        prompted.transcribe(Waveform(noise))


@pytest.mark.models
def test_a_short_clip_is_encoded_once(transcriber, sentence, monkeypatch):
    model, seen = transcriber._model, []
    encode = model.model.encode

    class Counted:
        def __getattr__(self, name):
            return getattr(inner, name)

        def encode(self, features, **options):
            seen.append(features.shape)
            return encode(features, **options)

    inner = model.model
    monkeypatch.setattr(model, "model", Counted())
    transcriber.transcribe(Waveform(sentence.samples * np.float32(0.5)))
    assert seen == [[1, 80, SHORTEST]]


@pytest.mark.models
def test_the_small_model_hears_it_too_by_name_and_by_folder(sentence):
    heard = WhisperTranscriber("tiny.en").transcribe(sentence)
    assert {"weather", "today", "happy"} <= {w.text.strip(".,").lower() for w in heard.words}
    assert (heard.language, heard.recogniser) == ("en", "faster-whisper tiny.en")
    folder = locate(RECOGNISERS["tiny.en"])
    again = WhisperTranscriber(folder).transcribe(sentence)
    assert again.words == heard.words
    assert again.recogniser == f"faster-whisper {folder.name}"


@pytest.mark.models
def test_a_size_is_loaded_from_where_its_download_lies(sentence, tmp_path, monkeypatch):
    monkeypatch.setattr("extraction.whisper_sizes.cache_folder", lambda: tmp_path)
    folder = tmp_path / "faster-whisper" / "small"
    shutil.copytree(locate(RECOGNISERS["base"]), folder, copy_function=os.symlink)
    heard = WhisperTranscriber("small").transcribe(sentence)
    assert {"weather", "today", "happy"} <= {w.text.strip(".,").lower() for w in heard.words}
    assert heard.recogniser == "faster-whisper small"


@pytest.mark.models
def test_other_weights_are_refused_where_a_name_stands_for_the_published_ones(tmp_path, monkeypatch):
    (tmp_path / "model.bin").write_bytes(b"not a model")
    monkeypatch.setenv("S2S_WHISPER_BASE", str(tmp_path))
    with pytest.raises(WeightsError, match=r"model\.bin has SHA-256 .* where the published file has d01c3014"):
        WhisperTranscriber()


def test_a_folder_must_hold_a_whole_model(tmp_path):
    with pytest.raises(
        WeightsError, match=r"'huge' is no recogniser: give base, tiny\.en, a size of faster-whisper or"
    ):
        find_model("huge")
    with pytest.raises(WeightsError, match=r"There is no model\.bin in .*: give the folder of a whole faster-whisper"):
        find_model(tmp_path)
    for name in ("model.bin", "config.json", "tokenizer.json"):
        (tmp_path / name).write_bytes(b"{}")
    with pytest.raises(WeightsError, match=r"There is no vocabulary\.txt or vocabulary\.json in .*: give"):
        find_model(tmp_path)
    (tmp_path / "vocabulary.json").write_bytes(b"[]")
    assert find_model(tmp_path) == (tmp_path, f"faster-whisper {tmp_path.name}")
    with pytest.raises(WeightsError, match=rf"The faster-whisper {tmp_path.name} model in .* cannot be loaded: give a"):
        WhisperTranscriber(tmp_path)


@pytest.mark.models
def test_another_rate_is_a_programmers_mistake(transcriber):
    with pytest.raises(ValueError, match="16000 Hz is needed, not 8000"):
        transcriber.transcribe(Waveform(np.ones(8_000, np.float32), 8_000))
