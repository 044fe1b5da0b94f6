import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.metrics import (
    HEADINGS,
    METRICS,
    best_constant,
    class_recall,
    confusion,
    evaluate,
    extremes,
    floors,
    judge,
    pooled_floors,
    swapped_f1,
)
from extraction.errors import DataError


def test_figures_of_a_worked_example():
    labels = [-2.0, -0.4, 0.0, 0.5, 2.5]
    predictions = [-1.0, 0.2, 0.0, 1.0, 3.4]
    found = evaluate(predictions, labels)
    assert tuple(found) == METRICS
    assert found["mae"] == pytest.approx((1 + 0.6 + 0 + 0.5 + 0.9) / 5)
    assert found["acc7"] == pytest.approx(2 / 5)  # -0.4, 0.2 and 0, 0 agree; 2.5 rounds to 2 and 3.4 is clipped to 3
    assert found["acc5"] == pytest.approx(3 / 5)  # 2.5 and 3.4 are both clipped to 2
    assert found["has0"] == pytest.approx(4 / 5)
    assert found["non0"] == pytest.approx(3 / 4)


@pytest.fixture(scope="module")
def sklearn():
    from sklearn import metrics  # here, as it takes seconds to load

    return metrics


def random_answers(seed, clips=400):
    """Labels on a grid of 0.1, with all the halves and zeros; predictions beyond the scale and exactly on the edges."""
    rng = np.random.default_rng(seed)
    labels = np.round(rng.uniform(-3, 3, clips), 1)
    labels[:14] = [-3, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3, 0, 0, -0.5, 0.5, 2.5, -2.5]
    predictions = np.round(labels + rng.normal(0, 1.3, clips), 1)
    predictions[14:24] = [-3.5, -2.5, -1.5, -0.5, -0.0, 0.0, 0.5, 1.5, 2.5, 4]
    return predictions, labels


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_every_figure_equals_scikit_learn_and_numpy(sklearn, seed):
    p, t = random_answers(seed)
    seven, five = ([np.round(np.clip(x, -n, n)).astype(int) for x in (t, p)] for n in (3, 2))
    binary, sides = (t >= 0, p >= 0), (t[t != 0] > 0, p[t != 0] > 0)
    options = {"average": "weighted", "zero_division": 0}
    theirs = {
        "mae": sklearn.mean_absolute_error(t, p),
        "r": np.corrcoef(p, t)[0][1],
        "acc7": sklearn.accuracy_score(*seven),
        "acc5": sklearn.accuracy_score(*five),
        "has0": sklearn.accuracy_score(*binary),
        "has0_f1": sklearn.f1_score(*binary, **options),
        "non0": sklearn.accuracy_score(*sides),
        "non0_f1": sklearn.f1_score(*sides, **options),
    }
    for names, classes in ((METRICS[8:11], binary), (METRICS[11:14], seven)):
        theirs |= zip(names, sklearn.precision_recall_fscore_support(*classes, **options)[:3], strict=True)
    assert evaluate(p, t) == pytest.approx(theirs, abs=1e-12)
    assert tuple(theirs) == METRICS == tuple(HEADINGS)
    assert confusion(p, t).tolist() == sklearn.confusion_matrix(*seven, labels=range(-3, 4)).tolist()


def test_halves_are_rounded_to_the_even_class():
    labels = [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5]
    assert confusion(labels, labels).diagonal().tolist() == [0, 2, 0, 2, 0, 2, 0]
    assert evaluate([2.0, 0.0], [2.5, 0.5])["acc7"] == 1  # rounding away from zero would say 3 and 1


def test_swapped_f1_weights_by_what_is_predicted(sklearn):
    p, t = random_answers(0)
    p = p + 1.0  # leans to the positive side
    sides = t[t != 0] > 0, p[t != 0] > 0
    ours, theirs = evaluate(p, t)["non0_f1"], swapped_f1(p, t)
    assert theirs == pytest.approx(sklearn.f1_score(sides[1], sides[0], average="weighted"))
    assert ours == pytest.approx(sklearn.f1_score(*sides, average="weighted"))
    assert theirs > ours + 0.01
    assert swapped_f1([1.0], [0.0]) is None


answers = st.lists(st.tuples(st.floats(-5, 5), st.floats(-3, 3)), min_size=1, max_size=50)


@pytest.mark.slow
@given(answers)
def test_confusion_holds_the_figures(pairs):
    p, t = np.array(pairs).T
    counts, found = confusion(p, t), evaluate(p, t)
    assert counts.sum() == len(pairs)
    assert found["acc7"] == pytest.approx(np.trace(counts) / len(pairs))
    assert found["recall7"] == pytest.approx(found["acc7"])
    assert found["recall"] == pytest.approx(found["has0"])
    assert found["f1"] == found["has0_f1"]
    recall = [share or 0 for share in class_recall(counts).values()]
    assert np.dot(recall, counts.sum(axis=1)) / len(pairs) == pytest.approx(found["acc7"])


def test_recall_of_each_class_and_of_the_extremes():
    counts = confusion([2.0, -3.0, 3.4, 0.1, -2.2], [3.0, -3.0, 2.8, 0.0, -2.6])
    assert class_recall(counts) == {"-3": 0.5, "-2": None, "-1": None, "0": 1.0, "1": None, "2": None, "3": 0.5}
    assert extremes(counts) == 0.5
    assert extremes(confusion([0.0], [1.0])) is None


def test_zero_is_non_negative_for_has0_and_not_positive_for_non0():
    assert evaluate([0.0], [1.0])["has0"] == 1
    assert evaluate([0.0], [1.0])["non0"] == 0


def test_r_of_a_constant_is_undefined():
    assert evaluate([1.0, 1.0], [0.0, 2.0])["r"] is None
    assert evaluate([0.0, 2.0], [-1.0, 0.0])["r"] == pytest.approx(1)
    assert evaluate([0.0, 1.0], [0.0, 1e-186])["r"] is None  # a variance too small for a float


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


def test_floors_of_the_larger_class_equal_scikit_learn(sklearn):
    _, t = random_answers(1)
    found = floors(t[:50], t)
    larger = np.full(len(t), (t >= 0).mean() >= 0.5)
    kept = t[t != 0] > 0
    options = {"average": "weighted", "zero_division": 0}
    assert found["f1_majority"] == pytest.approx(sklearn.f1_score(t >= 0, larger, **options))
    assert found["precision_majority"] == pytest.approx(sklearn.precision_score(t >= 0, larger, **options))
    assert found["non0_f1_majority"] == pytest.approx(
        sklearn.f1_score(kept, np.full(len(kept), kept.mean() >= 0.5), **options)
    )
    for limit, name in ((3, "acc7"), (2, "acc5")):
        classes = np.round(np.clip(t, -limit, limit)).astype(int) + 3
        assert found[f"{name}_majority"] == pytest.approx(np.bincount(classes).max() / len(t))


def test_the_best_constant_of_each_figure():
    found = floors([-1.0, 2.0], [-2.0, -1.0, 1.5])
    assert best_constant("mae", found) == min(found["constant_mae"], found["mean_mae"], found["median_mae"])
    assert best_constant("recall", found) == best_constant("has0", found) == pytest.approx(2 / 3)
    assert best_constant("r", found) is None  # a constant has none
    assert None not in [best_constant(metric, found) for metric in METRICS if metric != "r"]


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
