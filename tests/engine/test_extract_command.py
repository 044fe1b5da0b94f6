"""`s2s extract` over many clips: exit codes, what stderr says, what lies beside the table."""

import signal
import subprocess
import sys
import time

import pytest
from fake_tools import FakeMaker
from glove_files import vectors, write_text
from media_files import write

from engine.commands.corpus import told
from engine.tool_choice import choose_tools
from extraction.corpus.run import Standing
from extraction.errors import InputError
from extraction.store import read_table


@pytest.fixture
def tree(tmp_path):
    """A folder of three sound files, the second with a transcript, and one that is no media."""
    root = tmp_path / "tree"
    (root / "ann").mkdir(parents=True)
    for name in ("ann/01", "ann/02", "bob"):
        write(root / f"{name}.wav", seconds=0.7, video=False, audio="pcm_s16le", rate=16_000)
    (root / "ann" / "02.txt").write_text("so good")
    (root / "none.mp4").write_bytes(b"no media")
    return root


@pytest.fixture
def fakes(monkeypatch):
    """Every tool is a fake."""

    def use(**options):
        monkeypatch.setattr("engine.commands.clips.choose_tools", lambda *_: FakeMaker(**options))

    use()
    return use


@pytest.mark.slow
def test_a_tree_of_clips_becomes_a_table_with_a_report_of_what_failed(s2s, tree, tmp_path, fakes):
    table = tmp_path / "words.parquet"
    code, out, err = s2s("extract", tree, "-o", table)
    assert (code, out) == (0, "")
    assert [entry.aligned.clip for entry in read_table(table)] == ["ann/01", "ann/02", "bob"]
    assert "s2s: none.mp4 is left out: none.mp4 is neither audio nor video" in err
    assert "4 of 4, 1 failed, " in err
    listed, said = tmp_path / "words.failures.csv", tmp_path / "words.warnings.csv"
    with_warnings = f"3 with warnings, which are in {said}"  # a face is asked for, and there are no pictures
    assert err.splitlines()[-1] == f"3 clips written to {table}, 1 left out and listed in {listed}, {with_warnings}"
    (tree / "none.mp4").unlink()
    code, _, err = s2s("extract", tree, "-o", table)
    assert code == 0
    assert err.splitlines()[-1] == f"3 clips written to {table} (3 read before), 0 left out, {with_warnings}"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tree", "words.parquet", "words.warnings.csv"]
    assert said.read_text().count("has no pictures") == 3
    code, _, err = s2s("extract", tree, "-o", table, "--modalities", "TA")
    assert err.splitlines()[-1] == f"3 clips written to {table}, 0 left out"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tree", "words.parquet"]


@pytest.mark.slow
def test_one_clip_and_one_word_are_no_plural(s2s, tree, tmp_path, fakes):
    fakes(heard="well")
    table = tmp_path / "words.parquet"
    assert s2s("extract", tree / "bob.wav", "-o", table)[2].splitlines()[-1] == f"1 word of bob.wav written to {table}"
    for name in ("ann/01.wav", "ann/02.wav", "none.mp4"):
        (tree / name).unlink()
    _, _, err = s2s("extract", tree, "-o", table, "--modalities", "T")
    assert err.splitlines()[-1] == f"1 clip written to {table}, 0 left out"


def test_clips_of_a_list_in_several_folders_are_called_by_their_paths(s2s, tree, tmp_path, fakes):
    (tree / "bob.wav").rename(tmp_path / "01.wav")
    (tmp_path / "list.csv").write_text("file,label\ntree/ann/01.wav,3\n01.wav,-3\n")
    table = tmp_path / "words.parquet"
    assert s2s("extract", tmp_path / "list.csv", "-o", table, "--modalities", "T")[0] == 0
    assert [(entry.aligned.clip, entry.label) for entry in read_table(table)] == [("tree/ann/01", 3.0), ("01", -3.0)]


@pytest.mark.slow
def test_a_bug_in_one_clip_is_said_and_ends_with_exit_code_1(s2s, tree, tmp_path, fakes):
    (tree / "ann" / "02.txt").write_text("a bug")
    code, _, err = s2s("extract", tree, "-o", tmp_path / "words.parquet")
    assert code == 1
    assert "s2s: 02.wav is left out: 02.wav failed unexpectedly (ValueError: no such thing)" in err
    assert f"their traces are in {tmp_path / 'words.failures.log'}." in err
    assert "Traceback" not in err
    assert "Traceback" in (tmp_path / "words.failures.log").read_text()
    assert len(read_table(tmp_path / "words.parquet")) == 2


@pytest.mark.slow
def test_an_interrupt_says_how_to_go_on_and_ends_with_exit_code_1(s2s, tree, tmp_path, fakes, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("extraction.corpus.work.extract", interrupt)
        code, out, err = s2s("extract", tree, "-o", tmp_path / "words.parquet")
    assert (code, out) == (1, "")
    assert "s2s: stopped; the same command goes on from here." in err
    assert "Traceback" not in err
    assert s2s("extract", tree, "-o", tmp_path / "words.parquet")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("{empty}",), "No media file is below"),
        (("{tree}", "--transcript", "{tree}/ann/02.txt"), "--transcript belongs to one clip"),
        (("{tree}", "--cluster", "localhost:1"), "--cluster belongs to --backend dask or ray"),
        (("{tree}", "--face", "mask"), "There is no face descriptor set 'mask'"),
        (("{tree}", "--recogniser", "none"), "is neither base nor tiny.en nor a folder"),
        (("{tree}", "--recogniser", ""), "--recogniser '' is neither base nor tiny.en nor a folder"),
        (("{tree}", "--media", "{tree}"), "--media belongs to a list: the clips of a folder are those that lie in it."),
        (("{tree}/bob.wav", "--media", "{tree}"), "--media belongs to a list or a folder of clips: leave it out"),
        (("{tree}/bob.wav", "--workers", "3"), "--workers belongs to a list or a folder of clips: leave it out"),
        (("{tree}/bob.wav", "--workers", "0"), "--workers belongs to a list or a folder of clips: leave it out"),
        (("{tree}/bob.wav", "--backend", "ray"), "--backend belongs to a list or a folder of clips: leave it out"),
        (("{tree}/bob.wav", "--cluster", "here:1"), "--cluster belongs to a list or a folder of clips: leave it out"),
        (("{tree}/none.wav", "--workers", "3", "--modalities", "A"), "There is no file"),
    ],
)
def test_bad_input_is_one_sentence_and_leaves_nothing(s2s, tree, tmp_path, arguments, sentence):
    for folder in ("empty", "out"):
        (tmp_path / folder).mkdir()
    places = {"tree": tree, "empty": tmp_path / "empty"}
    code, out, err = s2s("extract", *(a.format(**places) for a in arguments), "-o", tmp_path / "out" / "words.parquet")
    assert (code, out) == (2, "")
    assert sentence in err
    assert "Traceback" not in err
    assert not list((tmp_path / "out").rglob("*.parquet"))


@pytest.fixture
def unread(monkeypatch, tmp_path):
    """Whoever reads a clip fails the test; mpnet lies in a folder with nothing in it."""
    monkeypatch.setenv("S2S_MPNET", str(tmp_path / "empty"))

    def read(*_, **__):
        pytest.fail("a clip was read")

    for place in ("extract", "run_corpus", "load"):
        monkeypatch.setattr(f"engine.commands.clips.{place}", read)


@pytest.mark.parametrize(
    ("embedder", "sentence"),
    [
        ("", "There is no embedder '': give minilm, mpnet, "),
        (" ", "There is no embedder ' ': give minilm, mpnet, "),
        ("elmo", "There is no embedder elmo: give minilm, mpnet, "),
        ("{folder}/empty", "empty holds no model.safetensors: give the folder of a sentence-transformers model."),
        ("{folder}/half", "half holds no config.json: give the folder of a sentence-transformers model."),
        ("{folder}/blank.txt", "blank.txt holds no word vectors: give a GloVe text file"),
        ("{folder}/words.txt", "words.txt is not a GloVe text file: give one with `word v1 .. vD` a line."),
        ("{folder}/tree/bob.wav", "bob.wav is not"),
        ("{folder}/text.npz", "text.npz has no arrays `words` and `vectors`: give word vectors as such."),
        ("mpnet", "there is no file model.safetensors in it: give the published copy"),
    ],
)
@pytest.mark.usefixtures("unread")
def test_a_bad_embedder_is_told_before_a_clip_is_read(s2s, tree, tmp_path, embedder, sentence):
    for folder in ("empty", "half"):
        (tmp_path / folder).mkdir()
    (tmp_path / "half" / "model.safetensors").touch()
    (tmp_path / "blank.txt").touch()
    for name in ("words.txt", "text.npz"):
        (tmp_path / name).write_text("word\n")
    asked = ("--embedder", embedder.format(folder=tmp_path), "-o", tmp_path / "w.parquet", "--modalities", "A")
    for source in (tree, tree / "bob.wav"):
        code, out, err = s2s("extract", source, *asked)
        assert (code, out) == (2, "")
        assert sentence in err
        assert len(err.splitlines()) == 1


def test_pictures_a_second_are_between_nothing_and_what_can_be_told_apart(s2s, tree, tmp_path):
    for wrong in ("0", "241"):
        code, _, err = s2s("extract", tree, "-o", tmp_path / "w.parquet", "--frames-per-second", wrong)
        assert code == 2
        assert "--frames-per-second" in err


def test_more_pictures_a_second_reach_the_face(s2s, tmp_path, fakes):
    clip = write(tmp_path / "clip.mp4", seconds=1.0)
    rows = []
    for frames in (5, 25):
        assert s2s("extract", clip, "-o", tmp_path / "w.parquet", "--frames-per-second", frames)[0] == 0
        (entry,) = read_table(tmp_path / "w.parquet")
        rows.append(entry.aligned.streams["V"].values.tolist())
    assert rows[0] != rows[1]


def test_speeds_and_the_time_left_are_of_the_clips_read_now():
    assert told(Standing(10), 5.0) == "0 of 10"
    assert told(Standing(10, done=4, failed=1), 5.0) == "4 of 10, 1 failed"
    standing = Standing(10, done=6, failed=1, read=2, seconds=40.0)
    assert told(standing, 20.0) == "6 of 10, 1 failed, 0.10 clips/s, 2.0 h of media/h, 0:00:40 left"


def test_tools_are_chosen_by_value_with_absolute_paths(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.bin").write_bytes(b"one")
    write_text(tmp_path / "glove.txt", vectors())
    choice = choose_tools("model", "glove.txt")
    assert (choice.recogniser, choice.embedder) == (str(tmp_path / "model"), str(tmp_path / "glove.txt"))
    assert choice == choose_tools(str(tmp_path / "model"), str(tmp_path / "glove.txt"))
    assert choose_tools("base").identity == "base"
    assert len(choice.identity) == 64
    with pytest.raises(InputError, match="There is no audio descriptor set"):
        choose_tools("base", audio="none")


@pytest.mark.models
@pytest.mark.slow
@pytest.mark.data
@pytest.mark.long
def test_real_models_give_the_same_bytes_however_many_workers_and_kills(tmp_path, data_root):
    clips = sorted((data_root / "mosi" / "clips").glob("*.mp4"), key=lambda path: path.stat().st_size)[:3]
    (tmp_path / "list.csv").write_text("\n".join(["file", *map(str, clips)]))

    def start(table, *options):
        command = [sys.executable, "-m", "engine", "extract", tmp_path / "list.csv", "-o", tmp_path / table, *options]
        return subprocess.Popen([*map(str, command), "--recogniser", "tiny.en"], stderr=subprocess.PIPE, text=True)

    process = start("one.parquet")
    while not list(tmp_path.glob(".one.parquet.parts/*.parquet")) and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    for table, options in (("one.parquet", ()), ("two.parquet", ("--workers", "2"))):
        process = start(table, *options)
        _, err = process.communicate(timeout=250)
        assert process.returncode == 0, err
        assert ("1 read before" in err) == (table == "one.parquet")
    assert len(read_table(tmp_path / "one.parquet")) == 3
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()
