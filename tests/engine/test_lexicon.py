"""Words in VADER's lexicon."""

import numpy as np

from engine.lexicon import valences


def test_a_word_is_found_as_it_is_said():
    """Values as the published lexicon has them."""
    np.testing.assert_allclose(valences(["GOOD", "“good,”", "Horrible!", "sucks"]), [1.9, 1.9, -2.5, -1.5], atol=1e-6)


def test_a_word_without_an_entry_has_no_valence():
    assert np.isnan(valences(["table", "", "..."])).all()
