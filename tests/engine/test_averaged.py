"""The moving average of weights: against its definition, step by step, and as what a training validates and keeps."""

import numpy as np
import pytest
import torch
from torch import nn

from engine.averaged import Averaged
from engine.config import RegressionOptions
from engine.fit import fit

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize("decay", [0.5, 0.9, 0.999])
def test_it_is_the_average_of_its_definition(decay):
    weights = nn.Parameter(torch.tensor([3.0, -1.0]))
    averaged, steps = Averaged([weights], decay), np.random.default_rng(0).normal(size=(40, 2))
    expected = np.array([3.0, -1.0])
    for number, values in enumerate(steps, start=1):
        with torch.no_grad():
            weights.copy_(torch.from_numpy(values))
        averaged.update()
        share = max(1 - decay, 1 / (number + 1))
        expected = (1 - share) * expected + share * values
        np.testing.assert_allclose(averaged.values[0].numpy(), expected, atol=1e-6)
    if decay == 0.999:  # a plain mean at first, its beginning counted once
        np.testing.assert_allclose(expected, np.vstack([[3.0, -1.0], steps]).mean(axis=0))


@pytest.mark.slow
def test_it_stands_in_the_module_only_inside():
    line = nn.Linear(2, 1)
    averaged = Averaged(list(line.parameters()), 0.5)
    first = line.weight.detach().clone()
    with torch.no_grad():
        line.weight.add_(1.0)
    averaged.update()
    with averaged.in_place():
        torch.testing.assert_close(line.weight, first + 0.5)
    torch.testing.assert_close(line.weight, first + 1.0)
    torch.testing.assert_close(averaged.values[0], first + 0.5)


def line_at(weight):
    line = nn.Linear(1, 1, bias=False)
    nn.init.constant_(line.weight, weight)
    return line


@pytest.mark.slow
@pytest.mark.parametrize("averaging", [0.0, 0.9])
def test_a_training_validates_and_keeps_the_average(averaging):
    line, read, validated = line_at(0.0), [], []

    def loss(target):
        read.append(line.weight.item())
        return (line.weight - target).abs().sum(), torch.tensor(1)

    def valid():
        validated.append(line.weight.item())
        return -float(len(validated))  # the last epoch is the best

    options = RegressionOptions(epochs=4, learning_rate=0.1, averaging=averaging)
    targets = [torch.tensor(5.0), torch.tensor(-5.0), torch.tensor(5.0)]
    fit(line, options, "line", train=lambda _: targets, loss=loss, valid=valid)
    assert line.weight.item() == validated[-1]
    average = 0.0
    for number, weight in enumerate(read[1:], start=1):  # what a step reads is what the one before left
        share = max(1 - averaging, 1 / (number + 1)) if averaging else 1.0
        average += share * (weight - average)
        if number % 3 == 0:
            assert validated[number // 3 - 1] == pytest.approx(average, abs=1e-6)
    assert len(read) == 12


@pytest.mark.slow
def test_it_wavers_less_where_labels_are_noisy():
    every = torch.from_numpy(np.random.default_rng(1).normal(1.0, 1.0, (10, 200))).float()

    def away(averaging, noisy):
        line = line_at(1.0)

        def loss(target):
            return (line.weight - target).square().sum(), torch.tensor(1)

        options = RegressionOptions(epochs=1, learning_rate=0.05, averaging=averaging)
        fit(line, options, "line", train=lambda _: list(noisy), loss=loss, valid=lambda: 0.0)
        return abs(line.weight.item() - 1.0)

    plain, average = (np.mean([away(averaging, noisy) for noisy in every]) for averaging in (0.0, 0.98))
    assert average < 0.8 * plain
