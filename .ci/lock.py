"""Write requirements.lock and requirements-dev.lock from the packages installed beside this interpreter.

Run it in an environment where `make lint test` is green: the lock then says what was tested. It walks the installed
metadata from pyproject.toml's requirements down, so a package that nothing asks for stays out. Local build tags
(`+cpu`) are dropped: the public version is what any machine can install.
"""

from __future__ import annotations

import importlib.metadata
import tomllib
from collections.abc import Iterable
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
HEAD = "# Exact versions for `make {}`, from an environment whose tests passed; remade by .ci/lock.py.\n"


def closure(requirements: Iterable[str]) -> dict[str, str]:
    """Every distribution the requirements reach, canonical name -> public version."""
    found: dict[str, str] = {}
    visited: set[tuple[str, frozenset[str]]] = set()
    todo = [(Requirement(r), frozenset({""})) for r in requirements]
    while todo:
        requirement, asked_by = todo.pop()
        if requirement.marker and not any(requirement.marker.evaluate({"extra": extra}) for extra in asked_by):
            continue
        name, extras = canonicalize_name(requirement.name), frozenset(requirement.extras | {""})
        if (name, extras) in visited:
            continue
        visited.add((name, extras))
        distribution = importlib.metadata.distribution(requirement.name)
        found[name] = distribution.version.split("+")[0]
        todo += [(Requirement(r), extras) for r in distribution.requires or ()]
    return found


def main() -> None:
    """Write both files."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    run = closure(project["dependencies"])
    dev = closure(project["optional-dependencies"]["dev"])
    lines = [f"{name}=={version}\n" for name, version in sorted(run.items())]
    (ROOT / "requirements.lock").write_text(HEAD.format("run") + "".join(lines))
    extra = [f"{name}=={version}\n" for name, version in sorted(dev.items()) if name not in run]
    (ROOT / "requirements-dev.lock").write_text(HEAD.format("test") + "-r requirements.lock\n" + "".join(extra))


if __name__ == "__main__":
    main()
