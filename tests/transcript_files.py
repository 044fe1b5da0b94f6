"""Transcripts as the programs that make them write them, one a format."""

SRT = """\
1
00:00:00,500 --> 00:00:02,000
<i>Well, it's</i> {\\an8}not bad,

2
00:00:02,250 --> 00:00:04,000 X1:40 X2:600
- I liked
- the second half! ♪

3
00:01:02,000 --> 00:01:03,000
[laughs]
"""

VTT = """\
WEBVTT - of a talk
Kind: captions

STYLE
::cue { color: red }

NOTE made by hand
--not a cue--

intro
00:00.500 --> 00:02.000 line:0 position:20% align:start
<v Ann Lee>Well, it&apos;s <c.loud>not</c> bad &amp; <00:00:01.500>long</v>

01:00:02.250 --> 01:00:04.000
(APPLAUSE)
It cost &lt;$20
"""

TEXTGRID = '''\
File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 2.3
tiers? <exists>
size = 3
item []:
    item [1]:
        class = "IntervalTier"
        name = "phones"
        xmin = 0
        xmax = 2.3
        intervals: size = 1
        intervals [1]:
            xmin = 0
            xmax = 2.3
            text = "W"
    item [2]:
        class = "IntervalTier"
        name = "words"
        xmin = 0
        xmax = 2.3
        intervals: size = 6
        intervals [1]:
            xmin = 0
            xmax = 0.35
            text = ""
        intervals [2]:
            xmin = 0.35
            xmax = 0.61
            text = "well"
        intervals [3]:
            xmin = 0.61
            xmax = 0.7
            text = "sp"
        intervals [4]:
            xmin = 0.7
            xmax = 1.1
            text = "she said ""no"""
        intervals [5]:
            xmin = 1.1
            xmax = 1.5
            text = "<unk>"
        intervals [6]:
            xmin = 1.5
            xmax = 2.3
            text = "café"
    item [3]:
        class = "TextTier"
        name = "notes"
        xmin = 0
        xmax = 2.3
        points: size = 1
        points [1]:
            number = 1.0
            mark = "click"
'''

SHORT_TEXTGRID = """\
File type = "ooTextFile"
Object class = "TextGrid"

0
2
<exists>
1
"IntervalTier"
"words"
0
2
2
0
0.5
"well"
0.5
2
"now"
"""

EAF = """\
<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT AUTHOR="" DATE="2024-01-01T00:00:00+00:00" FORMAT="3.0" VERSION="3.0">
    <HEADER MEDIA_FILE="" TIME_UNITS="milliseconds"/>
    <TIME_ORDER>
        <TIME_SLOT TIME_SLOT_ID="ts1" TIME_VALUE="500"/>
        <TIME_SLOT TIME_SLOT_ID="ts2" TIME_VALUE="500"/>
        <TIME_SLOT TIME_SLOT_ID="ts3"/>
        <TIME_SLOT TIME_SLOT_ID="ts4" TIME_VALUE="1500"/>
        <TIME_SLOT TIME_SLOT_ID="ts5" TIME_VALUE="2000"/>
    </TIME_ORDER>
    <TIER LINGUISTIC_TYPE_REF="utterance" TIER_ID="Ann">
        <ANNOTATION>
            <ALIGNABLE_ANNOTATION ANNOTATION_ID="a1" TIME_SLOT_REF1="ts1" TIME_SLOT_REF2="ts5">
                <ANNOTATION_VALUE>it is [coughs] R&amp;B</ANNOTATION_VALUE>
            </ALIGNABLE_ANNOTATION>
        </ANNOTATION>
    </TIER>
    <TIER LINGUISTIC_TYPE_REF="words" PARENT_REF="Ann" TIER_ID="Ann-words">
        <ANNOTATION>
            <ALIGNABLE_ANNOTATION ANNOTATION_ID="a2" TIME_SLOT_REF1="ts2" TIME_SLOT_REF2="ts3">
                <ANNOTATION_VALUE>it</ANNOTATION_VALUE>
            </ALIGNABLE_ANNOTATION>
        </ANNOTATION>
        <ANNOTATION>
            <ALIGNABLE_ANNOTATION ANNOTATION_ID="a3" TIME_SLOT_REF1="ts3" TIME_SLOT_REF2="ts4">
                <ANNOTATION_VALUE>is</ANNOTATION_VALUE>
            </ALIGNABLE_ANNOTATION>
        </ANNOTATION>
        <ANNOTATION>
            <ALIGNABLE_ANNOTATION ANNOTATION_ID="a4" TIME_SLOT_REF1="ts4" TIME_SLOT_REF2="ts5">
                <ANNOTATION_VALUE>R&amp;B</ANNOTATION_VALUE>
            </ALIGNABLE_ANNOTATION>
        </ANNOTATION>
    </TIER>
</ANNOTATION_DOCUMENT>
"""

WHISPERX = """\
{"segments": [
  {"start": 0.5, "end": 2.0, "text": " It cost 20 dollars.", "words": [
    {"word": "It", "start": 0.5, "end": 0.7, "score": 0.91},
    {"word": "cost", "start": 0.75, "end": 1.1, "score": 0.8},
    {"word": "20"},
    {"word": "dollars.", "start": 1.5, "end": 2.0, "score": 0.4}]},
  {"start": 3.0, "end": 4.0, "text": " Not bad.", "words": []}],
 "word_segments": [{"word": "It", "start": 0.5, "end": 0.7, "score": 0.91}],
 "language": "en"}
"""

FET = """\
[{"text": "it", "start": 0.5, "end": 0.7, "conf": 0.9},
 {"text": "cost", "start": 0.75, "end": 1.1, "conf": 0.5}]
"""

FILES = {
    "a.txt": "Well, it's not bad.\n",
    "a.srt": SRT,
    "a.vtt": VTT,
    "long.TextGrid": TEXTGRID,
    "short.TextGrid": SHORT_TEXTGRID,
    "a.eaf": EAF,
    "whisperx.json": WHISPERX,
    "fet.json": FET,
}
