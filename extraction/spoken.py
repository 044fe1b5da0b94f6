"""How a written token is said: the one normalisation that alignment and the word embedder share.

Training texts come in upper case without punctuation, a recogniser's with both and with digits; the aligner needs
words a pronunciation can be found for. All meet here, in lower-case words over `[a-z']`. American readings are taken:
"105" is "one hundred five", four digits from 1100 to 2099 are a year. A contraction without its apostrophe ("dont")
gets it back unless it is a word of its own ("its", "well"). Where capitals tell, they are heeded: "Dec." is a month,
"IMDb" letters, "5M" millions and "5m" metres; a text in capitals alone is read as one in none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Final

_NUMBER: Final = r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?|\.[0-9]+"
_MEASURES: Final = {  # units written right behind a number, one of them and several
    **{"mg": "milligram milligrams", "g": "gram grams", "kg": "kilogram kilograms"},
    **{
        "mm": "millimeter millimeters",
        "cm": "centimeter centimeters",
        "m": "meter meters",
        "km": "kilometer kilometers",
    },
    **{"in": "inch inches", "ft": "foot feet", "yd": "yard yards", "yds": "yard yards", "mi": "mile miles"},
    **{"oz": "ounce ounces", "lb": "pound pounds", "lbs": "pound pounds", "ml": "milliliter milliliters"},
    **{"h": "hour hours", "hr": "hour hours", "hrs": "hour hours", "min": "minute minutes"},
    **{"mins": "minute minutes", "sec": "second seconds", "secs": "second seconds", "ms": "millisecond milliseconds"},
    **{"hz": "hertz hertz", "khz": "kilohertz kilohertz", "mhz": "megahertz megahertz", "ghz": "gigahertz gigahertz"},
    **{"kb": "kilobyte kilobytes", "mb": "megabyte megabytes", "gb": "gigabyte gigabytes", "tb": "terabyte terabytes"},
    **{"w": "watt watts", "kw": "kilowatt kilowatts"},
}
_RATES: Final = {
    **{"mph": "miles per hour", "kph": "kilometers per hour", "km/h": "kilometers per hour", "am": "a m", "pm": "p m"},
    **{"°c": "degrees celsius", "°f": "degrees fahrenheit"},
}
_UNIT: Final = "|".join(sorted([*_MEASURES, *_RATES], key=len, reverse=True))
_TOKEN: Final = re.compile(
    rf"""(?P<money>[$£€]\s?(?P<amount>{_NUMBER})\s?(?P<scale>(?:k|m|bn|b|hundred|thousand|million|billion)(?![a-z]))?)
    | (?P<ordinal>[0-9]+)(?:st|nd|rd|th)(?![a-z])
    | (?P<decade>(?:[0-9]{{2}})?[1-9]0|[12][0-9]00)'?s(?![a-z])
    | (?P<clock>[0-9]{{1,2}}:[0-5][0-9](?![0-9]))
    | (?P<fraction>[0-9]+/[0-9]+)
    | (?P<measure>(?<![a-z])(?P<size>{_NUMBER})(?P<unit>{_UNIT})(?![a-z]))
    | (?P<number>{_NUMBER})
    | (?P<initials>(?<![a-z'])ph\.d(?![a-z])|(?<![a-z'])[a-z](?:\.[a-z])+(?![a-z]))
    | (?P<range>(?<=[0-9])-(?=[0-9]))
    | (?P<minus>(?<![0-9a-z])-(?=[0-9]))
    | (?P<dot>(?<=[a-z])\.(?=(?:com|org|net|edu|gov|co|io|tv)(?![a-z])))
    | (?P<letters>(?<=&)[a-z]s(?![a-z']))
    | (?P<word>[a-z]+(?:'[a-z]+)*)
    | (?P<symbol>[&%+@=$£€°¢])
    | (?P<rank>\#(?=[0-9]))""",
    re.VERBOSE,
)

_SAID: Final[dict[str, str]] = {
    **{"mr": "mister", "mrs": "missus", "ms": "miss", "dr": "doctor", "prof": "professor", "jr": "junior"},
    **{"sr": "senior", "vs": "versus", "etc": "et cetera", "ok": "okay", "phd": "p h d", "approx": "approximately"},
    **{"&": "and", "%": "percent", "+": "plus", "@": "at", "=": "equals", "°": "degrees", "¢": "cents"},
    **{"$": "dollars", "£": "pounds", "€": "euros", "mt": "mount", "capt": "captain", "sgt": "sergeant"},
    **{"feb": "february", "aug": "august", "sept": "september", "oct": "october", "nov": "november", "dec": "december"},
    **{"blvd": "boulevard", "ltd": "limited", "mph": "miles per hour"},
    **{unit: _MEASURES[unit].split()[1] for unit in ("kg", "cm", "km", "ft", "lbs", "hrs", "khz", "mhz", "ghz")},
}
_SHORT: Final = {  # with a capital and a full stop; without, some are words or names of their own
    **{"Jan": "January", "Feb": "February", "Mar": "March", "Apr": "April", "Jun": "June", "Jul": "July"},
    **{"Aug": "August", "Sep": "September", "Sept": "September", "Oct": "October", "Nov": "November"},
    **{"Dec": "December", "Mon": "Monday", "Tue": "Tuesday", "Tues": "Tuesday", "Wed": "Wednesday"},
    **{"Thu": "Thursday", "Thurs": "Thursday", "Fri": "Friday", "Gov": "governor", "Sen": "senator"},
    **{"Rep": "representative", "Gen": "general", "Col": "colonel", "Capt": "captain", "Lt": "lieutenant"},
    **{"Sgt": "sergeant", "Rev": "reverend", "Pres": "president", "Mt": "mount", "Ft": "fort", "Ave": "avenue"},
    **{"Dept": "department", "Corp": "corporation", "Bros": "brothers", "Vol": "volume"},
}
_CONSONANT: Final = "[B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]"
_CAPITALS: Final = re.compile(
    rf"""(?P<short>(?<![A-Za-z])(?:{"|".join(_SHORT)})(?=\.(?![A-Za-z])))
    | (?P<mixed>(?<![A-Za-z])(?!GHz|MHz)(?=[A-Za-z]*{_CONSONANT}{{3}})[A-Z]{{2,}}[a-rt-z](?![A-Za-z']))
    | (?P<millions>(?<=[0-9])M(?![A-Za-z]))
    | (?P<generation>(?<=[0-9])G(?![A-Za-z]))""",
    re.VERBOSE,
)
_CONTRACTED: Final = {  # MOSI's transcripts have lost every apostrophe; where what is left is no word, it comes back
    "n't": "ai are ca could did do does had has have is must need should was were wo would",
    "'ve": "could i might should they we would you",
    "'re": "they you",
    "'ll": "it that there they you",
    "'d": "they you",
    "'s": "he here how she that there what where who",
    "'m": "i",
}
_SAID.update({stem + end.replace("'", ""): stem + end for end, stems in _CONTRACTED.items() for stem in stems.split()})
_COIN: Final = {"$": ("dollar", "cent"), "£": ("pound", "penny"), "€": ("euro", "cent")}
_SCALE: Final = {"k": "thousand", "m": "million", "b": "billion", "bn": "billion"}
_PARTS: Final = {
    **{(1, 2): "one half", (1, 3): "one third", (2, 3): "two thirds"},
    **{(1, 4): "one quarter", (3, 4): "three quarters"},
}
_FOLD: Final = str.maketrans(
    {
        **dict.fromkeys("‘’‛ʼ`´′＇", "'"),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **{"⁄": "/", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"},
    }
)


@lru_cache(maxsize=1 << 16)
def spoken(text: str) -> tuple[str, ...]:
    """The words said for `text`, each over `[a-z']` with at least one letter; empty for punctuation alone.

    >>> spoken("$20"), spoken("Mr."), spoken("well-known"), spoken("—")
    (('twenty', 'dollars'), ('mister',), ('well', 'known'), ())
    """
    words: list[str] = []
    for match in _TOKEN.finditer(_folded(text)):
        kind = next(kind for kind in _READINGS if match[kind] is not None)
        words += re.findall(r"[a-z]+(?:'[a-z]+)*", _READINGS[kind](match))
    return tuple(words)


def _folded(text: str) -> str:
    """Lower case once capitals have told what they tell, accents off, one kind of apostrophe and of dash."""
    plain = unicodedata.normalize("NFKD", _CAPITALS.sub(_written_out, text.translate(_FOLD)).lower())
    return "".join(c for c in plain if not unicodedata.combining(c)).translate(_FOLD)


def _written_out(match: re.Match[str]) -> str:
    """What capitals tell: an abbreviation in full, an acronym letter by letter, millions."""
    text = match[0]
    if match["short"]:
        return _SHORT[text]
    return " million" if match["millions"] else " ".join(["", *text])


def _number(digits: str) -> str:
    """A year where it looks like one, single digits where a nought leads or there are too many, else a cardinal."""
    if "." in digits:
        whole, decimals = digits.split(".")
        return f"{_number(whole.replace(',', '')) if whole else ''} point {' '.join(map(_cardinal, decimals))}"
    if len(digits) == 4 and 1100 <= int(digits) < 2100:
        return _cardinal(digits, "year")
    plain = digits.replace(",", "")
    if len(plain) > 15 or (len(plain) > 1 and plain[0] == "0"):
        return " ".join(map(_cardinal, plain))
    return _cardinal(plain)


def _cardinal(digits: str, form: str = "cardinal") -> str:
    from num2words import num2words

    if len(digits) > 15:
        return " ".join(map(_cardinal, digits))
    return re.sub(r"\band\b", " ", str(num2words(int(digits), to=form)))


def _money(sign: str, amount: str, scale: str | None) -> str:
    unit, coin = _COIN[sign]
    plain = amount.replace(",", "")
    if scale:
        return f"{_number(plain)} {_SCALE.get(scale, scale)} {unit}s"
    value = Decimal(plain)
    whole, cents = int(value), int(value * 100) % 100
    said = [f"{_cardinal(str(whole))} {unit if whole == 1 else unit + 's'}"] if whole or not cents else []
    if cents:
        coins = coin if cents == 1 else coin.replace("penny", "pence").replace("cent", "cents")
        said.append(f"{_cardinal(str(cents))} {coins}")
    return " and ".join(said)


def _clock(hour: str, minute: str) -> str:
    if minute == "00":
        return f"{_cardinal(hour)} o'clock"
    return f"{_cardinal(hour)} {'oh ' if minute[0] == '0' else ''}{_cardinal(minute)}"


def _fraction(over: str, under: str) -> str:
    """A half, a third or quarters by name; a mark such as 8/10 as "eight out of ten"; else the two numbers."""
    named = _PARTS.get((int(over[:4]), int(under[:4])))
    return named or f"{_number(over)} {'out of ' if under in {'5', '10', '100'} else ''}{_number(under)}"


def _measure(size: str, unit: str) -> str:
    """A number with its unit, in the singular after 1 alone."""
    one, several = _MEASURES[unit].split() if unit in _MEASURES else (_RATES[unit],) * 2
    return f"{_number(size)} {one if size == '1' else several}"


def _plural(words: str) -> str:
    return f"{words[:-1]}ies" if words.endswith("y") else f"{words}s"


_READINGS: Final[dict[str, Callable[[re.Match[str]], str]]] = {
    "money": lambda m: _money(m["money"][0], m["amount"], m["scale"]),
    "ordinal": lambda m: _cardinal(m["ordinal"], "ordinal"),
    "decade": lambda m: _plural(_number(m["decade"])),
    "clock": lambda m: _clock(*m["clock"].split(":")),
    "fraction": lambda m: _fraction(*m["fraction"].split("/")),
    "measure": lambda m: _measure(m["size"], m["unit"]),
    "number": lambda m: _number(m["number"]),
    "initials": lambda m: " ".join(m["initials"].replace(".", "")),
    "range": lambda _: "to",
    "minus": lambda _: "minus",
    "dot": lambda _: "dot",
    "rank": lambda _: "number",
    "letters": lambda m: f"{m['letters'][0]}'s",
    "word": lambda m: _SAID.get(m["word"], m["word"]),
    "symbol": lambda m: _SAID[m["symbol"]],
}
