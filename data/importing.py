"""Other people's tables as cases: a map says which column is what, and what each word means.

A map is a TOML file; data/README.md lists its tables. The formats that ship are maps too. What
cannot be mapped is no claim: it is listed, row by row, with the rule and a mend.
"""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any, NoReturn

from .case import Case, read_files
from .casewriter import csv_bytes, toml_value
from .cells import safe_cell
from .files import CASE_FILE, CLAIMS_FILE, SOURCES_FILE, read_file
from .kinds import MAX_FIGURE, day, figure, ident, in_range
from .problems import EstimateError, Problem, Problems, Wrong, nearest, shown
from .tables import decode
from .words import CASE_KEYS, CLAIM_COLUMNS, SOURCE_COLUMNS

TABLES = ("case", "fields", "constants", "words", "sources")
DAYS = ("from", "as_of", "published")
FIGURES = ("value", "low", "high")
HOW = ("column", "origin", "times")
ALONE = ("bound", "from")  # what no two cells of a row may say differently
START = "start"  # as the first day of a figure: that of the case
_COLUMNS = [column.name for column in CLAIM_COLUMNS]
_NEEDED = {"case": dict, "fields": dict, "words": dict, "sources": list}
_GIVEN = [column.name for column in CLAIM_COLUMNS
          if column.filled and column.name not in ("id", "from", "published")]
_MOST_DAYS = 1_000_000
_WHOLE = re.compile(r"[0-9]+(\.0+)?")
_FIGURE = re.compile(r"[0-9]+(\.[0-9]+)?(e\+?[0-9]{1,3})?", re.IGNORECASE)  # R writes 1e+05
_GROUPED = re.compile(r"[0-9]{1,3}(,[0-9]{3})+")
_COMMA = re.compile(r"[0-9]+,[0-9]+")
_UNDECODED = re.compile(r"[\udc80-\udcff]")


@dataclass(frozen=True)
class Imported:
    """A table that was made into the files of a case.

    Attributes
    ----------
    files : mapping of str to bytes
        case.toml, sources.csv and claims.csv.
    unmapped : tuple of Problem
        Rows that are no claim, and why; the first fault of each.
    n_rows : int
        Rows of the table.
    """

    files: Mapping[str, bytes]
    unmapped: tuple[Problem, ...]
    n_rows: int


def formats() -> list[str]:
    """Name the formats that ship."""
    return sorted(path.name.removesuffix(".toml")
                  for path in files(__package__).joinpath("formats").iterdir()
                  if path.name.endswith(".toml"))


def read_map(name: str | Path) -> dict[str, Any]:
    """Read a map: the name of a format that ships, or a file.

    Raises
    ------
    EstimateError
        There is no such file, or it is no map.
    """
    if isinstance(name, str) and name in formats():
        text = files(__package__).joinpath("formats", f"{name}.toml").read_text("utf-8")
        return tomllib.loads(text)
    path, problems = Path(name), Problems()
    raw = read_file(path, problems, f"formats that ship: {', '.join(formats())}")
    if raw is None:
        raise EstimateError("\n".join(map(str, problems.listed((path.name,)))))
    try:
        found = tomllib.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise EstimateError(f"{path}: not a map ({str(error)[:80]}); write it as TOML, in UTF-8"
                            ) from error
    _check(found, str(path))
    return found


def _check(found: Mapping[str, Any], name: str) -> None:
    """Rule: a map has the tables that it must have, and says nothing that means nothing."""

    def refuse(place: str, rule: str, mend: str) -> NoReturn:
        raise EstimateError(f"{name}, {shown(place)}: {rule}; {mend}")

    def known(place: str, word: object, words: Iterable[str], rule: str) -> None:
        listed = list(words)
        if str(word) not in listed:
            refuse(place, rule, nearest(str(word), listed, f"one of {', '.join(listed[:20])}"))

    for table in found:
        known(table, table, TABLES, "unknown table")
    for table, kind in _NEEDED.items():
        if not isinstance(found.get(table), kind) or not found[table]:
            refuse(table, "missing", "data/README.md shows a map")
    case, fields, words = found["case"], found["fields"], found["words"]
    constants = found.get("constants", {})
    if not isinstance(constants, dict):
        refuse("constants", "not a table", "write it under [constants]")
    sides, series = (_tables(case, each, refuse) for each in ("sides", "series"))
    for key in case:
        known(f"case.{key}", key, [each.name for each in CASE_KEYS], "unknown key")
    if not _is_day(case.get("start")):
        refuse("case.start", "missing, or not a day", "write it like start = 2022-02-24")
    names = [column.name for column in SOURCE_COLUMNS]
    for at, source in enumerate(found["sources"], 1):
        if not isinstance(source, dict):
            refuse(f"sources, number {at}", "not a table", "write it under [[sources]]")
        place = f"sources.{source.get('id', f'number {at}')}"
        for column in source:
            known(f"{place}.{column}", column, names, "no column of sources.csv")
        for one in SOURCE_COLUMNS:
            if one.filled and not str(source.get(one.name, "")).strip():
                refuse(f"{place}.{one.name}", "missing",
                       f"one of {', '.join(one.words)}" if one.words else "add it")
    for column, how in fields.items():
        known(f"fields.{column}", column, _COLUMNS, "no column of claims.csv")
        if not isinstance(how, dict) or not isinstance(how.get("column"), str):
            refuse(f"fields.{column}", "no column named", "write { column = \"…\" }")
        for key in how:
            known(f"fields.{column}.{key}", key, HOW, "unknown key")
        if "origin" in how and (column not in DAYS or not _is_day(how["origin"])):
            refuse(f"fields.{column}.origin", "not a day to count from",
                   f"write a day without quotes, at one of {', '.join(DAYS)}")
        if "times" in how and (column not in FIGURES or not _is_factor(how["times"])):
            refuse(f"fields.{column}.times", "not a factor of a figure",
                   f"write a number above 0, at one of {', '.join(FIGURES)}")
    kinds = {column.name: column.words for column in CLAIM_COLUMNS if column.kind == "word"}
    closed: dict[str, Collection[str]] = {each: words or () for each, words in kinds.items()}
    closed |= {"quantity": [*(kinds["quantity"] or ()), *series], "side": sides,
               "source": [str(source["id"]) for source in found["sources"]]}
    given = {*fields, *constants}
    for column, cells in ({"": {"": constants}} | words).items():
        place = f"words.{column}" if column else "constants"
        if not isinstance(cells, dict) or not all(isinstance(x, dict) for x in cells.values()):
            refuse(place, "no words", "give each cell as { column = \"word\" }")
        for cell, said in cells.items():
            for key, word in said.items():
                spot = ".".join(filter(None, (place, cell, key)))
                if key == "times" and column:
                    if not _is_factor(word):
                        refuse(spot, "not a factor of a figure", "write a number above 0")
                    continue
                known(spot, key, _COLUMNS, "no column of claims.csv")
                if not isinstance(word, str | int | float | date):
                    refuse(spot, "neither a word nor a number", "write one in quotes")
                if key in closed:
                    known(spot, word, closed[key],
                          f"{shown(str(word))!r} is no {key} that is known")
                given.add(key)
    for wanted in CLAIM_COLUMNS:
        side = wanted.name == "side" and len(sides) > 1
        if (side or wanted.name in _GIVEN) and wanted.name not in given:
            refuse(wanted.name, "nothing gives this column of a claim",
                   "say so in [fields], [constants] or [words]")
    if not given & set(FIGURES):
        refuse("fields.value", "nothing gives the figure", "name the column that holds it")


def _tables(case: Mapping[str, Any], name: str, refuse: Callable[[str, str, str], NoReturn]
            ) -> list[str]:
    """Give the ids of the tables of one name in [case]."""
    tables = case.get(name, [])
    if not isinstance(tables, list) or not all(
            isinstance(each, dict) and isinstance(each.get("id"), str) for each in tables):
        refuse(f"case.{name}", "a table without an id", f"write id = \"…\" under [[case.{name}]]")
    return [each["id"] for each in tables]


def _is_day(value: object) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def _is_factor(value: object) -> bool:
    return (isinstance(value, int | float) and not isinstance(value, bool)
            and 0 < value <= MAX_FIGURE)


def import_table(path: Path, mapping: Mapping[str, Any]) -> Imported:
    """Make a table into the files of a case.

    Parameters
    ----------
    path : path
        A CSV file with a header.
    mapping : mapping
        From `read_map`.

    Returns
    -------
    Imported

    Raises
    ------
    EstimateError
        The table cannot be read, lacks a column that the map names, or holds no claim at all.
    """
    problems = Problems()
    raw = read_file(path, problems, "a table is one CSV file")
    text = None if raw is None else decode(raw, path.name, problems)
    if text is None:
        raise EstimateError("\n".join(map(str, problems.listed((path.name,)))))
    if wrong := _UNDECODED.search(text):
        row = text.count("\n", 0, wrong.start()) + 1
        raise EstimateError(f"{path.name}, row {row}: not UTF-8; save the file as UTF-8")
    rows = _rows(text, path.name)
    header = _header(next(rows, (1, []))[1], mapping, path.name)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    read = _Reader(mapping, path.name)
    unmapped: list[Problem] = []
    n_rows = 0
    for line, cells in rows:
        n_rows += 1
        if len(cells) != len(header):
            rule = f"{len(cells)} cells, and the header has {len(header)}"
            unmapped.append(Problem(path.name, line, "", "", rule, "mend the row"))
            continue
        found = read.claim(dict(zip(header, cells, strict=True)), line)
        if isinstance(found, Problem):
            unmapped.append(found)
        else:
            writer.writerow([found.get(column, "") for column in _COLUMNS])
    if n_rows == len(unmapped):
        first = f"; the first reason: {unmapped[0]}" if unmapped else ""
        raise EstimateError(f"{path.name}: none of {n_rows:,} rows could be mapped{first}")
    made = {
        CASE_FILE: _case(mapping["case"]).encode(),
        SOURCES_FILE: csv_bytes([c.name for c in SOURCE_COLUMNS], mapping["sources"]),
        CLAIMS_FILE: out.getvalue().encode(),
    }
    return Imported(made, tuple(unmapped), n_rows)


def _rows(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Give each record with the line on which it starts."""
    reader, line = csv.reader(io.StringIO(text, newline=""), strict=True), 1
    try:
        for cells in reader:
            if any(map(str.strip, cells)):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise EstimateError(f"{name}, row {line}: {error}; mend the quotes") from error


def _header(header: list[str], mapping: Mapping[str, Any], name: str) -> list[str]:
    """Give the header if it has every column that the map names, once."""
    header = [cell.strip() for cell in header]
    if not header:
        raise EstimateError(f"{name}: empty file; start with a header that names the columns")
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        raise EstimateError(f"{name}, row 1, {shown(header[0])!r}: not separated by commas; "
                            "save it with commas")
    wanted = {how["column"]: f"fields.{column}" for column, how in mapping["fields"].items()}
    wanted |= {column: f"words.{column}" for column in mapping["words"]}
    for column, where in wanted.items():
        if column not in header:
            listed = ", ".join(map(shown, header[:20]))
            raise EstimateError(f"{name}, row 1: has no column {shown(column)!r}, which the map "
                                f"names in {where}; "
                                + nearest(column, header, f"it has {listed}"))
        if header.count(column) > 1:
            raise EstimateError(f"{name}, row 1, {shown(column)!r}: column given "
                                f"{header.count(column)} times; keep one of them")
    return header


class _Reader:
    """Reads the rows of one table; each different cell of a column once."""

    def __init__(self, mapping: Mapping[str, Any], name: str) -> None:
        self.name, self.mapping = name, mapping
        self.start = str(mapping["case"]["start"])
        self.constants = {key: str(word) for key, word in mapping.get("constants", {}).items()}
        self.rows: dict[str, int] = {}
        self.cells: dict[tuple[str, str, float], str | Wrong] = {}

    def claim(self, row: Mapping[str, str], line: int) -> dict[str, str] | Problem:
        """Read one row as a claim, or say why it is none."""

        def no(column: str, cell: str, rule: str, mend: str) -> Problem:
            return Problem(self.name, line, column, cell, rule, mend)

        said: dict[str, str] = {}
        times = 1.0
        spoken: dict[str, str] = {}
        for column, known in self.mapping["words"].items():
            cell = row[column].strip()
            if cell not in known:
                return no(column, cell, "a word that the map does not have",
                          nearest(cell, known, f"add it to [words.{column}]"))
            for key, word in known[cell].items():
                if key == "times":
                    times *= word
                    continue
                if key in ALONE and said.get(key, str(word)) != str(word):
                    return no(column, cell, f"means {key} {word}, but {spoken[key]} in the same "
                              f"row means {said[key]}", "mend the row")
                said[key], spoken[key] = str(word), column
        claim = {"id": f"r{line}", **self.constants}
        for column, how in self.mapping["fields"].items():
            cell = row[how["column"]].strip()
            found = self._cell(column, cell, how, times)
            if isinstance(found, Wrong):
                return no(how["column"], cell, found.rule, found.mend())
            claim[column] = found
        claim |= said
        for each in _GIVEN:
            if not claim.get(each):
                return no(each, "", "nothing in this row gives it", "mend the row, or the map")
        claim.setdefault("published", claim["as_of"])
        whence = claim.get("from", START)
        claim["from"] = {START: self.start, "as_of": claim["as_of"]}.get(whence, whence)
        if fault := _misfit(claim):
            return no(*fault)
        if (first := self.rows.setdefault(claim["id"], line)) != line:
            return no("id", claim["id"], f"the same id as row {first}", "give each row its own")
        return claim

    def _cell(self, column: str, cell: str, how: Mapping[str, Any], times: float) -> str | Wrong:
        """Read a cell as a claim's column writes it."""
        key = column, cell, times
        if key not in self.cells:
            if column not in (*DAYS, *FIGURES, "id"):
                return cell
            try:
                found: str | Wrong = (
                    ident(cell) if column == "id" else _day(cell, how) if column in DAYS
                    else _figure(cell, how, times))
            except Wrong as wrong:
                found = wrong
            if column == "id":
                return found
            self.cells[key] = found
        return self.cells[key]


def _day(cell: str, how: Mapping[str, Any]) -> str:
    """Read a day, or a count of days from the map's origin."""
    if not cell:
        raise Wrong("empty", lambda: "give the day")
    if "origin" not in how:
        return str(day(cell))
    if not _WHOLE.fullmatch(cell) or float(cell) > _MOST_DAYS:
        raise Wrong(f"not a count of days from {how['origin']} on",
                    lambda: "write a whole number of 0 or more")
    try:
        return str(in_range(how["origin"] + timedelta(days=int(float(cell)))))
    except OverflowError:
        raise Wrong("beyond the calendar", lambda: "mend the count, or the origin") from None


def _figure(cell: str, how: Mapping[str, Any], times: float) -> str:
    """Read a figure, times what its column and the words of its row say."""
    if not cell:
        return ""
    plain = cell.replace(",", "") if _GROUPED.fullmatch(cell) else cell
    if _COMMA.fullmatch(plain):
        raise Wrong("a comma that parts no thousands", lambda: f"write {cell.replace(',', '.')}, "
                    f"or {cell.replace(',', '')}")
    if not _FIGURE.fullmatch(plain):
        return f"{figure(cell):.0f}"
    count = Decimal(plain) * Decimal(str(how.get("times", 1))) * Decimal(str(times))
    if count > MAX_FIGURE:
        raise Wrong("more than ten billion", lambda: "check the number of digits, and the unit")
    if count != int(count):
        raise Wrong(f"not a whole number: {count:f}", lambda: "round it, or mend `times`")
    return str(int(count))


def _misfit(claim: Mapping[str, str]) -> tuple[str, str, str, str] | None:
    """Say what in a row contradicts itself: column, value, rule, mend."""
    is_range = claim["bound"] == "range"
    for column in FIGURES:
        wanted, cell = is_range is (column != "value"), claim.get(column, "")
        if wanted and not cell:
            return column, "", f"missing figure: the bound {claim['bound']} needs it", "give it"
        if cell and not wanted:
            return column, cell, f"too many figures: the bound {claim['bound']} has none here", (
                "empty the cell, or change the bound")
    if is_range and int(claim["low"]) > int(claim["high"]):
        return "low", claim["low"], f"minimum above maximum {claim['high']}", "swap them?"
    if claim["as_of"] < claim["from"]:
        return "as_of", claim["as_of"], (
            f"before the first day that it covers, {claim['from']}"), (
            "mend the origin of its days, or `start` in [case]")
    if claim["published"] < claim["from"]:
        return "published", claim["published"], (
            f"before the first day that it covers, {claim['from']}"), "mend the day"
    return None


def _case(case: Mapping[str, Any]) -> str:
    """Write case.toml: keys first, then tables."""
    lines = [f"{key} = {toml_value(value)}" for key, value in case.items()
             if not (isinstance(value, list) and value and isinstance(value[0], dict))]
    for key, value in case.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            for table in value:
                lines += ["", f"[[{key}]]",
                          *(f"{name} = {toml_value(each)}" for name, each in table.items())]
    return "\n".join(lines) + "\n"


def write_imported(made: Imported, out: Path, left_out: str) -> Case:
    """Check what was imported as a case, and write its folder in one step.

    Parameters
    ----------
    made : Imported
    out : path
        Folder; it must not exist or be empty.
    left_out : str
        Name of the file that lists the rows that could not be mapped, where there are any.

    Returns
    -------
    Case

    Raises
    ------
    CaseError
        The rows make no case: the faults are those of the files that would have been written, and
        the id of a claim is `r` and the row of the table.
    EstimateError
        The folder cannot be written.
    """
    case = read_files(made.files)
    columns = ("row", "column", "value", "rule", "mend")
    rows = [{name: safe_cell(str(getattr(problem, name))) for name in columns}
            for problem in made.unmapped]
    files = {**made.files, **({left_out: csv_bytes(columns, rows)} if rows else {})}
    out = out.resolve()
    beside = out.with_name(f".{out.name}.partial-{os.getpid()}")
    try:
        beside.mkdir(parents=True)
        for name, raw in files.items():
            (beside / name).write_bytes(raw)
        beside.replace(out)  # over an empty folder, or none
    except OSError as error:
        raise EstimateError(f"{out}: cannot be written ({error.strerror}); name another folder "
                            "with --out") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return case
