"""Words of another language get no score from a model that reads text; the words themselves are still printed."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from synthetic import SPECS, clip

from engine.config import RegressionOptions, TranslationOptions
from engine.model import SentimentModel
from engine.notation import parse
from engine.predict import predict
from extraction.errors import NotEnglish

FRENCH = "Je trouve que ce film est vraiment mauvais et je ne le regarderai plus jamais"


def model(variant):
    torch.manual_seed(0)
    return SentimentModel(parse(variant), SPECS, TranslationOptions(hidden=3), RegressionOptions(hidden=3))


def test_a_model_of_text_says_which_language_it_does_not_read():
    french = replace(clip(np.random.default_rng(0), words=4), language="fr")
    for variant in ("T", "concat(T,A)", "A->T"):
        reader = model(variant)
        if "T" in reader.inputs:
            with pytest.raises(NotEnglish, match=rf"in French: {variant[0]}.* reads English text only, so it gives no"):
                predict(reader, french)
        else:
            assert np.isfinite(predict(reader, french).score)
    assert np.isfinite(predict(model("T"), replace(french, language="en")).score)


@pytest.mark.models
@pytest.mark.slow
def test_the_command_prints_the_words_and_no_score(s2s, sample_clip, tmp_path):
    (tmp_path / "said.txt").write_text(FRENCH)
    code, out, err = s2s("predict", sample_clip, "--transcript", tmp_path / "said.txt")
    assert (code, out) == (2, f"{FRENCH}\n")
    assert "This clip is in another language than English: T reads English text only" in err
    assert s2s("predict", sample_clip, "--transcript", tmp_path / "said.txt", "--json")[:2] == (2, "")
