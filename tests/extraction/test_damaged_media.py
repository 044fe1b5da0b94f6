"""Five hundred files with wrong bytes: each is read or refused with one sentence, none crashes, hangs or is a bug."""

import re
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
import transcript_files
from damaged_files import ReadingProcess, misspelt, mutated
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
    """(path, bytes) of whole media files of every kind."""
    for name, look in CONTAINERS.items():
        path = write(folder / name, seconds=1.0, **look)
        yield path, path.read_bytes()


def transcripts(folder):
    """(path, bytes) of whole transcripts of every kind."""
    for name, text in transcript_files.FILES.items():
        yield folder / name, text.encode()


def damaged(whole, damage, count, rng):
    """The paths of so many damaged files, each made of one of the whole ones in turn."""
    whole = list(whole)
    for i in range(count):
        path, data = whole[i % len(whole)]
        path = path.with_name(f"{i}-{damage.__name__}-{path.name}")
        path.write_bytes(damage(data, rng))
        yield path


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_five_hundred_damaged_files_are_read_or_refused_with_a_sentence(tmp_path):
    rng = np.random.default_rng(SEED)
    cases = [(path, True) for path in damaged(media(tmp_path), mutated, MEDIA, rng)]
    cases += [(path, False) for path in damaged(transcripts(tmp_path), misspelt, TRANSCRIPTS, rng)]
    reading = ReadingProcess(SECONDS)
    came, wrong = Counter(), []
    try:
        for path, is_media in cases:
            said = reading.read(path, is_media)
            came[is_media, said.partition(":")[0]] += 1
            if not re.fullmatch(r"read|refused: [^\n]+\.", said):
                wrong.append(f"{path.name}: {said}")
    finally:
        reading.close()
    assert not wrong
    assert sum(came.values()) == MEDIA + TRANSCRIPTS
    # what was damaged was neither hopeless nor untouched
    assert min(came[True, "read"], came[True, "refused"]) > MEDIA // 4
    assert min(came[False, "read"], came[False, "refused"]) > TRANSCRIPTS // 4


def extracted(clip, table, *options):
    """The exit code of `s2s extract` with its real tools, and what stderr says."""
    command = [sys.executable, "-m", "engine", "extract", clip, "-o", table, "--recogniser", "tiny.en", *options]
    done = subprocess.run([*map(str, command)], check=False, capture_output=True, text=True, timeout=120)
    assert done.stdout == ""
    return done.returncode, done.stderr


def fault(code, err, table):
    """What is wrong with how a command ended, or None: 0 and a table, or 2 and one sentence without one."""
    sentences = [line for line in err.splitlines() if line.startswith("s2s: ")]
    told = code == 0 or (len(sentences) == 1 and sentences[0].endswith("."))
    ended = code in {0, 2} and table.is_file() == (code == 0)
    return None if told and ended and "Traceback" not in err else f"{table.name}, {code}: {err}"


@pytest.mark.models
@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_command_itself_reads_or_refuses_damaged_files_with_a_sentence(tmp_path, sample_clip):
    rng = np.random.default_rng(SEED)
    talk = [(tmp_path / "talk.mp4", sample_clip.read_bytes())]
    clips = [path for damage in (misspelt, mutated) for path in damaged(talk, damage, 3, rng)]
    clips += damaged(media(tmp_path), mutated, 3, rng)
    cases = [("media", path, ()) for path in clips]
    for path in damaged(transcripts(tmp_path), misspelt, len(transcript_files.FILES), rng):
        cases.append(("transcript", sample_clip, ("--modalities", "TA", "--transcript", path)))
    came, wrong = Counter(), []
    for number, (kind, clip, options) in enumerate(cases):
        table = tmp_path / f"{number}.parquet"
        code, err = extracted(clip, table, *options)
        came[kind, code] += 1
        wrong += [said for said in [fault(code, err, table)] if said]
    assert not wrong
    assert min(came["media", 0], came["media", 2], came["transcript", 0], came["transcript", 2]) > 1
