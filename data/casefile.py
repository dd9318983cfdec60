"""Reading case.toml: what the case asks, whose losses, and what is comparable."""

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Any

from .files import CASE_FILE
from .kinds import figure, ident, in_range, word
from .problems import Problems, Wrong, nearest
from .tables import decode
from .words import CASE_KEYS, EQUIPMENT, PARTS, QUANTITIES, RETRACTED, TABLE_KEYS, Key

__all__ = ["NOTHING", "ClaimTest", "Remark", "Series", "Settings", "Side", "is_case_id",
           "quantities", "read_settings"]

_CASE_ID = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")
_DEVICES = {"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(1, 10))}
_SMALLEST = ("killed", "wounded")  # what every count of casualties holds
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")


@dataclass(frozen=True)
class Side:
    """Who suffers the losses.

    Attributes
    ----------
    id, name : str
        Short and full name.
    victim : str
        One of `words.VICTIMS`.
    """

    id: str
    name: str
    victim: str


@dataclass(frozen=True)
class Series:
    """Equipment counted under a name of its own.

    Attributes
    ----------
    id : str
        The word that claims use as a quantity.
    name : str
        What was lost, as printed after a figure.
    """

    id: str
    name: str


@dataclass(frozen=True)
class Remark:
    """What a claim is and is not.

    Attributes
    ----------
    claim : str
        Id of the claim.
    title, text : str
        The remark.
    """

    claim: str
    title: str
    text: str


@dataclass(frozen=True)
class ClaimTest:
    """A figure that the report puts to the test.

    Attributes
    ----------
    quantity : str
        What it counts.
    value : float
        The figure.
    on : date or None
        The day it stands for; None for the as-of day.
    why : str
        Why it is worth testing.
    """

    quantity: str
    value: float
    on: date | None
    why: str


@dataclass(frozen=True)
class Settings:
    """What case.toml says, once every key has been checked.

    Attributes
    ----------
    values : dict of str to object
        The plain keys, by name.
    sides, series, remarks, tests : tuple
        The tables.
    lines : dict of str to int
        Line on which each key, or each table by its place, stands.
    """

    values: Mapping[str, Any]
    sides: tuple[Side, ...]
    series: tuple[Series, ...]
    remarks: tuple[Remark, ...]
    tests: tuple[ClaimTest, ...]
    lines: Mapping[str, int]


NOTHING = Settings({}, (), (), (), (), {})
"""What a file says that cannot be read."""


def quantities(series: Sequence[Series], known: Mapping[str, str]) -> dict[str, str]:
    """Add the names of a case's own series to the words of a closed list.

    Parameters
    ----------
    series : sequence of Series
    known : mapping of str to str
        The closed list.
    """
    return {**known, **{each.id: f"{each.name} lost" for each in series}}


def is_case_id(text: str) -> bool:
    """Tell whether a text may be the id of a case or side, and so the name of a folder."""
    return bool(_CASE_ID.fullmatch(text)) and len(text) <= 60 and text not in _DEVICES


def read_settings(raw: bytes, problems: Problems) -> Settings:
    """Read case.toml, noting every fault; what is faulty is left out of the result.

    Parameters
    ----------
    raw : bytes
        The file.
    problems : Problems
        Where faults are noted.

    Returns
    -------
    Settings
        Complete only if no fault was noted.
    """
    nothing = NOTHING
    text = decode(raw, CASE_FILE, problems)
    if text is None:
        return nothing
    for at, line in enumerate(text.split("\n"), start=1):
        if re.search(r"[\udc80-\udcff]", line):
            problems.add(CASE_FILE, at, "", line, "not UTF-8", "save the file as UTF-8")
            return nothing
    try:
        found = tomllib.loads(text)
    except RecursionError:
        problems.add(CASE_FILE, None, "", "", "nested too deeply")
        return nothing
    except ValueError as error:  # TOMLDecodeError is one; so are numbers with too many digits
        row = re.search(r"at line (\d+)", str(error))
        rule = re.sub(r" \(at .*\)$", "", str(error)).strip() or "cannot be read"
        problems.add(CASE_FILE, int(row[1]) if row else None, "", "", f"not valid TOML: {rule}")
        return nothing
    return _settings(found, _lines(text), problems)


def _lines(text: str) -> dict[str, int]:
    """Find the line of each key (``key``, ``table.0.key``) and of each table (``table.0``)."""
    lines: dict[str, int] = {}
    counts: dict[str, int] = {}
    prefix = ""
    for at, line in enumerate(text.split("\n"), start=1):
        if table := re.match(r"\s*\[\[?\s*([\w-]+)\s*\]", line):
            number = counts.get(table[1], 0)
            counts[table[1]] = number + 1
            prefix = f"{table[1]}.{number}."
            lines.setdefault(prefix[:-1], at)
        elif key := re.match(r"\s*\"?([\w-]+)\"?\s*=", line):
            lines.setdefault(prefix + key[1], at)
    return lines


def _settings(found: dict[str, Any], lines: dict[str, int], problems: Problems) -> Settings:
    own = {"series": found.get("series")} if isinstance(found.get("series"), list) else {}
    series = tuple(
        Series(e["id"], e["name"])
        for at, entry in enumerate(own.get("series") or ())
        if {"id", "name"} <= set(
            e := _read_keys(entry, TABLE_KEYS["series"], f"series.{at}.", lines, problems))
    )
    _own_words(series, lines, problems)
    values = _read_keys(found, _with(series, CASE_KEYS), "", lines, problems)
    tables = {
        name: [
            _read_keys(entry, _with(series, keys), f"{name}.{at}.", lines, problems)
            for at, entry in enumerate(values.get(name) or ())
        ]
        for name, keys in TABLE_KEYS.items() if name != "series"
    }
    victim = values.get("victim") or ""
    sides = tuple(
        Side(e["id"], e["name"], e.get("victim") or victim)
        for e in tables["sides"]
        if {"id", "name"} <= set(e)
    )
    seen: set[str] = set()
    for at, side in enumerate(sides):
        if side.id in seen:
            row = lines.get(f"sides.{at}.id")
            problems.add(CASE_FILE, row, "sides.id", side.id, "the same id twice")
        seen.add(side.id)
    start, end = values.get("start"), values.get("end")
    if start and end and end < start:
        problems.add(CASE_FILE, lines.get("end"), "end", str(end), f"before the start, {start}")
    _check_parts(values, lines, problems)
    if RETRACTED in values.get("comparable_scopes", ()):
        rule = "claims of this scope were taken back, so it is comparable with nothing"
        row = lines.get("comparable_scopes")
        problems.add(CASE_FILE, row, "comparable_scopes", RETRACTED, rule, "remove it")
    return Settings(
        values,
        sides,
        series,
        tuple(Remark(**e) for e in tables["remarks"] if len(e) == 3),
        tuple(
            ClaimTest(e["quantity"], e["value"], e.get("on"), e["why"])
            for e in tables["tests"]
            if {"quantity", "value", "why"} <= set(e)
        ),
        lines,
    )


def _with(series: Sequence[Series], keys: Sequence[Key]) -> list[Key]:
    """Let the keys that name a quantity take the case's own series too."""
    return [
        replace(key, words=quantities(series, key.words or {}))
        if key.name in ("headline", "quantity") else key
        for key in keys
    ]


def _own_words(
    series: Sequence[Series], lines: Mapping[str, int], problems: Problems
) -> None:
    """Rule: a series has a word of its own."""
    seen = {**QUANTITIES, **EQUIPMENT}
    for at, each in enumerate(series):
        if each.id in seen:
            rule = "the same id twice" if seen[each.id] == "" else "already a quantity"
            row = lines.get(f"series.{at}.id")
            problems.add(CASE_FILE, row, "series.id", each.id, rule, "take another word")
        seen[each.id] = ""


def _check_parts(
    values: Mapping[str, Any], lines: Mapping[str, int], problems: Problems
) -> None:
    """Rule: casualties hold at least the killed and the wounded, and a headline that is a part."""
    include = values.get("casualties_include")
    if include is None:
        return
    headline = str(values.get("headline", ""))
    needed = [*_SMALLEST, *({headline} & set(PARTS) - set(_SMALLEST))]
    if lacking := [part for part in needed if part not in include]:
        whole = ", ".join(f'"{part}"' for part in PARTS if part in (*include, *lacking))
        row, text = lines.get("casualties_include"), ", ".join(include)
        rule = f"casualties lack {' and '.join(lacking)}"
        problems.add(CASE_FILE, row, "casualties_include", text, rule, f"write [{whole}]")


def _read_keys(
    found: object, keys: Sequence[Key], prefix: str, lines: Mapping[str, int], problems: Problems
) -> dict[str, Any]:
    """Read the keys of one table; those with a fault are left out."""
    table = prefix.split(".")[0]
    row = lines.get(prefix[:-1])
    if not isinstance(found, dict):
        problems.add(CASE_FILE, row, table, str(found), f"write it as [[{table}]]")
        return {}
    names = [key.name for key in keys]
    label = f"{table}." if table else ""
    for name in found:
        if name not in names:
            left = [each for each in names if each not in found]
            problems.add(
                CASE_FILE,
                lines.get(prefix + name, row),
                label + name,
                "",
                "unknown key",
                partial(nearest, name, left, "remove it"),
            )
    values: dict[str, Any] = {}
    for key in keys:
        if key.name not in found:
            if key.needed:
                problems.add(CASE_FILE, row, label + key.name, "", "missing key")
            continue
        value = found[key.name]
        try:
            values[key.name] = _READERS[key.kind](value, key)
        except Wrong as fault:
            place = lines.get(prefix + key.name, row or lines.get(f"{key.name}.0"))
            text = value if isinstance(value, str) else str(value)[:100]
            problems.add(CASE_FILE, place, label + key.name, text, fault.rule, fault.mend)
    return values


def _text(value: object, key: Key) -> str:
    if not isinstance(value, str):
        raise Wrong("not a text", lambda: "put it in quotes")
    if not value.strip() and key.needed:
        raise Wrong("empty")
    if found := _CONTROL.search(value.replace("\r\n", "\n")):
        raise Wrong(f"holds the control character U+{ord(found[0]):04X}", lambda: "remove it")
    return value.replace("\r\n", "\n")


def _id(value: object, key: Key) -> str:
    text = _text(value, key)
    if not is_case_id(text):
        raise Wrong("an id has small letters and digits, with single hyphens or underscores")
    return text


def _texts(value: object, key: Key) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise Wrong("not a list", lambda: 'write it as ["...", "..."]')
    if not value and key.needed:
        raise Wrong("an empty list")
    return tuple(_text(each, Key(key.name, "text", "")) for each in value)


def _word(value: object, key: Key) -> str:
    return word(_text(value, key), key.words or {})


def _words(value: object, key: Key) -> tuple[str, ...]:
    given = {word(each, key.words or {}) for each in _texts(value, key)}
    return tuple(each for each in key.words or {} if each in given)


def _day(value: object, key: Key) -> date:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise Wrong("not a day", lambda: "write it like 2024-10-23, with no quotes and no hour")
    return in_range(value)


def _count(value: object, key: Key) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Wrong("not a number", lambda: "write it in digits, with no quotes")
    if value < 0:
        raise Wrong("negative")
    if value == 0:
        raise Wrong("zero", lambda: "a figure put to the test is above 0")
    return figure(str(value) if isinstance(value, int) else f"{value:.15g}")


def _tables(value: object, key: Key) -> list[Any]:
    if not isinstance(value, list):
        raise Wrong("not a list of tables", lambda: f"write it as [[{key.name}]]")
    if not value and key.needed:
        raise Wrong("an empty list")
    return value


_READERS: Mapping[str, Callable[[object, Key], Any]] = {
    "id": _id,
    "text": _text,
    "texts": _texts,
    "word": _word,
    "words": _words,
    "day": _day,
    "count": _count,
    "ref": lambda value, key: ident(_text(value, key)),
    "tables": _tables,
}
