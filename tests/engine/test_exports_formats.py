"""The list of formats, and files written by the command line."""

import json

import pandas as pd
import pytest
from read_clips import read_clip

from engine.exports.formats import FORMATS, format_of, write_export
from extraction.errors import InputError
from extraction.types import Word


def test_every_format_has_a_suffix_of_its_own_and_a_sentence():
    assert len({form.suffix for form in FORMATS}) == len({form.name for form in FORMATS}) == len(FORMATS)
    assert all(form.purpose.endswith(".") and "/" in form.mime for form in FORMATS)


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.suffix)
def test_a_file_is_written_in_the_format_its_name_says(tmp_path, form):
    clip = read_clip()
    path = tmp_path / form.file_name(clip)
    assert format_of(path) is form
    write_export(clip, path)
    if form.suffix != ".eaf":  # which has the second it was made in
        assert path.read_bytes() == form.make(clip)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.suffix)
def test_only_formats_on_a_time_axis_need_times(form):
    clip = read_clip([Word("good"), Word("awful")])
    if form.needs_times:
        with pytest.raises(InputError, match=r"No word of a clip\.mp4 has a time, which this format needs: export it"):
            form.make(clip)
    else:
        assert len(form.make(clip)) > 100


@pytest.mark.parametrize(
    ("clip", "name"),
    [("a/../b\\c", "a____b_c.T.csv"), ("שלום", "שלום.T.csv"), ("...", "clip.T.csv"), ("a" * 300, "a" * 80 + ".T.csv")],
)
def test_a_file_name_holds_no_path(clip, name):
    assert FORMATS[0].file_name(read_clip(clip=clip)) == name


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("words.docx", r"words\.docx is no export's name: end it in \.csv, .* or \.dark\.svg"),
        ("file/words.csv", r"words\.csv cannot be written \(.*\): choose another place"),
    ],
)
def test_what_cannot_be_written_is_one_sentence(tmp_path, name, message):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=message):
        write_export(read_clip(), tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_predict_refuses_a_name_it_cannot_write_before_it_reads_anything(s2s, tmp_path):
    code, out, err = s2s("predict", tmp_path / "none.mp4", "-o", tmp_path / "words.docx")
    assert (code, out) == (2, "")
    assert "words.docx is no export's name" in err


def test_predict_does_not_write_over_what_it_reads(s2s, tmp_path):
    (tmp_path / "said.vtt").write_text("WEBVTT\n")
    source = ("predict", tmp_path / "a.mp4", "--transcript", tmp_path / "said.vtt", "-o", tmp_path / "said.vtt")
    code, _, err = s2s(*source)
    assert code == 2
    assert "said.vtt is what is read: give another file to write." in err
    assert (tmp_path / "said.vtt").read_text() == "WEBVTT\n"


@pytest.mark.models
@pytest.mark.slow
def test_predict_writes_several_files_beside_what_it_prints(s2s, sample_clip, tmp_path):
    files = [tmp_path / name for name in ("a.csv", "a.vtt", "a.dark.png")]
    outputs = [argument for file in files for argument in ("-o", file)]
    code, out, err = s2s("predict", sample_clip, "--variant", "T", "--json", *outputs)
    assert code == 0
    said = json.loads(out)
    table = pd.read_csv(files[0], encoding="utf-8-sig")
    assert list(table["word"]) == [word["text"] for word in said["words"]]
    assert table["contribution"].sum() == pytest.approx(said["score"], abs=1e-5)
    assert "17 words of sample.mp4 written to" in err
    assert files[1].read_text().startswith("WEBVTT\n\nNOTE\nsample.mp4 read by T: ")
    assert files[2].read_bytes().startswith(b"\x89PNG")
