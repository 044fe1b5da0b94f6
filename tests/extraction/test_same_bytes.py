"""One clip read again, words beside the face as `s2s extract CLIP` reads it, is the same table to the byte."""

from __future__ import annotations

import pytest

from extraction.pipeline import extract
from extraction.store import Entry, make_table, write_table
from extraction.tools import Tools, whisper


@pytest.mark.models
@pytest.mark.slow
def test_a_clip_read_again_gives_the_same_bytes(sample_clip, tmp_path):
    tools = Tools(lambda: whisper("tiny.en"))
    for name in ("first", "again"):
        aligned = extract(sample_clip, tools=tools)
        assert all(stream.observed.any() for stream in aligned.streams.values())
        write_table(make_table([Entry(aligned)]), tmp_path / name)
    assert (tmp_path / "first").read_bytes() == (tmp_path / "again").read_bytes()
