"""What is written, read by others: Praat itself (parselmouth) for TextGrid, pympi-ling for TextGrid and EAF."""

import warnings

import pytest

from extraction.transcripts.reading import read_transcript
from extraction.transcripts.writing import write_transcript
from extraction.types import Word

WORDS = (
    Word('"Well,"', 0.1, 0.4),
    Word("it's", 0.4, 0.512345),
    Word("R&B<", 1.25, 1.6, interpolated=True),
    Word("caf\u00e9\u2019s", 1.6, 2.0),
)
DURATION = 2.75


def test_praat_opens_a_textgrid(tmp_path):
    parselmouth = pytest.importorskip("parselmouth")
    write_transcript(WORDS, tmp_path / "a.TextGrid", duration=DURATION)
    grid = parselmouth.read(str(tmp_path / "a.TextGrid"))
    call = parselmouth.praat.call
    assert call(grid, "Get number of tiers") == 1
    assert call(grid, "Get tier name", 1) == "words"
    assert call(grid, "Get end time") == DURATION
    found = []
    for i in range(1, call(grid, "Get number of intervals", 1) + 1):
        label = call(grid, "Get label of interval", 1, i)
        found.append(
            (label, call(grid, "Get start time of interval", 1, i), call(grid, "Get end time of interval", 1, i))
        )
    assert [start for _, start, _ in found[1:]] == [end for _, _, end in found[:-1]]
    assert [row for row in found if row[0]] == [(word.text, word.start, word.end) for word in WORDS]


@pytest.mark.parametrize("command", ["Save as text file", "Save as short text file"])
@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16"])
def test_what_praat_saves_is_read(tmp_path, command, encoding):
    parselmouth = pytest.importorskip("parselmouth")
    call = parselmouth.praat.call
    grid = call("Create TextGrid", 0, DURATION, "phones words", "")
    call(grid, "Insert boundary", 2, 0.25)
    call(grid, "Insert boundary", 2, 1.123456)
    call(grid, "Set interval text", 1, 1, "W")
    call(grid, "Set interval text", 2, 2, 'so "caf\u00e9"')
    call("Text writing preferences", encoding)
    try:
        call(grid, command, str(tmp_path / "a.TextGrid"))
    finally:
        call("Text writing preferences", "try ASCII, then UTF-16")
    words = read_transcript(tmp_path / "a.TextGrid").words
    assert [word.text for word in words] == ["so", '"caf\u00e9"']
    assert (words[0].start, words[1].end) == (0.25, 1.123456)


def test_pympi_reads_an_eaf_and_a_textgrid(tmp_path):
    pympi = pytest.importorskip("pympi")
    write_transcript(WORDS, tmp_path / "a.eaf", clip=tmp_path / "talk.mp4")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        eaf = pympi.Elan.Eaf(str(tmp_path / "a.eaf"))
    assert list(eaf.get_tier_names()) == ["words"]
    milliseconds = [(round(word.start * 1000), round(word.end * 1000), word.text) for word in WORDS]
    assert sorted(row[:3] for row in eaf.get_annotation_data_for_tier("words")) == milliseconds
    assert eaf.get_linked_files()[0]["MEDIA_URL"] == "./talk.mp4"
    write_transcript(WORDS, tmp_path / "a.TextGrid", duration=DURATION)
    tier = pympi.Praat.TextGrid(str(tmp_path / "a.TextGrid")).get_tier("words")
    found = [row for row in tier.get_all_intervals() if row[2]]
    assert found == [(word.start, word.end, word.text) for word in WORDS]


def test_what_pympi_writes_is_read(tmp_path):
    pympi = pytest.importorskip("pympi")
    eaf = pympi.Elan.Eaf(author="s2s")
    eaf.add_tier("words")
    for word in WORDS:
        eaf.add_annotation("words", round(word.start * 1000), round(word.end * 1000), word.text)
    eaf.to_file(str(tmp_path / "a.eaf"))
    words = read_transcript(tmp_path / "a.eaf").words
    assert [(word.text, word.start) for word in words] == [(word.text, word.start) for word in WORDS]
