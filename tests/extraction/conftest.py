"""Fixtures of the extraction tests."""

import pytest
from fake_tools import FakeMaker
from media_files import write

from extraction.corpus.clip_list import read_list
from extraction.transcripts.reading import read_transcript


@pytest.fixture
def read(tmp_path):
    """Read a file of this name and content."""

    def reading(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_transcript(path)

    return reading


@pytest.fixture
def listing(tmp_path):
    """Writes a list of sound files, each with what is said in it; gives what is in the list."""

    def make(**said):
        (tmp_path / "clips").mkdir(exist_ok=True)
        rows = ["file,text,label"]
        for i, (name, text) in enumerate(said.items()):
            path = tmp_path / "clips" / f"{name}.wav"
            if not path.exists():
                write(path, seconds=0.6 + i / 100, video=False, audio="pcm_s16le", rate=16_000)
            rows.append(f"{name}.wav,{text},{i % 4}")
        (tmp_path / "list.csv").write_text("\n".join(rows) + "\n")
        return read_list(tmp_path / "list.csv")

    return make


@pytest.fixture
def maker(tmp_path):
    return FakeMaker(tmp_path / "log")


@pytest.fixture
def table(tmp_path):
    return tmp_path / "out" / "words.parquet"
