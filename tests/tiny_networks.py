"""Corpora, options and untrained translators for networks as small as the tests'."""

from synthetic import SPECS, table

from engine.config import RegressionOptions, TranslationOptions
from engine.dataset import segments_of
from engine.notation import parse
from engine.splits import standard_split
from engine.stages import Corpus
from engine.targets import build_target
from engine.translator import Encoder, Translator

TINY = {
    "translation": TranslationOptions(hidden=3, epochs=2, codes=4),
    "regression": RegressionOptions(hidden=3, epochs=2, fine_tune=False),
}


def corpus(**how):
    made = table(**how)
    return Corpus(standard_split(segments_of(made, tuple(made.specs))), made.specs)


def translator(name, options=None, vocabulary=(), specs=SPECS):
    """The translator of the variant `name`, which must have one stage, with random weights, in evaluation mode."""
    (stage,), options = parse(name).stages, options or TranslationOptions(hidden=3)
    encoder = Encoder(stage, specs, {}, options)
    target = build_target(stage.target, specs, Translator.features(encoder, options), options, vocabulary)
    return Translator(encoder, target, options).eval()
