import csv

import numpy as np
import pytest

from engine.metrics import METRICS, evaluate, floors, judge, pooled_floors
from extraction.errors import DataError


def test_figures_of_a_worked_example():
    labels = [-2.0, -0.4, 0.0, 0.5, 2.5]
    predictions = [-1.0, 0.2, 0.0, 1.0, 3.4]
    found = evaluate(predictions, labels)
    assert tuple(found) == METRICS
    assert found["mae"] == pytest.approx((1 + 0.6 + 0 + 0.5 + 0.9) / 5)
    assert found["acc7"] == pytest.approx(2 / 5)  # -0.4, 0.2 and 0, 0 agree; 2.5 rounds to 2 and 3.4 is clipped to 3
    assert found["acc5"] == pytest.approx(3 / 5)  # 2.5 and 3.4 are both clipped to 2
    assert found["has0_accuracy"] == pytest.approx(4 / 5)
    assert found["non0_accuracy"] == pytest.approx(3 / 4)


def test_zero_is_non_negative_for_has0_and_not_positive_for_non0():
    assert evaluate([0.0], [1.0])["has0_accuracy"] == 1
    assert evaluate([0.0], [1.0])["non0_accuracy"] == 0


def test_r_of_a_constant_is_undefined():
    assert evaluate([1.0, 1.0], [0.0, 2.0])["r"] is None
    assert evaluate([0.0, 2.0], [-1.0, 0.0])["r"] == pytest.approx(1)


@pytest.mark.parametrize(
    ("predictions", "labels", "sentence"),
    [
        ([], [], "no segment to evaluate on"),
        ([1.0], [1.0, 2.0], r"Predictions \(1,\) and labels \(2,\) do not pair up"),
        ([np.nan], [1.0], "not a finite number"),
        ([[1.0]], [[1.0]], "do not pair up"),
    ],
)
def test_unpaired_values_are_refused(predictions, labels, sentence):
    with pytest.raises(DataError, match=sentence):
        evaluate(predictions, labels)


def test_pooled_floors_give_each_fold_its_own_constant():
    pooled = pooled_floors([([0.0, 2.0], [1.0, 1.0]), ([-1.0], [-1.0])])
    assert pooled["mean_mae"] == 0
    assert pooled["has0_majority"] == pytest.approx(2 / 3)


def test_a_model_is_judged_by_its_floors():
    floor = floors([-1.0, 2.0], [-2.0, -1.0, 1.5])
    learned, sentence = judge(evaluate([-2.0, -1.0, 1.0], [-2.0, -1.0, 1.5]), floor)
    assert learned
    assert sentence.startswith("Beats every constant answer: MAE 0.167 against 1.167, Has0 1.000 against 0.667")
    learned, sentence = judge(evaluate([-1.0, -1.0, -1.0], [-2.0, -1.0, 1.5]), floor)
    assert not learned
    assert "Does not beat a constant answer in MAE and Has0 and Non0" in sentence


@pytest.mark.data
def test_floors_of_cmu_mosi(data_root):
    with (data_root / "mosi" / "label.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    labels = {mode: [float(r["label"]) for r in rows if r["mode"] == mode] for mode in ("train", "test")}
    found = floors(labels["train"], labels["test"])
    assert found["has0_majority"] == pytest.approx(0.5525, abs=5e-5)
    assert found["non0_majority"] == pytest.approx(0.5777, abs=5e-5)
    assert found["constant"] == -1
    assert found["constant_mae"] == pytest.approx(1.411, abs=5e-4)
    assert found["constant_acc7"] == pytest.approx(0.211, abs=5e-4)
    assert found["mean_mae"] == pytest.approx(1.464, abs=5e-4)
