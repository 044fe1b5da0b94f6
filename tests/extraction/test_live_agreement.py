import pytest

from extraction.live.agreement import Agreement
from extraction.types import Word


def words(text, start=0.0):
    return [Word(part, start + i, start + i + 0.8) for i, part in enumerate(text.split())]


def texts(some):
    return " ".join(word.text for word in some)


def test_a_word_is_final_once_two_recognitions_agree():
    agreement = Agreement()
    agreement.hear(words("I really"))
    assert (texts(agreement.final), texts(agreement.provisional)) == ("", "I really")
    agreement.hear(words("I really loved"))
    assert (texts(agreement.final), texts(agreement.provisional)) == ("I really", "loved")


def test_a_word_behind_one_in_doubt_stays_provisional():
    agreement = Agreement()
    agreement.hear(words("I really love it"))
    agreement.hear(words("I rarely love it"))
    assert texts(agreement.final) == "I"
    agreement.hear(words("I rarely love it"))
    assert texts(agreement.final) == "I rarely love it"


def test_spelling_and_punctuation_are_no_disagreement_and_the_newer_one_is_kept():
    agreement = Agreement()
    agreement.hear(words("today after"))
    agreement.hear(words("Today, after two"))
    assert texts(agreement.final) == "Today, after"


def test_final_words_stay_whatever_is_heard_later():
    agreement = Agreement()
    for _ in range(2):
        agreement.hear(words("we were international partners"))
    agreement.hear(words("with international partners has achieved"))
    assert texts(agreement.final) == "we were international partners"
    assert texts(agreement.provisional) == "has achieved"


@pytest.mark.parametrize("later", ["", "completely different things were heard instead"])
def test_nothing_is_said_twice_when_the_recogniser_forgets(later):
    agreement = Agreement()
    for _ in range(2):
        agreement.hear(words("one two three"))
    agreement.hear(words(later))
    assert texts(agreement.final) == "one two three"
    assert texts(agreement.words).count("one") == 1


def test_a_repeated_word_is_kept_as_often_as_it_was_said():
    agreement = Agreement()
    for _ in range(2):
        agreement.hear(words("very very good"))
    agreement.hear(words("very very good very"))
    agreement.hear(words("very very good very very"))
    agreement.close()
    assert texts(agreement.final) == "very very good very very"


def test_closing_makes_all_final():
    agreement = Agreement()
    agreement.hear(words("so boring"))
    agreement.close()
    assert (texts(agreement.final), agreement.provisional) == ("so boring", [])


def test_splitting_parts_with_the_words_from_a_moment_on():
    agreement = Agreement(words("a b c d"))
    rest = agreement.split(2.0)
    assert (texts(agreement.final), texts(rest.final)) == ("a b", "c d")
