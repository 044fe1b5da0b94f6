"""The file of an unfinished training: what comes back from it, and what becomes of one that is damaged or another's."""

import pytest
import torch
from stopping import Stop, stopping_after
from torch import nn

from engine.config import RegressionOptions
from engine.fit import fit
from engine.resume import Unfinished, epoch_seed
from extraction.errors import CheckpointError

pytestmark = pytest.mark.usefixtures("one_thread")


class Line(nn.Module):
    """One number to learn, and a buffer."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self.register_buffer("steps", torch.zeros(()))


def learn(unfinished=None, epochs=6, stop=None, seed=0, averaging=0.0):
    line, options = Line(), RegressionOptions(epochs=epochs, learning_rate=0.03, averaging=averaging)

    def loss(x):
        if line.training:
            line.steps += 1
        return ((line.weight * x - x + torch.randn(1)) ** 2).sum(), torch.tensor(1)

    best = fit(
        line,
        options,
        "line",
        train=lambda epoch: [torch.tensor(float(epoch))] * 3,
        loss=loss,
        valid=lambda: (line.weight.item() - 0.3) ** 2,
        seed=seed,
        report=stopping_after(stop),
        unfinished=unfinished,
    )
    return line.state_dict(), best


@pytest.mark.slow
@pytest.mark.parametrize("averaging", [0.0, 0.6])
def test_weights_moments_average_and_the_best_epoch_come_back(tmp_path, averaging):
    weights, best = learn(averaging=averaging)
    assert 1 < best.epoch < 6  # it learns past what is validated
    for stop in range(1, 7):
        state = Unfinished(tmp_path / "state.safetensors", {"seed": 0}, every=0)
        with pytest.raises(Stop):
            learn(state, stop=stop, averaging=averaging)
        resumed, again = learn(state, averaging=averaging)
        assert again == best
        assert all(torch.equal(resumed[name], weights[name]) for name in weights)
        (tmp_path / ".state.safetensors.77.partial").write_bytes(b"cut by a kill")
        state.remove()
        state.remove()
        assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_the_state_of_another_training_is_ignored(tmp_path):
    path = tmp_path / "state.safetensors"
    with pytest.raises(Stop):
        learn(Unfinished(path, {"seed": 0, "what": "one"}, every=0), stop=3)
    there = path.read_bytes()
    module = Line()
    optimiser = torch.optim.AdamW(module.parameters())
    assert Unfinished(path, {"seed": 0, "what": "two"}).read(module, optimiser) is None
    assert not module.weight.any()
    assert Unfinished(path, {"what": "one", "seed": 0}).read(module, optimiser).epochs[-1]["epoch"] == 2
    assert module.weight.any()
    assert path.read_bytes() == there
    other = learn(Unfinished(path, {"what": "two"}, every=0))
    assert all(torch.equal(other[0][name], tensor) for name, tensor in learn()[0].items())


@pytest.mark.parametrize("content", [b"", b"rubbish", "cut", "flipped header"])
def test_a_damaged_state_starts_over(tmp_path, content):
    path = tmp_path / "state.safetensors"
    state = Unfinished(path, {}, every=0)
    with pytest.raises(Stop):
        learn(state, stop=3)
    whole = path.read_bytes()
    damaged = {"cut": whole[: len(whole) // 2], "flipped header": whole[:40] + b"\0" + whole[41:]}.get(content, content)
    path.write_bytes(damaged)
    resumed, best = learn(state)
    weights, expected = learn()
    assert best == expected
    assert all(torch.equal(resumed[name], weights[name]) for name in weights)


def test_a_state_is_written_no_oftener_than_asked(tmp_path):
    path = tmp_path / "state.safetensors"
    learn(Unfinished(path, {}, every=3600))
    assert not path.exists()
    learn(Unfinished(path, {}, every=0))
    assert path.exists()


def test_a_state_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CheckpointError, match=r"cannot be written .*: make room, then run the same command to go on"):
        learn(Unfinished(tmp_path / "file" / "state.safetensors", {}, every=0))


def test_an_epoch_has_its_own_random_numbers():
    seeds = {epoch_seed(*key) for key in [(0, "T->A", 1), (0, "T->A", 2), (1, "T->A", 1), (0, "T->V", 1)]}
    assert len(seeds) == 4
    assert epoch_seed(0, "T->A", 1) == epoch_seed(0, "T->A", 1)
    assert all(0 <= seed < 2**32 for seed in seeds)
