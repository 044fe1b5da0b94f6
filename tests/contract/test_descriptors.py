"""One contract for every descriptor and embedder, the real ones and the fakes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from glove_files import small_glove
from spacy_files import NEEDS_SPACY, small_spacy

from extraction.audio_compare import CompareDescriptor
from extraction.audio_covarep import CovarepDescriptor
from extraction.audio_glottal import GlottalDescriptor
from extraction.audio_librosa import LibrosaDescriptor
from extraction.audio_opensmile import OpenSmileDescriptor
from extraction.errors import NoSpeech, Silence
from extraction.face_facs import FacsFace
from extraction.face_mediapipe import MediaPipeFace
from extraction.fakes import FakeAligner, FakeAudio, FakeEmbedder, FakeFace, FakeTranscriber, fake_waveform
from extraction.types import FeatureSpec, Frame, Track, Waveform, Word
from extraction.words_sbert import SbertEmbedder


def real(make):
    return pytest.param(make, marks=pytest.mark.models, id=make.__name__)


def fake(make):
    return pytest.param(make, id=make.__name__)


def facs_baseline():
    return FacsFace(baseline=True)


def glottal_with_rd():
    return GlottalDescriptor(rd=True)


AUDIO = [
    *(real(make) for make in (OpenSmileDescriptor, CompareDescriptor)),
    *(fake(make) for make in (LibrosaDescriptor, GlottalDescriptor, glottal_with_rd, CovarepDescriptor, FakeAudio)),
]
FACES = [real(MediaPipeFace), real(FacsFace), real(facs_baseline), fake(FakeFace)]
SPACY = pytest.param(small_spacy, marks=NEEDS_SPACY, id="small_spacy")
EMBEDDERS = [real(SbertEmbedder), fake(small_glove), SPACY, fake(FakeEmbedder)]

made = cache(lambda make: make())  # a model is loaded once a run


@cache
def portrait():
    import skimage.data

    return skimage.data.astronaut()


def frames(*images, period=0.1):
    return [Frame(i * period, image) for i, image in enumerate(images)]


BLACK = np.zeros((240, 320, 3), dtype=np.uint8)


def check_spec(spec, modality):
    assert spec.modality == modality
    assert spec.name
    assert spec.version
    assert spec.dim == len(spec.names) == len(set(spec.names)) > 0
    assert all(name == name.strip() and name for name in spec.names)


def check_track(track: Track, spec: FeatureSpec, end: float):
    assert track.spec == spec
    assert track.values.dtype == np.float32
    assert track.times.dtype == np.float64
    assert track.observed.dtype == np.bool_
    assert track.period > 0
    assert (np.diff(track.times) > 0).all()
    assert (track.times >= 0).all()
    assert (track.times <= end).all()
    np.testing.assert_array_equal(track.observed, ~np.isnan(track.values).all(axis=1))
    assert not np.isinf(track.values).any()


def same_bytes(first, second):
    assert first.values.tobytes() == second.values.tobytes()
    assert first.observed.tobytes() == second.observed.tobytes()


@pytest.mark.parametrize(
    ("make", "modality"),
    [
        pytest.param(*p.values, m, marks=p.marks, id=p.id)
        for ps, m in ((AUDIO, "A"), (FACES, "V"), (EMBEDDERS, "T"))
        for p in ps
    ],
)
def test_the_spec_is_whole_and_the_same_each_time(make, modality):
    spec = made(make).spec
    check_spec(spec, modality)
    assert make().spec == spec
    assert make().spec.fingerprint == spec.fingerprint
    assert FeatureSpec.from_dict(spec.to_dict()).fingerprint == spec.fingerprint


@pytest.mark.slow
@pytest.mark.parametrize("make", AUDIO)
def test_sound_becomes_a_track(make):
    waveform = fake_waveform(0.5)
    track = made(make).describe(waveform)
    check_track(track, made(make).spec, waveform.duration)
    assert track.observed.all()
    assert len(track.times) >= 40
    np.testing.assert_allclose(np.diff(track.times), track.period)


@pytest.mark.slow
@pytest.mark.parametrize("make", AUDIO)
def test_sound_is_left_as_it_was_and_described_alike_twice(make):
    rng = np.random.default_rng(0)
    waveform = Waveform(fake_waveform(0.5).samples + rng.normal(0, 0.01, 8000).astype(np.float32))
    before = waveform.samples.copy()
    same_bytes(made(make).describe(waveform), made(make).describe(waveform))
    np.testing.assert_array_equal(waveform.samples, before)


@pytest.mark.parametrize("make", AUDIO)
def test_silence_is_not_observed(make):
    track = made(make).describe(fake_waveform(0.5, loudness=0.0))
    check_track(track, made(make).spec, 0.5)
    assert len(track.times) >= 40
    assert not track.observed.any()


@pytest.mark.parametrize("make", AUDIO)
@pytest.mark.parametrize("samples", [0, 1, 159, 400, 801])
def test_sound_of_any_length_is_taken(make, samples):
    waveform = Waveform(fake_waveform(0.1).samples[:samples])
    track = made(make).describe(waveform)
    check_track(track, made(make).spec, waveform.duration)
    assert len(track.times) <= samples // 100


@pytest.mark.parametrize("make", FACES)
def test_pictures_become_a_track(make):
    told: list[tuple[float, str]] = []
    shown = frames(portrait(), BLACK, portrait(), portrait())
    track = made(make).describe(shown, 0.1, lambda fraction, found: told.append((fraction, found)))
    check_track(track, made(make).spec, 0.4)
    assert track.observed.tolist() == [True, False, True, True]
    np.testing.assert_allclose(track.times, [0.0, 0.1, 0.2, 0.3])
    assert track.period == 0.1
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions)
    assert told[-1] == (1.0, "4 frames, 3 with a face")


@pytest.mark.parametrize("make", FACES)
def test_sound_is_taken_and_changes_nothing_where_there_is_one_face(make):
    shown = frames(portrait(), portrait()[:, ::-1], portrait())
    same_bytes(made(make).describe(shown, 0.1), made(make).describe(shown, 0.1, sound=lambda: fake_waveform(0.3)))


@pytest.mark.parametrize("make", FACES)
def test_pictures_are_described_alike_twice(make):
    shown = frames(portrait(), portrait()[:, ::-1], portrait())
    same_bytes(made(make).describe(shown, 0.1), made(make).describe(shown, 0.1))


@pytest.mark.parametrize("make", FACES)
def test_black_pictures_and_none_at_all_show_nobody(make):
    assert not made(make).describe(frames(BLACK, BLACK), 0.1).observed.any()
    track = made(make).describe([], 0.1)
    check_track(track, made(make).spec, 0.0)
    assert track.values.shape == (0, made(make).spec.dim)


@pytest.mark.parametrize("make", FACES)
def test_pictures_are_taken_one_at_a_time_and_equal_times_once(make):
    taken: list[float] = []

    def camera() -> Iterator[Frame]:
        for time in (0.0, 0.0, 0.0002, 0.0004, 0.5):
            taken.append(time)
            yield Frame(time, portrait())

    seen_at: list[int] = []
    track = made(make).describe(camera(), 0.1, lambda *_: seen_at.append(len(taken)))
    np.testing.assert_allclose(track.times, [0.0, 0.0002, 0.0004, 0.5])
    assert seen_at[:4] == [1, 3, 4, 5]


@pytest.mark.parametrize("make", EMBEDDERS)
def test_words_become_a_stream(make):
    embedder = made(make)
    words = ["I", "LOVE", "this", "movie,", "don't", "you?", "$20", "café"]
    stream = embedder.embed(words)
    assert stream.spec == embedder.spec
    assert stream.values.shape == (len(words), embedder.spec.dim)
    assert stream.values.dtype == np.float32
    assert stream.observed.all()
    assert np.isfinite(stream.values).all()
    same_bytes(stream, embedder.embed(words))
    np.testing.assert_array_equal(stream.values, embedder.embed([word.swapcase() for word in words]).values)


@pytest.mark.parametrize("make", EMBEDDERS)
def test_no_words_and_blank_words(make):
    embedder = made(make)
    assert embedder.embed([]).values.shape == (0, embedder.spec.dim)
    stream = embedder.embed(["one", " ", "two"])
    assert stream.observed.tolist() == [True, False, True]
    assert np.isnan(stream.values[1]).all()


@pytest.mark.parametrize("make", EMBEDDERS)
def test_different_words_differ(make):
    values = made(make).embed(["good", "bad"]).values
    assert np.abs(values[0] - values[1]).max() > 0.1


def test_fake_transcriber_hears_words_in_sound_alone():
    transcript = FakeTranscriber("two words").transcribe(fake_waveform(1.0))
    assert [(w.text, w.start, w.end) for w in transcript.words] == [("two", 0.0, 0.5), ("words", 0.5, 1.0)]
    assert transcript.source == "recognised"
    with pytest.raises(Silence, match="is silent"):
        FakeTranscriber().transcribe(fake_waveform(1.0, loudness=0.0))
    with pytest.raises(NoSpeech, match="No words were heard"):
        FakeTranscriber("").transcribe(fake_waveform(1.0))


def test_fake_aligner_times_every_word_in_order():
    words = FakeAligner().align(fake_waveform(0.9), [Word("a", confidence=0.5), Word("b"), Word("c")])
    assert [word.text for word in words] == ["a", "b", "c"]
    assert all(word.timed and not word.interpolated for word in words)
    assert all(before.end <= after.start for before, after in pairwise(words))
    assert words[0].confidence == 0.5
