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
        ({"pooling": "mean"}, "Option pooling is 'mean': give attention or last"),
    ],
)
def test_bad_options_are_refused(changes, sentence):
    with pytest.raises(InputError, match=sentence):
        override(RegressionOptions(), changes)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"attention": "cosine"}, "Option attention is 'cosine': give additive or dot"),
        ({"target": "tokens"}, "Option target is 'tokens': give values or codes"),
        ({"codes": "1"}, "Option codes is 1: give a value from 2 to 4096"),
        ({"vocabulary": "0"}, "Option vocabulary is 0: give a value from 1 to 100000"),
        ({"beam": "65"}, "Option beam is 65: give a value from 1 to 64"),
        ({"length_penalty": "-0.1"}, "Option length_penalty is -0.1: give a value from 0 to 2"),
        ({"teacher_forcing_end": "1.5"}, "Option teacher_forcing_end is 1.5: give a value from 0 to 1"),
        ({"forcing_epochs": "0"}, "Option forcing_epochs is 0: give a value from 1 to 10000"),
        ({"layers": "9"}, "Option layers is 9: give a value from 1 to 8"),
        ({"pooling": "last"}, "There is no option 'pooling'"),
    ],
)
def test_bad_translation_options_are_refused(changes, sentence):
    with pytest.raises(InputError, match=sentence):
        override(TranslationOptions(), changes)


def test_teacher_forcing_moves_in_equal_steps_and_then_stays():
    options = TranslationOptions(teacher_forcing=1.0, teacher_forcing_end=0.2, forcing_epochs=5)
    assert [options.forcing(epoch) for epoch in (1, 2, 3, 4, 5, 6, 60)] == pytest.approx(
        [1.0, 0.8, 0.6, 0.4, 0.2, 0.2, 0.2]
    )
    rising = TranslationOptions(teacher_forcing=0.0, teacher_forcing_end=1.0, forcing_epochs=2)
    assert [rising.forcing(epoch) for epoch in (1, 2, 3)] == [0.0, 1.0, 1.0]
    at_once = TranslationOptions(teacher_forcing=1.0, teacher_forcing_end=0.3, forcing_epochs=1)
    assert [at_once.forcing(epoch) for epoch in (1, 2)] == [0.3, 0.3]
    assert {TranslationOptions().forcing(epoch) for epoch in range(1, 61)} == {0.5}


def test_every_option_is_documented():
    import dataclasses

    for kind in (TranslationOptions, RegressionOptions):
        for field in dataclasses.fields(kind):
            assert f"        {field.name}: " in (kind.__doc__ or "")
