"""Whoever reads a function of the glottal analysis learns which paper it follows and in what unit its numbers are."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re

import pytest

import extraction.glottal as package

# They look values up, sort, cut a sound, filter or window it; no paper's measure is taken there.
NO_METHOD = {
    *("Analysis.at", "Pitch.f0_at", "Pitch.voiced_at", "Pitch.median", "interpolated"),
    *("periods", "batches", "of_a_voice", "measured", "reach", "high_pass", "forth_and_back", "blocks"),
    *("_above", "parts", "_nearest", "_windows", "_overlapped", "_even", "_gathered", "_hann", "_high_pass"),
    *("_skewness", "_between", "_pulse_phases", "_pulses", "_mel_bands"),
}
YEAR = re.compile(r"\((19|20)\d\d\)")
UNIT = re.compile(r"\b(Hz|dB|samples|radians|unit)\b")


def functions():
    """Name -> function, of all in the package and of the cepstra beside it."""
    inside = (f"{package.__name__}.{info.name}" for info in pkgutil.iter_modules(package.__path__))
    for module in map(importlib.import_module, (*inside, "extraction.mfcc")):
        for name, member in vars(module).items():
            if getattr(member, "__module__", "") != module.__name__:
                continue
            inner = inspect.unwrap(member) if callable(member) else member
            if inspect.isfunction(inner):
                yield f"{module.__name__}.{name}", name, inner
            elif inspect.isclass(member):
                for attribute_name, attribute in vars(member).items():
                    method = attribute.fget if isinstance(attribute, property) else attribute
                    if inspect.isfunction(method) and not attribute_name.startswith("_"):
                        yield f"{module.__name__}.{name}.{attribute_name}", f"{name}.{attribute_name}", method


ALL = tuple(functions())


@pytest.mark.parametrize(
    "function",
    [one for _, name, one in ALL if name not in NO_METHOD],
    ids=[i for i, name, _ in ALL if name not in NO_METHOD],
)
def test_its_docstring_names_its_paper_and_its_units(function):
    said = inspect.getdoc(function)
    assert re.search(r"\bSources?\b", said)
    assert YEAR.search(said)
    assert UNIT.search(said)


def test_the_exceptions_are_there():
    assert {name for _, name, _ in ALL} >= NO_METHOD
