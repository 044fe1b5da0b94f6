from types import SimpleNamespace

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from extraction.whisper_window import FULL, PAUSE, SHORTEST, WindowEncoder, encode_fitted, fitted


def padded(frames, seed=0):
    """Features of a sound of so many frames, zeros after it as faster-whisper has them."""
    sound = np.random.default_rng(seed).uniform(-1, 1, (80, frames)).astype(np.float32)
    return np.pad(sound, ((0, 0), (0, FULL - frames)))


@pytest.mark.parametrize(
    ("frames", "length"),
    [
        (1, SHORTEST),
        (400, SHORTEST),
        (SHORTEST - PAUSE, SHORTEST),
        (SHORTEST, SHORTEST + PAUSE),
        (FULL - 10, FULL),
        (FULL, FULL),
    ],
)
def test_a_window_keeps_its_sound_and_silence_follows(frames, length):
    features = padded(frames)
    window = fitted(features)
    assert window.shape == (80, length)
    assert window.dtype == np.float32
    assert window.flags.c_contiguous
    assert (window[:, :frames] == features[:, :frames]).all()
    assert (window[:, frames:] == features[:, :frames].min()).all()


def test_a_window_of_zeros_stays():
    features = np.zeros((80, FULL), np.float32)
    assert fitted(features) is features


def counted():
    seen = []
    return seen, lambda window: seen.append(window) or f"output {len(seen)}"


def test_the_same_window_is_encoded_once_and_another_again():
    seen, encode = counted()
    encoder = WindowEncoder(encode)
    assert [encoder(padded(400)), encoder(padded(400)), encoder(padded(400, seed=1))] == [
        "output 1",
        "output 1",
        "output 2",
    ]
    assert encoder(padded(400)) == "output 3"
    assert [window.shape for window in seen] == [(80, SHORTEST)] * 3


def test_a_window_of_zeros_in_double_precision_is_in_single():
    assert fitted(np.zeros((80, FULL))).dtype == np.float32


@pytest.fixture
def extractor():
    """faster-whisper's own spectrogram."""
    return pytest.importorskip("faster_whisper.feature_extractor").FeatureExtractor()


def test_the_language_is_told_by_the_window_that_is_recognised(extractor):
    seen, encode = counted()
    model = SimpleNamespace(encode=encode, feature_extractor=extractor)
    model.detect_language = lambda features, threshold: (
        model.encode(np.pad(features, ((0, 0), (0, FULL - features.shape[1])))),
        threshold,
    )
    encode_fitted(model)
    with_padding = padded(401)[:, :401]
    assert model.detect_language(features=with_padding, threshold=0.5) == ("output 1", 0.5)
    recognised = np.pad(with_padding[:, :-1], ((0, 0), (0, FULL - 400)))
    assert model.encode(recognised) == "output 1"
    assert len(seen) == 1


@pytest.mark.parametrize("seconds", [0.5, 5, 29])
def test_a_window_does_not_depend_on_the_threads_of_numpy(extractor, seconds):
    encode_fitted(SimpleNamespace(encode=None, detect_language=None, feature_extractor=extractor))
    sound = np.random.default_rng(0).normal(0, 0.1, int(seconds * 16000)).astype(np.float32)
    windows = []
    for threads in (1, 2):
        with threadpool_limits(threads, user_api="blas"):
            windows.append(fitted(extractor(sound)))
    assert windows[0].tobytes() == windows[1].tobytes()
