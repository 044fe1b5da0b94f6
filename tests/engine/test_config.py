import pytest

from engine.config import RegressionOptions, TranslationOptions, override
from extraction.errors import InputError


def test_override_types_text():
    options = override(RegressionOptions(), {"hidden": "32", "dropout": "0.5", "bidirectional": "no", "cell": "gru"})
    assert (options.hidden, options.dropout, options.bidirectional, options.cell) == (32, 0.5, False, "gru")
    assert override(TranslationOptions(), {}) == TranslationOptions()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"hiden": "3"}, "There is no option 'hiden': did you mean 'hidden'\\? the options are cell, hidden"),
        ({"hidden": "many"}, "Option hidden is 'many': give a whole number"),
        ({"hidden": "0"}, "Option hidden is 0: give a value from 1 to 4096"),
        ({"dropout": "nan"}, "Option dropout is nan"),
        ({"learning_rate": "fast"}, "give a number"),
        ({"bidirectional": "perhaps"}, "give true or false"),
        ({"cell": "rnn"}, "give lstm or gru"),
    ],
)
def test_bad_options_are_refused(changes, sentence):
    with pytest.raises(InputError, match=sentence):
        override(RegressionOptions(), changes)


def test_every_option_is_documented():
    import dataclasses

    for kind in (TranslationOptions, RegressionOptions):
        for field in dataclasses.fields(kind):
            assert f"        {field.name}: " in (kind.__doc__ or "")
