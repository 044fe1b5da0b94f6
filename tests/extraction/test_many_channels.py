"""Sound of more channels than FFmpeg keeps pointers for, and of none that can be resampled."""

import wave

import numpy as np
import pytest

from extraction.errors import S2SError
from extraction.media import Reader


def write_wave(path, channels, rate=16_000):
    """Half a second in which channel k holds the level k / 100."""
    levels = np.round(np.arange(channels) / 100 * 32767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.tile(levels, rate // 2).tobytes())
    return path


@pytest.mark.parametrize("channels", [1, 2, 6, 8, 9, 10, 16])
def test_any_number_of_channels_is_averaged(tmp_path, channels):
    sound = Reader(write_wave(tmp_path / "many.wav", channels), None).finish().waveform
    assert sound.duration == pytest.approx(0.5, abs=0.001)
    np.testing.assert_allclose(sound.samples, np.mean(np.arange(channels)) / 100, atol=1e-4)


def test_a_rate_that_no_sound_has_is_refused_with_a_sentence(tmp_path):
    path = write_wave(tmp_path / "odd.wav", 2)
    data = bytearray(path.read_bytes())
    data[24:28] = (0x7FFFFFFF).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(S2SError, match=r"odd\.wav"):
        Reader(path, None).finish()
