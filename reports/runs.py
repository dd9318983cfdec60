"""Many runs read from their files: what each found and how far it is to be trusted, or why not.

Only run.json, summary.json and estimates.csv are read, so a published run without draws counts too.
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from estimate.data.problems import EstimateError, RunError
from estimate.model.diagnostics import MAX_RHAT, MIN_ESS
from estimate.model.identify import MOSTLY_ASSUMPTION
from estimate.model.result import ACCOUNT, DRAWS, read_account
from estimate.model.runfiles import within

from . import sentences as say
from . import slim
from .inert import plain, short

DEEPEST = 3  # folders below the one that is named
SUMMARY, ESTIMATES = "summary.json", "estimates.csv"
MOST_BYTES = 20_000_000  # a hundred times the largest of these files that a report has had
_MEND = "write the report again with `estimate report`, or fit it again"


@dataclass(frozen=True, slots=True)
class Run:
    """One run as its files tell it; numbers in people or things.

    Attributes
    ----------
    folder : str
        Within the folder that was searched, with `/`; `.` for that folder itself.
    title, case, quantity, sentence : str
        What was asked and the headline in words.
    median, low, high : float or None
        Of the headline, 90% interval; None where it is withheld.
    as_of : date
    fitted : str
        Day on which the fit was started; empty where the account does not say.
    version : str
        Of estimate, as the account has it.
    failed : tuple of str
        Gates of the sampler that failed.
    withheld, mostly_assumption : bool
    origins : int or None
        Independent origins; None where a run was written before that was told.
    changed : tuple of str
        Files that are not as they were when the run was written.
    days : tuple of dict
        Rows of the slim fan; none where the headline is withheld.
    """

    folder: str
    title: str
    case: str
    quantity: str
    sentence: str
    median: float | None
    low: float | None
    high: float | None
    as_of: date
    fitted: str
    version: str
    failed: tuple[str, ...]
    withheld: bool
    mostly_assumption: bool
    origins: int | None
    changed: tuple[str, ...]
    days: tuple[dict[str, Any], ...]

    def told(self) -> dict[str, Any]:
        """Give what a program reads of it: all but the fan."""
        kept = {name: value for name, value in asdict(self).items() if name != "days"}
        return kept | {"as_of": self.as_of.isoformat()}


@dataclass(frozen=True, slots=True)
class Broken:
    """A folder that should hold a run, and why none can be read there."""

    folder: str
    reason: str


def find_runs(top: Path) -> tuple[list[Run], list[Broken]]:
    """Read every run in a folder and up to three folders below it.

    Parameters
    ----------
    top : path

    Returns
    -------
    tuple
        Runs by title, and the folders of runs that cannot be read, by name.

    Raises
    ------
    RunError
        There is no such folder, or it is itself a run, or holds none.
    """
    if not top.is_dir():
        raise RunError(f"{top}: no such folder; name one that holds runs of `estimate fit`")
    if _holds_run(top):
        raise RunError(f"{top}: is a run itself; name the folder above it")
    runs: list[Run] = []
    broken: list[Broken] = []
    for folder in _below(top, DEEPEST, broken, top):
        called = folder.relative_to(top).as_posix()
        try:
            runs.append(read_run(folder, called))
        except EstimateError as error:
            reason = str(error).replace(f"{folder}{os.sep}", "")
            broken.append(Broken(plain(called), plain(reason)))
    if not runs and not broken:
        raise RunError(
            f"{top}: holds no run, down to {DEEPEST} folders below it; make one with "
            "`estimate fit CASE --out DIR`, or name another folder"
        )
    return (sorted(runs, key=lambda run: (run.title.casefold(), run.folder)),
            sorted(broken, key=lambda one: one.folder))


def _holds_run(folder: Path) -> bool:
    """Whether a folder has a run's account, or what a run would leave without it."""
    there = [(folder / name).is_file() for name in (ACCOUNT, DRAWS, SUMMARY, ESTIMATES)]
    return there[0] or there[1] or (there[2] and there[3])


def _below(folder: Path, deep: int, broken: list[Broken], top: Path) -> list[Path]:
    """Give folders of runs below a folder; nothing is looked for within a run, links included."""
    found: list[Path] = []
    try:
        inside = sorted(path for path in folder.iterdir()
                        if path.is_dir() and not path.name.startswith("."))
    except OSError as error:
        broken.append(Broken(plain(folder.relative_to(top).as_posix()),
                             f"cannot be looked into ({error.strerror})"))
        return []
    for path in inside:
        if _holds_run(path):
            found.append(path)
        elif deep > 1:
            found += _below(path, deep - 1, broken, top)
    return found


def read_run(folder: Path, called: str) -> Run:
    """Read one run; `called` is what its folder is called.

    Raises
    ------
    RunError
        There is none, or its files do not read as those of a report.
    """
    account = read_account(folder)
    files = account.get("files")
    listed = files if isinstance(files, Mapping) else {}
    raws = {name: _bytes(within(folder, name)) for name in (SUMMARY, ESTIMATES)}
    changed = tuple(name for name, raw in raws.items() if sha256(raw).hexdigest() != _hash(
        listed.get(name)))
    try:
        return _made(called, account, json.loads(raws[SUMMARY]), raws[ESTIMATES], changed)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError,
            csv.Error) as error:
        which = f"; not as they were written: {' and '.join(changed)}" if changed else ""
        raise RunError(
            f"{folder / SUMMARY} and {ESTIMATES} do not read as those of a report "
            f"({type(error).__name__}: {str(error)[:80]}){which}; {_MEND}"
        ) from error


def _made(called: str, account: Mapping[str, Any], summary: Any, estimates: bytes,
          changed: tuple[str, ...]) -> Run:
    head, checks = summary["headline"], summary["diagnostics"]
    quantity = short(plain(head["quantity"]))
    withheld = head["interval"] is None
    versions = account.get("versions")
    origins = summary.get("n_origins")
    return Run(
        folder=called,
        title=short(plain(account["title"])) or plain(called),
        case=short(plain(account["case"])),
        quantity=quantity,
        sentence=short(plain(head["sentence"])),
        median=None if withheld else _finite(head["median"]),
        low=None if withheld else _finite(head["interval"]["low"]),
        high=None if withheld else _finite(head["interval"]["high"]),
        as_of=date.fromisoformat(summary["as_of"]),
        fitted=plain(account.get("started", ""))[:10],
        version=plain(versions["estimate"]) if isinstance(versions, Mapping) else "",
        failed=_failed(checks),
        withheld=withheld,
        mostly_assumption=_finite(summary["assumption_share"]) > MOSTLY_ASSUMPTION,
        origins=None if origins is None else int(origins),
        changed=changed,
        days=() if withheld else _days(estimates, quantity),
    )


def _failed(checks: Mapping[str, Any]) -> tuple[str, ...]:
    """Name the gates that failed, each with what was found and what is wanted."""
    if checks["ok"] is True:
        return ()
    rhat, divergences = _finite(checks["max_rhat"]), int(checks["divergences"])
    found = [f"R-hat {rhat:.3f}, {MAX_RHAT} allowed"] if rhat >= MAX_RHAT else []
    for name, word in (("min_ess_bulk", "bulk"), ("min_ess_tail", "tail")):
        if _finite(checks[name]) <= MIN_ESS:
            found.append(f"{word} effective sample size {checks[name]:.0f}, above {MIN_ESS} needed")
    if divergences:
        found.append(say.several(divergences, "divergence"))
    return tuple(found or ["which one is not recorded"])


def _days(raw: bytes, quantity: str) -> tuple[dict[str, Any], ...]:
    table = csv.DictReader(io.StringIO(raw.decode("utf-8"), newline=""))
    days = [row for row in table if row["quantity"] == quantity]
    for row in days:
        date.fromisoformat(row["date"])
    rows = slim.rows(days)
    if not rows:
        raise ValueError(f"no row of {quantity}")
    for row in rows:
        for name in slim.COLUMNS:
            _finite(row[name])
    return tuple(rows)


def _finite(value: Any) -> float:
    number = float(value)
    if isinstance(value, bool) or not math.isfinite(number):
        raise ValueError(f"{value!r} is no number")
    return number


def _bytes(path: Path) -> bytes:
    if not path.is_file():
        raise RunError(f"{path}: no such file; {_MEND}")
    try:
        if path.stat().st_size > MOST_BYTES:
            raise RunError(f"{path}: larger than any report writes it; {_MEND}")
        return path.read_bytes()
    except OSError as error:
        raise RunError(f"{path}: cannot be read ({error.strerror}); {_MEND}") from error


def _hash(told: Any) -> str:
    return str(told.get("sha256")) if isinstance(told, Mapping) else ""
