"""From the bytes of a CSV file to columns of text, with the line on which each record starts."""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from .problems import Problems, nearest, shown
from .words import Column

__all__ = ["MAX_CELL", "MAX_COLUMNS", "MAX_ROWS", "OWN", "Table", "decode", "read_table"]

MAX_CELL = 100_000
"""Characters that one cell may hold."""

MAX_COLUMNS = 1000
"""Columns that a table may have."""

MAX_ROWS = 200_000
"""Rows that a table may have: a fit of more would take days, and reading them gigabytes."""

OWN = "x_"
"""How the name of a column begins that is the table's own: it is kept, and means nothing here. Any
other column that the schema does not have is taken for a misspelt one."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_UNDECODED = re.compile(r"[\udc80-\udcff]")
_MARKS = {";": "semicolons", "\t": "tabs", "|": "bars"}
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Table:
    """The cells of a CSV file, before any rule has looked at them.

    Attributes
    ----------
    file : str
        Name of the file.
    cells : dict of str to list of str
        The columns of the schema that the file holds, each of n cells.
    rows : ndarray of int, shape (n,)
        Line on which each record starts, the header being line 1.
    loose : dict of str to list of str
        What stands in each column of records with too few or too many fields. These are no rows
        of the table, but other rows may name them.
    sound : bool
        False when part of the file could not be taken apart into records.
    """

    file: str
    cells: dict[str, list[str]]
    rows: NDArray[np.int64]
    loose: dict[str, list[str]] = field(default_factory=dict)
    sound: bool = True


def decode(raw: bytes, file: str, problems: Problems) -> str | None:
    """Read bytes as UTF-8 text, with or without a byte order mark.

    Parameters
    ----------
    raw : bytes
        The file.
    file : str
        Its name, for the problems.
    problems : Problems
        Where faults are noted.

    Returns
    -------
    str or None
        The text; bytes that are not UTF-8 stand in it as lone surrogates and are noted later by
        whoever knows their row. None when it is no text at all.
    """
    if raw.startswith(_WIDE_MARKS):
        problems.add(file, None, "", "", "written in UTF-16", "save it as UTF-8")
        return None
    if b"\x00" in raw:
        row = raw.count(b"\n", 0, raw.index(b"\x00")) + 1
        wide = raw.count(b"\x00") * 3 > len(raw)
        rule = "looks like UTF-16" if wide else "holds NUL bytes, so it is no text"
        problems.add(file, row, "", "", rule, "save it as UTF-8")
        return None
    return raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="surrogateescape")


def read_table(raw: bytes, file: str, schema: Sequence[Column], problems: Problems) -> Table | None:
    """Take a CSV file apart and check its shape, but not yet its cells' meaning.

    Parameters
    ----------
    raw : bytes
        The file: UTF-8, comma separated, quoted as in RFC 4180, any line ending.
    file : str
        Its name, for the problems.
    schema : sequence of Column
        The columns it should have, in any order.
    problems : Problems
        Where faults are noted.

    Returns
    -------
    Table or None
        None when there are no rows to look at.
    """
    text = decode(raw, file, problems)
    if text is None:
        return None
    if fault := separated(text):
        row, mark, line = fault
        problems.add(file, row, "", line, f"not separated by commas but by {mark}",
                     "save it as CSV with commas")
        return None
    records, starts, sound = _records(text, file, problems)
    if not records:
        if sound:
            problems.add(file, None, "", "", "empty file", f"start with a header: {_names(schema)}")
        return None
    header = [name.strip() for name in records[0]]
    if not _header_fits(header, int(starts[0]), file, schema, problems):
        return None
    return _columns(header, records, starts, file, schema, problems, sound)


def separated(text: str) -> tuple[int, str, str] | None:
    """Give line, mark and text of a header that something else than commas takes apart."""
    for row, line in enumerate(io.StringIO(text, newline=None), 1):
        if line.strip():
            mark = max(_MARKS, key=line.count)
            found = mark in line and "," not in line
            return (row, _MARKS[mark], line.strip()) if found else None
    return None


def _names(schema: Sequence[Column]) -> str:
    return ",".join(column.name for column in schema if not column.optional)


def _records(text: str, file: str, problems: Problems) -> tuple[list[list[str]], list[int], bool]:
    """Split text into records, blank ones left out; say where quoting is broken."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    records: list[list[str]] = []
    starts: list[int] = []
    sound = True
    limit = csv.field_size_limit(len(text) + 1)  # cells that are too long are named later
    try:
        while True:
            start = reader.line_num + 1
            try:
                record = next(reader)
            except StopIteration:
                break
            except csv.Error as error:
                sound = False
                unclosed = "unexpected end of data" in str(error)
                rule = "a quote opens here and never closes" if unclosed else "broken quoting"
                mend = 'write a quote mark inside a quoted cell twice: ""'
                problems.add(file, start, "", "", rule, mend)
                continue
            if len(records) > MAX_ROWS:
                problems.add(file, start, "", "", f"more than {MAX_ROWS:,} rows",
                             "leave out what repeats, or make several cases of it")
                return [], [], False
            if any(map(str.strip, record)):
                records.append(record)
                starts.append(start)
    finally:
        csv.field_size_limit(limit)
    return records, starts, sound


def _header_fits(
    header: list[str], row: int, file: str, schema: Sequence[Column], problems: Problems
) -> bool:
    """Check the header; False when the columns cannot be told apart."""
    if len(header) > MAX_COLUMNS:
        problems.add(file, row, "", "", f"more than {MAX_COLUMNS} columns")
        return False
    known = [column.name for column in schema]
    absent = [c.name for c in schema if c.name not in header and not c.optional]
    for name, count in Counter(header).items():
        if name not in known and not name.startswith(OWN):
            rule = "unknown column" if name else "a column with no name"
            left = [*absent, *(k for k in known if k not in header)]
            mend = f"remove it, or let its name begin with {OWN} to keep it"
            problems.add(file, row, name, "", rule, partial(nearest, name, left, mend))
        elif count > 1:
            problems.add(file, row, name, "", f"column given {count} times", "keep one of them")
    for name in absent:
        problems.add(file, row, name, "", "missing column")
    if not set(known) & set(header):
        return False
    return True


def _columns(
    header: list[str],
    records: list[list[str]],
    starts: list[int],
    file: str,
    schema: Sequence[Column],
    problems: Problems,
    sound: bool,
) -> Table | None:
    """Turn records into columns; set aside those with too few or too many fields."""
    width = len(header)
    kept: list[list[str]] = []
    rows: list[int] = []
    uneven: list[list[str]] = []
    for record, start in zip(records[1:], starts[1:], strict=True):
        if len(record) == width:
            kept.append(record)
            rows.append(start)
        else:
            more = "many" if len(record) > width else "few"
            rule = f"too {more} fields: {len(record)}, where the header has {width}"
            mend = "put a cell that holds a comma in quotes" if more == "many" else ""
            problems.add(file, start, "", shown(",".join(record[:3])), rule, mend)
            uneven.append(record)
    if not kept and not uneven and sound:
        problems.add(file, None, "", "", "no rows under the header",
                     "add one, by hand or with `estimate claims add`")
    if not kept:
        return None
    known = {column.name for column in schema}
    columns = dict(zip(header, map(list, zip(*kept, strict=True)), strict=False))
    table = Table(
        file,
        {name: cells for name, cells in columns.items() if name in known},
        np.array(rows, dtype=np.int64),
        {
            name: [record[at] for record in uneven if at < len(record)]
            for at, name in enumerate(header)
        },
        sound,
    )
    own = {name: cells for name, cells in columns.items() if name.startswith(OWN)}
    _check_characters(table, table.cells | own, problems)
    return table


def _check_characters(table: Table, columns: dict[str, list[str]], problems: Problems) -> None:
    """Note cells that are too long or hold what no text holds; give all lines one ending."""
    for name, cells in columns.items():
        everything = "".join(cells)
        carried = "\r" in everything
        if (
            max(map(len, cells)) <= MAX_CELL
            and not carried
            and not _CONTROL.search(everything)
            and not _UNDECODED.search(everything)
        ):
            continue
        for at, cell in enumerate(cells):
            row = int(table.rows[at])
            if len(cell) > MAX_CELL:
                rule = f"{len(cell):,} characters in one cell; at most {MAX_CELL:,} are allowed"
                problems.add(table.file, row, name, cell, rule, "is a quote mark missing?")
                cells[at] = cell[:MAX_CELL]
            elif _UNDECODED.search(cell):
                problems.add(table.file, row, name, cell, "not UTF-8", "save the file as UTF-8")
            elif found := _CONTROL.search(cell):
                rule = f"holds the control character U+{ord(found[0]):04X}"
                problems.add(table.file, row, name, cell, rule, "remove it")
            if "\r" in cell:
                cells[at] = cell.replace("\r\n", "\n").replace("\r", "\n")
