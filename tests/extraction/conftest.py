"""Fixtures of the extraction tests."""

import pytest

from extraction.transcripts.reading import read_transcript


@pytest.fixture
def read(tmp_path):
    """Read a file of this name and content."""

    def reading(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_transcript(path)

    return reading
