"""Which version of the program this is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def program_version() -> str:
    """Of the installed program; `unknown` where it is not installed."""
    try:
        return version("seq2seq2sentiment")
    except PackageNotFoundError:
        return "unknown"
