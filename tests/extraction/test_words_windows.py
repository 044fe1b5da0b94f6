"""How a long text is cut into windows of word pieces."""

from __future__ import annotations

import pytest

from extraction.words_sbert import _windows


@pytest.mark.parametrize("pieces", [0, 1, 200, 201, 319, 1000])
def test_windows_keep_each_piece_once_and_show_what_is_around_it(pieces):
    kept = []
    for window in _windows(7, pieces, 200):
        assert window.sequence == 7
        assert 0 <= window.first <= window.keep < window.keep_stop <= window.stop <= pieces
        assert window.stop - window.first <= 200
        assert window.keep - window.first == min(40, window.keep)
        assert window.stop - window.keep_stop == min(40, pieces - window.keep_stop)
        kept += range(window.keep, window.keep_stop)
    assert kept == list(range(pieces))
