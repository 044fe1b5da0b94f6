import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.spoken import spoken

SAID = {
    "Hello,": "hello",
    "HELLO": "hello",
    "$20": "twenty dollars",
    "$1": "one dollar",
    "$2.50": "two dollars and fifty cents",
    "£0.01": "one penny",
    "$5m": "five million dollars",
    "$1,000,000": "one million dollars",
    "20€": "twenty euros",
    "20%": "twenty percent",
    "1st": "first",
    "21st": "twenty first",
    "105": "one hundred five",
    "1,234": "one thousand two hundred thirty four",
    "3.14": "three point one four",
    "1999": "nineteen ninety nine",
    "2012": "twenty twelve",
    "1980s": "nineteen eighties",
    "'90s": "nineties",
    "5:30": "five thirty",
    "5:00": "five o'clock",
    "5:05": "five oh five",
    "8/10": "eight out of ten",
    "½": "one half",
    "-5": "minus five",
    "5–10": "five to ten",
    "007": "zero zero seven",
    "3D": "three d",
    "#1": "number one",
    "&": "and",
    "Mr.": "mister",
    "Ph.D.": "p h d",
    "U.S.": "u s",
    "amazon.com": "amazon dot com",
    "well-known": "well known",
    "don’t": "don't",
    "DONT": "don't",
    "THATS": "that's",
    "its": "its",
    "'quoted'": "quoted",
    "café": "cafe",
    "Straße": "strasse",
    "rock'n'roll": "rock'n'roll",
    "5kg": "five kilograms",
    "1kg": "one kilogram",
    "1.5km": "one point five kilometers",
    "5-10cm": "five to ten centimeters",
    "6ft": "six feet",
    "100m": "one hundred meters",
    "km": "kilometers",
    "ft": "feet",
    "5pm": "five p m",
    "60km/h": "sixty kilometers per hour",
    "20°C": "twenty degrees celsius",
    "5M": "five million",
    "5m": "five meters",
    "5G": "five g",
    "5g": "five grams",
    "12MHz": "twelve megahertz",
    "30s": "thirties",
    "Jan.": "january",
    "Jan": "jan",
    "JAN": "jan",
    "Mar.": "march",
    "mar.": "mar",
    "Dec": "december",
    "Gov.": "governor",
    "Gov.,": "governor",
    "Mt.": "mount",
    "Ft.": "fort",
    "gov.uk": "gov uk",
    "IMDb": "i m d b",
    "IMDB": "imdb",
    "DVDs": "dvds",
    "TVs": "tvs",
    "M&Ms": "m and m's",
    "M&M's": "m and m's",
    "R&B": "r and b",
    "Ms.": "miss",
}


@pytest.mark.parametrize(("written", "said"), SAID.items())
def test_a_token_is_said_as_an_american_says_it(written, said):
    assert spoken(written) == tuple(said.split())


@pytest.mark.parametrize("silent", ["", "—", "...", "?!", "♪", "''", "  ", "привет"])
def test_nothing_is_said_for_punctuation_or_other_scripts(silent):
    assert spoken(silent) == ()


@pytest.mark.slow
@given(st.text())
def test_words_are_lower_case_letters_and_inner_apostrophes(text):
    for word in spoken(text):
        assert set(word) <= set("abcdefghijklmnopqrstuvwxyz'")
        assert word[0] != "'"
        assert word[-1] != "'"


@pytest.mark.slow
@given(st.text(alphabet="0123456789.,:/$£€%&-+#°'sthmkgfcpMGb ", max_size=30))
def test_any_mix_of_figures_and_signs_is_said(text):
    assert (spoken(text) == ()) == (not any(c.isalnum() or c in "$£€%&+°" for c in text))


@given(st.text())
def test_what_is_said_is_said_the_same_again(text):
    words = spoken(text)
    assert spoken(" ".join(words)) == words


@given(st.integers(0, 10**30))
def test_numbers_never_leave_a_digit(number):
    assert spoken(str(number))
