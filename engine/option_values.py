"""Values of options: read from text, and held to their ranges and choices, whatever dataclass they stand in."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from extraction.errors import InputError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_RANGES: Mapping[str, tuple[float, float]] = {
    "hidden": (1, 4096),
    "layers": (1, 8),
    "dropout": (0, 0.95),
    "input_dropout": (0, 0.95),
    "codes": (2, 4096),
    "vocabulary": (1, 100_000),
    "learning_rate": (1e-7, 1),
    "weight_decay": (0, 1),
    "batch_size": (1, 4096),
    "epochs": (1, 10_000),
    "first_epochs": (0, 10_000),
    "masked_epochs": (0, 10_000),
    "patience": (1, 10_000),
    "clip_norm": (1e-3, 1e6),
    "teacher_forcing": (0, 1),
    "teacher_forcing_end": (0, 1),
    "forcing_epochs": (1, 10_000),
    "beam": (1, 64),
    "length_penalty": (0, 2),
    "translation_weight": (0, 1000),
    "averaging": (0, 0.99999),
    "latent": (0, 4096),
    "kl_weight": (0, 1000),
    "kl_epochs": (1, 10_000),
    "free_bits": (0, 1000),
    "cyclic": (0, 1000),
    "modality_dropout": (0, 0.95),
    "joined": (0, 1),
    "consistency": (0, 1000),
    "rank": (1, 256),
    "alpha": (1, 1024),
}


def typed(key: str, kind: Any, value: Any) -> Any:
    """A value of the option `key` as its type has it. Raises InputError for text that is none of that type."""
    text = str(value).strip()
    if kind is bool:
        if text.lower() not in ("true", "false", "yes", "no", "1", "0"):
            raise InputError(f"Option {key} is {text!r}: give true or false.")
        return text.lower() in ("true", "yes", "1")
    if kind is int or kind is float:
        try:
            return kind(text)
        except ValueError as error:
            needs = "a whole number" if kind is int else "a number"
            raise InputError(f"Option {key} is {text!r}: give {needs}.") from error
    return text


def check(options: DataclassInstance, **ranges: tuple[float, float]) -> None:
    """Hold every option to its choices, and to its range in `ranges` or, where it has none there, in the common ones.

    Raises InputError, a sentence about the first that is out of them.
    """
    kinds, limits = get_type_hints(type(options)), {**_RANGES, **ranges}
    for field in dataclasses.fields(options):
        value, choices = getattr(options, field.name), get_args(kinds[field.name])
        if choices and value not in choices:
            raise InputError(f"Option {field.name} is {value!r}: give {' or '.join(choices)}.")
        if field.name in limits:
            low, high = limits[field.name]
            if not (math.isfinite(value) and low <= value <= high):
                raise InputError(f"Option {field.name} is {value}: give a value from {low:g} to {high:g}.")
