"""The reading as TextGrid and EAF, opened in Praat itself (parselmouth), by pympi and by our own readers."""

from itertools import pairwise
from xml.etree import ElementTree

import parselmouth
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pympi.Elan import Eaf
from read_clips import NASTY, WORDS, measured_r, nasty_words, read_clip

from engine.exports.elan import eaf_bytes
from engine.exports.textgrid import textgrid_bytes
from extraction.transcripts.plain import words_of
from extraction.transcripts.reading import read_transcript
from extraction.types import Word

TIMED = [word for word in WORDS if word.timed]
TIERS = ["words", "sentiment", "sentiment number", "attention", "utterances"]
LETTERS = st.characters(exclude_categories=["Cc", "Cs", "Cf", "Cn", "Co", "Z"], exclude_characters="[]{}<>♩♪♫♬")
SILENT = {"sil", "sp", "spn"}  # marks of a tier of words


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("annotations")


def in_praat(path):
    """Tier name -> (start, end, label) of the intervals that have a label, as Praat answers."""
    grid = parselmouth.read(str(path))
    tiers = {}
    for tier in range(1, parselmouth.praat.call(grid, "Get number of tiers") + 1):
        intervals = [
            (
                parselmouth.praat.call(grid, "Get start time of interval", tier, i),
                parselmouth.praat.call(grid, "Get end time of interval", tier, i),
                parselmouth.praat.call(grid, "Get label of interval", tier, i),
            )
            for i in range(1, parselmouth.praat.call(grid, "Get number of intervals", tier) + 1)
        ]
        assert all(before[1] == after[0] for before, after in pairwise(intervals))
        tiers[parselmouth.praat.call(grid, "Get tier name", tier)] = [i for i in intervals if i[2]]
    return tiers


def test_praat_opens_five_tiers_with_the_words_their_figures_and_the_utterances(folder):
    (folder / "a.TextGrid").write_bytes(textgrid_bytes(read_clip(utterances=((0, 3), (3, 6)))))
    tiers = in_praat(folder / "a.TextGrid")
    assert list(tiers) == TIERS
    assert tiers["words"] == [(w.start, w.end, w.text) for w in TIMED]
    names = ["neutral", "strongly positive", "weakly positive", "weakly negative", "strongly negative"]
    assert [label for *_, label in tiers["sentiment"]] == names
    assert [float(label) for *_, label in tiers["sentiment number"]] == [0.0, 2.6, 0.8, -1.2, -2.7]
    assert [float(label) for *_, label in tiers["attention"]] == pytest.approx(
        [i / 21 for i in (1, 2, 3, 5, 6)], abs=1e-4
    )
    spoken = [(0.5, 1.4, "weakly negative -0.73"), (2.4, 3.5, "weakly negative -0.73")]
    assert tiers["utterances"] == spoken


def test_a_textgrid_ends_with_what_it_leaves_out(folder):
    lines = textgrid_bytes(read_clip()).decode().splitlines()
    assert "! One word without a time is left out: naïve" in lines
    assert lines[4] == "xmax = 4"


def test_pympi_opens_the_words_and_a_figure_for_each(folder):
    (folder / "a.eaf").write_bytes(eaf_bytes(read_clip(media="my clip.mp4")))
    eaf = Eaf(folder / "a.eaf")
    dependent = ["sentiment", "sentiment number", "attention", "contribution"]
    assert list(eaf.get_tier_names()) == ["words", *dependent, "utterances"]
    words = sorted(eaf.get_annotation_data_for_tier("words"))
    assert words == [(round(w.start * 1000), round(w.end * 1000), w.text) for w in TIMED]
    for tier in dependent:
        assert eaf.get_parameters_for_tier(tier)["PARENT_REF"] == "words"
        data = sorted(eaf.get_ref_annotation_data_for_tier(tier))
        assert [(start, end, word) for start, end, _, word in data] == words
    assert [row[2] for row in sorted(eaf.get_ref_annotation_data_for_tier("contribution"))][1] == "0.25"
    assert eaf.get_annotation_data_for_tier("utterances") == [(500, 3500, "weakly negative -0.73")]


def test_an_eaf_names_its_media_by_file_alone_and_says_how_it_was_made(folder):
    (folder / "b.eaf").write_bytes(eaf_bytes(read_clip(media="my clip.mp4")))
    eaf = Eaf(folder / "b.eaf")
    (media,) = eaf.get_linked_files()
    assert (media["MEDIA_URL"], media["RELATIVE_MEDIA_URL"], media["MIME_TYPE"]) == (
        "./my%20clip.mp4",
        "./my%20clip.mp4",
        "video/mp4",
    )
    said = dict(eaf.get_properties())
    assert said["left out"] == "One word without a time is left out: naïve"
    assert f"On held-out clips: r {measured_r()} (floor 0)" in said["trust"]
    assert (
        eaf.get_linked_files() != Eaf(_written(folder / "c.eaf", eaf_bytes(read_clip(media=None)))).get_linked_files()
    )


def _written(path, data):
    path.write_bytes(data)
    return path


def test_annotation_and_time_slot_references_of_an_eaf_all_lead_somewhere():
    root = ElementTree.fromstring(eaf_bytes(read_clip()))  # noqa: S314 (our own)
    slots = {slot.get("TIME_SLOT_ID") for slot in root.iter("TIME_SLOT")}
    aligned = list(root.iter("ALIGNABLE_ANNOTATION"))
    assert {a.get(key) for a in aligned for key in ("TIME_SLOT_REF1", "TIME_SLOT_REF2")} == slots
    identities = [a.get("ANNOTATION_ID") for a in root.iter() if a.get("ANNOTATION_ID")]
    assert len(identities) == len(set(identities)) == 5 * 5 + 1
    assert {a.get("ANNOTATION_REF") for a in root.iter("REF_ANNOTATION")} <= {a.get("ANNOTATION_ID") for a in aligned}
    types = {kind.get("LINGUISTIC_TYPE_ID") for kind in root.iter("LINGUISTIC_TYPE")}
    assert {tier.get("LINGUISTIC_TYPE_REF") for tier in root.iter("TIER")} == types
    numbers = [int(identity[1:]) for identity in identities]
    last = next(p.text for p in root.iter("PROPERTY") if p.get("NAME") == "lastUsedAnnotationId")
    assert int(last) == max(numbers)


@pytest.mark.slow
@given(words=nasty_words().filter(lambda words: any(w.timed and w.text.strip("\0\ud800") for w in words)))
@settings(max_examples=40)
def test_any_word_and_any_time_opens_in_praat_and_pympi(folder, words):
    clip = read_clip(words)
    kept = [text for word, text in zip(words, clip.texts, strict=True) if word.timed and text]
    if not kept:
        return
    tiers = in_praat(_written(folder / "d.TextGrid", textgrid_bytes(clip)))
    assert len(tiers["words"]) == len(tiers["sentiment"]) == len(kept)
    assert all(start < end for start, end, _ in tiers["words"])
    eaf = Eaf(_written(folder / "d.eaf", eaf_bytes(clip)))
    data = sorted(eaf.get_annotation_data_for_tier("words"))
    assert [text for *_, text in data] == kept
    assert all(start < end for start, end, _ in data)
    assert all(before[1] <= after[0] for before, after in pairwise(data))


def test_praat_shows_the_worst_words_as_they_are(folder):
    clip = read_clip([Word(text, i, i + 0.4) for i, text in enumerate(NASTY)], duration=30.0)
    tiers = in_praat(_written(folder / "e.TextGrid", textgrid_bytes(clip)))
    assert [label for *_, label in tiers["words"]] == list(clip.texts)


@pytest.mark.slow
@given(
    texts=st.lists(
        st.text(LETTERS, min_size=1, max_size=12).filter(
            lambda text: [w.text for w in words_of(text)] == [text] and text.lower() not in SILENT
        ),
        min_size=1,
        max_size=20,
    ),
    lengths=st.lists(st.integers(10, 3_000), min_size=20, max_size=20),
)
@settings(max_examples=40)
@pytest.mark.parametrize("suffix", [".TextGrid", ".eaf"])
def test_our_own_reader_finds_the_same_words_and_times(folder, suffix, texts, lengths):
    ends = [sum(lengths[: i + 1]) / 1000 for i in range(20)]
    words = [Word(text, start, end) for text, start, end in zip(texts, [0.0, *ends], ends, strict=False)]
    make = textgrid_bytes if suffix == ".TextGrid" else eaf_bytes
    transcript = read_transcript(_written(folder / f"f{suffix}", make(read_clip(words))))
    assert [word.text for word in transcript.words] == texts
    assert [(w.start, w.end) for w in transcript.words] == [(w.start, w.end) for w in words]
    assert transcript.warnings == ()
