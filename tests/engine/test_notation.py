"""The notation: every variant of the paper parses and prints back, and says what it needs."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.notation import Concat, Embed, Leaf, Stage, Variant, VariantError, parse
from engine.variants import PAPER, VARIANTS, directory_name, find, paper_row

NAMES = [row.name for row in PAPER]
leaf = st.sampled_from("TAV").map(Leaf)
target = leaf | st.lists(leaf, min_size=2, max_size=3).map(lambda parts: Concat(tuple(parts)))
expr = st.recursive(
    leaf,
    lambda inner: (
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Concat(tuple(parts)))
        | st.tuples(inner, target).map(lambda pair: Embed(*pair))
    ),
    max_leaves=8,
)


@pytest.mark.parametrize("name", NAMES)
def test_paper_variant_prints_back(name):
    assert str(parse(name)) == name
    assert str(parse(f"  {name.replace(',', ' , ').replace('->', ' → ')} ")) == name
    assert find(name) == parse(name)


def test_there_are_26_in_order():
    assert len(VARIANTS) == len(set(VARIANTS)) == 26
    assert [row.table for row in PAPER] == sorted(row.table for row in PAPER)


@settings(deadline=None, max_examples=40)
@given(st.builds(Variant, expr, st.none() | target))
def test_any_tree_survives_printing(variant):
    assert parse(str(variant)) == variant
    assert set(variant.inputs) <= set("TAV")
    assert len(set(variant.stages)) == len(variant.stages)


@pytest.mark.parametrize(
    ("name", "stages", "inputs", "targets"),
    [
        ("T", [], "T", ""),
        ("concat(T,V,A)", [], "TAV", ""),
        ("T->A", ["T->A"], "T", "A"),
        ("embed(T,A)->V", ["T->A", "embed(T,A)->V"], "T", "AV"),
        ("concat(T,A)->concat(T,V)", ["concat(T,A)->concat(T,V)"], "TA", "TV"),
        ("concat(V,embed(T,A))", ["T->A"], "TV", "A"),
    ],
)
def test_stages_inputs_and_targets(name, stages, inputs, targets):
    variant = parse(name)
    assert [str(stage) for stage in variant.stages] == stages
    assert "".join(variant.inputs) == inputs
    assert "".join(variant.targets) == targets


def test_variants_share_an_equal_stage():
    assert parse("T->A").stages[0] == parse("embed(T,A)->V").stages[0] == Stage(Leaf("T"), Leaf("A"))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "the end at position 0 is unexpected"),
        ("Q", "'Q' at position 0 is unexpected"),
        ("T->", "the end at position 3"),
        ("T->A->V", "'->V' at position 4"),
        ("concat(T)", "`concat` takes two parts or more"),
        ("embed(T,A,V)", "`embed` takes two parts"),
        ("T->embed(T,A)", "must be T, A, V or a concatenation of them"),
        ("concat(T,A", "the end at position 10"),
    ],
)
def test_what_is_not_a_variant_is_refused(text, sentence):
    with pytest.raises(VariantError, match=sentence.replace("(", r"\(")):
        parse(text)


def test_unknown_variant_names_the_nearest():
    with pytest.raises(VariantError, match=r"not one of the paper's 26 variants: did you mean .*`embed\(T,A\)->V`"):
        find("embed(T,A)->VV")
    with pytest.raises(VariantError, match="`s2s variants` lists them"):
        find("????")


def test_paper_figures():
    row = paper_row(parse("T->V"))
    assert row is not None
    assert row.to_dict()["f1"] == 0.67
    assert row.to_dict()["recall7"] == 0.22
    assert paper_row(parse("concat(V,embed(T,A))")) is None


def test_directory_names_are_distinct_and_safe():
    names = {directory_name(v) for v in VARIANTS}
    assert len(names) == 26
    assert not any(set(name) & set('<>:"/\\|?*') for name in names)
    assert directory_name(parse("T->A")) == "T_to_A"


@pytest.mark.data
def test_paper_figures_equal_the_table(data_root):
    import csv

    path = data_root.parent / "paper" / "tables.csv"
    if not path.is_file():
        pytest.skip(f"no {path}")
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["variant"] for row in rows] == NAMES
    for row, ours in zip(rows, PAPER, strict=True):
        assert (int(row["table"]), row["group"]) == (ours.table, ours.group)
        columns = [f"{kind}_{figure}" for kind in ("binary", "seven") for figure in ("precision", "recall", "f1")]
        assert list(ours.to_dict().values()) == [float(row[column]) for column in columns]
