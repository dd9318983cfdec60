"""Review files: proposed claims that an analyst marks with yes or no before any enters a case."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from .files import CLAIMS_FILE, SOURCES_FILE, read_file
from .problems import CaseError, EstimateError, Problem, Problems
from .tables import read_table
from .words import CLAIM_COLUMNS, Column

__all__ = ["REVIEW_COLUMNS", "Reviewed", "mark", "of_review", "read_review"]

ACCEPT = "accept"
_ORIGIN = (
    Column("origin", "text", "who said it, as in the text", optional=True),
    Column("start", "count", "first character of the evidence in the text", optional=True),
    Column("end", "count", "the first one behind it", optional=True),
    Column("evidence", "text", "the sentence", optional=True),
)
REVIEW_COLUMNS: tuple[Column, ...] = (
    Column(ACCEPT, "text", "yes, no, or empty while it is not decided"),
    *(replace(column, filled=False, optional=True) for column in CLAIM_COLUMNS),
    *_ORIGIN,
    Column("remark", "text", "what the extractor has to say; it enters no case", optional=True),
)
"""The columns of a review file: what was decided, the claim, where it was read, and a remark."""


@dataclass(frozen=True)
class Reviewed:
    """A proposal that was accepted.

    Attributes
    ----------
    row : int
        Line of the review file on which it starts.
    cells : mapping of str to str
        Columns of claims.csv, those that hold something.
    evidence : mapping of str to str
        `file`, `row`, and the filled ones of origin, start, end and evidence.
    """

    row: int
    cells: Mapping[str, str]
    evidence: Mapping[str, str]


def read_review(path: Path) -> list[Reviewed]:
    """Read the rows of a review file that are marked yes.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    CaseError
        It is no review file, or holds another mark than yes or no.
    EstimateError
        No row is marked yes.
    """
    problems = Problems()
    raw = read_file(path, problems, "`estimate claims extract FILE --out REVIEW.csv` writes one")
    table = read_table(raw, path.name, REVIEW_COLUMNS, problems) if raw is not None else None
    marks = [cell.strip().casefold() for cell in table.cells.get(ACCEPT, ())] if table else []
    for at, said in enumerate(marks):
        if table and said not in ("yes", "no", ""):
            problems.add(path.name, int(table.rows[at]), ACCEPT, table.cells[ACCEPT][at],
                         "not yes, no or empty", "write yes for what is to enter the case")
    if problems.total or table is None:
        raise CaseError(problems.listed((path.name,)), problems.total)
    places = [at for at, said in enumerate(marks) if said == "yes"]
    if not places:
        raise EstimateError(f"{path.name}: no row is marked yes in the column {ACCEPT}, so there "
                            "is nothing to enter")
    claim = {column.name for column in CLAIM_COLUMNS}
    found = []
    for at in places:
        row = int(table.rows[at])
        cells = {name: cell[at].strip() for name, cell in table.cells.items() if cell[at].strip()}
        source = {name: cells[name] for name in (each.name for each in _ORIGIN) if name in cells}
        found.append(Reviewed(row, {name: cells[name] for name in cells if name in claim},
                              {"file": path.name, "row": str(row), **source}))
    return found


def mark(evidence: Mapping[str, str], cells: Mapping[str, str]) -> tuple[str, ...]:
    """Give what tells an accepted proposal from others: place, sentence, and what it states."""
    return (*(str(evidence.get(name, "")) for name in ("start", "end", "evidence")),
            *(cells.get(name, "") for name in (
                "source", "quantity", "bound", "value", "low", "high", "as_of", "published", "url"
            )))


def of_review(problem: Problem, place: Mapping[int, Reviewed]) -> Problem:
    """Tell a fault of a new row by the row of the review file that it is from."""
    each = place.get(problem.row or 0)
    if problem.file != CLAIMS_FILE or each is None:
        return problem

    def other(found: re.Match[str]) -> str:
        there = place.get(int(found[1]))
        return f"row {there.row if there else found[1]} of {'this file' if there else CLAIMS_FILE}"

    rule, mend = re.sub(r"\brow (\d+)\b", other, problem.rule), problem.mend
    if problem.column == "source" and each.evidence.get("origin"):
        mend = f"write the id that {SOURCES_FILE} gives to '{each.evidence['origin'][:60]}'"
    elif problem.column == "source" and not problem.value:
        mend = f"read in `evidence` who spoke, and write the id that {SOURCES_FILE} gives to them"
    return replace(problem, file=each.evidence["file"], row=each.row, rule=rule,
                   mend=mend)
