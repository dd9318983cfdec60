"""How a single cell is read, one function a kind: text in, a value out, or `Wrong`.

Surrounding blanks never count, except in free text, which is kept as it stands.
"""

import calendar
import math
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime

from .cells import parts
from .problems import Wrong, nearest
from .words import Column

__all__ = ["EARLIEST", "LATEST", "MAX_FIGURE", "amount", "day", "figure", "ident", "period",
           "reader", "word"]

EARLIEST = date(1800, 1, 1)
LATEST = date(2100, 12, 31)
MAX_FIGURE = 1e10
"""More than all people who live; a larger figure is a slip."""

_COUNT = re.compile(r"[0-9]+(\.0?0?)?|[0-9]+(\.[0-9]+)?[eE]\+?[0-9]+")
_AMOUNT = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
_NEGATIVE = re.compile(r"[-−–]\s*[0-9].*", re.DOTALL)
_GROUPED = re.compile(r"[0-9]{1,3}(?:[,.'’_\s][0-9]{3})+")
_SPAN = re.compile(r"([0-9][0-9,]*)\s*(?:-|–|—|\.\.|to)\s*([0-9][0-9,]*)")
_HEDGED = re.compile(r"(?:[~≈<>≤≥=+]+|about|over|up to|at least|at most)?\s*([0-9][0-9,]*)\s*\+?")
_THOUSANDS = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(k|thousand)", re.IGNORECASE)
_NOTHING = {"", "-", "–", "—", "?", "n/a", "na", "nan", "none", "null", "unknown", "nil"}
_INFINITE = {"inf", "+inf", "-inf", "infinity", "+infinity", "-infinity", "∞"}
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PERIOD = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?")
_IDENT = re.compile(r"[^\s;\x00-\x1f\x7f-\x9f]{1,80}")
_DAY_FORMS = (
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
    "%Y-%m-%d",
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d %B %Y",
    "%d %b %Y",
    "%B %d, %Y",
    "%b %d, %Y",
)


def figure(text: str) -> float:
    """Read a count of people or things.

    Parameters
    ----------
    text : str
        Digits, with no separators, sign or words.

    Returns
    -------
    float
        A whole number from 0 to `MAX_FIGURE`.

    Raises
    ------
    Wrong
        If it is anything else.
    """
    text = text.strip()
    if _COUNT.fullmatch(text):
        value = float(text)
        if not math.isfinite(value):
            raise Wrong("not a finite number")
        if value > MAX_FIGURE:
            raise Wrong("more than ten billion", lambda: "check the number of digits")
        if value != int(value):
            raise Wrong("not a whole number", lambda: "round it")
        return value
    raise _figure_fault(text)


def amount(text: str) -> float:
    """Read a number of any size from 0 on, whole or not.

    Parameters
    ----------
    text : str
        Digits, with a decimal point or an exponent if need be, and no sign or separators.

    Returns
    -------
    float
        From 0 to `MAX_FIGURE`.

    Raises
    ------
    Wrong
        If it is anything else.
    """
    text = text.strip()
    if not _AMOUNT.fullmatch(text):
        raise _figure_fault(text)
    if not math.isfinite(value := float(text)):
        raise Wrong("not a finite number")
    if value > MAX_FIGURE:
        raise Wrong("more than ten billion", lambda: "state it in a larger unit")
    return value


def _figure_fault(text: str) -> Wrong:
    """Say what is wrong with a figure that could not be read."""
    if text.lower() in _INFINITE:
        return Wrong("not a finite number")
    if text.lower() in _NOTHING:
        return Wrong("not a number", lambda: "leave the cell empty where there is no figure")
    if len(text) > 60:
        return Wrong("not a number", lambda: "write digits only")
    if _NEGATIVE.fullmatch(text):
        return Wrong("negative", lambda: "a count has no sign")
    if _GROUPED.fullmatch(text):
        plain = re.sub(r"[^0-9]", "", text)
        return Wrong("not a plain number", lambda: f"write {plain}, not {text}")
    if span := _SPAN.fullmatch(text):
        low, high = (end.replace(",", "") for end in span.groups())
        return Wrong(
            "two numbers in one cell",
            lambda: f"write the bound 'range' with low {low} and high {high}",
        )
    if hedged := _HEDGED.fullmatch(text.lower()):
        plain = hedged[1].replace(",", "")
        return Wrong("not a plain number", lambda: f"write {plain} and let the bound say the rest")
    if thousands := _THOUSANDS.fullmatch(text):
        plain = f"{float(thousands[1]) * 1000:.0f}"
        return Wrong("not a plain number", lambda: f"write {plain}")
    if re.fullmatch(r"[0-9]*\.[0-9]+", text):
        return Wrong("not a whole number", lambda: "round it")
    return Wrong("not a number", lambda: "write digits only")


def day(text: str) -> date:
    """Read an ISO day.

    Parameters
    ----------
    text : str
        A day such as 2025-09-02.

    Returns
    -------
    date
        A day from 1800 to 2100.

    Raises
    ------
    Wrong
        If it is written in another way, does not exist, or lies outside those years.
    """
    text = text.strip()
    if not _ISO_DAY.fullmatch(text):
        raise Wrong("not a day of the form YYYY-MM-DD", lambda: _day_mend(text))
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise Wrong("no such day in the calendar") from None
    return in_range(found)


def period(text: str) -> date:
    """Read an ISO day, or a month or year by its last day.

    Parameters
    ----------
    text : str
        A day, month or year such as 2025-09-02, 2025-09 or 2025.

    Returns
    -------
    date
        The day, or the last one of the month or year; from 1800 to 2100.

    Raises
    ------
    Wrong
        If it is written in another way, does not exist, or lies outside those years.

    Examples
    --------
    >>> period("2003-02")
    datetime.date(2003, 2, 28)
    """
    text = text.strip()
    found = _PERIOD.fullmatch(text)
    if not found:
        try:
            return day(text)
        except Wrong as fault:
            rule = fault.rule.replace("a day of the form YYYY-MM-DD", "of the form YYYY-MM-DD")
            raise Wrong(rule.replace("DD", "DD, YYYY-MM or YYYY"), fault.mend) from None
    year, month = int(found[1]), int(found[2] or 12)
    if not 1 <= month <= 12:
        raise Wrong("no such month in the calendar")
    if not EARLIEST.year <= year <= LATEST.year:
        raise Wrong(f"outside the years {EARLIEST.year} to {LATEST.year}")
    return date(year, month, calendar.monthrange(year, month)[1])


def in_range(found: date) -> date:
    """Give the day back if it lies in the years 1800 to 2100, else raise `Wrong`."""
    if not EARLIEST <= found <= LATEST:
        raise Wrong(f"outside the years {EARLIEST.year} to {LATEST.year}")
    return found


def _day_mend(text: str) -> str:
    """Give the day or days that a differently written date may mean."""
    first = text[:40].split("T")[0] if re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T", text) else text[:40]
    days = dict.fromkeys(found for form in _DAY_FORMS if (found := _try_day(first, form)))
    return f"write {' or '.join(days)}" if days else ""


def _try_day(text: str, form: str) -> str:
    """Give the ISO form of a date written in `form`, or ''."""
    try:
        return datetime.strptime(text, form).date().isoformat()
    except ValueError:
        return ""


def word(text: str, words: Mapping[str, str]) -> str:
    """Read one word of a closed list; raise `Wrong` with the nearest one otherwise."""
    text = text.strip()
    if text not in words:
        raise Wrong(f"not one of {', '.join(words)}", lambda: nearest(text, words))
    return text


def _words(text: str, words: Mapping[str, str]) -> str:
    """Read words of a closed list joined by semicolons, into the order of the list."""
    given = {word(part, words) for part in parts(text)}
    return ";".join(each for each in words if each in given)


def _relation(text: str, words: Mapping[str, str]) -> str:
    """Read a relation, or one for each side: ``red:self;blue:adversary``."""
    if ":" not in text:
        return word(text, words)
    pieces = []
    for part in parts(text):
        side, colon, relation = part.rpartition(":")
        if not colon:
            raise Wrong("a relation with no side, beside others that have one")
        pieces.append(f"{side.strip()}:{word(relation, words)}")
    if len({piece.rpartition(":")[0] for piece in pieces}) < len(pieces):
        raise Wrong("the same side twice")
    return ";".join(sorted(pieces))


def ident(text: str) -> str:
    """Read an id: up to 80 characters with no blanks and no semicolon."""
    text = text.strip()
    if not _IDENT.fullmatch(text):
        raise Wrong("an id has 1 to 80 characters, no blanks and no ';'")
    return text


def _text(text: str) -> str:
    return text


def reader(column: Column) -> Callable[[str], object]:
    """Give the function that reads the filled cells of a column.

    Parameters
    ----------
    column : Column
        Any column of any schema.

    Returns
    -------
    callable
        From the cell's text to float (`count`, `amount`), date (`day`, `period`) or str (all other
        kinds); it raises `Wrong` for what breaks the kind's rule.
    """
    words = column.words or {}
    readers: dict[str, Callable[[str], object]] = {
        "id": ident,
        "ref": str.strip,
        "refs": lambda text: ";".join(dict.fromkeys(parts(text))),
        "word": lambda text: word(text, words),
        "words": lambda text: _words(text, words),
        "relation": lambda text: _relation(text, words),
        "count": figure,
        "amount": amount,
        "day": day,
        "period": period,
        "text": _text,
        "url": str.strip,
    }
    return readers[column.kind]
