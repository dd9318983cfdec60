"""Numbers and dates to words. All rounding of the report happens here: two significant figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

DIGITS = 2  # significant figures of an estimate; a claim's own figure is quoted as stated
MOST = 1e12  # beyond any people or things: a digit of it would mislead
INTERVAL = 0.9  # probability of every interval that is named in words

# What happened to the people counted, as a verb phrase and as a noun. Equipment takes `lost`.
_VERBS = {
    "killed": "were killed",
    "wounded": "were wounded",
    "missing": "went missing",
    "captured": "were captured",
    "casualties": "became casualties",
    "named_dead": "have been named as dead",
    "deployed": "were sent",
    "returned": "had returned",
}
_NOUNS = {"named_dead": "named dead", "deployed": "sent", "returned": "returned"}
_BOUNDS = {"about": "about ", "at_least": "at least ", "at_most": "at most "}
MONTHS = (
    "January February March April May June July August September October November December"
).split()


def rounded(x: float) -> float:
    """Give the number to two significant figures; zero, NaN and infinities stay as they are."""
    if x == 0 or not math.isfinite(x):
        return x
    return float(f"{x:.{DIGITS - 1}e}")


def count(x: float) -> str:
    """People or things: `2,300`, `86`, `<1`, `0`; an empty cell for NaN."""
    if math.isnan(x):
        return "–"
    if math.isinf(x):
        return "∞" if x > 0 else "−∞"
    if x < 0:
        return "−" + count(-x)
    if 0 < x < 0.5:
        return "<1"
    if x >= MOST:
        return ">1 trillion"
    return f"{math.floor(rounded(x) + 0.5):,}"


def span(low: float, high: float) -> str:
    """Give a range, `1,100 to 5,400`; one number where both ends round to the same."""
    left, right = count(low), count(high)
    return left if left == right else f"{left} to {right}"


def ratio(x: float) -> str:
    """Give a ratio: `0.64`, `1.6`, `12`, `120`."""
    if math.isnan(x):
        return "–"
    if x == 0 or not math.isfinite(x):
        return "0" if x == 0 else "∞"
    if x < 1e-6:
        return "<0.000001"
    value = rounded(x)
    places = max(0, DIGITS - 1 - math.floor(math.log10(abs(value))))
    return f"{value:,.{min(places, 6)}f}"


def ratio_span(low: float, high: float) -> str:
    """Give a range of ratios, `0.64 to 1.6`."""
    left, right = ratio(low), ratio(high)
    return left if left == right else f"{left} to {right}"


def percent(p: float) -> str:
    """Give a share as whole percent; never 0% or 100% for what is only near them."""
    if math.isnan(p):
        return "–"
    if 0 < p < 0.005:
        return "<1%"
    if 0.995 <= p < 1:
        return ">99%"
    return f"{math.floor(100 * p + 0.5)}%"


def probability(p: float) -> str:
    """Give a probability that was read off draws: never 0% or 100%, which no draws can show."""
    if math.isnan(p):
        return "–"
    return percent(min(max(p, 1e-9), 1 - 1e-9))


def chance(p: float) -> str:
    """Give a probability inside a sentence: `12%`, `less than 1%`."""
    return probability(p).replace("<", "less than ").replace(">", "more than ")


def change(percentage: float) -> str:
    """Give a signed change in percent: `+4%`, `−12%`, `0%`."""
    if math.isnan(percentage):
        return "–"
    size = math.floor(abs(percentage) + 0.5)
    sign = "" if size == 0 else ("+" if percentage > 0 else "−")
    return f"{sign}{size}%"


def stated(value: float) -> str:
    """Give a claim's figure as it was stated, every digit kept."""
    if math.isnan(value):
        return ""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.10g}"


def figure(bound: str, value: float, low: float, high: float) -> str:
    """Give a claim's figure with its bound: `at least 600`, `300 to 350`, `about 4,000`."""
    if math.isnan(value):
        return f"{stated(low)} to {stated(high)}"
    return _BOUNDS.get(bound, "") + stated(value)


def day(when: date) -> str:
    """Give a date as `20 February 2026`."""
    return f"{when.day} {MONTHS[when.month - 1]} {when.year}"


def short_day(when: date) -> str:
    """Give a date as `20 Feb 2026`."""
    return f"{when.day} {MONTHS[when.month - 1][:3]} {when.year}"


def listed(words: Sequence[str], last: str = "and") -> str:
    """Give `a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def several(number: int, noun: str, plural: str = "") -> str:
    """`1 claim`, `3 claims`, `no claims`."""
    word = noun if number == 1 else plural or noun + "s"
    return f"{number or 'no':,} {word}" if number else f"no {word}"


def capital(text: str) -> str:
    """Give the sentence with its first letter large."""
    return text[:1].upper() + text[1:]


def noun(quantity: str) -> str:
    """Quantity as it reads in a table or a title."""
    return _NOUNS.get(quantity, quantity.replace("_", " "))


def relation(word: str) -> str:
    """Relation as a reader reads it: `third-party state`."""
    return word.replace("third_party", "third-party").replace("_", " ")


def what_happened(quantity: str, people: str) -> str:
    """Subject and verb: `North Korean soldiers were killed`; `tanks were lost`."""
    if quantity in _VERBS:
        return f"{people} {_VERBS[quantity]}"
    return f"{noun(quantity)} of {people} were lost"


def headline(quantity: str, people: str, low: float, high: float, median: float, when: date) -> str:
    """Range first, then the median, then what kind of number this is."""
    return (
        f"Between {count(low)} and {count(high)} {what_happened(quantity, people)} by {day(when)} "
        f"({percent(INTERVAL)} interval); the median is {count(median)}. "
        "This is an estimate of reports, not a count."
    )
