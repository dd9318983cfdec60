"""Figures as news text writes them: digits, number words, hedges, ranges and shares."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .kinds import MAX_FIGURE
from .sentences import Word

__all__ = ["MAX_FIGURES", "VAGUE", "Figure", "figures", "number_word", "shared"]

MAX_FIGURES = 40
"""Figures of one sentence that is read; with more it is a table, not a statement."""

VAGUE = {
    "dozens": (24, 100),
    "dozen": (24, 100),
    "scores": (40, 100),
    "hundreds": (200, 999),
    "hundred": (200, 999),
    "thousands": (2_000, 9_999),
    "thousand": (2_000, 9_999),
    "tens of thousands": (20_000, 99_999),
    "hundreds of thousands": (200_000, 999_999),
    "handful": (2, 6),
    "several": (2, 6),
    "few": (2, 6),
}
"""Ranges that stand for words, as the bundled case codes them; the text gives no more."""

_DIGITS = re.compile(
    r"[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}|[0-9]+(?:\.[0-9]+)?"
)
_SHORT = re.compile(r"([0-9]+(?:\.[0-9]+)?)(k|m|mn|bn)")
_POINTED = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}")
_SIZED = re.compile(r"([0-9][0-9,]*|[a-z]+)-(?:strong|man|member|person|woman)")
_ONES = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen".split()
    )
}
_TENS = {
    word: 10 * value
    for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)
}
_SCALES = {
    "hundred": 100,
    "thousand": 1_000,
    "million": 1_000_000,
    "billion": 10**9,
    "lakh": 100_000,
    "crore": 10**7,
    "k": 1_000,
    "m": 10**6,
    "mn": 10**6,
    "bn": 10**9,
}
_SHARES = {
    "half": 1 / 2,
    "third": 1 / 3,
    "thirds": 1 / 3,
    "quarter": 1 / 4,
    "quarters": 1 / 4,
    "fifth": 1 / 5,
    "fifths": 1 / 5,
    "sixth": 1 / 6,
    "eighth": 1 / 8,
    "tenth": 1 / 10,
    "tenths": 1 / 10,
}

_BOUND_WORDS = {
    "at_least": (
        "at least|no fewer than|no less than|not less than|not fewer than|more than|over|above"
        "|upwards of|in excess of|a minimum of|minimum of|as few as|exceeding|exceeds|exceed"
        "|exceeded|topped|tops|surpassed|surpasses|surpassing|passed|>|≥|topping|crossed|beyond"
        "|greater than|higher than|not below|passing|past"
    ),
    "at_most": (
        "up to|as many as|no more than|not more than|at most|fewer than|less than|under|below"
        "|a maximum of|maximum of|<|≤|as much as|at the most|not exceeding|as high as"
    ),
    "about": (
        "closer to|something like|in the vicinity of|about|around|some|roughly|approximately"
        "|approx|approx.|nearly|almost|close to|estimated|an estimated|circa|ca.|~|≈|just under"
        "|just over|just short of|nearing|approaching|near|in the region of|in the order of"
        "|on the order of|neared|estimated at|estimated to be|approached|the order of|virtually"
        "|or so|nears|perhaps"
    ),
    "": (
        "a total of|total of|just|only|all|the|these|those|its|their|another|an additional"
        "|additional|a further|further|a combined|combined|exactly|precisely|other|his|her|our"
        "|some of the|fully|possibly|maybe|well|far|slightly|somewhat|what it said were"
        "|a confirmed|confirmed|an|currently|now|even|altogether|the other|any|a reported"
        "|probably|likely|somewhere|anywhere|roughly speaking|overall|official"
    ),
}
"""What stands before a number, by the bound that it means; the last say nothing of it."""

_PHRASES = sorted(
    (
        (tuple(phrase.split()), bound)
        for bound, phrases in _BOUND_WORDS.items()
        for phrase in phrases.split("|")
    ),
    key=lambda pair: -len(pair[0]),
)
_HEDGES: dict[str, list[tuple[tuple[str, ...], str]]] = {}
for _phrase, _bound in _PHRASES:
    _HEDGES.setdefault(_phrase[-1], []).append((_phrase, _bound))
_AFTER = {
    ("or", "more"): "at_least",
    ("or", "so"): "about",
    ("or", "fewer"): "at_most",
    ("or", "less"): "at_most",
    ("+",): "at_least",
    ("plus",): "at_least",
    ("and", "counting"): "at_least",
}
_CHANGES = frozenset(
    "rose risen rising rises up increased jumped climbed grew grown revised raised raising "
    "increase rise soared leapt leaped down fell fallen dropped cut lowered reduced downgraded "
    "upgraded corrected climbing jumping".split()
)
_DASHES = frozenset("-–")
_SINGULAR = frozenset("is was has died later".split())
_MAYBE = frozenset(", possibly perhaps maybe if not even or".split())
_MAX_HEDGES = 5
_BIG = 100
_MOST_PARTS = 20


@dataclass(frozen=True)
class Figure:
    """One figure of a sentence.

    Attributes
    ----------
    first, at, last : int
        Words of the sentence: where its hedge starts, where its number starts, and the first word
        after it.
    bound : str
        A bound of the vocabulary.
    value : int or None
        The figure; None for a range, and for a share of what is not stated.
    low, high : int or None
        Ends of a range.
    share : float or None
        The share, where the text gives one.
    total : int or None
        The word at which the total starts that the share is of.
    ambiguity : str
        ``about|at_least`` where the text has both hedges.
    note : str
        How the figure was worked out, where the text gives none.
    more : str
        ``additional`` where it comes on top of another, ``former`` where it is the earlier of two,
        ``step`` where it is the difference, ``except`` in `all but three`, ``size`` in
        `40-strong`.
    definite : bool
        True for `the 600`, which speaks of a figure known already.
    share_high : float or None
        The upper end, where the text gives a range of shares.
    """

    first: int
    at: int
    last: int
    bound: str
    value: int | None
    low: int | None = None
    high: int | None = None
    share: float | None = None
    total: int | None = None
    ambiguity: str = ""
    note: str = ""
    more: str = ""
    definite: bool = False
    share_high: float | None = None


@dataclass(frozen=True)
class _Number:
    """A bare number before its hedge is read; `last` is the first word after it."""

    last: int
    value: float | None
    low: float | None = None
    high: float | None = None
    bound: str = "exact"
    share: float | None = None
    note: str = ""


def figures(words: Sequence[Word]) -> list[Figure]:
    """Find the figures of a sentence, whatever they count.

    Parameters
    ----------
    words : sequence of Word
        The words of one sentence.

    Returns
    -------
    list of Figure
        In order; none overlap, but for a share and the total that it is of. Empty for a sentence
        of more than `MAX_FIGURES`.
    """
    low = [word.low for word in words]
    found: list[Figure] = []
    at = 0
    while at < len(low):
        number = (
            _range(words, low, at) or _vague(low, at) or _share(low, at) or _number(words, low, at)
        )
        if number is None:
            at += 1
            continue
        found.append(_hedged(low, at, number))
        if len(found) > MAX_FIGURES:
            return []
        at = number.last
    return _shares_of_totals(low, _joined(low, found))


def _number(words: Sequence[Word], low: list[str], at: int) -> _Number | None:
    """Read one number from word `at` on, in digits or in words."""
    word = low[at]
    if word == "no" and at + 1 < len(low) and low[at + 1] not in _NO_FIGURE or word == "none":
        return _Number(at + 1 + (low[at + 1 : at + 2] == ["one"]), 0)
    if word in ("nobody", "zero"):
        return _Number(at + 1, 0)
    if sized := _SIZED.fullmatch(word):
        spelled = _ONES.get(sized[1], _TENS.get(sized[1]))
        size = sized[1].replace(",", "")
        if spelled is None and not size.isdigit():
            return None
        return _Number(at + 1, float(size) if spelled is None else float(spelled))
    if short := _SHORT.fullmatch(word):
        return _Number(at + 1, float(short[1]) * _SCALES[short[2]])
    if _DIGITS.fullmatch(word):
        return _digits(words, low, at)
    return _spelled(low, at)


_NO_FIGURE = frozenset("fewer less more longer sign way".split())


def _digits(words: Sequence[Word], low: list[str], at: int) -> _Number | None:
    text, last = low[at].replace(",", ""), at + 1
    if _POINTED.fullmatch(text) and low[last : last + 1] != ["million"]:
        text = text.replace(".", "")
    if len(text) <= 3:  # 12 000, parted by a blank
        while (
            last < len(low)
            and re.fullmatch("[0-9]{3}", low[last])
            and words[last].start == words[last - 1].end + 1
        ):
            text += low[last]
            last += 1
    if len(text) > 15:
        return None
    value = float(text)
    while last < len(low) and low[last] in _SCALES and low[last] not in ("m", "k"):
        value *= _SCALES[low[last]]
        last += 1
    if low[last : last + 1] == ["dozen"]:
        value, last = 12 * value, last + 1
    return _Number(last, value)


def _spelled(low: list[str], at: int) -> _Number | None:
    """Read a number in words: `two hundred and fifty`, `a dozen`, `twenty-five`."""
    last, total, part, seen, bound = at, 0.0, 0.0, False, "exact"
    if low[at] == "half" and low[at + 1 : at + 3] == ["a", "dozen"]:
        return _Number(at + 3, 6, bound="about")
    if low[at] == "dozen" and at and low[at - 1] in ("another", "additional", "further"):
        return _Number(at + 1, 12, bound="about")
    if (
        low[at] == "a"
        and low[at + 1 : at + 2]
        and low[at + 1] in ("dozen", "hundred", "thousand", "million", "couple", "score")
    ):
        if low[at + 1] == "couple":
            return _Number(at + 2 + (low[at + 2 : at + 3] == ["of"]), 2, bound="about")
        part, last, bound = 1.0, at + 1, "about"
    while last < len(low):
        pieces = low[last].split("-")
        if len(pieces) == 2 and pieces[0] in _TENS and pieces[1] in _ONES:
            part += _TENS[pieces[0]] + _ONES[pieces[1]]
        elif low[last] in _ONES:
            part += _ONES[low[last]]
        elif low[last] in _TENS:
            part += _TENS[low[last]]
        elif low[last] == "hundred" and part:
            part *= 100
        elif low[last] in ("dozen", "score") and part:
            part, bound = part * (12 if low[last] == "dozen" else 20), "about"
        elif low[last] in _SCALES and part and len(low[last]) > 2:
            total, part = total + part * _SCALES[low[last]], 0.0
        elif (
            low[last] == "and"
            and seen
            and low[last - 1] in _SCALES
            and low[last + 1 : last + 2]
            and (low[last + 1].split("-")[0] in _TENS or low[last + 1] in _ONES)
            and low[at] != "a"
            and part
        ):
            pass
        else:
            break
        seen = True
        last += 1
    if not seen:
        return None
    return _Number(last, total + part, bound=bound)


def _vague(low: list[str], at: int) -> _Number | None:
    """Read `dozens`, `several hundred`, `tens of thousands`."""
    three = " ".join(low[at : at + 3])
    word = low[at]
    if " of " in three and three in VAGUE:
        ends, last, said = VAGUE[three], at + 3, three
    elif word in ("dozens", "scores", "hundreds", "thousands"):
        ends, last, said = VAGUE[word], at + 1, word
    elif word in ("several", "few", "many") or low[at : at + 2] in (["a", "few"], ["a", "handful"]):
        last = at + (2 if word == "a" else 1)
        after = low[last] if last < len(low) else ""
        if after in ("dozen", "hundred", "thousand"):
            ends, said = VAGUE[after], " ".join(low[at : last + 1])
            last += 1
        elif word in ("few", "many"):
            return None
        else:
            ends, said = VAGUE["several"], " ".join(low[at:last])
    else:
        return None
    return _Number(
        last, None, ends[0], ends[1], "range", note=f"'{said}' read as {ends[0]:,} to {ends[1]:,}"
    )


def _share(low: list[str], at: int) -> _Number | None:
    """Read `a third`, `two-thirds`, `half`, `40 percent`, `one in ten`."""
    word = low[at]
    pieces = word.split("-")
    after = low[at + 1] if at + 1 < len(low) else ""
    if len(pieces) == 2 and pieces[0] in _ONES and pieces[1] in _SHARES:
        return _Number(at + 1, None, share=_ONES[pieces[0]] * _SHARES[pieces[1]], bound="about")
    if word in ("a", "one", "two", "three", "four") and after in _SHARES and after != "half":
        if word in ("a", "one") and low[at + 2 : at + 3] and low[at + 2] in _SINGULAR:
            return None
        times = 1 if word == "a" else _ONES[word]
        return _Number(at + 2, None, share=times * _SHARES[after], bound="about")
    if word == "half" and low[at + 1 : at + 3] != ["a", "dozen"]:
        return _Number(at + 1, None, share=0.5, bound="about")
    if after in ("%", "percent", "per") and re.fullmatch(r"[0-9]+(\.[0-9]+)?", word):
        last = at + 2 + (after == "per" and low[at + 2 : at + 3] == ["cent"])
        if after == "per" and last == at + 2:
            return None
        return _Number(
            last, None, share=float(word) / 100 if float(word) <= 100 else None, bound="about"
        )
    for every in (["out", "of", "every"], ["in", "every"]):
        last = at + 1 + len(every)
        of = _ONES.get(" ".join(low[last : last + 1]), 0)
        if word in _ONES and low[at + 1 : last] == every and of > _ONES[word] > 0:
            return _Number(last + 1, None, share=_ONES[word] / of, bound="about")
    if word.isdigit() and after == "in" and low[at + 2 : at + 3] and low[at + 2].isdigit():
        if 0 < int(word) < int(low[at + 2]) <= _MOST_PARTS:
            return _Number(at + 3, None, share=int(word) / int(low[at + 2]), bound="about")
    if word in _ONES and after == "in" and low[at + 2 : at + 3]:
        of = _ONES.get(low[at + 2]) or (
            int(low[at + 2]) if re.fullmatch("[0-9]{1,2}", low[at + 2]) else 0
        )
        if of > _ONES[word] > 0:
            return _Number(at + 3, None, share=_ONES[word] / of, bound="about")
    return None


def _range(words: Sequence[Word], low: list[str], at: int) -> _Number | None:
    """Read `between 4,000 and 6,000`, `6,000-7,000`, `two or three`, `200 to 300`."""
    between = low[at] == "between"
    start = at + (low[at] in ("between", "from"))
    if start >= len(low) or low[start] in ("no", "none", "nobody"):
        return None
    while (
        between
        and start < len(low) - 1
        and low[start] in ("about", "roughly", "some", "an", "estimated", "around")
    ):
        start += 1
    one = _number(words, low, start)
    if one is None or one.value is None or one.last >= len(low):
        return None
    link, second = low[one.last], one.last + 1
    if not (link in _DASHES or link in ("to", "or") or (link == "and" and between)):
        return None
    while (
        second < len(low) - 1
        and low[second] in ("possibly even perhaps maybe as about around roughly some").split()
    ):
        second += 1
    two = _number(words, low, second) if second < len(low) else None
    if two is None or two.value is None:
        return None
    small, great = one.value, two.value
    if (
        small < 1_000 <= great
        and great >= _BIG * small
        and small * 1_000 < great * 1_000
        and (link in _DASHES or link == "to" or link == "and")
    ):
        scale = 10 ** (len(str(int(great))) - len(str(int(great)).rstrip("0")))
        grown = small * (1_000_000 if great >= 1_000_000 else 1_000)
        small = grown if grown <= great and scale >= 100 else small
    if low[start - 1 : start] == ["from"] and _changes(low, start - 1):
        return None
    if low[start - 1 : start] == ["by"] and link == "to":
        return None
    if not small < great:
        return None
    return _Number(two.last, None, small, great, "range")


def _changes(low: list[str], at: int) -> bool:
    """Tell whether a word of change stands shortly before."""
    return bool(_CHANGES & set(low[max(0, at - 14) : at]))


def _hedged(low: list[str], at: int, number: _Number) -> Figure:
    """Read the words before and after a number that say how it is meant."""
    bounds, first, more, definite = set[str](), at, "", False
    for _ in range(_MAX_HEDGES):
        hedge = next(
            (
                (phrase, bound)
                for phrase, bound in _HEDGES.get(low[first - 1], ())
                if first and tuple(low[max(0, first - len(phrase)) : first]) == phrase
            ),
            None,
        )
        if hedge is None:
            break
        phrase = hedge[0]
        first -= len(phrase)
        if low[first + len(phrase)] not in ("the", "those"):  # above the 900 of before
            bounds.add(hedge[1])
        more = "additional" if phrase[-1] in ("additional", "further", "another") else more
        definite = definite or (phrase[-1] in ("the", "those", "these") and first + 1 == at)
    last = number.last
    for length in (2, 1):
        if after := _AFTER.get(tuple(low[last : last + length])):
            bounds.add(after)
            last += length
            break
    if low[last : last + 1] == ["more"] and low[last + 1 : last + 2] != ["than"]:
        more, last = more or "additional", last + 1
    before = low[first - 1] if first else ""
    if before == "from" and _changes(low, first - 1) and low[last : last + 1] != ["a"]:
        more = "former"
    if before == "by" and (_changes(low, first - 1) or low[last : last + 1] == ["to"]):
        more = "step"
    if low[max(0, first - 2) : first] == ["all", "but"] or low[max(0, at - 1) : at] == ["every"]:
        more = "except"
    if _SIZED.fullmatch(low[at]):
        more = "size"
    bound = number.bound
    ambiguity = ""
    if number.low is None:
        told = [each for each in ("at_least", "at_most", "about") if each in bounds]
        bound = told[0] if told else bound
        if told == ["at_least", "about"]:
            ambiguity = "about|at_least"
    return Figure(
        first,
        at,
        last,
        bound,
        _whole(number.value),
        _whole(number.low),
        _whole(number.high),
        number.share,
        None,
        ambiguity,
        number.note,
        more,
        definite,
    )


def number_word(word: str) -> bool:
    """Tell whether a word in small letters is, or starts with, a number in words."""
    first = word.split("-")[0]
    return first in _ONES or first in _TENS or first in _SCALES or first in VAGUE


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)


def _joined(low: list[str], found: list[Figure]) -> list[Figure]:
    """Make a range of `at least 20 and possibly as many as 50`."""
    joined: list[Figure] = []
    for figure in found:
        before = joined[-1] if joined else None
        if (
            before
            and before.bound == "at_least"
            and figure.bound == "at_most"
            and before.value is not None
            and figure.value is not None
            and before.value < figure.value
            and figure.first - before.last <= 3
            and set(low[before.last : figure.first])
            <= {"and", "possibly", "perhaps", "but", ",", "maybe", "to", "or"}
        ):
            joined[-1] = replace(
                before,
                last=figure.last,
                bound="range",
                value=None,
                low=before.value,
                high=figure.value,
            )
        elif (
            before
            and before.note
            and figure.note
            and before.low
            and figure.low
            and set(low[before.last : figure.first]) <= _MAYBE
            and low[before.last : figure.first] != ["and"]
            or before
            and before.note
            and low[before.last : figure.first] == [","]
            and low[figure.first] in ("perhaps", "possibly", "maybe", "even")
        ):
            comma = low[figure.last : figure.last + 1] == [","]
            joined[-1] = replace(before, last=figure.last + comma)
        elif (
            before
            and before.share
            and figure.share
            and before.share < figure.share
            and before.last + 1 == figure.first
            and low[before.last] in ("and", "to", "or", "-")
        ):
            joined[-1] = replace(before, last=figure.last, bound="range", share_high=figure.share)
        else:
            joined.append(figure)
    return joined


def _shares_of_totals(low: list[str], found: list[Figure]) -> list[Figure]:
    """Work out shares of a stated total: `a third of 12,000`, `40% of the 11,000`."""
    done: list[Figure] = []
    for place, figure in enumerate(found):
        after = found[place + 1] if place + 1 < len(found) else None
        if (
            figure.share is not None
            and after
            and after.value
            and after.share is None
            and figure.last < len(low)
            and low[figure.last] == "of"
            and _owned(low[figure.last + 1 : after.first])
        ):
            figure = shared(figure, after.value)
            figure = replace(figure, total=after.first)
        done.append(figure)
    return [figure for figure in done if max(figure.value or 0, figure.high or 0) <= MAX_FIGURE]


def _owned(between: list[str]) -> bool:
    """Tell whether at most an owner stands between a share and its total: `the division's`."""
    return len(between) <= 1 or len(between) <= 5 and between[-1] == "'s"


def shared(figure: Figure, total: int) -> Figure:
    """Give a share its figure, once its total is known."""
    assert figure.share is not None
    if figure.share_high is not None:
        return replace(
            figure,
            low=round(figure.share * total),
            high=round(figure.share_high * total),
            note=f"worked out: {figure.share:.3g} to {figure.share_high:.3g} of {total:,}",
        )
    return replace(
        figure,
        value=round(figure.share * total),
        note=f"worked out: {figure.share:.3g} of {total:,}",
    )
