"""Fixtures of the tests against other programs."""

import pytest


@pytest.fixture(scope="session")
def covarep(data_root):
    found = data_root.parent / "covarep"
    if not (found / "README.md").is_file():
        pytest.skip(f"COVAREP's values are not at {found}: see the developers' notes on how they were made")
    return found
