"""Days that news text names, resolved against the article's own day."""

from __future__ import annotations

import calendar
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from .kinds import EARLIEST, LATEST
from .sentences import Word

__all__ = ["Span", "full_days", "spans"]

_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan\.?|feb\.?|mar\.?|apr\.?|jun\.?|jul\.?|aug\.?|sept?\.?|oct\.?|nov\.?|dec\.?)"
)
_WEEKDAY = r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
_NUMBER = r"(?:[0-9]{1,3}|a|an|one|two|three|four|five|six|seven|eight|nine|ten|few|several)"
_UNIT = r"(?:hours?|days?|weeks?|months?|years?|weekend)"
_FORMS = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("last year", rf"(?:[0-9]{{1,2}} {_MONTH}|{_MONTH} [0-9]{{1,2}}|{_MONTH}) last year"),
        ("iso", r"[0-9]{4} - [0-9]{2} - [0-9]{2}"),  # as the words are split
        ("day", rf"{_MONTH} [0-9]{{1,2}}(?:st|nd|rd|th)? , [0-9]{{4}}"),
        ("day", rf"{_MONTH} [0-9]{{1,2}}(?:st|nd|rd|th)?(?: [0-9]{{4}})?(?![0-9,])"),
        ("day", rf"[0-9]{{1,2}}(?:st|nd|rd|th)? (?:of )?{_MONTH}(?:,? [0-9]{{4}})?(?![0-9])"),
        ("month", rf"{_MONTH}(?: of)?(?: ,)? [0-9]{{4}}"),
        ("start", r"(?:the )?(?:beginning|start) of (?:the|this) (?:year|month|week)"),
        ("half", r"(?:the )?(?:first|second) half of (?:the year|this year|last year|[0-9]{4})"),
        ("year start", r"(?:the )?(?:beginning|start) of [0-9]{4}"),
        ("month start", rf"(?:the )?(?:beginning|start) of {_MONTH}(?: [0-9]{{4}})?"),
        ("month end", rf"(?:the )?end of {_MONTH}(?: [0-9]{{4}})?"),
        ("past", rf"(?:the )?(?:past|last|previous|preceding) {_NUMBER} {_UNIT}"),
        ("past", rf"(?:the )?(?:past|previous|preceding) {_UNIT}"),
        ("ago", rf"{_NUMBER} {_UNIT} (?:ago|earlier)"),
        ("last", r"last (?:weekend|week|month|year)"),
        ("this", r"(?:this|the) (?:weekend|week|month|year)"),
        ("day", rf"(?:last |this )?{_WEEKDAY}"),
        ("day", r"yesterday|today|tonight|overnight|this morning|this evening|the day before"),
        ("month", rf"(?:last )?{_MONTH}"),
        ("year", r"[0-9]{4}"),
    )
)
_FROM = frozenset(("since", "from"))
_TO = frozenset(("by", "until", "through", "till", "to"))
_IN = frozenset(
    ("in", "on", "during", "over", "of", "at", "between", "throughout", "for", "within")
)
_EARLY = frozenset(
    "late early mid - the around about local shortly midnight noon dawn dusk".split()
)
_PARTS = frozenset("morning afternoon evening night".split())
_NAMED = {
    "a": 1,
    "an": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "few": 3,
    "several": 3,
}
_DAYS_OF = {"hour": 1 / 24, "day": 1, "week": 7, "month": 30, "year": 365, "weekend": 2}


@dataclass(frozen=True)
class Span:
    """Days that a sentence names.

    Attributes
    ----------
    first, last : int
        Its words; `last` is the first word after it.
    start, end : date or None
        First and last day; None where the article's day would be needed and is not known, and the
        start of what only has an end.
    role : str
        ``from`` (since May), ``to`` (by 2 September), ``in`` (on Monday) or ``bare``.
    exact : bool
        True when the text itself gives the year.
    """

    first: int
    last: int
    start: date | None
    end: date | None
    role: str
    exact: bool = False


def spans(words: Sequence[Word], published: date | None) -> list[Span]:
    """Find the days that a sentence names.

    Parameters
    ----------
    words : sequence of Word
        The words of the sentence.
    published : date or None
        The article's own day; without it only days with a year are resolved.

    Returns
    -------
    list of Span
        In order. The clock is never asked.
    """
    text, places = _joined(words)
    low = [word.low for word in words]
    found: list[Span] = []
    at = 0
    while at < len(places):
        start = places[at]
        kind, match = _form(text, start)
        if match is None:
            at += 1
            continue
        last = at + match[0].count(" ") + 1
        before = found[-1] if found else None
        joined = (
            before is not None
            and before.last == at - 1
            and low[at - 1] in ("and", "to")
            and low[max(0, before.first - 1)] == "between"
        )
        span = _span(kind, match[0], at, last, low, published, joined)
        if span is not None:
            if before is not None and joined:
                span = Span(before.first, last, before.start, span.end, "in", span.exact)
                found.pop()
            found.append(span)
        at = last
    return found


def _form(text: str, start: int) -> tuple[str, re.Match[str] | None]:
    for kind, form in _FORMS:
        match = form.match(text, start)
        if match and (match.end() == len(text) or text[match.end()] == " "):
            return kind, match
    return "", None


def full_days(words: Sequence[Word]) -> list[date]:
    """Give the days of a sentence that are written with day, month and year."""
    return [
        span.start
        for span in spans(words, None)
        if span.exact and span.start and span.start == span.end
    ]


def _joined(words: Sequence[Word]) -> tuple[str, list[int]]:
    """Give the words with single blanks between them, and where each starts."""
    places, at = [], 0
    for word in words:
        places.append(at)
        at += len(word.low.replace(" ", "_")) + 1
    return " ".join(word.low.replace(" ", "_") for word in words), places


def _span(
    kind: str,
    said: str,
    first: int,
    last: int,
    low: list[str],
    published: date | None,
    joined: bool,
) -> Span | None:
    """Give the days of what is said; `joined` behind `between January and`."""
    before = low[first - 1] if first else ""
    at = first - 1
    while at >= 0 and low[at] in _EARLY:
        at -= 1
    link = low[at] if at >= 0 else ""
    if link == "of" and at and low[at - 1] in ("as", "morning", "evening", "afternoon", "night"):
        link = "by" if low[at - 1] == "as" else "on"
    if joined:
        link = "in"
    if kind == "year" and (
        link not in _FROM | _TO | {"in", "during", "between"}
        or not EARLIEST.year <= int(said) <= LATEST.year
    ):
        return None
    if (
        kind == "month"
        and not re.search("[0-9]", said)
        and (
            said == "may"
            and link not in _FROM | _TO | {"in", "of", "during", "last", "late", "early"}
            or said in ("march", "mar")
            and link not in _FROM | _TO | {"in", "of", "during"}
            and before not in ("late", "early")
        )
    ):
        return None
    if kind == "this" and (
        before.endswith("est")
        or before
        in ("worst", "far", "first", "second", "third", "fourth", "fifth", "sixth", "largest")
    ):
        return None
    if kind == "this" and said.startswith("the ") and link not in ("in", "over", "during", "at"):
        return None
    ends = _days(kind, said, published)
    role = "from" if link in _FROM else "to" if link in _TO else "in" if link in _IN else "bare"
    if low[last : last + 1] == ["'s"] and kind == "day":
        role = "in"  # Wednesday's earthquake
    if role == "to" and link == "to" and not _from_before(low, at):
        role = "bare"
    if kind in ("start", "year start", "month start") and role != "from":
        return None
    behind = low[max(0, first - 9) : first]
    if (
        role == "in"
        and "since" in behind
        and not {",", ";"} & set(behind[len(behind) - 1 - behind[::-1].index("since") :])
    ):
        role = "from"
    if role == "from" and low[last : last + 2] == [",", "when"]:
        role = "in"
    exact = bool(re.search("[0-9]{4}", said))
    if ends is None:
        return Span(first, last, None, None, role)
    return Span(first, last, *ends, role, exact)


def _from_before(low: list[str], at: int) -> bool:
    return "from" in low[max(0, at - 6) : at]


def _days(kind: str, said: str, published: date | None) -> tuple[date, date] | None:
    """Give first and last day of what is said, or None where that cannot be told."""
    if kind == "iso":
        try:
            day = date.fromisoformat(said.replace(" ", ""))
        except ValueError:
            return None
        return (day, day) if EARLIEST <= day <= LATEST else None
    if kind == "year":
        return date(int(said), 1, 1), date(int(said), 12, 31)
    if kind == "year start":
        return date(int(said[-4:]), 1, 1), date(int(said[-4:]), 12, 31)
    if kind in ("month start", "month end"):
        ends = _days("month", said.split(" of ", 1)[1], published)
        return ends and (ends if kind == "month start" else (ends[1], ends[1]))
    if kind == "month":
        found = _parsed(
            said.removeprefix("last ").replace(" , ", " ").replace(" of ", " "), published
        )
        if found is None:
            return None
        return _month(found, published)
    if kind == "day":
        if said in ("tonight", "today", "this morning", "this evening"):
            return (published, published) if published else None
        if said == "overnight":
            return (published - timedelta(1), published) if published else None
        if said == "the day before":
            said = "yesterday"
        found = _parsed(said.removeprefix("last ").removeprefix("this "), published)
        return (found, found) if found else None
    if published is None:
        return None
    if kind == "last year":
        named = said.removesuffix(" last year")
        full = f"{named} {published.year - 1}"
        return _days("day" if re.search("[0-9]", named) else "month", full, published)
    if kind == "half":
        words = said.split()
        year = int(words[-1]) if words[-1].isdigit() else published.year - ("last" in words)
        return (
            (date(year, 1, 1), date(year, 6, 30))
            if "first" in words
            else (date(year, 7, 1), date(year, 12, 31))
        )
    if kind == "start":
        first = {
            "year": published.replace(month=1, day=1),
            "month": published.replace(day=1),
            "week": published - timedelta(published.weekday()),
        }[said.split()[-1]]
        return first, published
    words = said.removeprefix("the ").split()
    unit = words[-1].removesuffix("s") if kind != "ago" else words[-2].removesuffix("s")
    if kind == "this" or kind == "last":
        return _calendar(unit, published, kind == "last")
    number = (
        1
        if len(words) == 2
        else (
            _NAMED.get(words[-2 if kind == "past" else -3])
            or int(words[-2 if kind == "past" else -3])
        )
    )
    days = max(1, round(number * _DAYS_OF[unit]))
    try:
        past = published - timedelta(days)
    except OverflowError:
        return None
    return (past, past) if kind == "ago" else (past, published)


def _calendar(unit: str, published: date, last: bool) -> tuple[date, date]:
    """Give this or last week, weekend, month or year; nothing reaches past the article's day."""
    if unit == "year":
        year = published.year - last
        return date(year, 1, 1), min(date(year, 12, 31), published)
    if unit == "month":
        day = published.replace(day=1) - timedelta(1) if last else published
        return day.replace(day=1), min(_month(day, None)[1], published)
    monday = published - timedelta(published.weekday() + 7 * last)
    if unit == "weekend":
        saturday = (
            monday + timedelta(5) if published.weekday() >= 5 or last else monday - timedelta(2)
        )
        return saturday, min(saturday + timedelta(1), published)
    return monday, min(monday + timedelta(6), published)


def _month(day: date, published: date | None) -> tuple[date, date]:
    last = day.replace(day=calendar.monthrange(day.year, day.month)[1])
    first = day.replace(day=1)
    return first, min(last, published) if published and first <= published else last


@lru_cache(maxsize=4096)
def _parsed(said: str, published: date | None) -> date | None:
    """Read a day or month with dateparser; the past is meant unless the text gives the year."""
    import dateparser  # type: ignore[import-untyped]

    with_year = re.search("[0-9]{4}", said) is not None
    if published is None and not with_year:
        return None
    if published is not None and published >= LATEST - timedelta(1):
        return None
    base = (published or LATEST) + timedelta(0 if published is None else 1)
    settings = {
        "RELATIVE_BASE": datetime(base.year, base.month, base.day),
        "PREFER_DATES_FROM": "past",
        "PREFER_DAY_OF_MONTH": "first",
        "RETURN_AS_TIMEZONE_AWARE": False,
        "TIMEZONE": "UTC",
        "DATE_ORDER": "DMY",
    }
    if said == "yesterday":
        return published - timedelta(1) if published else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of days without a year, which the base settles
        found: datetime | None = dateparser.parse(said, languages=["en"], settings=settings)
    if found is None or not EARLIEST <= found.date() <= LATEST:
        return None
    return found.date()
