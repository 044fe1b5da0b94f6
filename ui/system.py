"""System libraries the Python wheels expect and do not bring: checked before the app starts, named by package."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

LIBRARIES = {"libEGL.so.1": "libegl1", "libGLESv2.so.2": "libgles2"}  # both for MediaPipe's face landmarker


def missing_packages(load: Callable[[str], object] = ctypes.CDLL) -> tuple[str, ...]:
    """Debian packages whose library cannot be loaded here."""
    missing = []
    for library, package in LIBRARIES.items():
        try:
            load(library)
        except OSError:
            missing.append(package)
    return tuple(missing)


def advice(packages: tuple[str, ...]) -> str:
    """One sentence naming the missing Debian packages and how to install them."""
    noun = "package is" if len(packages) == 1 else "packages are"
    names = " ".join(packages)
    return f"The Debian {noun} missing: {', '.join(packages)}. Install with `apt-get install {names}`, then run again."
