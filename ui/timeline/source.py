"""The timeline's script and style as one text each, for whoever puts them into a page.

The script is kept in several ES modules beside this file. Streamlit and the report take one text, so the modules are
put one behind the other and their imports of one another are left out; `mount` and the default export stay exported.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from engine import scale

# In the order of their imports: a module stands behind those it uses.
MODULES = (
    "elements.js",
    "clock.js",
    "axis.js",
    "paint.js",
    "measured.js",
    "lanes.js",
    "words.js",
    "families.js",
    "beside.js",
    "summary.js",
    "looking.js",
    "acting.js",
    "timeline.js",
)
_OWN_IMPORT = re.compile(r'^import \{[^}]*\} from "\./\w+\.js";\n', re.MULTILINE)


@cache
def script() -> str:
    """All modules as one: exports `mount(root, payload) -> {update(payload), destroy()}`, and Streamlit's default."""
    return "\n".join(_OWN_IMPORT.sub("", _text(name)) for name in MODULES)


@cache
def style() -> str:
    """The CSS; every class begins with `tl-`, and the colours are the scale's."""
    colours = {"negative": scale.NEGATIVE, "neutral": scale.NEUTRAL, "positive": scale.POSITIVE}
    named = "; ".join(f"--tl-{name}: {colour}" for name, colour in colours.items())
    return f".tl-root {{ {named} }}\n{_text('timeline.css')}"


def _text(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")
