"""The Models page without a browser: the command that trains a model again is its card's, to the letter."""

import json

import pytest
from answered_runs import SHIPPED
from streamlit.testing.v1 import AppTest

from engine.checkpoint import read_card

pytestmark = pytest.mark.slow


def script():
    from ui.screens import models

    models.page()


def test_the_command_is_the_cards():
    app = AppTest.from_function(script, default_timeout=60).run()
    for variant, folder in (("T", "T"), ("T->A", "T_to_A")):
        app.selectbox(key="model_card").set_value(variant).run()
        assert not app.exception
        (mounted,) = (one.proto for one in app.get("bidi_component") if one.proto.component_name.endswith("command"))
        assert json.loads(mounted.json) == {"command": read_card(SHIPPED / folder).command}
