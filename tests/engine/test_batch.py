"""How little of a planned batch is padding."""

import numpy as np

from engine.batch import plan


def test_less_than_a_tenth_of_the_words_of_a_planned_epoch_is_padding():
    drawn = np.random.default_rng(1).lognormal(2.3, 0.6, 1284)  # as CMU-MOSI: 12 words, some far longer
    lengths = np.append(np.clip(np.round(drawn), 1, 50).astype(int)[:-3], [77, 90, 104])
    for epoch in range(5):
        batches = plan(lengths.tolist(), 32, np.random.default_rng([0, epoch]))
        computed = sum(len(batch) * lengths[batch].max() for batch in batches)
        assert 1 - lengths.sum() / computed < 0.1


def test_most_batches_of_an_epoch_are_new():
    lengths = np.random.default_rng(2).integers(1, 40, 400).tolist()
    first, second = ({frozenset(b.tolist()) for b in plan(lengths, 8, np.random.default_rng(n))} for n in (0, 1))
    assert len(first & second) < len(first) / 5
