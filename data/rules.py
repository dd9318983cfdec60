"""The rules a table must keep, each a small function from columns to problems.

First every cell is read by its column's kind (`read_cells`), then rows are checked against
themselves, against each other and against other tables. No rule stops another one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .cells import parts
from .kinds import reader
from .lineage import cycles
from .problems import MAX_LISTED, Problems, Wrong, nearest
from .tables import Table, read_table
from .words import DAYS, FIGURES, Column

__all__ = [
    "Read",
    "ambiguities_fit",
    "columns",
    "figures_fit_bounds",
    "flag",
    "no_cycles",
    "ordered",
    "read_cells",
    "read_csv",
    "refers",
    "unique",
]

Mask = NDArray[np.bool_]

_EMPTY: Mapping[str, object] = {
    **dict.fromkeys(FIGURES, np.nan), **dict.fromkeys(DAYS, np.datetime64("NaT", "s"))
}
_DTYPES: Mapping[str, str] = {
    **dict.fromkeys(FIGURES, "float64"), **dict.fromkeys(DAYS, "datetime64[s]")
}

_HOPELESS = 10_000
"""Different texts that may be wrong in a column before the rest of it is passed over."""

_MENDED = 100
_COMPARED = 2000
"""Names that are mended, and ids that each is compared with: comparing costs time."""

_READINGS: Mapping[str, tuple[str, frozenset[str]]] = {
    "killed|casualties": ("quantity", frozenset({"killed", "casualties"})),
    "casualties|wounded": ("quantity", frozenset({"casualties", "wounded"})),
    "about|at_least": ("bound", frozenset({"about", "at_least"})),
    "at_most|at_least": ("bound", frozenset({"at_most", "at_least", "about", "range"})),
}


@dataclass(frozen=True)
class Read:
    """A table whose cells have been read.

    Attributes
    ----------
    table : Table
        The cells as text.
    values : dict of str to ndarray, each of shape (n,)
        float64 for counts and amounts (NaN where empty or wrong), datetime64[s] for days (NaT), and
        object arrays of str for the rest ('' where empty or wrong).
    blank : dict of str to ndarray of bool, each of shape (n,)
        True where the cell holds nothing.
    """

    table: Table
    values: dict[str, NDArray[Any]]
    blank: dict[str, Mask]

    def __contains__(self, column: str) -> bool:
        """Tell whether the file has the column."""
        return column in self.values


def read_cells(table: Table, schema: Sequence[Column], problems: Problems) -> Read:
    """Read every cell of a table by its column's kind, noting all that cannot be read."""
    values: dict[str, NDArray[Any]] = {}
    blank: dict[str, Mask] = {}
    for column in schema:
        if column.name in table.cells:
            values[column.name], blank[column.name] = _read_column(table, column, problems)
    return Read(table, values, blank)


def read_csv(
    raw: bytes | None, name: str, schema: Sequence[Column], problems: Problems
) -> Read | None:
    """Read one table and its cells; None when there are no rows to look at."""
    table = read_table(raw, name, schema, problems) if raw is not None else None
    return read_cells(table, schema, problems) if table else None


def columns(read: Read, schema: Sequence[Column]) -> dict[str, Any]:
    """Give the columns of a frame; text as str dtype."""
    return {
        column.name: (
            read.values[column.name]
            if column.kind in _DTYPES
            else pd.array(read.values[column.name], dtype="str")
        )
        for column in schema
        if column.name in read
    }


def _read_column(table: Table, column: Column, problems: Problems) -> tuple[NDArray[Any], Mask]:
    """Read one column; each different text is read once."""
    cells = table.cells[column.name]
    read = reader(column)
    nothing = _EMPTY.get(column.kind, "")
    found: dict[str, object] = {}
    wrong: dict[str, Wrong] = {}
    bare: set[str] = set()
    for text in dict.fromkeys(cells):
        found[text] = nothing
        if not text or text.isspace():
            bare.add(text)
            continue
        if len(wrong) == _HOPELESS:
            continue
        try:
            found[text] = read(text)
        except Wrong as unreadable:
            wrong[text] = unreadable
    empty = dict.fromkeys(bare, Wrong("empty", partial(_filling, column)))
    bad = {**wrong, **empty} if column.filled else wrong
    if bad:
        faulty = [at for at, text in enumerate(cells) if text in bad]
        for at in _listed(faulty, problems):
            fault, text = bad[cells[at]], cells[at].strip()
            row = int(table.rows[at])
            problems.add(table.file, row, column.name, text, fault.rule, fault.mend)
    place = {text: at for at, text in enumerate(found)}
    codes = np.fromiter(map(place.__getitem__, cells), np.int64, len(cells))
    each = np.empty(len(found), dtype=_DTYPES.get(column.kind, object))
    each[:] = list(found.values())
    blank = np.fromiter((text in bare for text in found), bool, len(found))
    return each[codes], blank[codes]


def _filling(column: Column) -> str:
    """Say what an empty cell should hold."""
    words = f" ({', '.join(column.words)})" if column.words else ""
    return f"fill in: {column.meaning.replace('`', '')}{words}"


def _listed(places: Sequence[int], problems: Problems) -> Sequence[int]:
    """Give the first places, as many as can be listed; the others are only counted."""
    problems.skip(max(0, len(places) - MAX_LISTED))
    return places[:MAX_LISTED]


def flag(
    read: Read,
    mask: Mask,
    column: str,
    rule: str | Callable[[int], str],
    problems: Problems,
    mend: str | Callable[[int], str] = "",
) -> None:
    """Note one problem for each row where `mask` is True.

    `rule` and `mend` may be functions of the row's place in the table, counted from 0.
    """
    cells = read.table.cells.get(column)
    for at in _listed(np.flatnonzero(mask).tolist(), problems):
        problems.add(
            read.table.file,
            int(read.table.rows[at]),
            column,
            cells[at] if cells else "",
            rule if isinstance(rule, str) else rule(at),
            mend if isinstance(mend, str) else partial(mend, at),
        )


def unique(read: Read, column: str, problems: Problems) -> None:
    """Rule: no value stands twice in the column."""
    values = read.values.get(column, ())
    first: dict[str, int] = {}
    again = [at for at, value in enumerate(values) if value and first.setdefault(value, at) != at]
    for at in _listed(again, problems):
        value = values[at]
        rule = f"the same {column} as row {read.table.rows[first[value]]}"
        row = int(read.table.rows[at])
        problems.add(read.table.file, row, column, value, rule, "give each row its own")


def refers(read: Read, column: str, known: Iterable[str], place: str, problems: Problems) -> None:
    """Rule: every id named in the column (one, or several joined by ``;``) is known.

    Parameters
    ----------
    read : Read
        The table.
    column : str
        The column that names ids.
    known : iterable of str
        The ids that exist.
    place : str
        Where they are listed, for the message.
    problems : Problems
        Where faults are noted.
    """
    if column not in read:
        return
    ids = frozenset(known)
    values = read.values[column]
    strange = {v: s for v in set(values) if (s := [p for p in parts(v) if p not in ids])}
    if not strange:
        return
    near = sorted(ids)[:_COMPARED]
    memo: dict[str, str] = {}

    def mend(name: str) -> str:
        if name not in memo and len(memo) < _MENDED:
            memo[name] = nearest(name, near)
        return memo.get(name, "")

    for at in _listed([at for at, value in enumerate(values) if value in strange], problems):
        row = int(read.table.rows[at])
        for name in strange[values[at]]:
            rule = f"not in {place}"
            problems.add(read.table.file, row, column, name, rule, partial(mend, name))


def no_cycles(read: Read, column: str, rule: str, problems: Problems) -> None:
    """Rule: following the ids in the column never leads back to the start."""
    if column not in read or "id" not in read:
        return
    named = zip(read.values["id"], read.values[column], strict=True)
    edges = {name: parts(to) for name, to in named if name and to}
    rings = cycles(edges)
    place: dict[str, int] = {}
    for at, name in enumerate(read.values["id"] if rings else ()):
        place.setdefault(name, at)
    for ring in rings:
        row = int(read.table.rows[place[ring[0]]])
        problems.add(read.table.file, row, column, ring[1], f"{rule}: {' → '.join(ring)}")


def ordered(read: Read, low: str, high: str, rule: str, problems: Problems) -> None:
    """Rule: where both are given, the first column is not above the second."""
    if low in read and high in read:
        flag(read, read.values[low] > read.values[high], low, rule, problems)


def figures_fit_bounds(read: Read, problems: Problems, surplus: Problems) -> None:
    """Rule: a range has `low` and `high` and no `value`; any other bound has a `value` alone.

    Figures that are missing are noted in `problems`, those that are too many in `surplus`.
    """
    if "bound" not in read:
        return
    bound = read.values["bound"]
    is_range = bound == "range"
    is_point = (bound != "") & ~is_range
    for column, wanted in (("value", is_point), ("low", is_range), ("high", is_range)):
        if column not in read:
            continue
        blank = read.blank[column]
        what = "a range needs it" if column != "value" else "every bound but range needs it"
        flag(read, wanted & blank, column, f"missing figure: {what}", problems)
        unwanted = (is_range if column == "value" else is_point) & ~blank
        rule = (
            "a range has no value, only low and high"
            if column == "value"
            else "only the bound 'range' has low and high"
        )
        flag(read, unwanted, column, rule, surplus, "empty the cell, or change the bound")


def ambiguities_fit(read: Read, problems: Problems) -> None:
    """Rule: a reading left open includes the one that is coded."""
    if "ambiguity" not in read:
        return
    given = read.values["ambiguity"]
    for word, (column, allowed) in _READINGS.items():
        hit = {cell for cell in set(given) if word in parts(cell)}
        if not hit or column not in read:
            continue
        coded = read.values[column]
        wrong = [
            cell in hit and other != "" and other not in allowed
            for cell, other in zip(given, coded, strict=True)
        ]
        fault = f"'{word}' does not fit the {column} "
        flag(read, np.array(wrong), "ambiguity", partial(_quote, fault, coded), problems)


def _quote(text: str, words: NDArray[Any], at: int) -> str:
    return f"{text}'{words[at]}'"
