"""Hand edits: rows of a case's tables that no longer are as its log has them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .files import CLAIMS_FILE, SOURCES_FILE
from .fingerprint import sha256
from .ledger import BEGIN, LOG_FILE, Change, Entry, parse
from .problems import Problem, Problems
from .splice import Record, filled, take_apart

__all__ = ["Stray", "beginning", "hand_edits", "log_warnings", "strayed"]

HASH = "sha256"
"""What a row has in the place of its cells where the log knows it by its hash alone."""

FEW = 6
"""Ids that are named of rows that stand in no log."""

_TABLES = (SOURCES_FILE, CLAIMS_FILE)
_MEND = "`estimate claims adopt CASE --why …` takes it over into the log"


@dataclass(frozen=True)
class Stray:
    """A row that is not as the log has it.

    Attributes
    ----------
    file, id : str
        The table and the row.
    n : int
        Line of the log that told of it last; 0 where none does.
    said : mapping of str to str, or None
        What the log has: the filled cells, or their hash alone under `sha256`; None for no row.
    row : Record or None
        The row as it is; None where it is gone.
    """

    file: str
    id: str
    n: int
    said: Mapping[str, str] | None
    row: Record | None


def beginning(
    entries: Sequence[Entry], tables: Mapping[str, bytes], why: str = ""
) -> list[Change]:
    """Give the changes with which a log begins to know every row; none where it does.

    Parameters
    ----------
    entries : sequence of Entry
        The log so far; rows that it tells of are left out.
    tables : mapping of str to bytes
        sources.csv and claims.csv before the change that the log is to tell of next.
    why : str
        The reason, if there is one.
    """
    if any(entry.action == BEGIN for entry in entries):
        return []
    known = {(entry.file, entry.id) for entry in entries}
    return [Change(BEGIN, file, "", None,
                   {name: _hash(row) for name, row in _rows(tables[file]).items()
                    if (file, name) not in known}, why)
            for file in _TABLES]


def strayed(entries: Sequence[Entry], tables: Mapping[str, bytes]) -> list[Stray]:
    """Find the rows that no longer are as the log says.

    A log that has no entry `begin` knows the rows alone that it tells of.

    Parameters
    ----------
    entries : sequence of Entry
    tables : mapping of str to bytes
        sources.csv and claims.csv, without fault.
    """
    found = []
    for file in _TABLES:
        said: dict[str, tuple[int, Mapping[str, str] | None]] = {}
        begun = False
        for entry in entries:
            if entry.file != file:
                continue
            if entry.action == BEGIN:
                begun = True
                said |= {name: (entry.n, {HASH: told})
                         for name, told in (entry.after or {}).items()}
            else:
                said[entry.id] = entry.n, entry.after
        there = _rows(tables[file]) if said or begun else {}
        found += [Stray(file, name, n, told, there.get(name))
                  for name, (n, told) in said.items() if not _same(told, there.get(name))]
        found += [Stray(file, name, 0, None, row) for name, row in there.items()
                  if begun and name not in said]
    return found


def hand_edits(entries: Sequence[Entry], tables: Mapping[str, bytes]) -> list[Problem]:
    """Give the warnings of rows that were changed by hand, as `strayed` finds them."""
    problems = Problems()
    added: dict[str, list[Stray]] = {}
    for each in strayed(entries, tables):
        if each.row is None:
            rule = f"{each.id} stands in {LOG_FILE} (line {each.n}) and no longer in the table"
            problems.add(each.file, None, "id", each.id, rule, _MEND)
        elif each.said is None:
            added.setdefault(each.file, []).append(each)
        else:
            now, said = filled(each.row.cells), each.said
            column = "" if HASH in said else next(
                (name for name in each.row.cells if now.get(name) != said.get(name)), "")
            rule = f"{each.id} is not as {LOG_FILE} has it (line {each.n}): changed by hand"
            problems.add(each.file, each.row.line, column, now.get(column, ""), rule, _MEND)
    for file, rows in added.items():
        more = f" and {len(rows) - FEW} more" if len(rows) > FEW else ""
        rule = (f"{', '.join(each.id for each in rows[:FEW])}{more}: in the table and not in "
                f"{LOG_FILE}: added by hand")
        problems.add(file, rows[0].row.line if rows[0].row else None, "", "", rule, _MEND)
    return list(problems.listed(_TABLES))


def log_warnings(files: Mapping[str, bytes]) -> list[Problem]:
    """Give what a fit must say of the log among the files of a case: a broken chain, hand edits."""
    entries, faults = parse(files.get(LOG_FILE))
    return faults or hand_edits(entries, files)


def _rows(raw: bytes) -> dict[str, Record]:
    return {each.cells["id"].strip(): each for each in take_apart(raw).records}


def _same(said: Mapping[str, str] | None, row: Record | None) -> bool:
    if said is not None and set(said) == {HASH}:
        return row is not None and _hash(row) == said[HASH]
    return (row and filled(row.cells)) == said


def _hash(row: Record) -> str:
    """Hash the filled cells of a row, as the log would hold them."""
    text = json.dumps(filled(row.cells), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(text.encode("utf-8"))
