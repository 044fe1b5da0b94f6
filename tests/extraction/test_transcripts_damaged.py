"""Transcripts with something wrong in them: one sentence that says what, and never anything else."""

import random
import re

import pytest
from transcript_files import EAF, FILES, SHORT_TEXTGRID, SRT, TEXTGRID

from extraction.errors import TranscriptError

BAD_SLOT = EAF.replace('"500"', '"soon"', 1)
FRAMES = EAF.replace('TIME_UNITS="milliseconds"', 'TIME_UNITS="PAL-frames"')


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.srt", "", r"a\.srt has no cues in it: give lines such as 00:00:01,000 --> 00:00:02,500 with text"),
        ("a.srt", "1\nhello", r"a\.srt, line 1: this is no cue, which begins with times such as"),
        ("a.srt", "1\n0:1 --> 0:2\nyes", r"a\.srt, line 2: '0:1 --> 0:2' are no times of a cue: write 00:00:01,000"),
        (
            "a.srt",
            "00:02,000 --> 00:01,000\nyes",
            r"line 1: it ends at 1 s, before its start at 2 s: correct the times",
        ),
        ("a.srt", "00:02,000 --> 9999:00:01,000\nyes", r"line 1: 3\.59964e\+07 seconds is not a time in a clip"),
        ("a.srt", "00:01,000 --> 00:02,000\n[laughs]", r"a\.srt has no words in it: write down"),
        ("a.srt", "é".encode("latin-1"), r"a\.srt is not UTF-8 text: save"),
        ("a.srt", b"\xff\xfea", r"a\.srt is not UTF-8 text: save"),
        ("a.srt", b"1\n" * (1 << 23) + b"1", r"a\.srt is larger than a transcript can be \(16 MB\): give what is said"),
        ("a.vtt", SRT, r"a\.vtt does not begin with WEBVTT: give a WebVTT file, or name a SubRip file \.srt"),
        ("a.vtt", "WEBVTT\n\nhello\n", r"a\.vtt, line 3: this is no cue"),
        ("a.vtt", "WEBVTT\n\nNOTE\nhello\n", r"a\.vtt has no cues in it"),
        ("a.TextGrid", "", r'a\.TextGrid ends at line 1 before "ooTextFile": give the whole TextGrid'),
        ("a.TextGrid", "ooBinaryFile\x08TextGrid", r"is a binary TextGrid: save it in Praat with `Save as text file"),
        ("a.TextGrid", '"Praat chronological TextGrid text file"', r"is a chronological TextGrid: save it in Praat"),
        ("a.TextGrid", '"ooTextFile" "Pitch 1" 0', r"a\.TextGrid is not a TextGrid: give one that Praat has saved"),
        ("a.TextGrid", TEXTGRID[:600], r"a\.TextGrid ends at line \d+ before a .*: give the whole TextGrid"),
        ("a.TextGrid", SHORT_TEXTGRID.replace('"now"', '"now'), r"line 18: a quotation mark is not closed: close it"),
        ("a.TextGrid", SHORT_TEXTGRID.replace('"now"', "now"), r"ends at line 17 before a label in quotation marks"),
        ("a.TextGrid", SHORT_TEXTGRID.replace("0.5\n2", '"x"\n2'), r"line 16: 'x' is not a time in seconds: correct"),
        (
            "a.TextGrid",
            SHORT_TEXTGRID.replace("<exists>\n1", "<exists>\n1.5"),
            r"line 7: 1\.5 is not a number of tiers",
        ),
        ("a.TextGrid", SHORT_TEXTGRID.replace("<exists>", "<absent>"), r"has no interval tier: give one whose"),
        ("a.TextGrid", SHORT_TEXTGRID.replace("IntervalTier", "Tier"), r"line 8: 'Tier' is no tier's class: correct"),
        ("a.TextGrid", SHORT_TEXTGRID.replace('"well"', '"sp"').replace('"now"', '""'), r"has no words in it"),
        (
            "a.eaf",
            "",
            r"a\.eaf, line 1: this is no well-formed XML \(no element found\): give the file as ELAN saves it",
        ),
        ("a.eaf", EAF[:900], r"a\.eaf, line \d+: this is no well-formed XML"),
        ("a.eaf", "<html></html>", r"a\.eaf is not an EAF file: give one that ELAN has saved"),
        ("a.eaf", "<?xml version='1.0' encoding='utf-99'?><A/>", r"a\.eaf.*(encoding|well-formed)"),
        ("a.eaf", FRAMES, r"a\.eaf counts time in PAL-frames: save it in ELAN with milliseconds"),
        ("a.eaf", BAD_SLOT, r"a\.eaf, time slot ts1: 'soon' is no whole number of milliseconds: correct it"),
        (
            "a.eaf",
            EAF.replace('REF2="ts5"', 'REF2="ts9"'),
            r"annotation a1: there is no time slot ts9: correct the file",
        ),
        ("a.eaf", EAF[: EAF.index("    <TIER")] + "</ANNOTATION_DOCUMENT>", r"a\.eaf has no words in it"),
        ("a.json", '[{"text": "a"', r"a\.json, line 1: this is no JSON \(.*\): correct the file"),
        ("a.json", "{}", r"a\.json is JSON but no transcript: give whisperX's"),
        ("a.json", "3", r"a\.json is JSON but no transcript"),
        ("a.json", '{"segments": 3}', r"a\.json is JSON but no transcript"),
        ("a.json", '["a"]', r"a\.json, entry 1: 'a' is not an object: give whisperX's"),
        ("a.json", '[{"start": 0, "end": 1}]', r"a\.json, entry 1: there is no text in it: give whisperX's"),
        (
            "a.json",
            '[{"text": "a", "start": "0", "end": 1}]',
            r"entry 1: its start is '0': give a finite number",
        ),
        ("a.json", '[{"text": "a", "start": 0, "end": true}]', r"entry 1: its end is True: give a finite number"),
        ("a.json", '[{"text": "a", "start": NaN, "end": 1}]', r"cannot be read \(NaN is no number\): give whisperX's"),
        (
            "a.json",
            '[{"text": "a", "start": 1e999, "end": 1}]',
            r"entry 1: its start is inf: give a finite number",
        ),
        ("a.json", f'[{{"text": "a", "start": 1{"0" * 400}, "end": 1}}]', r"its start is 10{23}: give a finite number"),
        ("a.json", "[" * 100_000, r"a\.json (is JSON that cannot be read|, line 1)"),
        ("a.json", '{"segments": [{"words": [{"word": 3}]}]}', r"segment 1, word 1: there is no text in it"),
        ("a.json", "[]", r"a\.json has no words in it"),
        ("a.docx", "hello", r"give a \.txt, \.srt, \.vtt, \.TextGrid, \.eaf or \.json file"),
    ],
)
def test_what_is_wrong_is_one_sentence(read, name, content, message):
    with pytest.raises(TranscriptError, match=message) as caught:
        read(name, content)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert len(sentence) < 300


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_damaged_bytes_give_words_or_a_sentence(read, name):
    original, seeded = FILES[name].encode(), random.Random(name)
    whole, sentences = 0, []
    for _ in range(200):
        data = bytearray(original)
        for _ in range(seeded.randint(1, 6)):
            at = seeded.randrange(len(data))
            kind = seeded.randrange(4)
            if kind == 0:
                data[at] = seeded.randrange(256)
            elif kind == 1:
                del data[at : at + seeded.randint(1, 40)]
            elif kind == 2:
                data[at:at] = data[at : at + seeded.randint(1, 40)]
            else:
                data[at] = seeded.choice(b"\"'<>&-0123456789:.,\n[]{}")
            data = data or bytearray(b"x")
        try:
            transcript = read(name, bytes(data))
        except TranscriptError as error:
            sentences.append(str(error))
            continue
        whole += 1
        assert transcript.words
        assert all(0 <= w.start <= w.end for w in transcript.words if w.timed)
    assert whole
    assert all(re.fullmatch(r"[^\n]+\.", sentence) for sentence in sentences)
