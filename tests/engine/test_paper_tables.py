"""The paper's tables made again, as Markdown, CSV and picture."""

import csv
import dataclasses
import io
import re

import numpy as np
import pytest
from answered_runs import answers

from engine.notation import parse
from engine.paper_tables import csv_text, markdown, plot
from engine.summary import summarise
from engine.variants import PAPER
from extraction.errors import InputError

FLOOR = "*floor: the best constant*"
CONSTANTS = ("constant", "mean", "median")


def summary(variant, noise=0.5, seeds=2, **how):
    return summarise(parse(variant), "standard", {seed: [answers(noise, seed, **how)] for seed in range(seeds)})


@pytest.fixture(scope="module")
def summaries():
    return {"T": summary("T"), "V": summary("V", 60.0), "T->A": summary("T->A", 1.0, seeds=1)}


def rows(text, name):
    lines = [line for line in text.splitlines() if line.startswith(f"| {name} |")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def cells(text, name):
    (found,) = rows(text, f"`{name}`")
    return found


def test_ours_stand_beside_the_papers(summaries):
    text = markdown(summaries, "Made-up answers")
    assert text.startswith("## Made-up answers\n")
    row = cells(text, "T")
    ours = summaries["T"]
    assert row[1] == "2 × 60"
    assert row[4] == f"{ours.mean['f1']:.3f} ({ours.std['f1']:.3f})".replace("0.", ".")
    assert (row[5], row[9], row[-1]) == (".77 / .76 / .76", ".32 / .35 / .33", "yes")
    assert row[13] == f"{ours.mean['mae']:.3f} ({ours.std['mae']:.3f})".replace("0.", ".")
    assert cells(text, "V")[-1] == "**no**"
    assert "(" not in "".join(cells(text, "T->A")[2:5])  # one seed has no spread


def test_every_row_has_every_column_and_the_floor_stands_on_top_once(summaries):
    text = markdown(summaries, "x")
    lines = text.splitlines()
    table = [line for line in lines if line.startswith("|")]
    assert len({line.count("|") for line in table}) == 1
    first = next(i for i, line in enumerate(lines) if line.startswith("| variant"))
    below = [line.split("|")[1].strip() for line in lines[first + 2 : first + 5]]
    assert below == [FLOOR, "**unimodal baseline**", "`T`"]
    assert len(rows(text, FLOOR)) == 2  # tables 1 and 2


def test_the_floor_is_the_best_constant_of_each_figure_and_says_which_constants(summaries):
    text = markdown(summaries, "x")
    found, floors = rows(text, FLOOR)[0], summaries["T"].floors
    assert found[1] == "60"
    assert found[4] == f"{floors['f1_majority']:.3f}".lstrip("0")
    sevens = (floors["acc7_majority"], *(floors[f"{name}_acc7"] for name in CONSTANTS))
    assert found[12] == f"{max(sevens):.3f}".lstrip("0")
    assert found[13] == f"{min(floors[f'{name}_mae'] for name in CONSTANTS):.3f}"
    assert found[14:] == ["", ""]  # a constant has no correlation, and is no variant
    assert f"the best whole number ({floors['constant']:.0f}), the training mean or" in text
    assert "floor" not in markdown({}, "x")


def test_numbers_below_zero_have_a_true_minus(summaries):
    ours = summaries["V"]
    low = dataclasses.replace(ours, mean=ours.mean | {"r": -0.0421}, floors=ours.floors | {"constant": -1.0})
    high = dataclasses.replace(summaries["T"], clips=686, floors=ours.floors | {"constant": 2.0})
    text = markdown({"V": low, "T": high}, "x")
    assert cells(text, "V")[14].startswith("−.042")
    assert "the best whole number (−1 on 60 clips, +2 on 686 clips)" in text
    assert not re.search(r"[ (]-[.\d]", text)
    none = dataclasses.replace(low, mean=low.mean | {"r": -0.0001})
    assert cells(markdown({"V": none}, "x"), "V")[14].startswith(".000")


def test_what_was_not_measured_is_named_and_not_left_blank(summaries):
    text = markdown(summaries, "x")
    assert "Not measured: `A`." in text
    assert "| `A` |" not in text
    missing = [row.name for row in PAPER if row.name not in summaries]
    assert all(f"`{name}`" in text for name in missing)
    assert "### Table 3: three modalities\n\nNot measured: " in text
    assert "Not measured" not in markdown({row.name: summaries["T"] for row in PAPER}, "x")


def test_other_test_clips_bring_floors_of_their_own(summaries):
    text = markdown(summaries | {"A": summary("A", clips=40)}, "x")
    one = text.split("### Table 2")[0]
    assert [row[1] for row in rows(one, FLOOR)] == ["40", "60"]
    assert re.search(r"whole number \(\S+ on 40 clips, \S+ on 60 clips\)", text)


def test_variants_beyond_the_paper_have_a_table_of_their_own(summaries):
    name = str(parse("concat(V,embed(T,A))"))
    text = markdown(summaries | {name: summary(name)}, "x")
    assert "### Beyond the paper" in text
    assert cells(text, name)[5] == ""
    (row,) = csv.DictReader(io.StringIO(csv_text({name: summary(name)})))
    assert (row["variant"], row["group"], row["paper_f1"]) == (name, "beyond the paper", "")


def test_csv_holds_every_figure(summaries):
    rows = {row["variant"]: row for row in csv.DictReader(io.StringIO(csv_text(summaries)))}
    assert list(rows) == ["T", "V", "T->A"]
    for name, row in rows.items():
        ours = summaries[name]
        assert {key: float(row[key]) for key in ours.mean} == pytest.approx(ours.mean, rel=1e-5)
    assert (rows["T"]["paper_f1"], rows["T"]["beats_floor"], rows["V"]["beats_floor"]) == ("0.76", "yes", "no")
    assert rows["T->A"]["mae_sd"] == ""
    assert float(rows["T"]["floor_mae"]) <= summaries["T"].floors["mean_mae"]


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".png", ".svg"])
@pytest.mark.parametrize("mixed", [False, True])
def test_the_same_figures_draw_the_same_bytes(summaries, tmp_path, suffix, mixed):
    shown = summaries | ({"A": summary("A", clips=40)} if mixed else {})
    first, second = tmp_path / f"one{suffix}", tmp_path / "deeper" / f"two{suffix}"
    plot(shown, "Made-up answers", first)
    plot(shown, "Made-up answers", second)
    assert first.read_bytes() == second.read_bytes()
    assert first.stat().st_size > 10_000


@pytest.mark.slow
def test_the_picture_has_both_colours_and_may_be_empty(summaries, tmp_path):
    import matplotlib.image

    plot(summaries, "Made-up answers", tmp_path / "plot.png")
    pixels = np.round(matplotlib.image.imread(tmp_path / "plot.png")[..., :3] * 255).astype(int)
    assert pixels.shape[0] > pixels.shape[1] > 1000
    for colour in ((0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00)):
        assert (np.abs(pixels - colour).sum(axis=2) < 6).sum() > 50
    plot({}, "Nothing measured", tmp_path / "empty.svg")
    assert (tmp_path / "empty.svg").is_file()


def test_a_picture_of_another_kind_is_refused(summaries, tmp_path):
    with pytest.raises(InputError, match=r"plot\.pdf ends in neither \.png nor \.svg"):
        plot(summaries, "x", tmp_path / "plot.pdf")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"cannot be written \(.*\): choose another place"):
        plot(summaries, "x", tmp_path / "file" / "plot.png")
