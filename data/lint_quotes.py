"""The quote against the figure: numbers in the `wording` cell, read only where they are plain.

A number counts as stating the figure when nothing or a word for the quantity follows it: of '600
dead, 4,000 wounded' only the first speaks of the dead. Shares, dates, hours and vague words such
as 'several hundred' are no numbers here.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from .codes import LEAST_NUMBER, QUOTE_ROOM
from .lint import digits_of, first, note, say, swaps
from .problems import Problems

__all__ = ["Number", "numbers", "quotes"]

_UNITS = {word: at for at, word in enumerate((
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen").split())}
_TENS = {word: 10 * at for at, word in enumerate(
    "twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
_TIMES = {"dozen": 12, "hundred": 100, "thousand": 1000, "million": 1_000_000}
_WORD = "|".join([*_UNITS, *_TENS, *_TIMES])
_NUMBER = re.compile(
    r"(?<![\w.,$€£%])(?<!\d[-/:])(?P<digits>\d{1,3}(?:[,\u00a0\u202f]\d{3})+|\d+)(?P<part>\.\d+)?"
    r"(?:\s?(?P<unit>k|thousand|million)\b)?(?![\w%$€£]|[.,:/]\d|-\d{2}\b)"
    rf"|\b(?P<words>(?:(?:a|{_WORD})[\s-](?:and\s)?)*(?:{_WORD}))\b", re.IGNORECASE)
_VAGUE = re.compile(r"(several|few|many|half an?|tens of|couple of|dozens of)\s*$", re.I)
_NEXT = re.compile(r"[\s\"'’)\]+]*(?:-?plus\b)?\s*(?P<word>[^\W\d_]+)?")
_OTHER = re.compile(r"\s*(?:%|per\s?cent|percent|am\b|pm\b|days?\b|weeks?\b|hours?\b|years?\b|"
                    r"months?\b|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b)", re.I)
_BOTH = re.compile(r"\s*(?:soldiers|troops|people|men)?\s*(?:were\s)?"
                   r"(?:killed|dead)\s(?:or|and)\s(?:wounded|injured|missing)", re.I)
_NEAR = re.compile(r"\b(?:closer?|near|nearly|almost|towards?|exceed|up)\s(?:to\s)?$", re.I)
_PAST = re.compile(r"\b(?:exceeded|exceeds|exceed|over|than|past|above|under|below|least)\s$", re.I)
_OF_IT = {
    "killed": "killed dead died dies deaths death fatalities fallen perished bodies",
    "named_dead": "killed dead died names portraits graves fallen",
    "wounded": "wounded injured hurt injuries",
    "missing": "missing unaccounted",
    "captured": "captured prisoners pows captives",
    "casualties": "casualties losses lost",
    "deployed": "deployed sent",
    "returned": "returned",
}
_NEUTRAL = frozenset(
    "soldiers troops people men servicemen personnel fighters north koreans so since were was have "
    "had has are is or and to".split())

_HEDGES = frozenset(
    "about some around approximately nearly almost over more than at least most up only just a "
    "total of no fewer less roughly estimated another additional exactly".split())
"""Words beside which a number is the whole of a quote."""


class Number(NamedTuple):
    """A number in a quote: whether it states the quantity, and how near the figure may be."""

    figure: float
    mine: bool
    other: bool = False  # it states another quantity: '600 wounded' no dead
    near: bool = False  # 'close to 600' may be 589
    past: bool = False  # 'over 125' may be 126


def quotes(table: pd.DataFrame, problems: Problems) -> None:
    """Note claims whose quote states figures, none of which is the claim's."""
    wordings = table["wording"]
    spoken = [bool(_NUMBER.search(text)) for text in wordings] if (wordings != "").any() else []
    places = [at for at, some in enumerate(spoken) if some]
    spoken_of = table[["wording", "quantity", "value", "low", "high"]].iloc[places]
    wrong = [at for at, claim in zip(places, spoken_of.to_dict("records"), strict=True)
             if _disagrees(claim)]
    mask = table.index.isin(table.index[wrong])
    for at in first(table, mask, problems):
        claim = table.iloc[at]
        found = numbers(claim["wording"], claim["quantity"])
        told = [each.figure for each in found if each.mine]
        stated = (f"{say(claim['low'])} to {say(claim['high'])}" if claim["bound"] == "range"
                  else say(claim["value"]))
        code, why = _cause(claim, found)
        note(problems, code, claim,
             f"{claim['id']} states {stated}, but its wording says "
             f"{', '.join(map(say, told[:3]))}{why}",
             "put right the figure or the wording, whichever the page does not have", value=stated)


def numbers(text: str, quantity: str) -> list[Number]:
    """Read the plain numbers of a quote.

    Parameters
    ----------
    text : str
        The quote.
    quantity : str
        What the claim counts.

    Returns
    -------
    list of Number
        In order; the words before and after each tell what it states.

    Examples
    --------
    >>> [each[:2] for each in numbers("4.7k casualties, six hundred of them dead", "casualties")]
    [(4700.0, True), (600.0, False)]
    """
    found = []
    for match in _NUMBER.finditer(text):
        figure = _figure(match)
        ahead, behind = text[match.end():], text[: match.start()]
        if figure is None or _OTHER.match(ahead) or _VAGUE.search(behind):
            continue
        following = _NEXT.match(ahead)
        word = ((following and following["word"]) or "").lower()
        mine = (not word or word in _NEUTRAL or word in _OF_IT.get(quantity, quantity).split())
        other = not mine and any(word in nouns.split() for nouns in _OF_IT.values())
        if _BOTH.match(ahead):
            mine = quantity == "casualties"
            other = not mine
        part = word == "of" or re.search(r"\b(?:of|since|in)\s*$", behind, re.I)
        found.append(Number(figure, bool(mine and not part), other,
                            bool(_NEAR.search(behind)), bool(_PAST.search(behind))))
    return found


def _figure(match: re.Match[str]) -> float | None:
    """Give the value of a number in digits or words; None for what is none by itself."""
    if match["words"]:
        return _spelled(match["words"].lower())
    whole = re.sub(r"\D", "", match["digits"])
    figure = float(f"{whole}{match['part'] or ''}")
    if match["unit"]:
        return figure * (1000 if match["unit"].lower() == "k" else _TIMES[match["unit"].lower()])
    if match["part"] or len(whole) > 12 or match["digits"] == whole and 1800 <= figure <= 2100:
        return None
    return figure


def _spelled(text: str) -> float:
    """Give the value of a number in words: 'four thousand seven hundred'."""
    total, part = 0, 0
    for word in re.split(r"[\s-]+", text):
        if word in _TIMES:
            part = max(part, 1) * _TIMES[word]
            if _TIMES[word] >= 1000:
                total, part = total + part, 0
        else:
            part += _UNITS.get(word, 0) + _TENS.get(word, 0)
    return float(total + part)


def _disagrees(claim: Mapping[Any, Any]) -> bool:
    text = claim["wording"]
    alone = all(word in _NEUTRAL or word in _HEDGES or word in _OF_IT.get(claim["quantity"], "")
                for word in re.findall(r"[^\W\d_]+", _NUMBER.sub(" ", text).lower()))
    found = [each for each in numbers(text, claim["quantity"])
             if alone or each.figure >= LEAST_NUMBER]
    if any(each.mine and each.figure == claim["value"] for each in found):
        return False
    if not any(each.mine for each in found):
        return False
    sums = [Number(made, True) for one, two in combinations([each.figure for each in found[:8]], 2)
            for made in (one + two, abs(one - two))]
    stated = [float(claim[name]) for name in ("value", "low", "high") if claim[name] >= 0]
    told = [each for each in found if not each.other]
    return not any(_fits(each, figure) for figure in stated for each in (*told, *sums))


def _fits(told: Number, stated: float) -> bool:
    """Tell whether a number states a figure: the same, one past it, or close to it and rounder."""
    if told.figure == stated or told.past and abs(told.figure - stated) == 1:
        return True
    if not told.near or abs(told.figure - stated) > QUOTE_ROOM * stated:
        return False
    rounder, finer = digits_of(np.array([told.figure, stated]))
    return bool(rounder < finer)


def _cause(claim: Any, found: Iterable[Number]) -> tuple[str, str]:
    """Give the code of a disagreement, and its likely cause in words."""
    value = claim["value"]
    for each in found:
        if each.mine and value in swaps(each.figure):
            return "digit-swap", ": were two digits swapped?"
        if each.mine and value in (10 * each.figure, each.figure // 10):
            return "times-ten", f": a digit too {'many' if value > each.figure else 'few'}?"
        if each.other and each.figure == value and claim["quantity"] == "killed":
            return "killed-casualties", f" dead, and {say(value)} of others"
    return "quote-figure", ""
