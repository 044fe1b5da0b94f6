"""The paper's notation for a model, parsed to a tree that says what to train and what prediction needs.

Grammar, white space free between tokens::

    variant := expr [ "->" expr ]
    expr    := "T" | "A" | "V" | concat(expr, expr, ...) | embed(expr, expr)

`T->A` translates text to audio and regresses on the encoder's states; `embed(T,A)` *is* the encoder of `T->A`, so
`embed(T,A)->V` feeds that encoder's states to a second translation. A target holds measurements only: `T`, `A`, `V`
or a concatenation of them. The order inside `concat` changes nothing but the spelling; inside `embed` it matters.
Source: Pham, Manzini, Liang, Poczos (2018), arXiv 1807.03915, sections 3.2 and 3.3.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from extraction.errors import InputError
from extraction.types import MODALITIES, Modality

_TOKEN = re.compile(r"\s*(->|concat|embed|[TAV](?![A-Za-z])|[(),])")


class VariantError(InputError):
    """A variant is not spelled in the notation, or none of that name is known."""


@dataclass(frozen=True)
class Leaf:
    """One measured modality."""

    modality: Modality

    def __str__(self) -> str:
        return self.modality


@dataclass(frozen=True)
class Concat:
    """Several sequences side by side at each word."""

    parts: tuple[Expr, ...]

    def __str__(self) -> str:
        return f"concat({','.join(map(str, self.parts))})"


@dataclass(frozen=True)
class Embed:
    """The encoder states of the translation `source -> target`."""

    source: Expr
    target: Expr

    def __str__(self) -> str:
        return f"embed({self.source},{self.target})"


Expr = Leaf | Concat | Embed


@dataclass(frozen=True)
class Stage:
    """One translation to train. Two variants that hold an equal stage share its weights."""

    source: Expr
    target: Expr

    def __str__(self) -> str:
        return f"{self.source}->{self.target}"


@dataclass(frozen=True)
class Variant:
    """A model of the paper: what the regressor reads, by way of a translation or directly.

    Attributes:
        source: what the variant starts from.
        target: what it translates to, or None for a baseline that regresses on `source` directly.
    """

    source: Expr
    target: Expr | None = None

    def __str__(self) -> str:
        return str(self.source) if self.target is None else f"{self.source}->{self.target}"

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Translations to train, inner ones first."""
        found = _stages_inside(self.source)
        if self.target is not None:
            found += (Stage(self.source, self.target),)
        return tuple(dict.fromkeys(found))

    @property
    def inputs(self) -> tuple[Modality, ...]:
        """Modalities read at prediction, in the order T, A, V. What is only translated *to* is not among them."""
        return _ordered(_read(self.source))

    @property
    def targets(self) -> tuple[Modality, ...]:
        """Modalities some stage translates to: needed to train it, not to predict."""
        return _ordered({m for stage in self.stages for m in _read(stage.target)})

    @property
    def representation(self) -> Expr:
        """What the regressor reads: the source, or the states of the last translation's encoder."""
        return self.source if self.target is None else Embed(self.source, self.target)


def parse(text: str) -> Variant:
    """Parse a variant. Raises VariantError naming the position where the notation breaks.

    >>> str(parse(" embed( T, A ) -> V "))
    'embed(T,A)->V'
    """
    return _Parser(text.replace("→", "->")).variant()


def _stages_inside(expr: Expr) -> tuple[Stage, ...]:
    match expr:
        case Leaf():
            return ()
        case Concat(parts):
            return tuple(stage for part in parts for stage in _stages_inside(part))
        case Embed(source, target):
            return (*_stages_inside(source), Stage(source, target))


def _read(expr: Expr) -> set[Modality]:
    match expr:
        case Leaf(modality):
            return {modality}
        case Concat(parts):
            return {m for part in parts for m in _read(part)}
        case Embed(source, _):
            return _read(source)


def _ordered(found: set[Modality]) -> tuple[Modality, ...]:
    return tuple(m for m in MODALITIES if m in found)


class _Parser:
    """Recursive descent over the tokens of one variant."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[tuple[str, int]] = []
        position = 0
        while text[position:].strip():
            match = _TOKEN.match(text, position)
            if match is None:
                raise self._error(position)
            self.tokens.append((match[1], match.start(1)))
            position = match.end()
        self.tokens.append(("", len(text)))

    def variant(self) -> Variant:
        source = self._expr()
        target = None
        if self._peek() == "->":
            self._take("->")
            target = self._target()
        self._take("")
        return Variant(source, target)

    def _target(self) -> Expr:
        position = self.tokens[0][1]
        expr = self._expr()
        if _stages_inside(expr):
            raise VariantError(
                f"{self.text!r} is not a variant: what follows `->` or the comma of `embed` at position {position} "
                "must be T, A, V or a concatenation of them."
            )
        return expr

    def _expr(self) -> Expr:
        token = self._peek()
        if token in MODALITIES:
            self._take(token)
            return Leaf(token)
        if token not in ("concat", "embed"):
            raise self._error(self.tokens[0][1])
        self._take(token)
        self._take("(")
        parts = [self._expr()]
        while self._peek() == ",":
            self._take(",")
            parts.append(self._target() if token == "embed" else self._expr())
        self._take(")")
        if len(parts) < 2 or (token == "embed" and len(parts) != 2):
            needs = "two parts" if token == "embed" else "two parts or more"
            raise VariantError(f"{self.text!r} is not a variant: `{token}` takes {needs}, as in `{token}(T,A)`.")
        return Concat(tuple(parts)) if token == "concat" else Embed(parts[0], parts[1])

    def _peek(self) -> str:
        return self.tokens[0][0]

    def _take(self, token: str) -> None:
        if self._peek() != token:
            raise self._error(self.tokens[0][1])
        self.tokens.pop(0)

    def _error(self, position: int) -> VariantError:
        found = repr(self.text[position:].strip()[:12]) if self.text[position:].strip() else "the end"
        return VariantError(
            f"{self.text!r} is not a variant: {found} at position {position} is unexpected; "
            "spell it like `T`, `concat(T,A)`, `T->A` or `embed(T,A)->V`."
        )
