"""The gate of the library of resolved cases: `read_library` is the only maker of a `Library`.

A library is a folder with cases.csv and claims.csv. All faults of both are found before any is
reported. Its cases come out as ordinary ones (`Library.case`); their truths stand apart.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import InitVar, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from .case import ORDER, RESOLVED, Case, read_files
from .casewriter import case_files, records, source_ids
from .cells import parts
from .checks import MAX_SOURCES, check_figures, ids
from .files import CLAIMS_FILE, check_folder, read_file
from .fingerprint import canonical_hash, sha256
from .librarywords import RESOLVED_CASE_COLUMNS, RESOLVED_CLAIM_COLUMNS
from .problems import CaseError, Problem, Problems, nearest
from .rules import Read, columns, flag, ordered, read_csv, refers, unique
from .words import Column

__all__ = ["LIBRARY_FILES", "Library", "Truth", "read_library"]

CASES_FILE = "cases.csv"
LIBRARY_FILES = (CASES_FILE, CLAIMS_FILE)

_RESOLVED = Path(__file__).parent / "resolved"
_TRUTH = "truth_"
_PRECISION = {4: "year", 7: "month"}

_GATE = object()


@dataclass(frozen=True)
class Truth:
    """What a resolved case was settled at.

    Attributes
    ----------
    low, best, high : float
        Lowest figure that can be defended, the settled one, and the highest; whole numbers in
        units of the case's quantity, zero included.
    confidence : str
        One of `librarywords.TRUTH_CONFIDENCES`.
    basis, source, url : str
        What it rests on, who established it and where; '' where it is not said.
    """

    low: float
    best: float
    high: float
    confidence: str
    basis: str
    source: str
    url: str


@dataclass(frozen=True, eq=False)
class Library:
    """A library of resolved cases without faults. Made by `read_library` only.

    Attributes
    ----------
    cases : DataFrame
        One row a case, sorted by `case`: the columns of cases.csv save the truth and the note,
        and `row`, the line on which it starts. Text is str, '' where empty (`conflict` is then
        the case's own id); `start` and `end` are datetime64[s].
    truths : DataFrame
        The truths in the same order: `case`, `low`, `best`, `high` (float64), `confidence`,
        `basis`, `source`, `url` and `note`.
    claims : DataFrame
        One row a claim, sorted by case and then as in a `Case`: the columns of claims.csv,
        `source_id` (id of the source in the `Case`), `published_precision` ('day', 'month' or
        'year') and `row`. Figures are float64, NaN where empty; `from`, `as_of` and `published`
        are datetime64[s], the last being the last day of the month or year where only that is
        known.
    warnings : tuple of Problem
        What looks wrong but breaks no rule; a `Case` has warnings of its own.
    files : mapping of str to bytes
        The two files as they were read.
    sha256 : mapping of str to str
        Their hashes.
    fingerprint : str
        Hash of what the library says, truths included, whatever the order of its rows.
    """

    cases: pd.DataFrame
    truths: pd.DataFrame
    claims: pd.DataFrame
    warnings: tuple[Problem, ...]
    files: Mapping[str, bytes]
    sha256: Mapping[str, str]
    fingerprint: str
    gate: InitVar[object] = None

    def __post_init__(self, gate: object) -> None:
        """Refuse to be made by anything but `read_library`."""
        if gate is not _GATE:
            raise TypeError("expected a Library: call read_library() first")

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the cases, sorted."""
        return tuple(self.cases["case"])

    def case(self, case_id: str) -> Case:
        """Give a resolved case as an ordinary one, with nothing of its truth in it.

        Parameters
        ----------
        case_id : str
            Id of the case in the library.

        Returns
        -------
        Case
            One side; the case's quantity is the headline. A source is a (source, relation,
            method) of the claims; names that differ only in case or in a closing remark in
            brackets are one. Notes are left out, for they name the truth. Takes some 50 ms.

        Raises
        ------
        CaseError
            If the library has no such case; it names the nearest one.
        """
        (row,) = records(self._rows(self.cases, case_id))
        return read_files(case_files(row, self.claims[self.claims["case"] == case_id]))

    def truth(self, case_id: str) -> Truth:
        """Give the truth of a case.

        Raises
        ------
        CaseError
            If the library has no such case; it names the nearest one.
        """
        (row,) = records(self._rows(self.truths, case_id))
        return Truth(**{name: row[name] for name in Truth.__dataclass_fields__})

    def _rows(self, frame: pd.DataFrame, case_id: str) -> pd.DataFrame:
        if case_id in self.ids:
            return frame[frame["case"] == case_id]
        mend = nearest(case_id, self.ids, "`estimate cases --resolved` lists them")
        raise CaseError([Problem(f"{RESOLVED}{case_id}", None, "", "", "no such case", mend)])


def read_library(path: str | Path | None = None) -> Library:
    """Read a library of resolved cases and check it whole.

    Parameters
    ----------
    path : str or Path, optional
        A folder with cases.csv and claims.csv; the library that ships with the package if left
        out.

    Returns
    -------
    Library
        With no fault in it.

    Raises
    ------
    CaseError
        With every fault found, if there is one.
    """
    problems, doubts = Problems(), Problems()
    wanted = f"a library has {' and '.join(LIBRARY_FILES)}"
    folder = check_folder(
        _RESOLVED if path is None else path, "no such folder", wanted, CASES_FILE, problems
    )
    if folder is None:
        raise CaseError(problems.listed(LIBRARY_FILES), problems.total)
    files = {name: read_file(folder / name, problems, wanted) for name in LIBRARY_FILES}
    cases = read_csv(files[CASES_FILE], CASES_FILE, RESOLVED_CASE_COLUMNS, problems)
    claims = read_csv(files[CLAIMS_FILE], CLAIMS_FILE, RESOLVED_CLAIM_COLUMNS, problems)
    if cases:
        _check_cases(cases, claims, problems)
    if claims:
        check_figures(claims, problems, doubts)
        _check_families(claims, cases, problems)
    if problems.total or not cases or not claims:
        raise CaseError(problems.listed(LIBRARY_FILES), problems.total)
    whole = {name: raw for name, raw in files.items() if raw is not None}
    return _assemble(_frame(cases, RESOLVED_CASE_COLUMNS), _claim_frame(claims), doubts, whole)


def _check_cases(cases: Read, claims: Read | None, problems: Problems) -> None:
    """Note what is wrong with the cases as a whole."""
    unique(cases, "case", problems)
    ordered(cases, "start", "end", "start is after end", problems)
    ordered(cases, "truth_low", "truth_best", "truth_low is above truth_best", problems)
    ordered(cases, "truth_best", "truth_high", "truth_best is above truth_high", problems)
    if claims and claims.table.sound and {"case"} <= set(claims.values) & set(cases.values):
        told = {*claims.values["case"], *map(str.strip, claims.table.loose.get("case", ()))}
        silent = [bool(name) and name not in told for name in cases.values["case"]]
        flag(cases, np.array(silent), "case", f"has no claims in {CLAIMS_FILE}", problems)


def _check_families(claims: Read, cases: Read | None, problems: Problems) -> None:
    """Note claims that belong to no case, or are derived from another case's."""
    if "case" not in claims:
        return
    if cases and cases.table.sound and "case" in cases:
        refers(claims, "case", ids(cases, "case"), CASES_FILE, problems)
    owners = claims.values["case"]
    if "id" in claims and "derived_from" in claims:
        owner = dict(zip(claims.values["id"], owners, strict=True))
        derived = zip(owners, claims.values["derived_from"], strict=True)
        strange = [any(owner.get(p, own) != own for p in parts(cell)) for own, cell in derived]
        rule = "derived from a claim about another case"
        flag(claims, np.array(strange), "derived_from", rule, problems)
    names = ("case", "source", "relation", "method")
    if set(names) <= set(claims.values):
        voices = set(zip(*(claims.values[name] for name in names), strict=True))
        for case, count in Counter(case for case, *_ in voices).items():
            if count > MAX_SOURCES:
                rule = f"{case} has more than {MAX_SOURCES:,} sources"
                problems.add(CLAIMS_FILE, None, "source", "", rule)


def _frame(read: Read, schema: tuple[Column, ...]) -> pd.DataFrame:
    """Give the columns of the schema; those that the file lacks are empty."""
    frame = pd.DataFrame(columns(read, schema))
    for column in schema:
        if column.name not in read:
            frame[column.name] = pd.array([""] * len(frame), dtype="str")
    frame["row"] = read.table.rows
    return frame[[*(column.name for column in schema), "row"]]


def _claim_frame(read: Read) -> pd.DataFrame:
    frame = _frame(read, RESOLVED_CLAIM_COLUMNS)
    told = [_PRECISION.get(len(cell.strip()), "day") for cell in read.table.cells["published"]]
    frame["published_precision"] = pd.array(told, dtype="str")
    keys = list(zip(frame["source"], frame["relation"], frame["method"], strict=True))
    known = {
        name: source_ids(keys[at] for at in places)
        for name, places in frame.groupby("case").indices.items()
    }
    named = [known[name][key] for name, key in zip(frame["case"], keys, strict=True)]
    frame["source_id"] = pd.array(named, dtype="str")
    ranks = [
        pd.factorize(frame[name], sort=True, use_na_sentinel=False)[0] for name in ("case", *ORDER)
    ]
    return frame.iloc[np.lexsort(ranks[::-1])].reset_index(drop=True)


def _assemble(
    cases: pd.DataFrame, claims: pd.DataFrame, doubts: Problems, files: dict[str, bytes]
) -> Library:
    """Make the library from parts without fault."""
    cases = cases.sort_values("case", ignore_index=True)
    cases["conflict"] = cases["conflict"].where(cases["conflict"] != "", cases["case"])
    hidden = [column.name for column in RESOLVED_CASE_COLUMNS if column.name.startswith(_TRUTH)]
    truths = cases[["case", *hidden, "note"]]
    return Library(
        cases=cases.drop(columns=[*hidden, "note"]),
        truths=truths.rename(columns={name: name.removeprefix(_TRUTH) for name in hidden}),
        claims=claims,
        warnings=doubts.listed(LIBRARY_FILES),
        files=files,
        sha256={name: sha256(raw) for name, raw in files.items()},
        fingerprint=canonical_hash({}, cases.drop(columns="row"), claims.drop(columns="row")),
        gate=_GATE,
    )
