"""Beam search against the enumeration of every sequence, each scored by a forced pass of its own."""

import dataclasses
import itertools

import numpy as np
import pytest
import torch
from synthetic import SPECS, clip, table
from tiny_networks import translator

from engine.batch import collate
from engine.beam import decode, errors, normalised
from engine.codes import END, FIRST
from engine.config import TranslationOptions
from engine.dataset import segment_of, segments_of
from engine.notation import parse
from engine.splits import Split, standard_split
from engine.stages import Corpus, StageTrainer

pytestmark = pytest.mark.usefixtures("one_thread")

CASES = {  # variant, most steps, and shape
    "one head": ("T->A", 3, {"attention": "additive"}),
    "one head, gru and dot": ("T->A", 3, {"cell": "gru", "attention": "dot", "layers": 2, "bidirectional": False}),
    "two heads": ("V->concat(T,A)", 2, {"attention": "additive"}),
    "three heads": ("T->concat(T,A,V)", 1, {"cell": "gru"}),
}


@dataclasses.dataclass(frozen=True)
class Scored:
    """A sequence: log-probability of its tokens, of them and END, and the attention (S, W) of its steps."""

    begun: float
    ended: float
    attention: torch.Tensor


class Case:
    """A translator with sharp random weights, a clip, and every sequence of at most `longest` steps, scored."""

    def __init__(self, name, seed=0):
        variant, self.longest, shape = CASES[name]
        torch.manual_seed(seed)
        options = TranslationOptions(hidden=3, target="codes", codes=2, **shape)
        self.translator = translator(variant, options, ("word",) if "concat" in variant else ())
        with torch.no_grad():
            for parameter in self.translator.parameters():
                parameter.mul_(4)
        words = clip(np.random.default_rng(seed), words=self.longest)
        self.batch = collate([segment_of(words, ("T", "A", "V"))], ("T", "A", "V"))
        sizes = self.translator.target.sizes
        steps = list(itertools.product(*(range(END + 1, size) for size in sizes)))
        with torch.no_grad():
            self.all = {
                said: self.score(said) for n in range(self.longest + 1) for said in itertools.product(steps, repeat=n)
            }

    def score(self, said):
        heads, n = len(self.translator.target.sizes), len(said)
        rest = [(END,) * heads] * (self.longest + 1 - n)
        tokens = torch.tensor([[*said, *rest]])
        translation = self.translator(self.batch, {}, 1.0, (tokens, tokens >= 0))
        begun = 0.0
        for step, chosen in enumerate((*said, (END,) * heads)):
            ended = begun
            for head, logits in enumerate(self.translator.target.split(translation.answers[0, step])):
                ended += torch.log_softmax(logits.double(), dim=-1)[chosen[head]].item()
            begun = ended if step < n else begun
        return Scored(begun, ended, translation.attention[0, :n])

    def ranked(self, penalty, among=None):
        """Sequences, best first."""
        scores = {said: normalised(self.all[said].ended, len(said) + 1, penalty) for said in among or self.all}
        return sorted(scores, key=scores.__getitem__, reverse=True)

    def search(self, beam, penalty):
        """A beam search over the scored sequences, without any early stop."""
        alive, ended = [()], []
        for _ in range(self.longest + 1):
            ended += alive
            longer = [said for said in self.all if said and said[:-1] in alive]
            alive = sorted(longer, key=lambda said: self.all[said].begun, reverse=True)[:beam]
        return self.ranked(penalty, ended)[:beam]

    def decode(self, beam, penalty, batch=None):
        return decode(self.translator, batch or self.batch, {}, beam=beam, penalty=penalty, longest=self.longest)


def said(hypothesis):
    return tuple(map(tuple, hypothesis.tokens.tolist()))


@pytest.fixture(scope="module", params=CASES)
def case(request, one_thread):
    return Case(request.param)


@pytest.mark.parametrize("penalty", [0.0, 0.6, 2.0])
def test_a_beam_as_large_as_all_sequences_finds_them_in_order(case, penalty):
    found = case.decode(len(case.all), penalty)
    assert [said(h) for h in found] == case.ranked(penalty)
    for hypothesis in found:
        truth = case.all[said(hypothesis)]
        assert hypothesis.log_probability == pytest.approx(truth.ended, abs=1e-4)
        assert hypothesis.score == pytest.approx(
            truth.ended / ((5 + len(hypothesis.tokens) + 1) / 6) ** penalty, abs=1e-4
        )
        torch.testing.assert_close(hypothesis.attention, truth.attention)


def test_all_sequences_and_those_cut_off_or_ended_apart_have_probability_one():
    case = Case("one head")  # with one head nothing can end by halves
    ended = sum(np.exp(scored.ended) for scored in case.all.values())
    cut_off = sum(np.exp(s.begun) - np.exp(s.ended) for said, s in case.all.items() if len(said) == case.longest)
    assert ended + cut_off == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("beam", [1, 2, 3, 5])
@pytest.mark.parametrize("penalty", [0.0, 0.6, 2.0])
def test_a_narrow_beam_equals_a_search_without_early_stop(case, beam, penalty):
    found = case.decode(beam, penalty)
    assert [said(h) for h in found] == case.search(beam, penalty)


@pytest.mark.slow
def test_a_beam_of_one_follows_the_likeliest_token_and_ends_where_that_is_best():
    for seed in range(3):
        case = Case("one head", seed)
        path = ()
        for _ in range(case.longest):
            longer = [s for s in case.all if s and s[:-1] == path]
            path = max(longer, key=lambda s: case.all[s].begun)
        (found,) = case.decode(1, 0.6)
        ends = [path[:n] for n in range(len(path) + 1)]
        assert said(found) == case.ranked(0.6, ends)[0]


def test_the_length_penalty_favours_longer_translations():
    case = Case("one head")
    lengths = []
    for penalty in (0.0, 2.0):
        found = case.decode(len(case.all), penalty)
        scores = [h.log_probability / ((6 + len(h.tokens)) / 6) ** penalty for h in found]
        assert [h.score for h in found] == pytest.approx(scores)
        assert scores == sorted(scores, reverse=True)
        lengths.append([len(h.tokens) for h in found])
    assert lengths[0] != lengths[1]
    ranks = [sum(rank * n for rank, n in enumerate(each)) for each in lengths]
    assert ranks[1] < ranks[0]  # long ones come earlier
    assert normalised(-3.0, 7, 1.0) == -1.5


def test_padding_and_what_was_decoded_before_change_no_hypothesis(case):
    batch, more = case.batch, 3
    wider = dataclasses.replace(
        batch,
        values={m: torch.cat([v, v.new_full((1, more, v.shape[2]), 99.0)], dim=1) for m, v in batch.values.items()},
        observed={m: torch.cat([o, o.new_ones(1, more)], dim=1) for m, o in batch.observed.items()},
        mask=torch.cat([batch.mask, batch.mask.new_zeros(1, more)], dim=1),
    )
    for first, again in zip(case.decode(4, 0.6), case.decode(4, 0.6, wider), strict=True):
        assert said(first) == said(again)
        assert first.score == pytest.approx(again.score, abs=1e-5)
        torch.testing.assert_close(first.attention, again.attention[:, : case.longest])
        assert not again.attention[:, case.longest :].any()


@pytest.mark.slow
def test_a_translation_says_at_most_twice_the_words():
    case = Case("one head")
    with torch.no_grad():
        for head in case.translator.target.heads:
            head.bias[END] = -50.0
    found = decode(case.translator, case.batch, {}, beam=2, penalty=1.0)
    assert {len(h.tokens) for h in found} == {2 * case.longest}


def follow(rng, name):
    """A clip whose audio is one of four vectors, told by one of four words' vectors."""
    kinds, words = rng.integers(0, 4, size=int(rng.integers(2, 5))), {}
    for m in ("T", "A"):
        places = np.random.default_rng(5).normal(size=(4, SPECS[m].dim)) * 3
        words[m] = (places[kinds] + 0.05 * rng.normal(size=(len(kinds), SPECS[m].dim))).astype(np.float32)
    made = segment_of(clip(rng, name, len(kinds)), ("T", "A"))
    return dataclasses.replace(made, values=words)


@pytest.mark.slow
def test_a_trained_translation_decodes_the_right_tokens():
    rng = np.random.default_rng(0)
    clips = [follow(rng, f"c{i}") for i in range(150)]
    options = TranslationOptions(
        hidden=24, target="codes", codes=4, dropout=0, input_dropout=0, learning_rate=0.01, batch_size=16, epochs=30
    )
    trainer = StageTrainer(Corpus(Split(tuple(clips[:120]), tuple(clips[120:])), SPECS), options)
    trained = trainer.get(parse("T->A").stages[0])
    assert trained.figures.unit == "nats"
    assert trained.figures.loss < 0.1 < trained.figures.floor
    right = []
    for held in clips[120:]:
        batch = collate([held], ("T", "A"))
        best = decode(trained.translator, batch, {}, beam=options.beam, penalty=options.length_penalty)[0]
        truth = trained.translator.target.truth(batch)[0][0, : len(held), 0].tolist()
        assert min(truth) >= FIRST
        right.append(best.tokens[:, 0].tolist() == truth)
    assert np.mean(right) > 0.9


def test_errors_are_the_edit_distance():
    def steps(*tokens):
        return torch.tensor(tokens).reshape(-1, 1)

    jiwer = pytest.importorskip("jiwer")
    rng = np.random.default_rng(0)
    for _ in range(30):
        said, truth = (rng.integers(2, 5, rng.integers(1, 8)) for _ in range(2))
        counted = jiwer.process_words(" ".join(map(str, truth)), " ".join(map(str, said)))
        expected = counted.substitutions + counted.deletions + counted.insertions
        assert errors(steps(*said.tolist()), steps(*truth.tolist())) == expected
    assert errors(steps(), steps(2, 3)) == 2
    assert errors(steps(2, 4), steps(2, -100)) == 0  # what was not observed cannot be wrong
    assert errors(torch.tensor([[2, 3], [2, 4]]), torch.tensor([[2, 3], [2, 5]])) == 1  # every head must be right


@pytest.mark.slow
def test_a_stage_of_tokens_knows_how_many_it_decodes_wrong():
    made = table(clips=24)
    data = Corpus(standard_split(segments_of(made, ("T", "A"))), made.specs)
    options = TranslationOptions(hidden=4, epochs=1, target="codes", codes=3, beam=2)
    figures = StageTrainer(data, options).get(parse("T->A").stages[0]).figures
    assert figures.unit == "nats"
    assert figures.error_rate > 0
    values = StageTrainer(data, TranslationOptions(hidden=4, epochs=1)).get(parse("T->A").stages[0]).figures
    assert values.error_rate is None
