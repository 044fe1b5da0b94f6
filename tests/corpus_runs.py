"""Runs of `extract_all` with tools that take no time, and what they have heard."""

import pytest

from extraction.corpus.run import extract_all

QUICK = {"modalities": ("T",), "max_seconds": 60.0}


def lines(maker):
    return maker.log.read_text().splitlines() if maker.log.exists() else []


def interrupted(items, table, settings, after):
    """Stop a run as Ctrl-C does once so many clips are done."""

    def tell(standing):
        if standing.done == after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        extract_all(items, table, settings, tell=tell)
