"""Five hundred files with wrong bytes: each is read or refused with one sentence, none crashes, hangs or is a bug."""

import re
from collections import Counter

import numpy as np
import pytest
import transcript_files
from damaged_files import ReadingProcess, mutated
from media_files import write

SEED, MEDIA, TRANSCRIPTS = 0, 400, 100
SECONDS = 20.0  # for one file of two seconds; the machine may be busy
CONTAINERS = {
    "clip.mp4": {},
    "clip.mkv": {},
    "clip.mov": {"codec": "h264"},
    "clip.avi": {"audio": "mp3"},
    "clip.webm": {"codec": "libvpx", "audio": "libopus", "rate": 48_000},
    "clip.mpg": {"codec": "mpeg2video", "audio": "mp2"},
    "sound.wav": {"video": False, "audio": "pcm_s16le"},
    "sound.mp3": {"video": False, "audio": "mp3"},
    "sound.flac": {"video": False, "audio": "flac"},
    "sound.ogg": {"video": False, "audio": "libopus", "rate": 48_000},
}


def media(folder):
    for name, look in CONTAINERS.items():
        yield write(folder / name, seconds=1.0, **look)


def cases(folder, seed, media_count, transcripts):
    """(path, whether it is media) of mutated files, each from one whole file in turn."""
    rng = np.random.default_rng(seed)
    whole = [(path, path.read_bytes(), True) for path in media(folder)]
    said = [(folder / name, text.encode(), False) for name, text in transcript_files.FILES.items()]
    for kinds, count in ((whole, media_count), (said, transcripts)):
        for i in range(count):
            path, data, is_media = kinds[i % len(kinds)]
            damaged = path.with_name(f"{i}-{path.name}")
            damaged.write_bytes(mutated(data, rng))
            yield damaged, is_media


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_five_hundred_damaged_files_are_read_or_refused_with_a_sentence(tmp_path):
    reading = ReadingProcess(SECONDS)
    came, wrong = Counter(), []
    try:
        for path, is_media in cases(tmp_path, SEED, MEDIA, TRANSCRIPTS):
            said = reading.read(path, is_media)
            came[said.partition(":")[0]] += 1
            if not re.fullmatch(r"read|refused: [^\n]+\.", said):
                wrong.append(f"{path.name}: {said}")
    finally:
        reading.close()
    assert not wrong
    assert sum(came.values()) == MEDIA + TRANSCRIPTS
    assert min(came["read"], came["refused"]) > 50  # what was damaged was neither hopeless nor untouched
