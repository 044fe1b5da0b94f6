"""The learning rate's course, against the one of `transformers`."""

import pytest
import torch

from engine.fit import Linear


@pytest.mark.slow
@pytest.mark.parametrize("steps", [1, 10, 100, 1284])
def test_linear_rises_and_falls_as_in_transformers(steps):
    from transformers import get_linear_schedule_with_warmup

    optimiser = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    rise = max(1, round(0.06 * steps))
    theirs = get_linear_schedule_with_warmup(optimiser, rise, steps)
    ours = Linear(steps)
    for step in range(steps):
        if step >= rise:
            assert ours(step) == pytest.approx(optimiser.param_groups[0]["lr"])
        else:  # theirs starts from 0, where nothing is learnt; ours is a step ahead
            assert ours(step) == pytest.approx((step + 1) / rise)
        optimiser.step()
        theirs.step()
