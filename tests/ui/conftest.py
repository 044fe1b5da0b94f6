"""Sessions that come and go, a clock, and a shelf whose clips are read when a test says so."""

import pytest
from shelves import Clock, Reader

from ui.shelf import Shelf


@pytest.fixture
def reader():
    return Reader()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def alive():
    return {"me", "you"}


@pytest.fixture
def shelf(reader, clock, alive):
    made = Shelf(reader, alive.__contains__, clock)
    yield made
    made.close()
    reader.go.release(10)
