"""The 26 models of the paper, in the order of its tables, with the figures it reports.

Figures are fractions in [0, 1]: precision, recall and F1 (weighted over classes) of the binary and of the seven-class
reading of the sentiment, on the paper's own split of CMU-MOSI. They are kept as printed, even where a printed F1
cannot follow from the printed precision and recall beside it.
Source: Pham, Manzini, Liang, Poczos (2018), arXiv 1807.03915, tables 1 to 3.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from engine.notation import Variant, VariantError, parse


@dataclass(frozen=True)
class PaperRow:
    """One row of the paper's tables.

    Attributes:
        table: number of the table in the paper, 1 to 3.
        group: the heading the row stands under.
        name: the variant as spelled in this project's notation.
        binary: precision, recall, F1 of negative against positive.
        seven: precision, recall, F1 over the classes -3 .. 3.
    """

    table: int
    group: str
    name: str
    binary: tuple[float, float, float]
    seven: tuple[float, float, float]

    @property
    def variant(self) -> Variant:
        """The parsed name."""
        return parse(self.name)

    def to_dict(self) -> dict[str, float | None]:
        """The six figures under the names `engine.metrics.evaluate` gives the same quantities."""
        keys = ("precision", "recall", "f1", "precision7", "recall7", "f1_7")
        return dict(zip(keys, self.binary + self.seven, strict=True))


PAPER: tuple[PaperRow, ...] = (
    PaperRow(1, "unimodal baseline", "T", (0.77, 0.76, 0.76), (0.32, 0.35, 0.33)),
    PaperRow(1, "unimodal baseline", "A", (0.56, 0.56, 0.56), (0.12, 0.19, 0.14)),
    PaperRow(1, "unimodal baseline", "V", (0.57, 0.47, 0.48), (0.12, 0.19, 0.12)),
    PaperRow(2, "bimodal baseline", "concat(T,V)", (0.78, 0.67, 0.55), (0.01, 0.16, 0.05)),
    PaperRow(2, "bimodal baseline", "concat(T,A)", (0.44, 0.66, 0.53), (0.02, 0.15, 0.04)),
    PaperRow(2, "bimodal baseline", "concat(A,V)", (0.55, 0.47, 0.48), (0.13, 0.16, 0.11)),
    PaperRow(2, "bimodal seq2seq", "T->V", (0.67, 0.67, 0.67), (0.26, 0.22, 0.22)),
    PaperRow(2, "bimodal seq2seq", "T->A", (0.66, 0.64, 0.65), (0.28, 0.24, 0.18)),
    PaperRow(2, "bimodal seq2seq", "A->T", (0.55, 0.60, 0.56), (0.17, 0.34, 0.11)),
    PaperRow(2, "bimodal seq2seq", "A->V", (0.55, 0.55, 0.54), (0.16, 0.18, 0.16)),
    PaperRow(2, "bimodal seq2seq", "V->T", (0.58, 0.58, 0.58), (0.05, 0.16, 0.08)),
    PaperRow(2, "bimodal seq2seq", "V->A", (0.58, 0.62, 0.58), (0.12, 0.17, 0.01)),
    PaperRow(3, "trimodal baseline", "concat(T,V,A)", (0.75, 0.75, 0.75), (0.24, 0.27, 0.24)),
    PaperRow(3, "trimodal hierarchical", "embed(T,V)->A", (0.56, 0.60, 0.57), (0.10, 0.16, 0.09)),
    PaperRow(3, "trimodal hierarchical", "embed(T,A)->V", (0.60, 0.55, 0.56), (0.26, 0.15, 0.07)),
    PaperRow(3, "trimodal hierarchical", "embed(A,V)->T", (0.66, 0.53, 0.44), (0.16, 0.04, 0.09)),
    PaperRow(3, "trimodal hierarchical", "embed(A,T)->V", (0.59, 0.51, 0.52), (0.13, 0.15, 0.09)),
    PaperRow(3, "trimodal hierarchical", "embed(V,T)->A", (0.59, 0.60, 0.59), (0.11, 0.17, 0.10)),
    PaperRow(3, "trimodal hierarchical", "embed(V,A)->T", (0.57, 0.61, 0.58), (0.11, 0.17, 0.09)),
    PaperRow(3, "trimodal concat to one", "concat(T,V)->A", (0.67, 0.66, 0.65), (0.22, 0.17, 0.18)),
    PaperRow(3, "trimodal concat to one", "concat(A,T)->V", (0.54, 0.55, 0.63), (0.19, 0.15, 0.21)),
    PaperRow(3, "trimodal concat to one", "concat(V,A)->T", (0.59, 0.59, 0.58), (0.16, 0.12, 0.12)),
    PaperRow(3, "trimodal one to concat", "T->concat(A,V)", (0.70, 0.65, 0.66), (0.23, 0.22, 0.18)),
    PaperRow(3, "trimodal one to concat", "A->concat(T,V)", (0.55, 0.53, 0.54), (0.18, 0.20, 0.18)),
    PaperRow(3, "trimodal concat to concat", "concat(T,A)->concat(T,V)", (0.62, 0.60, 0.61), (0.23, 0.24, 0.22)),
    PaperRow(3, "trimodal concat to concat", "concat(T,V)->concat(T,A)", (0.68, 0.70, 0.67), (0.31, 0.24, 0.19)),
)

VARIANTS: tuple[Variant, ...] = tuple(row.variant for row in PAPER)
_ROWS = {row.name: row for row in PAPER}


def find(name: str) -> Variant:
    """The variant of the paper called `name`; white space and `→` for `->` are allowed.

    Raises VariantError naming the nearest of the 26 when `name` is none of them. `engine.notation.parse` reads
    variants beyond the paper's.
    """
    spelled = "".join(name.replace("→", "->").split())
    if spelled in _ROWS:
        return _ROWS[spelled].variant
    by_lower = {name.lower(): name for name in _ROWS}
    near = [by_lower[n] for n in difflib.get_close_matches(spelled.lower(), by_lower, n=3, cutoff=0.4)]
    hint = f"did you mean {' or '.join(f'`{n}`' for n in near)}?" if near else "`s2s variants` lists them."
    raise VariantError(f"{name!r} is not one of the paper's 26 variants: {hint}")


def paper_row(variant: Variant) -> PaperRow | None:
    """The paper's row for `variant`, or None for a variant the paper does not have."""
    return _ROWS.get(str(variant))


def directory_name(variant: Variant | str) -> str:
    """A folder name for a variant that every file system takes: `T->A` is `T_to_A`. The card in the folder rules."""
    return str(variant).replace("->", "_to_")
