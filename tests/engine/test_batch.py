"""How little of a planned batch is padding, and how modalities are taken from one."""

import numpy as np
import pytest
import torch
from synthetic import clip

from engine.batch import collate, plan, without_some
from engine.dataset import segment_of


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


def test_modalities_are_taken_away_clip_by_clip_and_never_all():
    segments = [segment_of(clip(np.random.default_rng(i), f"c{i}", 3), ("T", "A", "V")) for i in range(300)]
    whole = collate(segments, ("T", "A", "V"))
    torch.manual_seed(0)
    some = without_some(whole, 0.5)
    stays = torch.stack([some.observed[m].any(dim=1) for m in "TAV"], dim=1)
    assert stays.any(dim=1).all()
    expected = (0.5 + 0.125 / 3, 0.05)  # kept by chance, or spared where chance took all three
    for column, m in enumerate("TAV"):
        assert stays[:, column].float().mean() == pytest.approx(expected[0], abs=expected[1])
        gone = ~stays[:, column]
        assert some.values[m][gone].isnan().all()
        assert torch.equal(some.values[m][~gone], whole.values[m][~gone])
        assert torch.equal(some.observed[m][~gone], whole.observed[m][~gone])
    assert without_some(whole, 0.0) is whole
    alone = collate(segments, ("T",))
    assert without_some(alone, 0.5) is alone
