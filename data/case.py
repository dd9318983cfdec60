"""The one gate: `read_case` is the only maker of a `Case`.

A case is a folder with case.toml, sources.csv, claims.csv and perhaps activity.csv, judged.csv and
claims.log,
or those files in memory (`read_files`). All faults of all files are
found before any is reported; a `Case` has none.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import InitVar, asdict, dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from . import ledger
from .casefile import (
    NOTHING,
    ClaimTest,
    Remark,
    Series,
    Settings,
    Side,
    quantities,
    read_settings,
)
from .cells import parts
from .checks import check_activity, check_claims, check_sources
from .doubts import doubt_activity, look_for_doubts, look_for_tests
from .files import (
    ACTIVITY_FILE,
    CASE_FILE,
    CLAIMS_FILE,
    FILES,
    JUDGED_FILE,
    OPTIONAL_FILES,
    SOURCES_FILE,
    find_folder,
    read_file,
)
from .fingerprint import canonical_hash, sha256
from .judged import Judged, check_judged, sift
from .ledger import LOG_FILE
from .lineage import families, origins
from .problems import CaseError, Problem, Problems
from .rules import Read, columns, read_csv
from .strays import log_warnings
from .words import (
    ACTIVITY_COLUMNS,
    CLAIM_COLUMNS,
    JUDGED_COLUMNS,
    QUANTITIES,
    SOURCE_COLUMNS,
    TABLE_KEYS,
    Column,
)

__all__ = [
    "FILES",
    "Case",
    "ClaimTest",
    "Remark",
    "Series",
    "Side",
    "check_files",
    "expect_case",
    "read_case",
    "read_files",
]

ORDER = (
    "published",
    "source",
    "quantity",
    "bound",
    "value",
    "low",
    "high",
    "from",
    "as_of",
    "scope",
    "id",
)
"""Columns by which claims are sorted, first to last."""

RESOLVED = "resolved:"
"""What stands before the id of a case in the library of resolved cases."""

_GATE = object()


@dataclass(frozen=True, eq=False)
class Case:
    """A case without faults. Made by `read_case` only.

    Attributes
    ----------
    id, title, question : str
        What the case is called and what it asks.
    victim : str
        One of `words.VICTIMS`.
    start, end : date, date or None
        First and last day; None while it goes on.
    headline : str
        The quantity in the headline.
    sides : tuple of Side
        Who suffers the losses; the headline is about the first.
    series : tuple of Series
        Equipment counted under names of its own.
    comparable_scopes : tuple of str
        Scopes comparable with the total; claims of any other are partial.
    casualties_include : tuple of str
        The parts that `casualties` sums.
    exclusions : tuple of str
        Sentences that say what is left out.
    remarks : tuple of Remark
        What a claim is and is not.
    tests : tuple of ClaimTest
        Figures to be put to the test.
    conflict : str or None
        Name shared by cases that belong together.
    route : str or None
        How the case came to be taken up, one of `words.ROUTES`; None where it is not said.
    sources : DataFrame
        One row a source, sorted by id: the columns of sources.csv, `family` (id of the topmost
        umbrella, or its own) and `roots` (tuple of the other families whose figures it uses,
        directly or through others; empty for an independent origin).
    claims : DataFrame
        One row a claim, in an order that does not depend on the file's: the columns of claims.csv
        and `row`, the line on which the claim starts. Text is str, '' where empty; `value`, `low`
        and `high` are float64, NaN where empty; `from`, `as_of` and `published` are
        datetime64[s] and never missing.
    activity : DataFrame
        One row a stretch of days of activity.csv, sorted by name and day: its columns, `to` filled;
        no row without the file.
    warnings : tuple of Problem
        What looks wrong but breaks no rule, save what was judged.
    judged : tuple of Judged
        What looked wrong and was judged to stand, by judged.csv; empty without the file.
    files : mapping of str to bytes
        The files as they were read.
    sha256 : mapping of str to str
        Their hashes.
    fingerprint : str
        Hash of what the case says, whatever the order of its rows.
    """

    id: str
    title: str
    question: str
    victim: str
    start: date
    end: date | None
    headline: str
    sides: tuple[Side, ...]
    series: tuple[Series, ...]
    comparable_scopes: tuple[str, ...]
    casualties_include: tuple[str, ...]
    exclusions: tuple[str, ...]
    remarks: tuple[Remark, ...]
    tests: tuple[ClaimTest, ...]
    conflict: str | None
    route: str | None
    sources: pd.DataFrame
    claims: pd.DataFrame
    activity: pd.DataFrame
    warnings: tuple[Problem, ...]
    judged: tuple[Judged, ...]
    files: Mapping[str, bytes]
    sha256: Mapping[str, str]
    fingerprint: str
    gate: InitVar[object] = None

    def __post_init__(self, gate: object) -> None:
        """Refuse to be made by anything but `read_case`."""
        if gate is not _GATE:
            raise TypeError("expected a Case: call read_case() first")

    def relation(self, source: str, side: str | None = None) -> str:
        """Give a source's relation to a side.

        Parameters
        ----------
        source : str
            Id of the source.
        side : str, optional
            Id of the side; the first one if left out.

        Returns
        -------
        str
            One of `words.RELATIONS`.

        Raises
        ------
        KeyError
            If there is no such source or side.
        """
        by_id = dict(zip(self.sources["id"], self.sources["relation"], strict=True))
        return relation_to(by_id[source], side or self.sides[0].id)


    def about(self, side: str, headline: str) -> Case:
        """Give the part of the case that is about one series: people of a side, or equipment.

        Parameters
        ----------
        side : str
            Id of the side.
        headline : str
            The quantity in the headline; one that counts people brings all that do.

        Returns
        -------
        Case
            With that side and series alone, its claims, and each source's relation to it. Files,
            hashes and fingerprint are those of the whole; figures to be tested stay with the first
            side.

        Raises
        ------
        KeyError
            There is no such side.
        """
        own = {each.id: each for each in self.sides}[side]
        linked = list(QUANTITIES) if headline in QUANTITIES else [headline]
        mine = (self.claims["side"] == side) & self.claims["quantity"].isin(linked)
        relations = [relation_to(cell, side) for cell in self.sources["relation"]]
        return replace(
            self, sides=(own,), victim=own.victim, headline=headline,
            sources=self.sources.assign(relation=pd.array(relations, dtype="str")),
            claims=self.claims[mine].reset_index(drop=True),
            remarks=tuple(r for r in self.remarks if r.claim in set(self.claims.loc[mine, "id"])),
            tests=self.tests if own == self.sides[0] else (), gate=_GATE)


def relation_to(cell: str, side: str) -> str:
    """Read a `relation` cell for one side.

    >>> relation_to("red:self;blue:adversary", "blue")
    'adversary'
    """
    if ":" not in cell:
        return cell
    told = (part.rpartition(":") for part in parts(cell))
    return {name: relation for name, _, relation in told}[side]


def expect_case(thing: object) -> Case:
    """Give a `Case` back; refuse anything else.

    Raises
    ------
    TypeError
        If it is not a `Case`.
    """
    if not isinstance(thing, Case):
        raise TypeError("expected a Case: call read_case() first")
    return thing


def read_case(path_or_id: str | Path) -> Case:
    """Read a case and check it whole.

    Parameters
    ----------
    path_or_id : str or Path
        A folder, or the id of a bundled case. A text with no path separator that is the id of a
        bundled case means that case, and ``resolved:`` with an id one of the library of resolved
        cases; write ``./name`` for a folder of that name.

    Returns
    -------
    Case
        With no fault in it.

    Raises
    ------
    CaseError
        With every fault found, if there is one.
    """
    if isinstance(path_or_id, str) and path_or_id.startswith(RESOLVED):
        from .library import read_library

        return read_library().case(path_or_id.removeprefix(RESOLVED))
    problems = Problems()
    folder = find_folder(path_or_id, problems)
    if folder is None:
        raise CaseError(problems.listed(FILES), problems.total)
    wanted = f"a case has {', '.join(FILES)}"
    optional = [name for name in (*OPTIONAL_FILES, LOG_FILE) if os.path.lexists(folder / name)]
    before = ledger.state(folder)
    # Claims before sources: a writer changes sources.csv first.
    read = {name: read_file(folder / name, problems, wanted) for name in (*optional, *FILES[::-1])}
    settled = before == len(read.get(LOG_FILE) or b"") and before == ledger.state(folder)
    files = {name: read[name] for name in (*FILES, *optional) if settled or name != LOG_FILE}
    case = _read(files, problems)
    if settled:
        return case
    rule = "a change is being made or was interrupted, so the log was not looked at"
    mend = "any change by `estimate claims` completes it"
    return replace(case, warnings=(*case.warnings, Problem(LOG_FILE, None, "", "", rule, mend)),
                   gate=_GATE)


def read_files(files: Mapping[str, bytes]) -> Case:
    """Read a case whose files are in memory, and check it whole.

    Parameters
    ----------
    files : mapping of str to bytes
        The files by name.

    Returns
    -------
    Case
        With no fault in it.

    Raises
    ------
    CaseError
        With every fault found, if there is one.
    """
    return _read(files, Problems())


def check_files(files: Mapping[str, bytes]) -> None:
    """Check the files of a case for faults, and no more: half the time of `read_files`.

    Parameters
    ----------
    files : mapping of str to bytes
        The files by name.

    Raises
    ------
    CaseError
        With every fault found, if there is one.
    """
    _faultless(files, Problems())


def _read(files: Mapping[str, bytes | None], problems: Problems) -> Case:
    """Read the files; one that could not be read is None, and a problem noted."""
    settings, sources, claims, activity, judged = _faultless(files, problems)
    whole = {name: raw for name, raw in files.items() if raw is not None}
    return _assemble(settings, _source_frame(sources), _claim_frame(claims, settings),
                     _activity_frame(activity), judged, whole)


def _faultless(
    files: Mapping[str, bytes | None], problems: Problems
) -> tuple[Settings, Read, Read, Read | None, Read | None]:
    """Read the cells of all files, or raise all faults."""
    settings = NOTHING
    if (raw := files[CASE_FILE]) is not None:
        settings = read_settings(raw, problems)
    sources = read_csv(files[SOURCES_FILE], SOURCES_FILE, SOURCE_COLUMNS, problems)
    claims = read_csv(files[CLAIMS_FILE], CLAIMS_FILE, _claim_columns(settings), problems)
    activity = read_csv(files.get(ACTIVITY_FILE), ACTIVITY_FILE, ACTIVITY_COLUMNS, problems)
    judged = read_csv(files.get(JUDGED_FILE), JUDGED_FILE, JUDGED_COLUMNS, problems)
    if sources:
        check_sources(sources, settings, problems)
    if claims:
        check_claims(claims, sources, settings, problems)
    if activity:
        check_activity(activity, problems)
    if judged:
        check_judged(judged, claims, problems)
    if problems.total or not sources or not claims:
        raise CaseError(problems.listed((*FILES, *OPTIONAL_FILES)), problems.total)
    return settings, sources, claims, activity, judged


def _claim_columns(settings: Settings) -> tuple[Column, ...]:
    """Let claims speak of the case's own series too."""
    return tuple(
        replace(column, words=quantities(settings.series, column.words or {}))
        if column.name == "quantity" else column
        for column in CLAIM_COLUMNS
    )


def _source_frame(read: Read) -> pd.DataFrame:
    frame = pd.DataFrame(columns(read, SOURCE_COLUMNS)).sort_values("id", ignore_index=True)
    ids = frame["id"].tolist()
    parents = dict(zip(ids, frame["parent"], strict=True))
    builds_on = {name: parts(cell) for name, cell in zip(ids, frame["builds_on"], strict=True)}
    family = families(parents)
    roots = origins(parents, builds_on)
    frame["family"] = pd.array([family[name] for name in ids], dtype="str")
    frame["roots"] = [roots[name] for name in ids]
    return frame


def _claim_frame(read: Read, settings: Settings) -> pd.DataFrame:
    frame = pd.DataFrame(columns(read, CLAIM_COLUMNS))
    if "side" not in frame or len(settings.sides) == 1:
        frame["side"] = pd.array([settings.sides[0].id] * len(frame), dtype="str")
    frame["row"] = read.table.rows
    ranks = [pd.factorize(frame[name], sort=True, use_na_sentinel=False)[0] for name in ORDER]
    return frame.iloc[np.lexsort(ranks[::-1])].reset_index(drop=True)


def _activity_frame(read: Read | None) -> pd.DataFrame:
    kinds = {"from": "datetime64[s]", "to": "datetime64[s]", "name": "str", "value": "float64",
             "url": "str", "row": "int64"}
    if read is None:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})
    frame = pd.DataFrame(columns(read, ACTIVITY_COLUMNS)).assign(row=read.table.rows)
    frame["to"] = frame["to"].fillna(frame["from"])
    return frame[list(kinds)].sort_values(["name", "from"], ignore_index=True)


def _assemble(
    settings: Settings, sources: pd.DataFrame, claims: pd.DataFrame, activity: pd.DataFrame,
    judged: Read | None, files: dict[str, bytes]
) -> Case:
    """Make the case from parts without fault."""
    values = {
        "end": None,
        "exclusions": (),
        "conflict": None,
        "route": None,
        **{k: v for k, v in settings.values.items() if k not in TABLE_KEYS},
        "sides": settings.sides,
        "series": settings.series,
        "remarks": settings.remarks,
        "tests": settings.tests,
    }
    doubts = Problems()
    scopes, start, end = values["comparable_scopes"], values["start"], values["end"]
    if not ((claims["quantity"] == values["headline"]) & claims["scope"].isin(scopes)).any():
        rule = "no comparable claim states this quantity, so the estimate rests on the others"
        line = settings.lines.get("headline")
        doubts.add(CASE_FILE, line, "headline", values["headline"], rule,
                   "add one, or choose another headline", "silent-headline")
    look_for_doubts(claims, sources, scopes, start, end, doubts)
    doubt_activity(activity, start, end, doubts)
    look_for_tests(
        claims,
        scopes,
        values["headline"],
        values["casualties_include"],
        settings.tests,
        settings.lines,
        doubts,
    )
    found = doubts.listed((*FILES, *OPTIONAL_FILES))
    warnings, parted = sift(found, judged, doubts.total <= len(found), claims)
    if doubts.total > len(found):
        rest = f"and {doubts.total - len(found):,} more warnings"
        warnings = (*warnings, Problem(CLAIMS_FILE, None, "", "", rest))
    warnings = (*warnings, *log_warnings(files))
    plain = {
        key: [asdict(each) for each in value] if key in TABLE_KEYS else value
        for key, value in values.items()
        if key not in ("route", "series") or value
    }
    return Case(
        **values,
        sources=sources,
        claims=claims,
        activity=activity,
        warnings=warnings,
        judged=parted,
        files=files,
        sha256={name: sha256(raw) for name, raw in files.items()},
        fingerprint=canonical_hash(
            plain, *(table.drop(columns="row", errors="ignore")
                     for table in (sources, claims, *([activity] if len(activity) else []))),
        ),
        gate=_GATE,
    )
