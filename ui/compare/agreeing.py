"""How far the chosen variants agree, in sentences and as tables. Pure functions; sentences are plain text."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from engine import scale
from engine.agreement import Agreement
from engine.predict import Prediction
from ui import tables
from ui.compare.grid import Cell, Row, grey, grid, sentiment_cell
from ui.compare.readings import Reading
from ui.views import fraction, percent

DISPUTED_FORMS = {"lowest": scale.signed, "highest": scale.signed}


def heat_map(readings: Sequence[Reading], first: int, stop: int) -> str:
    """Variants by words `[first, stop)`, each cell in the colour of its sentiment; the clip's score comes first."""
    words = next(one.prediction.words for one in readings if one.prediction is not None)[first:stop]
    rows = []
    for one in readings:
        if one.prediction is None:
            rows.append(Row(one.variant, (), one.sentence))
            continue
        score = one.prediction.score
        cells = [sentiment_cell(score, f"{one.variant}, the whole clip", scale.signed(score))]
        for index, word in enumerate(words, start=first):
            value = float(one.prediction.sentiment[index])
            cells.append(sentiment_cell(value, f"{one.variant}, “{word.text}”"))
        rows.append(Row(one.variant, cells))
    hint = "Blue is positive, orange-brown negative. Point at a cell for its number."
    label = "Sentiment of each word by each variant"
    return grid(label, ["score", *(word.text for word in words)], rows, hint)


def word_table(predictions: Sequence[Prediction], attention: bool) -> pd.DataFrame:
    """One row a word: index, word, start, then the sentiment by each variant, and its attention where asked for."""
    words = predictions[0].words
    table = pd.DataFrame({"word": [w.text for w in words], "start": [w.start for w in words]})
    for prediction in predictions:
        table[prediction.variant] = prediction.sentiment
        if attention:
            table[f"{prediction.variant} attention"] = prediction.attention
    return table


def word_forms(predictions: Sequence[Prediction]) -> dict[str, tables.Form]:
    """How the numbers of `word_table` are written."""
    sentiment = {prediction.variant: scale.signed for prediction in predictions}
    return {**sentiment, **{f"{variant} attention": tables.share for variant in sentiment}}


def matrix(found: Agreement) -> str:
    """Each pair of variants: below the diagonal the correlation, above it the share of words of one sign; in grey."""
    rows = []
    for i, one in enumerate(found.variants):
        cells = []
        for j, other in enumerate(found.variants):
            r, same = float(found.correlation[i, j]), float(found.same_sign[i, j])
            if i == j:
                cells.append(Cell("none", one, "·"))
                continue
            said = f"{one} and {other}: r {_r(r)}, the same sign in {percent(same)} of the words"
            text, shade = (_r(r), max(0.0, 0.0 if math.isnan(r) else r)) if j < i else (percent(same), 2 * same - 1)
            cells.append(Cell(grey(shade), said, text))
        rows.append(Row(one, cells))
    hint = "Below the diagonal: correlation over the words. Above: words of one sign. A stronger grey is more."
    return grid("Agreement of each pair of variants", found.variants, rows, hint)


def sentences(found: Agreement) -> list[str]:
    """Who agrees with whom, and how far the scores lie apart."""
    known = [pair for pair in found.pairs if not math.isnan(pair[2])]
    same = sum(pair[3] for pair in found.pairs) / len(found.pairs)
    low, high = int(found.scores.argmin()), int(found.scores.argmax())
    said = [
        f"Two of these variants give a word the same sign in {percent(same)} of cases on average.",
        f"Their scores of the clip lie between {scale.signed(float(found.scores[low]))} ({found.variants[low]}) and "
        f"{scale.signed(float(found.scores[high]))} ({found.variants[high]}), standard deviation "
        f"{found.score_spread:.2f}.",
    ]
    if len(known) > 1:
        most, least = max(known, key=lambda pair: pair[2]), min(known, key=lambda pair: pair[2])
        said.append(
            f"Most alike word by word are {most[0]} and {most[1]} ({_named(most[2])}), "
            f"least alike {least[0]} and {least[1]} ({_named(least[2])})."
        )
    elif known:
        said.append(f"Word by word they correlate with {_named(known[0][2])}.")
    return said


def most_disputed(found: Agreement, predictions: Sequence[Prediction], most: int) -> list[str]:
    """A sentence for each of the words the variants read most differently."""
    words = predictions[0].words
    return [
        f"“{words[one.word].text}”: {_phrase(one.low)} to {one.lowest}, {_phrase(one.high)} to {one.highest}; "
        f"spread {one.spread:.2f}"
        for one in found.disagreements(most)
    ]


def disputed_table(found: Agreement, predictions: Sequence[Prediction]) -> pd.DataFrame:
    """Every word by how differently it is read: word, spread, lowest, by, highest, by."""
    words = predictions[0].words
    rows = [
        {
            "word": words[one.word].text,
            "spread": one.spread,
            "lowest": one.low,
            "lowest by": one.lowest,
            "highest": one.high,
            "highest by": one.highest,
        }
        for one in found.disagreements(len(words))
    ]
    return pd.DataFrame(rows)


def _phrase(value: float) -> str:
    return f"{scale.name(value)} ({scale.signed(value)})"


def _r(value: float) -> str:
    return "–" if math.isnan(value) else ("+" if value > 0 else "") + fraction(value)


def _named(value: float) -> str:
    """The correlation with its name, as a sentence says it: no line ends between the two."""
    return f"r\N{NO-BREAK SPACE}{_r(value)}"
