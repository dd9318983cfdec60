"""Records of a CSV file added or changed in place: every other byte stays as it was."""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate

__all__ = ["Record", "Sheet", "appended", "changed", "filled", "take_apart"]

_MARK = b"\xef\xbb\xbf"
_FIELD = re.compile(r'"[^"]*(?:""[^"]*)*"|[^,\r\n]*')
_END = re.compile(r"\r\n|\r|\n")
_NEEDS_QUOTES = re.compile(r'[,"\r\n]')


@dataclass(frozen=True)
class Record:
    """One record and where it stands.

    Attributes
    ----------
    line : int
        Line on which it starts, the header being line 1.
    start, end : int
        Its first character in the text, and the first one behind its line ending.
    cells : dict of str to str
        By column.
    """

    line: int
    start: int
    end: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Sheet:
    """A CSV file taken apart, with nothing lost.

    Attributes
    ----------
    mark : bytes
        Its byte order mark, or nothing.
    text : str
        All that follows.
    header : tuple of str
        Names of the columns, in order.
    ending : str
        Line ending of the header.
    quoted : bool
        True when every name in the header stands in quotes.
    records : tuple of Record
        All that follow the header, blank ones left out.
    """

    mark: bytes
    text: str
    header: tuple[str, ...]
    ending: str
    quoted: bool
    records: tuple[Record, ...]

    def find(self, name: str) -> Record | None:
        """Give the record with this id."""
        return next((each for each in self.records if each.cells["id"].strip() == name), None)


def filled(cells: Mapping[str, str]) -> dict[str, str]:
    """Give the cells that hold something, blanks around them and kinds of line endings aside.

    >>> filled({"id": " c1", "via": ""})
    {'id': 'c1'}
    """
    plain = {name: (_END.sub("\n", cell) if "\r" in cell else cell).strip()
             for name, cell in cells.items()}
    return {name: cell for name, cell in plain.items() if cell}


def take_apart(raw: bytes) -> Sheet:
    """Take a CSV file apart into records.

    Parameters
    ----------
    raw : bytes
        UTF-8, comma separated, quoted as in RFC 4180, any line ending.

    Raises
    ------
    ValueError
        It cannot be taken apart, or has no header with a column `id`; the gate says why.
    """
    mark = _MARK if raw.startswith(_MARK) else b""
    text = raw.removeprefix(mark).decode("utf-8")
    lines = list(io.StringIO(text, newline=""))
    ends = [0, *accumulate(map(len, lines))]
    reader = csv.reader(iter(lines), strict=True)
    found: list[tuple[int, int, int, list[str]]] = []
    before = 0
    try:
        for cells in reader:
            if any(map(str.strip, cells)):
                found.append((before + 1, ends[before], ends[reader.line_num], cells))
            before = reader.line_num
    except csv.Error as error:
        raise ValueError(str(error)) from error
    if not found or "id" not in (header := tuple(map(str.strip, found[0][3]))):
        raise ValueError("no header with a column 'id'")
    first = text[found[0][1] : found[0][2]]
    ending = _END.search(first[-2:])
    records = tuple(Record(line, start, end, dict(zip(header, cells, strict=False)))
                    for line, start, end, cells in found[1:])
    return Sheet(mark, text, header, ending[0] if ending else "\n",
                 all(name.startswith('"') for name in _FIELD.findall(first.rstrip()) if name),
                 records)


def appended(sheet: Sheet, rows: Iterable[Mapping[str, str]]) -> tuple[bytes, list[int]]:
    """Add records at the end, in the file's own order of columns, quoting and line ending.

    Parameters
    ----------
    sheet : Sheet
    rows : iterable of mapping
        Cells by column; a column that a row lacks is empty.

    Returns
    -------
    bytes, list of int
        The file, and the line on which each new record starts.
    """
    text, closed = sheet.text, sheet.text.endswith(("\r", "\n"))
    line = len(list(io.StringIO(text, newline=""))) + 1
    starts, made = [], []
    for row in rows:
        record = ",".join(_written(row.get(name, ""), sheet.quoted) for name in sheet.header)
        starts.append(line)
        line += len(list(io.StringIO(record, newline="")))
        made.append(record)
    if made:
        joined = sheet.ending.join(made)
        text += joined + sheet.ending if closed else sheet.ending + joined
    return _bytes(sheet, text), starts


def changed(sheet: Sheet, record: Record, cells: Mapping[str, str]) -> bytes:
    """Change cells of one record; its other cells keep their bytes too.

    Parameters
    ----------
    sheet : Sheet
    record : Record
        One of the sheet's.
    cells : mapping of str to str
        What is to stand in which column.
    """
    place, pieces = record.start, list[str]()
    for name in sheet.header:
        if pieces:
            place += 1  # the comma
        old = found[0] if (found := _FIELD.match(sheet.text, place)) else ""
        pieces.append(_written(cells[name], old.startswith('"')) if name in cells else old)
        place += len(old)
    text = sheet.text[: record.start] + ",".join(pieces) + sheet.text[place:]
    return _bytes(sheet, text)


def _written(text: str, quoted: bool) -> str:
    if quoted or _NEEDS_QUOTES.search(text):
        return '"' + text.replace('"', '""') + '"'
    return text


def _bytes(sheet: Sheet, text: str) -> bytes:
    """Encode; what was no UTF-8 on the command line comes back as it was, for the gate to name."""
    return sheet.mark + text.encode("utf-8", errors="surrogateescape")
