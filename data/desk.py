"""The desk: rows added, amended, taken back, accepted and adopted, each through the gate first."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from .bundled import bundled_folder, bundled_ids
from .case import FILES, check_files
from .casefile import read_settings
from .cells import parts, safe_cell
from .commit import WAIT, locked, settle, write
from .done import Done, Echo
from .files import ACTIVITY_FILE, CASE_FILE, CLAIMS_FILE, SOURCES_FILE, find_folder, read_file
from .ledger import LONGEST_NAME, Change, now, plain, read_log, seal, strayed, typed, user
from .problems import CaseError, EstimateError, OutputError, Problem, Problems, nearest
from .proposals import echo, family, proposed
from .review import Reviewed
from .splice import Record, Sheet, appended, changed, filled, take_apart
from .words import CLAIM_COLUMNS, RETRACTED, SOURCE_COLUMNS

__all__ = ["Desk", "at_desk", "family_in"]

_TEXTS = {column.name for column in (*CLAIM_COLUMNS, *SOURCE_COLUMNS) if column.kind == "text"}


@contextlib.contextmanager
def at_desk(case: str | Path, who: str | None = None, wait: float = WAIT) -> Iterator[Desk]:
    """Open a case for changes and keep other writers out.

    Parameters
    ----------
    case : str or Path
        A folder.
    who : str, optional
        Who makes the changes; see `ledger.user`.
    wait : float
        Seconds to wait for another writer.

    Raises
    ------
    CaseError
        A file of the case is missing or cannot be taken apart, or the chain of its log is broken.
    OutputError
        The case comes with the tool, is written to by another, or cannot be written.
    """
    folder = _own_folder(case)
    with locked(folder, wait):
        note = settle(folder)
        yield Desk(folder, who or user(), note)


def _own_folder(case: str | Path) -> Path:
    problems = Problems()
    folder = find_folder(case, problems)
    if folder is None:
        raise CaseError(problems.listed(FILES), problems.total)
    if any(folder.resolve() == bundled_folder(name).resolve() for name in bundled_ids()):
        raise OutputError(f"{folder.name} comes with the tool and is not changed; copy its folder, "
                          f"{folder}, and name the copy")
    for name in (CLAIMS_FILE, SOURCES_FILE):
        if (folder / name).is_symlink():
            raise OutputError(f"{name} is a link to another file; name the folder that holds it")
    return folder


class Desk:
    """A case under the lock; made by `at_desk`.

    Parameters
    ----------
    folder : Path
        The case.
    who : str
        Who makes the changes.
    note : str
        What was done about an interrupted change.
    """

    def __init__(self, folder: Path, who: str, note: str = "") -> None:
        self.folder, self.who, self.note = folder, plain(who)[:LONGEST_NAME], note
        self.entries = read_log(folder)
        self._open()

    def _open(self) -> None:
        problems = Problems()
        names = [*FILES,
                 *([ACTIVITY_FILE] if os.path.lexists(self.folder / ACTIVITY_FILE) else [])]
        read = {name: read_file(self.folder / name, problems, f"a case has {', '.join(FILES)}")
                for name in names}
        if problems.total:
            raise CaseError(problems.listed(FILES), problems.total)
        self.files = {name: raw for name, raw in read.items() if raw is not None}
        self.settings = read_settings(self.files[CASE_FILE], Problems())
        self.claims, self.sources = (self._sheet(name) for name in (CLAIMS_FILE, SOURCES_FILE))

    def _sheet(self, name: str) -> Sheet:
        columns = CLAIM_COLUMNS if name == CLAIMS_FILE else SOURCE_COLUMNS
        needed = {column.name for column in columns if not column.optional}
        try:
            sheet = take_apart(self.files[name])
        except ValueError as error:
            check_files(self.files)  # says what is wrong, and where
            raise OutputError(f"{name}: cannot be taken apart ({error})") from error
        if needed - set(sheet.header):
            check_files(self.files)
        return sheet

    @property
    def rows(self) -> list[Mapping[str, str]]:
        """The cells of all claims."""
        return [record.cells for record in self.claims.records]

    def add(self, cells: Mapping[str, str], source: Mapping[str, str] | None = None,
            why: str = "") -> Done:
        """Add a claim, a source, or both.

        Parameters
        ----------
        cells : mapping of str to str
            Columns of claims.csv; what is left out is proposed. Empty for a source alone.
        source : mapping of str to str, optional
            Columns of sources.csv.
        why : str
            A reason for the log, if there is one.

        Raises
        ------
        CaseError
            The case would have faults; nothing was written.
        OutputError
            It cannot be written.
        """
        notes: list[str] = []
        tables: dict[str, bytes] = {}
        changes: list[Change] = []
        echoes: list[Echo] = []
        if source:
            row = _clean(source)
            self._known(row, self.sources, SOURCES_FILE)
            tables[SOURCES_FILE], _ = appended(self.sources, [row])
            changes.append(Change("add", SOURCES_FILE, row.get("id", ""), None, row, why))
            if parent := family(row, [record.cells for record in self.sources.records]):
                notes.append(f"{row.get('id', '')} has the country and relation of {parent}: if "
                             f"one feeds the other, write {parent} in its column parent "
                             f"(--parent {parent} when it is added)")
        given = _clean(cells)
        ideas: dict[str, str] = {}
        lines: list[int] = []
        if given:
            ideas = proposed(given, self.rows, self.settings)
            row = {**ideas, **given}
            echoes = _echo(row, self.rows)
            self._known(row, self.claims, CLAIMS_FILE)
            tables[CLAIMS_FILE], lines = appended(self.claims, [row])
            changes.append(Change("add", CLAIMS_FILE, row["id"], None, row, why))
        return self._commit(tables, changes, lines, ideas, notes, echoes)

    def accept(self, reviewed: Sequence[Reviewed]) -> Done:
        """Add the accepted rows of a review file, all or none; those entered before are left out.

        Parameters
        ----------
        reviewed : sequence of Reviewed
            From `review.read_review`.

        Raises
        ------
        CaseError
            The case would have faults, told by rows of the review file; nothing was written.
        EstimateError
            No row is marked yes.
        """
        if not reviewed:
            raise EstimateError("no row of the review file is marked yes: nothing to enter")
        there = {row["id"].strip() for row in self.rows}
        before = {_mark(entry.evidence, entry.after or {}): entry.id for entry in self.entries
                  if entry.evidence and entry.action == "accept" and entry.id in there}
        rows, notes = self.rows, list[str]()
        kept, changes, echoes = list[Reviewed](), list[Change](), list[Echo]()
        for each in reviewed:
            given = _clean(each.cells)
            row = {**proposed(given, rows, self.settings), **given}
            if name := before.get(_mark(each.evidence, row)):
                notes.append(f"{each.evidence['file']}, row {each.row}: entered before, as {name}")
                continue
            self._known(row, self.claims, CLAIMS_FILE)
            echoes += _echo(row, rows)
            rows = [*rows, {name: row.get(name, "") for name in self.claims.header}]
            kept.append(each)
            before[_mark(each.evidence, row)] = row["id"]
            changes.append(Change("accept", CLAIMS_FILE, row["id"], None, row, "", each.evidence))
        if not kept:
            return Done((), self.files, {}, tuple(notes), (), ())
        raw, lines = appended(self.claims, [change.after or {} for change in changes])
        try:
            return self._commit({CLAIMS_FILE: raw}, changes, lines, {}, notes, echoes)
        except CaseError as error:
            place = dict(zip(lines, kept, strict=True))
            told = [_of_review(problem, place) for problem in error.problems]
            raise CaseError(told, error.total) from error

    def amend(self, name: str, cells: Mapping[str, str], why: str) -> Done:
        """Change cells of a claim.

        Parameters
        ----------
        name : str
            Its id.
        cells : mapping of str to str
            What is to stand in which column; an empty text empties the cell.
        why : str
            The reason.

        Raises
        ------
        CaseError
            The case would have faults; nothing was written.
        EstimateError
            There is no such claim, it is so already, or no reason was given.
        """
        return self._change("amend", name, cells, why)

    def retract(self, name: str, why: str) -> Done:
        """Take a claim back: it stays in the table, is shown, and is never evidence.

        Parameters
        ----------
        name : str
            Its id.
        why : str
            The reason; it is kept in the claim's note too.

        Raises
        ------
        EstimateError
            There is no such claim, it was taken back before, or no reason was given.
        CaseError
            The case has faults; nothing was written.
        """
        record = self._find(name)
        if record.cells["scope"].strip() == RETRACTED:
            raise EstimateError(f"{name}: taken back already")
        note = "; ".join(filter(None, [record.cells["note"].strip(), f"{RETRACTED}: {why}"]))
        done = self._change("retract", name, {"scope": RETRACTED, "note": note}, why)
        heirs = [row["id"].strip() for row in self.rows if name in parts(row["derived_from"])]
        if not heirs:
            return done
        said = (f"Derived from it, so shown and no evidence: {', '.join(heirs)}; amend "
                "derived_from where one of them speaks for itself")
        return replace(done, notes=(*done.notes, said))

    def adopt(self, why: str, names: Sequence[str] = ()) -> Done:
        """Take over into the log what was changed by hand.

        Parameters
        ----------
        why : str
            The reason.
        names : sequence of str
            Ids of rows; all that were changed if left out.

        Raises
        ------
        EstimateError
            There is nothing to adopt, or no reason was given.
        CaseError
            The case has faults; nothing was written.
        """
        _reason(why)
        found = [(entry, row) for entry, row in strayed(self.entries, self.files)
                 if not names or entry.id in names]
        if unknown := set(names) - {entry.id for entry, _ in found}:
            raise EstimateError(f"{', '.join(sorted(unknown))}: as the log has it, or not in the "
                                "log: nothing to adopt")
        if not found:
            raise EstimateError("all logged rows are as the log has them: nothing to adopt")
        changes = [Change("adopt", entry.file, entry.id, entry.after,
                          filled(row.cells) if row else None, why) for entry, row in found]
        return self._commit({}, changes, [], {}, [])

    def _change(self, action: str, name: str, cells: Mapping[str, str], why: str) -> Done:
        _reason(why)
        record = self._find(name)
        self._known(cells, self.claims, CLAIMS_FILE)
        before = filled(record.cells)
        new = dict.fromkeys(cells, "") | _clean(cells)
        new = {column: cell for column, cell in new.items() if cell != before.get(column, "")}
        if not new:
            raise EstimateError(f"{name}: is so already; name a column and what is to stand in it")
        after = filled({**record.cells, **new})
        raw = changed(self.claims, record, new)
        change = Change(action, CLAIMS_FILE, name, before, after, why)
        others = [row for row in self.rows if row["id"].strip() != name]
        echoes = _echo(after, others) if action == "amend" else []
        return self._commit({CLAIMS_FILE: raw}, [change], [record.line], {}, [], echoes)

    def _find(self, name: str) -> Record:
        if found := self.claims.find(name):
            return found
        mend = nearest(name, [row["id"].strip() for row in self.rows], "see claims.csv")
        raise EstimateError(f"{name}: no such claim; {mend}")

    def _known(self, cells: Mapping[str, str], sheet: Sheet, file: str) -> None:
        """Rule: a cell has a column to stand in."""
        lost = [Problem(file, 1, name, cell, "the table has no such column", "add it to the header")
                for name, cell in cells.items() if cell and name not in sheet.header]
        if lost:
            raise CaseError(lost)

    def _commit(self, tables: Mapping[str, bytes], changes: Sequence[Change],
                lines: Sequence[int], ideas: Mapping[str, str], notes: Sequence[str],
                echoes: Sequence[Echo] = ()) -> Done:
        """Have the gate read the case as it would be, then write."""
        files = {**self.files, **tables}
        check_files(files)
        made = seal(changes, self.entries, self.who, when := now())
        if self.entries and when < self.entries[-1].when:
            notes = [*notes, f"The clock of this machine says {when}, which is before the last "
                     f"change ({self.entries[-1].when}): is it right?"]
        write(self.folder, tables, made)
        self.entries += made
        self._open()
        claims = tuple(change.id for change in changes if change.file == CLAIMS_FILE)
        ids = claims or tuple(change.id for change in changes)
        told = [f"{each.claim} may be an echo: {each.source} stated the figure in {each.origin} on "
                f"{each.published}. If it only repeats that: estimate claims amend {self.folder} "
                f"{each.claim} --derived-from {each.origin} --via {each.source} --why …"
                for each in echoes]
        return Done(ids, files, ideas, tuple(filter(None, (self.note, *notes, *told))),
                    tuple(lines), tuple(echoes))


def family_in(case: str | Path, source: Mapping[str, str]) -> str:
    """Propose the umbrella of a new source of a case, as `proposals.family` does.

    Raises
    ------
    CaseError
        The case or its sources cannot be read.
    """
    problems = Problems()
    raw = read_file(_own_folder(case) / SOURCES_FILE, problems, "a case has one")
    if raw is None:
        raise CaseError(problems.listed(FILES))
    try:
        return family(_clean(source), [record.cells for record in take_apart(raw).records])
    except (ValueError, KeyError):
        return ""  # the desk says what is wrong with the table


def _echo(row: Mapping[str, str], claims: Sequence[Mapping[str, str]]) -> list[Echo]:
    found = echo(row, claims)
    return [] if found is None else [Echo(row["id"], *(
        found[name].strip() for name in ("id", "source", "published")))]


def _clean(cells: Mapping[str, str]) -> dict[str, str]:
    """Give the filled cells, free text safe in spreadsheets."""
    return {name: typed(safe_cell(cell) if name in _TEXTS else cell)
            for name, cell in filled(cells).items()}


def _reason(why: str) -> None:
    if not why.strip():
        raise EstimateError("no reason was given: say in --why what it rests on")


def _mark(evidence: Mapping[str, str], cells: Mapping[str, str]) -> tuple[str, ...]:
    """Give what tells an accepted proposal from others: place, sentence, and what it states."""
    return (*(str(evidence.get(name, "")) for name in ("start", "end", "evidence")),
            *(cells.get(name, "") for name in (
                "source", "quantity", "bound", "value", "low", "high", "as_of", "published", "url"
            )))


def _of_review(problem: Problem, place: Mapping[int, Reviewed]) -> Problem:
    """Tell a fault of a new row by the row of the review file that it is from."""
    each = place.get(problem.row or 0)
    if problem.file != CLAIMS_FILE or each is None:
        return problem
    mend = problem.mend
    if problem.column == "source" and each.evidence.get("origin"):
        mend = f"write the id that {SOURCES_FILE} gives to '{each.evidence['origin'][:60]}'"
    elif problem.column == "source" and not problem.value:
        mend = f"read in `evidence` who spoke, and write the id that {SOURCES_FILE} gives to them"
    return replace(problem, file=each.evidence["file"], row=each.row, mend=mend)
