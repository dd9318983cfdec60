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
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

from .case import Case, read_files
from .casewriter import csv_bytes, toml_value
from .cells import safe_cell
from .files import CASE_FILE, CLAIMS_FILE, SOURCES_FILE, read_file
from .problems import EstimateError, Problem, Problems, nearest, shown
from .tables import decode
from .words import CLAIM_COLUMNS, SOURCE_COLUMNS

TABLES = ("case", "fields", "constants", "words", "sources")
DAYS = ("from", "as_of", "published")
FIGURES = ("value", "low", "high")
START = "start"  # as the first day of a figure: that of the case
_COLUMNS = [column.name for column in CLAIM_COLUMNS]
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_WHOLE = re.compile(r"-?\d+")
_FIGURE = re.compile(r"\d+(\.\d+)?(e\+?\d{1,2})?", re.IGNORECASE)  # R writes 1e+05


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
    path = Path(name)
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise EstimateError(f"{path}: cannot be read ({error.strerror}); formats that ship: "
                            f"{', '.join(formats())}") from error
    except (ValueError, RecursionError) as error:
        raise EstimateError(f"{path}: not a map ({str(error)[:80]}); write it as TOML, in UTF-8"
                            ) from error
    _check(found, str(path))
    return found


def _check(found: Mapping[str, Any], name: str) -> None:
    """Rule: a map has the tables that it must have, and none that means nothing."""
    for table in found:
        if table not in TABLES:
            raise EstimateError(f"{name}, {shown(table)}: unknown table; "
                                + nearest(table, TABLES, f"one of {', '.join(TABLES)}"))
    for table, kind in (("case", dict), ("fields", dict), ("words", dict), ("sources", list)):
        if not isinstance(found.get(table), kind) or not found[table]:
            raise EstimateError(f"{name}, {table}: missing; data/README.md shows a map")
    named = {**found["fields"], **found.get("constants", {})}
    for cells in found["words"].values():
        if not isinstance(cells, dict) or not all(isinstance(x, dict) for x in cells.values()):
            raise EstimateError(f"{name}, words: give each cell as {{ column = \"word\" }}")
        for said in cells.values():
            named |= said
    for column in named:
        if column not in _COLUMNS:
            raise EstimateError(f"{name}, {shown(column)}: no column of claims.csv; "
                                + nearest(column, _COLUMNS, f"one of {', '.join(_COLUMNS)}"))
    for source in found["sources"]:
        known = [column.name for column in SOURCE_COLUMNS]
        for column in source if isinstance(source, dict) else ["sources"]:
            if column not in known:
                raise EstimateError(f"{name}, sources.{shown(column)}: no column of sources.csv; "
                                    + nearest(column, known, f"one of {', '.join(known)}"))
    for column, how in found["fields"].items():
        if not isinstance(how, dict) or not isinstance(how.get("column"), str):
            raise EstimateError(f"{name}, fields.{column}: write {{ column = \"…\" }}")
        if not isinstance(how.get("origin", date.min), date):
            raise EstimateError(f"{name}, fields.{column}.origin: write a day without quotes")


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
    if text is None or problems.total:
        raise EstimateError("\n".join(map(str, problems.listed((path.name,)))))
    rows = _rows(text, path.name)
    header = next(rows)[1]
    wanted = {how["column"]: f"fields.{name}" for name, how in mapping["fields"].items()}
    wanted |= {name: f"words.{name}" for name in mapping["words"]}
    for column, where in wanted.items():
        if column not in header:
            raise EstimateError(f"{path.name}: has no column {shown(column)!r}, which the map "
                                f"names in {where}; " + nearest(
                                    column, header, f"it has {', '.join(header[:20])}"))
    start = mapping["case"].get("start")
    claims: list[dict[str, str]] = []
    unmapped: list[Problem] = []
    n_rows = 0
    for line, cells in rows:
        n_rows += 1
        if len(cells) != len(header):
            rule = f"{len(cells)} cells, and the header has {len(header)}"
            unmapped.append(Problem(path.name, line, "", "", rule, "mend the row"))
            continue
        found = _claim(dict(zip(header, cells, strict=True)), line, mapping, start, path.name)
        if isinstance(found, Problem):
            unmapped.append(found)
        else:
            claims.append({"id": f"r{line}", **found})
    if not claims:
        first = f"; the first reason: {unmapped[0]}" if unmapped else ""
        raise EstimateError(f"{path.name}: none of {n_rows:,} rows could be mapped{first}")
    made = {
        CASE_FILE: _case(mapping["case"]).encode(),
        SOURCES_FILE: csv_bytes([c.name for c in SOURCE_COLUMNS], mapping["sources"]),
        CLAIMS_FILE: csv_bytes(_COLUMNS, claims),
    }
    return Imported(made, tuple(unmapped), n_rows)


def _rows(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Give each record with the line on which it starts."""
    reader, line = csv.reader(io.StringIO(text, newline=""), strict=True), 1
    try:
        for cells in reader:
            if cells:
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise EstimateError(f"{name}, row {line}: {error}; mend the quotes") from error


def _claim(row: Mapping[str, str], line: int, mapping: Mapping[str, Any], start: object,
           name: str) -> dict[str, str] | Problem:
    """Read one row as a claim, or say why it is none."""
    claim = {key: str(value) for key, value in mapping.get("constants", {}).items()}
    for column, how in mapping["fields"].items():
        cell = row[how["column"]].strip()
        found = _cell(column, cell, how)
        if found is None:
            rule, mend = _unread(column, how)
            return Problem(name, line, how["column"], cell, rule, mend)
        claim[column] = found
    for column, known in mapping["words"].items():
        cell = row[column].strip()
        if cell not in known:
            return Problem(name, line, column, cell, "a word that the map does not have",
                           nearest(cell, known, f"add it to [words.{column}]"))
        claim |= {key: str(value) for key, value in known[cell].items()}
    claim.setdefault("published", claim.get("as_of", ""))
    whence = claim.get("from", START)
    claim["from"] = {START: str(start), "as_of": claim.get("as_of", "")}.get(whence, whence)
    if claim.get("as_of", "") < claim["from"]:
        return Problem(name, line, "", claim.get("as_of", ""),
                       f"before the first day that it covers, {claim['from']}",
                       "mend the origin of its days, or `start` in [case]")
    return claim


def _cell(column: str, cell: str, how: Mapping[str, Any]) -> str | None:
    """Read a cell as a claim's column writes it; None where it cannot be."""
    if column in DAYS and "origin" in how:
        if not _WHOLE.fullmatch(cell) or abs(int(cell)) > 1_000_000:
            return None
        try:
            return str(how["origin"] + timedelta(days=int(cell))) if int(cell) >= 0 else None
        except OverflowError:
            return None
    if column in DAYS:
        return cell if _DAY.fullmatch(cell) else None
    if column in FIGURES:
        plain = cell.replace(",", "")
        if not _FIGURE.fullmatch(plain):
            return None
        figure = float(plain) * float(how.get("times", 1))
        return f"{figure:.0f}" if figure == round(figure) else None
    return cell


def _unread(column: str, how: Mapping[str, Any]) -> tuple[str, str]:
    if column in DAYS and "origin" in how:
        return f"not a count of days from {how['origin']} on", "write a whole number of 0 or more"
    if column in DAYS:
        return "not a day", "write it like 2022-02-24"
    return "not a whole figure in digits", "take units and words out of the cell"


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
