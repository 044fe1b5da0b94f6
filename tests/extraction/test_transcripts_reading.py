"""Transcripts of every format to words: what real files look like, and what is mended."""

import json

import pytest
from transcript_files import EAF, FET, SHORT_TEXTGRID, SRT, TEXTGRID, VTT, WHISPERX

from extraction.errors import TranscriptError
from extraction.types import Transcript, Word


def texts(transcript):
    return [word.text for word in transcript.words]


def times(transcript):
    return [(word.start, word.end) for word in transcript.words]


# Subtitles


def test_cues_lose_their_marks_and_noises_and_spread_their_times(read):
    transcript = read("a.srt", SRT)
    assert texts(transcript) == ["Well,", "it's", "not", "bad,", "I", "liked", "the", "second", "half!"]
    assert transcript.words[0].start == 0.5
    assert (transcript.words[3].end, transcript.words[4].start, transcript.words[-1].end) == (2.0, 2.25, 4.0)
    assert all(word.interpolated and word.timed for word in transcript.words)
    assert (transcript.source, transcript.warnings, transcript.recogniser) == ("given", (), None)


def test_a_web_file_has_notes_styles_names_settings_voices_and_times_of_words(read):
    transcript = read("a.vtt", VTT)
    assert texts(transcript) == ["Well,", "it's", "not", "bad", "&", "long", "It", "cost", "<$20"]
    assert transcript.words[5] == Word("long", 1.5, 2.0, interpolated=True)
    assert transcript.words[6].start == 3602.25


def test_captions_that_roll_are_read_once(read):
    rolling = """\
WEBVTT

00:00:00.000 --> 00:00:02.000 align:start position:0%

so<00:00:00.400><c> this</c><00:00:00.900><c> is</c>

00:00:02.000 --> 00:00:02.010 align:start position:0%
so this is


00:00:02.010 --> 00:00:04.000 align:start position:0%
so this is
very<00:00:02.500><c> good</c>
"""
    transcript = read("a.vtt", rolling)
    assert texts(transcript) == ["so", "this", "is", "very", "good"]
    assert times(transcript)[1:4] == [(0.4, 0.9), (0.9, 2.0), (2.01, 2.5)]


def test_what_is_said_twice_in_a_plain_file_stays(read):
    cues = "1\n00:00:00,000 --> 00:00:01,000\nNo.\n\n2\n00:00:01,000 --> 00:00:02,000\nNo.\n"
    assert texts(read("a.srt", cues)) == ["No.", "No."]


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff1\r\n00:00:01,000 --> 00:00:02,000\r\n105\r\n\r\n2\r\n00:00:02,500 --> 00:00:03,000\r\nyes\r\n",
        "1\r00:00:01,000 --> 00:00:02,000\r105\r2\r00:00:02,500 --> 00:00:03,000\ryes",
        "00:01.000-->00:02.0\n\n105\n\n00:02.50 --> 0:3.000\n(to Ann)\nyes",
    ],
    ids=["windows", "old mac without blank lines", "sloppy"],
)
def test_a_number_is_said_unless_times_follow_it(read, text):
    transcript = read("a.srt", text)
    assert texts(transcript) == ["105", "yes"]
    assert times(transcript) == [(1.0, 2.0), (2.5, 3.0)]


def test_text_in_parentheses_is_said_unless_it_is_a_line(read):
    text = "00:01.000 --> 00:02.000\nit was (I think) fine\n(door slams)\n[music] ♪ la ♪\n>> Really?\n"
    assert texts(read("a.srt", text)) == ["it", "was", "(I", "think)", "fine", "la", "Really?"]


# Praat


def test_a_tier_of_words_is_found_among_others(read):
    transcript = read("a.TextGrid", TEXTGRID)
    assert transcript.words[0] == Word("well", 0.35, 0.61)
    assert texts(transcript) == ["well", "she", "said", '"no"', "café"]
    assert [word.interpolated for word in transcript.words] == [False, True, True, True, False]
    assert (transcript.words[1].start, transcript.words[3].end) == (0.7, 1.1)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("text", [TEXTGRID, SHORT_TEXTGRID])
def test_both_forms_and_encodings_say_the_same(read, text, encoding):
    assert read("a.textgrid", text.encode(encoding)) == read("b.TextGrid", text)


def test_a_tier_of_sentences_is_spread_and_another_is_named(read):
    text = SHORT_TEXTGRID.replace('"words"', '"Ann"').replace('"now"', '"now then"')
    second = text[text.index('"IntervalTier"') :].replace("Ann", "Bob")
    transcript = read("a.TextGrid", text.replace("<exists>\n1", "<exists>\n2") + second)
    assert transcript.words[0] == Word("well", 0.0, 0.5, interpolated=True)
    assert texts(transcript) == ["well", "now", "then"]
    assert transcript.warnings == ("The tier 'Ann' is read; 'Bob' could be meant as well and is left out.",)


def test_comments_and_signs_of_praat_are_passed_over(read):
    text = SHORT_TEXTGRID.replace("<exists>", '<exists> ! "a comment" 7').replace("0.5\n", "0.5 seconds\n")
    assert texts(read("a.TextGrid", text)) == ["well", "now"]


@pytest.mark.parametrize("name", ["Words", "Ann - words", "word", "ORT-MAU", "wrd", "ann_words"])
def test_a_tier_of_words_is_known_by_its_name(read, name):
    text = SHORT_TEXTGRID.replace('"words"', f'"{name}"').replace("<exists>\n1", "<exists>\n2")
    first = SHORT_TEXTGRID[SHORT_TEXTGRID.index('"IntervalTier"') :].replace('"words"', '"swords"')
    cut = text.index('"IntervalTier"')
    transcript = read("a.TextGrid", text[:cut] + first + text[cut:])
    assert texts(transcript) == ["well", "now"]
    assert transcript.warnings == ()


# ELAN


def test_words_between_slots_without_a_time_share_the_room(read):
    transcript = read("a.eaf", EAF)
    assert transcript.words == (
        Word("it", 0.5, 1.0, interpolated=True),
        Word("is", 1.0, 1.5, interpolated=True),
        Word("R&B", 1.5, 2.0),
    )
    assert transcript.warnings == ()


def test_without_a_tier_of_words_the_utterances_are_spread(read):
    transcript = read("a.eaf", EAF.replace('TIER_ID="Ann-words"', 'TIER_ID="Ann-tokens"'))
    assert texts(transcript) == ["it", "is", "R&B"]
    assert transcript.words[0].start == 0.5
    assert all(word.interpolated for word in transcript.words)
    assert "'Ann' is read; 'Ann-tokens' could be meant as well" in transcript.warnings[0]


def test_words_that_only_divide_an_utterance_take_its_times(read):
    tier = """<TIER TIER_ID="words" LINGUISTIC_TYPE_REF="w" PARENT_REF="Ann">
      <ANNOTATION><REF_ANNOTATION ANNOTATION_ID="b1" ANNOTATION_REF="a1"><ANNOTATION_VALUE>it</ANNOTATION_VALUE>
      </REF_ANNOTATION></ANNOTATION>
      <ANNOTATION><REF_ANNOTATION ANNOTATION_ID="b2" ANNOTATION_REF="b1" PREVIOUS_ANNOTATION="b1">
      <ANNOTATION_VALUE>was</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>
      <ANNOTATION><REF_ANNOTATION ANNOTATION_ID="b3" ANNOTATION_REF="b3"><ANNOTATION_VALUE>odd</ANNOTATION_VALUE>
      </REF_ANNOTATION></ANNOTATION></TIER>"""
    start = EAF.index('    <TIER LINGUISTIC_TYPE_REF="words"')
    transcript = read("a.eaf", EAF[:start] + tier + "</ANNOTATION_DOCUMENT>")
    assert texts(transcript) == ["it", "was", "odd"]
    assert (transcript.words[0].start, transcript.words[1].end) == (0.5, 2.0)
    assert transcript.words[2] == Word("odd")  # refers to itself


def test_a_media_offset_is_said(read):
    header = '<HEADER><MEDIA_DESCRIPTOR MEDIA_URL="a.mp4" MIME_TYPE="" TIME_ORIGIN="120"/></HEADER>'
    transcript = read("a.eaf", EAF.replace('<HEADER MEDIA_FILE="" TIME_UNITS="milliseconds"/>', header))
    assert transcript.warnings == ("a.eaf shifts its media by 120 ms, which is not applied: check the words' times.",)


def test_an_entity_is_never_resolved(read, tmp_path):
    (tmp_path / "secret").write_text("secret")
    document = f'<!DOCTYPE A [<!ENTITY e SYSTEM "{(tmp_path / "secret").as_uri()}">]><ANNOTATION_DOCUMENT>&e;'
    bomb = '<!DOCTYPE A [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><ANNOTATION_DOCUMENT>&b;</ANNOTATION_DOCUMENT>'
    for text in (document, bomb):
        with pytest.raises(
            TranscriptError, match=r"a\.eaf has a document type, which may hide other files: save it anew"
        ):
            read("a.eaf", text)


# JSON


def test_whisperx_keeps_times_scores_and_words_without_either(read):
    transcript = read("a.json", WHISPERX)
    assert transcript.words[:4] == (
        Word("It", 0.5, 0.7, 0.91),
        Word("cost", 0.75, 1.1, 0.8),
        Word("20"),
        Word("dollars.", 1.5, 2.0, 0.4),
    )
    assert texts(transcript)[4:] == ["Not", "bad."]
    assert (transcript.words[4].start, transcript.words[5].end) == (3.0, 4.0)
    assert transcript.words[4].interpolated


def test_word_segments_alone_will_do_and_the_language_is_kept(read):
    data = {"word_segments": [{"word": "oui", "start": 1, "end": 2, "score": 1.2}], "language": "FR"}
    transcript = read("a.json", json.dumps(data))
    assert transcript == Transcript((Word("oui", 1.0, 2.0, 1.0),), "given", "fr")


def test_lists_of_words_and_lists_of_sentences_are_told_apart(read):
    assert read("a.json", FET).words == (Word("it", 0.5, 0.7, 0.9), Word("cost", 0.75, 1.1, 0.5))
    sentences = '[{"text": "Oh!", "start": 0, "end": 1}, {"text": "not bad", "start": 1, "end": 2}]'
    assert all(word.interpolated for word in read("a.json", sentences).words)


def test_whispers_own_json_is_read(read):
    words = [{"word": " Not", "start": 0.0, "end": 0.5, "probability": 0.7}, {"word": " bad.", "start": 0.5, "end": 1}]
    data = {"text": " Not bad.", "segments": [{"id": 0, "start": 0, "end": 1, "text": " Not bad.", "words": words}]}
    assert read("a.json", json.dumps(data)).words == (Word("Not", 0.0, 0.5, 0.7), Word("bad.", 0.5, 1.0))


@pytest.mark.slow
def test_more_words_than_a_clip_can_hold_are_refused(read):
    with pytest.raises(TranscriptError, match=r"a\.srt has over 500,000 words: give what is said in one clip"):
        read("a.srt", "00:01.000 --> 00:02.000\n" + "a " * 500_001)


# Times that cannot be


def test_words_out_of_order_are_sorted_and_it_is_said(read):
    text = '[{"text": "two", "start": 1, "end": 2}, {"text": "one", "start": 0, "end": 1}, {"text": "half"}]'
    transcript = read("a.json", text)
    assert texts(transcript) == ["one", "half", "two"]
    assert transcript.warnings == (
        "a.json was not in order of time and has been sorted (first out of order: entry 2).",
    )


def test_a_start_before_the_clip_becomes_nought_and_it_is_said(read):
    transcript = read("a.srt", "00:00:-1,000 --> 00:00:01,000\nyes".replace("00:00:-1", "-00:00:01"))
    assert times(transcript) == [(0.0, 1.0)]
    assert transcript.warnings == ("Times of a.srt before the clip's start were read as 0: 1 (first: line 1).",)


def test_words_that_overlap_are_cut_short_and_it_is_said(read):
    text = '[{"text": "one", "start": 0, "end": 1}, {"text": "two", "start": 0.5, "end": 2}]'
    transcript = read("a.json", text)
    assert times(transcript) == [(0.0, 0.5), (0.5, 2.0)]
    assert transcript.warnings == ("Words of a.json reached into the next and were cut short: 1 (first: at entry 2).",)
