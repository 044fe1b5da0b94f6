"""Fixtures of the engine's tests."""

import sys

import pytest

from engine import cli


@pytest.fixture
def s2s(monkeypatch, capfd):
    """Run `s2s` with arguments; gives exit code, stdout, stderr."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["s2s", *map(str, arguments)])
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        out, err = capfd.readouterr()
        return stopped.value.code or 0, out, err

    return run
