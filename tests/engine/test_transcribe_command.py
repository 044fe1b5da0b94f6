"""`s2s transcribe`, and `--transcript` and `--recogniser` wherever they are taken."""

import json

import pyarrow.parquet
import pytest
from media_files import write
from transcript_files import FILES

from engine import tool_choice
from engine.tool_choice import choose_tools
from extraction.errors import WeightsError
from extraction.fakes import FakeAligner, FakeAudio, FakeEmbedder, FakeFace, FakeTranscriber
from extraction.tools import Tools
from extraction.transcripts.reading import SUFFIXES, read_transcript

TIMED = "00:00,200 --> 00:00,800\nso very\n\n00:01,000 --> 00:01,500\ngood\n"


@pytest.fixture
def fakes(monkeypatch):
    """Fakes behind every command; gives the recognisers that were chosen."""
    chosen = []

    def whisper(recogniser, _, prompt):
        chosen.append((recogniser, prompt) if prompt else recogniser)

    monkeypatch.setattr(tool_choice, "whisper", whisper)

    def tools(transcriber, **_):
        transcriber()
        return Tools(FakeTranscriber, FakeAligner, FakeAudio, FakeFace, FakeEmbedder)

    monkeypatch.setattr(tool_choice, "Tools", tools)
    return chosen


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return write(tmp_path_factory.mktemp("transcribe") / "talk.mp4")


@pytest.mark.slow
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_words_are_recognised_and_written_in_every_format(s2s, fakes, clip, tmp_path, suffix):
    path = tmp_path / f"said{suffix}"
    code, out, err = s2s("transcribe", clip, "-o", path)
    assert (code, out) == (0, "")
    assert f"5 words of talk.mp4 written to {path}" in err.replace("\n", "")
    words = read_transcript(path).words
    assert [word.text for word in words] == ["this", "is", "a", "fine", "day"]
    if suffix != ".txt":
        assert words[0].start == 0
        assert words[-1].end == pytest.approx(2.0, abs=0.1)


@pytest.mark.slow
def test_a_transcript_of_ones_own_is_aligned_and_its_word_times_are_kept(s2s, fakes, clip, tmp_path):
    (tmp_path / "said.srt").write_text(TIMED)
    assert s2s("transcribe", clip, "--transcript", tmp_path / "said.srt", "-o", tmp_path / "a.json")[0] == 0
    words = json.loads((tmp_path / "a.json").read_text())["word_segments"]
    assert [word["word"] for word in words] == ["so", "very", "good"]
    assert words[1]["start"] == pytest.approx(0.67, abs=0.05)  # the fake aligner shares the clip out
    (tmp_path / "short.TextGrid").write_text(FILES["short.TextGrid"])
    assert s2s("transcribe", clip, "--transcript", tmp_path / "short.TextGrid", "-o", tmp_path / "b.eaf")[0] == 0
    assert [(w.text, w.start, w.end) for w in read_transcript(tmp_path / "b.eaf").words] == [
        ("well", 0.0, 0.5),
        ("now", 0.5, 2.0),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_extract_takes_a_transcript_of_every_format(s2s, fakes, clip, tmp_path, name):
    (tmp_path / name).write_text(FILES[name])
    table = tmp_path / "words.parquet"
    code, out, _ = s2s("extract", clip, "--transcript", tmp_path / name, "--modalities", "T", "-o", table)
    assert (code, out) == (0, "")
    rows = pyarrow.parquet.read_table(table).to_pylist()
    assert [row["word"] for row in rows] == [word.text for word in read_transcript(tmp_path / name).words]
    assert all(row["end"] <= 2.1 for row in rows)


def test_what_had_to_be_repaired_is_on_stderr(s2s, fakes, clip, tmp_path):
    (tmp_path / "a.srt").write_text("00:01,000 --> 00:01,500\ngood\n\n00:00,200 --> 00:00,800\nso\n")
    _, _, err = s2s("transcribe", clip, "--transcript", tmp_path / "a.srt", "-o", tmp_path / "a.vtt")
    assert "s2s: a.srt was not in order of time and has been sorted (first out of order: line 4)." in err.splitlines()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("-o", "{folder}/said.doc"), "said.doc is no transcript's name: end it in .txt, .srt"),
        (("-o", "{folder}/bad.srt", "--transcript", "{folder}/bad.srt"), "bad.srt is what is read: give another file"),
        (("-o", "{folder}/a.srt", "--transcript", "{folder}/bad.srt"), "bad.srt, line 1: this is no cue, which begins"),
        (("-o", "{folder}/a.srt", "--transcript", "{folder}/bad.doc"), "bad.doc is not a transcript this program can"),
        (
            ("-o", "{folder}/a.srt", "--recogniser", "huge"),
            "--recogniser 'huge' is neither base nor tiny.en nor a folder",
        ),
    ],
)
@pytest.mark.usefixtures("fakes")
def test_bad_input_is_one_sentence_and_nothing_is_written(s2s, clip, tmp_path, arguments, sentence):
    (tmp_path / "bad.srt").write_text("hello")
    (tmp_path / "bad.doc").write_text("hello")
    code, out, err = s2s("transcribe", clip, *(a.format(folder=tmp_path) for a in arguments))
    assert (code, out) == (2, "")
    (line,) = [line for line in err.splitlines() if line.startswith("s2s: ")]
    assert sentence in line
    assert {path.name for path in tmp_path.iterdir()} == {"bad.srt", "bad.doc"}
    assert (tmp_path / "bad.srt").read_text() == "hello"


@pytest.mark.slow
@pytest.mark.parametrize("command", ["transcribe", "extract", "predict"])
def test_the_recogniser_is_chosen_by_name_or_folder(s2s, fakes, clip, tmp_path, command):
    suffix = {"transcribe": ".txt", "extract": ".parquet"}.get(command)
    output = ("-o", tmp_path / f"a{suffix}") if suffix else ()
    for chosen in ("tiny.en", tmp_path):
        code, _, _ = s2s(command, clip, "--recogniser", chosen, *output)
        assert code in {0, 2}  # a shipped model does not read what the fakes measure
    assert fakes == ["tiny.en", tmp_path]


def test_a_folder_without_a_model_is_told(s2s, clip, tmp_path):
    with pytest.raises(WeightsError, match=r"There is no model\.bin"):
        choose_tools(str(tmp_path))().transcriber  # noqa: B018 (made when it is first needed)


@pytest.mark.models
@pytest.mark.slow
def test_a_real_clip_is_heard_and_written(s2s, sample_clip, tmp_path):
    assert s2s("transcribe", sample_clip, "--recogniser", "tiny.en", "-o", tmp_path / "a.TextGrid")[0] == 0
    words = read_transcript(tmp_path / "a.TextGrid").words
    assert len(words) == pytest.approx(17, abs=2)
    assert all(word.end > word.start for word in words)


def test_a_prompt_goes_to_the_recogniser_and_one_that_it_cannot_read_is_refused(s2s, fakes, clip, tmp_path):
    code, _, _ = s2s("transcribe", clip, "--prompt", "  bin blue at F\n two now ", "-o", tmp_path / "a.txt")
    assert code == 0
    assert fakes == [("base", "bin blue at F two now")]
    code, out, err = s2s("transcribe", clip, "--prompt", "word " * 121, "-o", tmp_path / "b.txt")
    assert (code, out) == (2, "")
    assert "--prompt has 604 characters: give at most 600" in err.replace("\n", " ")
    assert not (tmp_path / "b.txt").exists()
    plain, prompted = choose_tools("base"), choose_tools("base", prompt="Ann")
    assert plain.identity != prompted.identity  # clips that were read without it are read again
    assert choose_tools("base", prompt=" ") == plain
