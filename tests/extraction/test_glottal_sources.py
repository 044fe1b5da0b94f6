"""Whoever reads a function of the glottal analysis learns which paper it follows and in what unit its numbers are."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re

import pytest

import extraction.glottal as package

# They look values up, sort or cut a sound; nothing is measured there.
NO_METHOD = {
    *("Analysis.at", "Pitch.f0_at", "Pitch.voiced_at", "Pitch.median", "interpolated"),
    *("periods", "batches", "of_a_voice", "measured", "reach", "high_pass", "forth_and_back", "blocks"),
}
MEASURED_INSIDE = {"_quotients", "_harmonics", "_parabolic", "_inverse_filtered", "_distances", "_scores"}
YEAR = re.compile(r"\((19|20)\d\d\)")
UNIT = re.compile(r"\b(Hz|dB|samples|radians|unit)\b")


def functions():
    """Name -> function, of all that the package offers and of the private ones that measure a column."""
    for info in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        for name, member in vars(module).items():
            if getattr(member, "__module__", "") != module.__name__:
                continue
            if inspect.isfunction(member) and (not name.startswith("_") or name in MEASURED_INSIDE):
                yield f"{info.name}.{name}", name, member
            elif inspect.isclass(member):
                for inner, attribute in vars(member).items():
                    method = attribute.fget if isinstance(attribute, property) else attribute
                    if inspect.isfunction(method) and not inner.startswith("_"):
                        yield f"{info.name}.{name}.{inner}", f"{name}.{inner}", method


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
    assert {name for _, name, _ in ALL} >= NO_METHOD | MEASURED_INSIDE
