"""The chosen variants by the score they give, each beside what it was worth on clips it never met. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from engine import scale
from engine.checkpoint import Card
from engine.metrics import best_constant
from ui.compare.readings import Reading, Taken
from ui.views import fraction, names, percent

CSS = """
<style>
.s2s-ranked { overflow-x: auto; }
.s2s-ranked table { border-collapse: collapse; font-size: 0.9rem; width: 100%; }
.s2s-ranked th, .s2s-ranked td { text-align: left; padding: 0.35rem 0.9rem 0.35rem 0; vertical-align: top;
  border-bottom: 1px solid rgba(127,133,144,0.35); font-variant-numeric: tabular-nums; }
.s2s-ranked thead th { font-weight: 500; opacity: 0.85; vertical-align: bottom; }
.s2s-ranked tbody th { font-weight: 600; position: sticky; left: 0; background: var(--s2s-page); min-width: 8.5rem; }
.s2s-ranked small { display: block; font-size: 0.78rem; font-weight: 400; opacity: 0.85; }
.s2s-ranked td > i { display: block; position: relative; width: 7rem; height: 0.4rem; margin-top: 0.3rem;
  border-radius: 2px; background: rgba(127,133,144,0.3); }
.s2s-ranked td > i::before { content: ""; position: absolute; left: 50%; top: -2px; bottom: -2px; width: 1px;
  background: currentColor; opacity: 0.6; }
.s2s-ranked td > i > i { position: absolute; top: 0; bottom: 0; border-radius: 2px; }
@media (max-width: 640px) { .s2s-ranked tbody th { min-width: 6.5rem; max-width: 8rem; overflow-wrap: anywhere; } }
</style>
"""
LEGEND = (
    "r: how closely a variant's scores follow people's ratings, 1 being exactly. MAE: how far they are from them on "
    "average, in points of the scale. Has0 and Non0: how often positive or negative is right, a rating of 0 counted as "
    "positive, or left out. In brackets: what the best constant answer or guessing gets."
)
WEAK = "No better than guessing on speakers it never met"


def ranked(whole: Sequence[Reading], left: Sequence[Reading], taken: Taken) -> str:
    """A table, highest score first; `left` are the same variants without `taken`, or `whole` itself."""
    pairs = sorted(zip(whole, left, strict=True), key=lambda pair: _standing(pair[1]))
    scores = ["Score of this clip"] if not taken else ["Whole clip", f"Without {names(taken)}"]
    measured = ("r", "MAE (best constant)", "Has0 (guessing)", "Non0 (guessing)", "Measured on")
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("Variant", *scores, *measured))
    lines = []
    for one, rest in pairs:
        cells = [_score_cell(one)]
        if taken:
            cells.append(_left_cell(one, rest, taken))
        cells += [f"<td>{cell}</td>" for cell in _measured(one.card)]
        weak = "" if one.card.learned else f"<small>{WEAK}</small>"
        reads = f"<small>reads {names(one.card.inputs)}</small>"
        lines.append(f'<tr><th scope="row"><bdi>{escape(one.variant)}</bdi>{reads}{weak}</th>{"".join(cells)}</tr>')
    return (
        '<div class="s2s-ranked" role="region" tabindex="0" aria-label="Variants by score"><table>'
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(lines)}</tbody></table></div>"
    )


def summary(whole: Sequence[Reading], left: Sequence[Reading], taken: Taken) -> str:
    """What the variants make of the clip, in sentences of plain text."""
    read = [one for one in left if one.prediction is not None]
    if not read:
        without = f"Without {names(taken)} none" if taken else "None"
        return f"{without} of the chosen variants has anything to read in this clip."
    values = [one.prediction.score for one in read if one.prediction is not None]
    low, high = min(values), max(values)
    above = sum(value >= 0 for value in values)
    clip = "this clip" + (f" without {names(taken)}" if taken else "")
    if len(values) == 1:
        return f"{read[0].variant} reads {clip} as {_phrase(low)}."
    said = f"{len(values)} variants read {clip} as {_phrase(low)} to {_phrase(high)}; "
    said += f"{above} of {len(values)} say it is not negative."
    if taken:
        untouched = sum(not set(one.card.inputs) & set(taken) for one in whole)
        said += f" {untouched} of them never read {names(taken)} and stay as they were." if untouched else ""
    weak = sum(not one.card.learned for one in read)
    if weak:
        said += f" {weak} of them {'is' if weak == 1 else 'are'} no better than guessing on speakers never met."
    return said


def _phrase(value: float) -> str:
    return f"{scale.name(value)} ({scale.signed(value)})"


def _standing(one: Reading) -> tuple[bool, float]:
    """Sorts by falling score, those without one last."""
    return (True, 0.0) if one.prediction is None else (False, -one.prediction.score)


def _score_cell(one: Reading) -> str:
    if one.prediction is None:
        return f"<td>{escape(one.sentence)}</td>"
    score = one.prediction.score
    return f"<td>{_phrase(score)}{_bar(score)}</td>"


def _left_cell(one: Reading, rest: Reading, taken: Taken) -> str:
    if rest.prediction is None:
        return f"<td>{escape(rest.sentence)}</td>"
    if not set(one.card.inputs) & set(taken):
        return f"<td>unchanged<small>it does not read {names(taken, 'or')}</small></td>"
    if one.prediction is None:
        return _score_cell(rest)
    change = rest.prediction.score - one.prediction.score
    said = "unchanged" if scale.signed(change) == "0.00" else f"changes by {scale.signed(change)}"
    return f"<td>{_phrase(rest.prediction.score)}{_bar(rest.prediction.score)}<small>{said}</small></td>"


def _bar(value: float) -> str:
    half = abs(scale.clip(value)) / scale.LIMIT * 50
    left = 50 if value >= 0 else 50 - half
    style = f"left:{left:.1f}%;width:{half:.1f}%;background:{scale.colour(value)}"
    return f'<i aria-hidden="true"><i style="{style}"></i></i>'


def _measured(card: Card) -> list[str]:
    figures, floors = card.test or card.validation, card.floors
    where = f"{card.test['clips']} clips" if card.test else "validation clips"
    return [
        fraction(figures["r"]),
        f"{fraction(figures['mae'])} ({fraction(best_constant('mae', floors))})",
        f"{percent(figures['has0'])} ({percent(floors.get('has0_majority'))})",
        f"{percent(figures['non0'])} ({percent(floors.get('non0_majority'))})",
        where,
    ]
