"""What a translation writes, vectors or tokens: classes, codebooks, losses, floors and what the decoder is fed."""

import dataclasses
import math

import numpy as np
import pytest
import torch
from synthetic import SPECS, clip
from torch.nn import functional

from engine.batch import collate
from engine.codes import END, FIRST, UNKNOWN, token, vocabulary_of
from engine.config import TranslationOptions
from engine.dataset import segment_of
from engine.notation import parse
from engine.targets import build_target
from extraction.errors import DataError

pytestmark = pytest.mark.usefixtures("one_thread")

VOCABULARY = ("the", "film", "good")


def target_of(expr, kind="codes", vocabulary=VOCABULARY, **how):
    torch.manual_seed(0)
    options = TranslationOptions(hidden=3, target=kind, **how)
    return build_target(parse(f"T->{expr}").stages[0].target, SPECS, 5, options, vocabulary if "T" in expr else ())


def segment(words, name="c", unseen=(), seed=0):
    """Random measurements of the words; `unseen` holds (modality, word) pairs that were not observed."""
    made = segment_of(clip(np.random.default_rng(seed), name, len(words)), ("T", "A", "V"))
    values = {m: v.copy() for m, v in made.values.items()}
    observed = {m: o.copy() for m, o in made.observed.items()}
    for modality, word in unseen:
        values[modality][word], observed[modality][word] = np.nan, False
    return dataclasses.replace(made, words=tuple(words), values=values, observed=observed)


def batch_of(*segments):
    return collate(segments, ("T", "A", "V"))


def many(clips=12, words=6):
    return tuple(segment(["the", "film", "is", "good", "so", "good"][:words], f"c{i}", seed=i) for i in range(clips))


def test_words_count_as_they_are_said():
    assert [token(word) for word in ("Good", "GOOD,", "3", "don’t", "?!")] == ["good", "good", "three", "don't", "?!"]
    clips = (segment(["The", "film", "was", "good"]), segment(["the", "GOOD", "film", "the"]))
    assert vocabulary_of(clips, 9) == ("the", "film", "good", "was")  # by frequency, then by the alphabet
    assert vocabulary_of(clips, 2) == ("the", "film")


def test_words_become_classes_and_rare_ones_one_class():
    target = target_of("T")
    tokens, known = target.truth(batch_of(segment(["Good", "film", "nobody", "knows"]), segment(["The", "film"])))
    rows = [[FIRST + 2, FIRST + 1, UNKNOWN, UNKNOWN, END], [FIRST, FIRST + 1, END]]
    assert [row[: len(want)].tolist() for row, want in zip(tokens[..., 0], rows, strict=True)] == rows
    assert not known[1, 3:].any()
    assert (tokens[1, 3:] < 0).all()
    assert known.sum() == 8
    assert target.steps(torch.ones(2, 4, dtype=torch.bool)) == 5
    assert target.sizes == (FIRST + 3,)


def test_a_code_is_the_nearest_centre():
    target, train = target_of("A", codes=7), many()
    target.fit(train)
    book = target.codebooks["A"]
    assert book.count == 7
    batch = batch_of(*train[:4])
    tokens, _ = target.truth(batch)
    values, _ = book.reader.targets(batch)
    for row in range(4):
        for word in range(6):
            distances = [math.dist(values[row, word].tolist(), centre.tolist()) for centre in book.centres]
            assert tokens[row, word, 0] == FIRST + distances.index(min(distances))
    vectors = values.flatten(0, 1).numpy()
    assert set(tokens[:, :6].unique().tolist()) <= set(range(FIRST, FIRST + 7))
    assert np.abs(book.centres.numpy()).max() <= np.abs(vectors).max() * 2


def test_centres_are_the_means_of_what_they_stand_for():
    target, train = target_of("A", codes=5), many()
    target.fit(train)
    book, batch = target.codebooks["A"], batch_of(*train)
    values, _ = book.reader.targets(batch)
    codes = target.truth(batch)[0][:, :-1, 0] - FIRST
    for code in range(5):
        torch.testing.assert_close(book.centres[code], values[codes == code].mean(dim=0), atol=1e-4, rtol=1e-4)


def test_a_codebook_holds_no_more_centres_than_there_are_vectors():
    rng = np.random.default_rng(0)
    three = rng.normal(size=(3, 4)).astype(np.float32)
    train = tuple(
        dataclasses.replace(s, values=s.values | {"A": three[rng.integers(0, 3, 6)]}) for s in many()
    )  # fmt: skip
    target = target_of("A", codes=8)
    target.fit(train)
    assert target.codebooks["A"].count == 3
    tokens, known = target.truth(batch_of(*train))
    assert set(tokens[known].tolist()) == {END, FIRST, FIRST + 1, FIRST + 2}
    values, _ = target.codebooks["A"].reader.targets(batch_of(*train))
    for code in range(3):
        (found,) = values[tokens[:, :-1, 0] == FIRST + code].unique(dim=0)
        torch.testing.assert_close(found, target.codebooks["A"].centres[code], atol=1e-5, rtol=1e-5)


@pytest.mark.slow
def test_codes_are_the_same_whatever_the_threads():
    from threadpoolctl import threadpool_limits

    books = []
    for threads in (1, 2):
        target = target_of("A", codes=32)
        with threadpool_limits(threads):
            target.fit(many(clips=400))
        books.append(target.codebooks["A"].centres)
    assert torch.equal(*books)


def test_unobserved_words_do_not_reach_a_codebook():
    train, unseen = many(), [("A", word) for word in range(6)]
    target, other = target_of("A", codes=4), target_of("A", codes=4)
    target.fit(train)
    other.fit((*train, segment(["x"] * 6, "unseen", unseen, seed=99)))
    assert torch.equal(target.codebooks["A"].centres, other.codebooks["A"].centres)
    with pytest.raises(DataError, match="No training word has A observed: give clips that do"):
        target_of("A").fit((segment(["x"] * 6, "unseen", unseen),))


def test_a_concatenation_has_a_head_each():
    target, train = target_of("concat(T,V)", codes=4), many()
    target.fit(train)
    assert (target.leaves, target.sizes) == (("T", "V"), (FIRST + 3, FIRST + 4))
    batch = batch_of(*train[:2])
    tokens, known = target.truth(batch)
    words, faces = target_of("T"), target_of("V", codes=4)
    faces.fit(train)
    assert torch.equal(tokens[..., :1], words.truth(batch)[0])
    assert torch.equal(tokens[..., 1:], faces.truth(batch)[0])
    assert known.all()
    logits = target.answer(torch.randn(2, 5))
    parts = target.split(logits)
    assert [part.shape for part in parts] == [(2, 5), (2, 6)]
    assert torch.equal(torch.cat(parts, dim=-1), logits)


def test_the_loss_of_tokens_equals_a_loop():
    target = target_of("concat(T,A)", codes=4)
    target.fit(many())
    clips = (
        segment(["the", "film"], unseen=[("A", 0)]),
        segment(["so", "good", "it", "is"], unseen=[("A", 3), ("T", 1)]),
    )
    truth = target.truth(batch_of(*clips))
    answers = torch.randn(2, 5, sum(target.sizes))
    total, count = 0.0, 0
    for row, made in enumerate(clips):
        for step in range(len(made) + 1):
            for head, modality in enumerate(("T", "A")):
                if step < len(made) and not made.observed[modality][step]:
                    continue
                logits = target.split(answers[row, step])[head]
                total -= torch.log_softmax(logits, dim=-1)[truth[0][row, step, head]].item()
                count += 1
    loss, known = target.loss(answers, truth)
    assert known == count == (2 + 1) * 2 - 1 + (4 + 1) * 2 - 2
    assert loss.item() == pytest.approx(total, rel=1e-5)
    whole = sum(
        functional.cross_entropy(part[truth[1][..., m]], truth[0][..., m][truth[1][..., m]], reduction="sum")
        for m, part in enumerate(target.split(answers))
    )
    torch.testing.assert_close(loss, whole)


def test_an_unobserved_word_costs_nothing_and_teaches_nothing():
    target = target_of("A", codes=4)
    target.fit(many())
    truth = target.truth(batch_of(segment(["a", "b", "c"], unseen=[("A", 1)])))
    answers = torch.randn(1, 4, target.sizes[0], requires_grad=True)
    loss, known = target.loss(answers, truth)
    loss.backward()
    assert known == 3
    assert not answers.grad[0, 1].any()
    assert answers.grad[0, [0, 2, 3]].abs().sum(dim=-1).all()


def test_the_loss_of_vectors_equals_a_loop():
    target = target_of("concat(A,V)", "values")
    target.fit(many())
    clips = segment(["a", "b"], unseen=[("A", 0)]), segment(["a", "b", "c", "d"], unseen=[("V", 2)])
    batch = batch_of(*clips)
    batch.values["A"][1, 1, 2] = np.nan  # one number of an observed word
    values, known = target.truth(batch)
    answers = torch.randn(2, 4, 7)
    total, count = 0.0, 0
    for row, made in enumerate(clips):
        for word in range(len(made)):
            for column in range(7):
                raw = (batch.values["A"] if column < 4 else batch.values["V"])[row, word, column % 4]
                if math.isfinite(raw):
                    total += (answers[row, word, column] - values[row, word, column]).item() ** 2
                    count += 1
    loss, counted = target.loss(answers, (values, known))
    assert counted == known.sum() == count == (1 * 4 + 2 * 3) + (4 * 4 - 1 + 3 * 3)
    assert loss.item() == pytest.approx(total, rel=1e-5)
    torch.testing.assert_close(loss, functional.mse_loss(answers[known], values[known], reduction="sum"))


def test_the_floor_of_vectors_is_the_training_mean():
    train, valid = many(8), many(3, words=4)
    valid = (segment(["x", "y"], unseen=[("A", 1)], seed=77), *valid)
    target = target_of("A", "values")
    target.fit(train)
    rows = np.concatenate([s.values["A"] for s in train]).astype(np.float64)
    mean, spread = rows.mean(axis=0), rows.std(axis=0)
    held = np.concatenate([s.values["A"][s.observed["A"]] for s in valid])
    assert target.floor(train, valid) == pytest.approx((((held - mean) / spread) ** 2).mean(), rel=1e-5)


def test_the_floor_of_tokens_is_the_training_frequencies():
    train = segment(["the", "film", "the"]), segment(["good", "so"])
    valid = (segment(["film", "ugly", "the"], unseen=[("T", 2)]),)
    # counts with one added: END 3, unknown 2 ("so"), the 3, film 2, good 2: 12 in all
    expected = -(math.log(2 / 12) + math.log(2 / 12) + math.log(3 / 12)) / 3
    assert target_of("T").floor(train, valid) == pytest.approx(expected, rel=1e-5)
    both = target_of("concat(T,A)", codes=2)
    both.fit(many())
    codes = both.truth(batch_of(*train))[0][..., 1]
    counts = [1 + 2, 1] + [1 + int((codes == code).sum()) for code in (FIRST, FIRST + 1)]
    tokens = both.truth(batch_of(*valid))[0][0, :, 1].tolist()
    expected = 3 * expected - sum(math.log(counts[code] / sum(counts)) for code in tokens)
    assert both.floor(train, valid) == pytest.approx(expected / (3 + 4), rel=1e-5)


def test_a_step_of_vectors_is_fed_the_truth_as_often_as_asked():
    target = target_of("A", "values")
    truth, answer = torch.ones(1000, 2, 4), torch.zeros(1000, 4)
    torch.manual_seed(0)
    assert torch.equal(target.start(answer), torch.zeros(1000, 4))
    assert target.feed(answer, None, 0, 0.0) is answer
    assert torch.equal(target.feed(answer, truth, 0, 0.0), answer)
    assert torch.equal(target.feed(answer, truth, 0, 1.0), truth[:, 0])
    fed = target.feed(answer, truth, 1, 0.3)
    assert torch.equal(fed.min(dim=1).values, fed.max(dim=1).values)  # a clip is told all of a vector or nothing
    assert fed.mean().item() == pytest.approx(0.3, abs=0.05)


def test_a_step_of_tokens_is_fed_the_truth_as_often_as_asked():
    target = target_of("concat(T,A)", codes=4)
    answer = torch.zeros(1000, sum(target.sizes))
    answer[:, 3] = answer[:, target.sizes[0] + 4] = 1.0  # the likeliest tokens are 3 and 4
    truth = torch.tensor([2, 5]).expand(1000, 2, 2)
    own, true = target.embed(torch.tensor([[3, 4]])), target.embed(torch.tensor([[2, 5]]))
    table = [embedding.weight for embedding in target.embeddings]
    torch.testing.assert_close(own[0], table[0][3] + table[1][4])
    torch.manual_seed(0)
    for feed in (target.feed(answer, None, 0, 0.0), target.feed(answer, truth, 0, 0.0)):
        assert torch.equal(feed, own.expand(1000, 3))
    assert torch.equal(target.feed(answer, truth, 1, 1.0), true.expand(1000, 3))
    fed = target.feed(answer, truth, 1, 0.3)
    told = (fed == true).all(dim=1)
    assert ((fed == own).all(dim=1) ^ told).all()
    assert told.float().mean().item() == pytest.approx(0.3, abs=0.05)
    assert not target.start(answer).any()
    hidden = torch.full((1000, 1, 2), -100)
    expected = target.embed(torch.tensor([[UNKNOWN, UNKNOWN]]))
    assert torch.equal(target.feed(answer, hidden, 0, 1.0), expected.expand(1000, 3))
