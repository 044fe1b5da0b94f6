"""Runs of the whole app by Streamlit's AppTest."""

import json
import re
import time


def settled(app):
    """Run until nothing is being read any more."""
    app.run()
    deadline = time.monotonic() + 120
    while any(button.label == "Cancel" for button in app.button):
        assert time.monotonic() < deadline
        time.sleep(0.1)
        app.run()
    return app


def markup(app):
    """All HTML of the page."""
    return " ".join(str(element.proto.body) for element in app.get("html"))


def told(messages):
    """What warnings, errors or the like say, without the marks by which Markdown shows text as it is."""
    return [re.sub(r"\\(.)", r"\1", message.value) for message in messages]


def shown(app):
    """What the timeline was given: the clip and its reading; None where there is none."""
    mounted = [one for one in app.get("bidi_component") if one.proto.component_name.endswith("timeline")]
    return json.loads(mounted[0].proto.json) if mounted else None


def words(app):
    """The words on the page."""
    return [word["text"] for word in shown(app)["clip"]["words"]]
