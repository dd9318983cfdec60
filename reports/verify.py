"""A saved run put to the test: its files hashed again, its fit made again, figure by figure."""

from __future__ import annotations

import csv
import math
import platform
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from estimate.data.case import Case
from estimate.data.fingerprint import row_hashes
from estimate.data.ledger import check_log
from estimate.data.problems import EstimateError, RunError
from estimate.model.comparison import compare, held_against, threshold
from estimate.model.result import (
    ACCOUNT,
    DRAWS,
    INPUTS,
    SCHEMA,
    Fit,
    load_fit,
    read_account,
    read_inputs,
)
from estimate.model.runfiles import within

from . import sentences as say
from .filecheck import CLAIMS, ESTIMATES, SUMMARY, Check, check_files, read_object, read_table
from .inert import plain
from .tables import rows_of

ALIKE = 1e-6  # relative: the same figure in two files, each written with eight digits
DAYS = {"median": "the median", "q05": "the lower end (5%)", "q95": "the upper end (95%)"}


@dataclass(frozen=True, slots=True)
class Verified:
    """What `verify` found: the run and its checks in the order in which they were made."""

    run: str
    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing differs."""
        return all(check.verdict != "differs" for check in self.checks)

    @property
    def sentence(self) -> str:
        """Give the verdict in a sentence that names what differs."""
        wrong = [check.what for check in self.checks if check.verdict == "differs"]
        if not wrong:
            return f"{self.run}: verified."
        more = f" and {len(wrong) - 6} more" if len(wrong) > 6 else ""
        return f"{self.run}: differs: {', '.join(wrong[:6])}{more}."

    def told(self) -> dict[str, Any]:
        """Give everything as JSON can hold it."""
        return {"tool": "estimate", "schema": SCHEMA, "kind": "verification", "run": self.run,
                "verified": self.ok, "sentence": self.sentence,
                "checks": [asdict(check) for check in self.checks]}


def verify(
    run: Path | str, refit: bool = True, *, begin: Callable[[str], None] = lambda _: None,
    sampling: Callable[[int, int], None] | None = None,
) -> Verified:
    """Verify a saved run: hash what it is made of and what it says, and fit it again.

    Parameters
    ----------
    run : path
        Folder that `estimate fit` wrote, or a published copy without its draws.
    refit : bool
        Whether to fit again, with the recorded seed, settings and priors, and compare.
    begin, sampling : callable
        Told the steps as they begin; the draws done and the draws in all.

    Returns
    -------
    Verified

    Raises
    ------
    RunError
        It is no run that can be read, or it names or links a file outside itself.
    """
    folder = Path(run)
    account = read_account(folder)
    begin("hashing the files")
    checks = [*check_files(folder, account)]
    spoilt = {check.what for check in checks if check.verdict == "differs"}
    sound = not any(name == ACCOUNT or name.startswith(f"{INPUTS}/") for name in spoilt)
    if not sound:
        checks.append(Check("refit", "note", "not made: what it would be made from differs"))
    else:
        try:
            case, priors = read_inputs(folder)
            checks += [*_inputs(folder, account, case), *_told_alike(folder, account, spoilt)]
        except RunError:
            raise
        except (EstimateError, ValueError, LookupError, TypeError, AttributeError,
                csv.Error) as error:
            lines = str(error).splitlines() or [type(error).__name__]
            checks.append(Check(INPUTS, "differs", f"cannot be read: {plain(lines[0])[:200]}"))
            return Verified(plain(folder), tuple(checks))
        if refit:
            checks += _versions(account)
            checks += _again(folder, account, case, priors, spoilt, begin, sampling)
        else:
            checks.append(Check("refit", "note", "not asked for"))
    return Verified(plain(folder), tuple(checks))


def _inputs(folder: Path, account: Mapping[str, Any], case: Case) -> Iterator[Check]:
    """Check that the tables are those that were fitted, row by row, and their log."""
    alike = case.sha256 == account["input_sha256"]
    same = case.fingerprint == account.get("fingerprint", case.fingerprint)
    yield Check("tables as fitted", "ok" if alike and same else "differs",
                f"{say.several(len(case.claims), 'claim')}, fingerprint {case.fingerprint[:12]}…"
                if alike and same else f"are not those that {ACCOUNT} tells of")
    hashes = row_hashes(case.claims)
    rows = {row["id"]: row.get("row_sha256", "") for row in read_table(folder, CLAIMS)}
    summary = read_object(folder / SUMMARY).get("row_sha256", {})
    if not any(rows.values()) and not summary:
        yield Check("rows of claims", "note", "written by a version that hashed no rows")
    else:
        wrong = [name for name in hashes | rows | summary
                 if name in rows | summary and not (
                     hashes.get(name) == rows.get(name) == summary.get(name))]
        yield Check(f"rows of {CLAIMS}", "differs" if wrong else "ok",
                    f"not those of {INPUTS}/{CLAIMS}: {plain(', '.join(wrong[:6]))}" if wrong else
                    f"{len(rows):,} hashes, in {CLAIMS} and {SUMMARY} alike")
    for text in _log_faults(folder / INPUTS):
        yield Check(f"{INPUTS}/claims.log", "differs", text)


def _log_faults(inputs: Path) -> list[str]:
    """Give the faults of the log of changes that came with the tables, if one did."""
    return [plain(problem) for problem in check_log(inputs)]


def _told_alike(folder: Path, account: Mapping[str, Any], spoilt: set[str]) -> Iterator[Check]:
    """Check that summary.json, estimates.csv and the draws state the same figures."""
    recorded, summary = _recorded(folder), read_object(folder / SUMMARY)
    sides = recorded["side"].unique()
    last = recorded[recorded["side"] == sides[0]].groupby("quantity", sort=False).tail(1)
    rows = {row["quantity"]: row for row in rows_of(last)}
    ends = {0.5: ("q25", "q75"), 0.8: ("q10", "q90"), 0.9: ("q05", "q95"), 0.95: ("q025", "q975")}
    wrong = []
    for name, told in summary["quantities"].items():
        pairs = [(told["median"], rows[name]["median"])]
        for part in told["intervals"]:
            low, high = ends[part["prob"]]
            pairs += [(part["low"], rows[name][low]), (part["high"], rows[name][high])]
        if not all(math.isclose(a, b, rel_tol=ALIKE) for a, b in pairs):
            wrong.append(name)
    head = summary["headline"]
    if head["interval"] is not None:
        row = rows[head["quantity"]]
        pairs = [(head["median"], row["median"]), (head["interval"]["low"], row["q05"]),
                 (head["interval"]["high"], row["q95"])]
        if not all(math.isclose(a, b, rel_tol=ALIKE) for a, b in pairs):
            wrong.append("headline")
    yield Check(f"{SUMMARY} and {ESTIMATES}", "differs" if wrong else "ok",
                f"do not agree on {plain(', '.join(wrong))}" if wrong else
                f"state the same {say.several(len(rows), 'total')}")
    if DRAWS not in spoilt and within(folder, DRAWS).is_file():
        kept = pd.concat([each.estimates() for each in load_fit(folder).series], ignore_index=True)
        numbers = [name for name in kept.columns if kept[name].dtype.kind == "f"]
        same = len(kept) == len(recorded) and np.allclose(
            kept[numbers], recorded[numbers], rtol=ALIKE, atol=ALIKE)
        yield Check(f"{ESTIMATES} and {DRAWS}", "ok" if same else "differs",
                    f"{len(recorded):,} rows are what the draws say" if same else
                    f"the rows are not what the draws say; `estimate report {folder}` writes them "
                    "again")


def _versions(account: Mapping[str, Any]) -> Iterator[Check]:
    """Tell what the run was made with that is otherwise here; nothing is refused for it."""
    other = []
    for name, then in account["versions"].items():
        try:
            now = platform.python_version() if name == "python" else version(str(name))
        except (PackageNotFoundError, ValueError):
            now = "not here"
        if now != then:
            other.append(f"{plain(name)[:40]} {plain(then)[:40]} (here {now})")
    yield Check("versions", "note" if other else "ok",
                f"made with others: {', '.join(other[:12])}" if other else "the same as here")


def _again(
    folder: Path, account: Mapping[str, Any], case: Case, priors: Any, spoilt: set[str],
    begin: Callable[[str], None], sampling: Callable[[int, int], None] | None,
) -> Iterator[Check]:
    """Fit the case again and compare every figure with what is recorded."""
    begin("loading the sampler")
    from estimate.model.fit import fit
    from estimate.model.sampler import Settings

    about = account.get("about")
    try:
        part = case if about is None else case.about(*str(about).split(":"))
        settings = Settings(**{name: account[name] for name in ("draws", "tune", "chains", "seed")})
        as_of = date.fromisoformat(account["as_of"])
    except (EstimateError, ValueError, LookupError, TypeError) as error:
        raise RunError(f"{folder / ACCOUNT}: no fit can be made as it says "
                       f"({plain(error)[:100]})") from error
    begin("compiling the model")
    made = fit(part, as_of=as_of, exclude=tuple(map(str, account["exclude"])), priors=priors,
               settings=settings, progress=sampling)
    begin("comparing")
    told = f"seed {settings.seed}, {settings.chains} chains of {settings.draws:,} draws"
    if not made.account["diagnostics"]["ok"]:
        yield Check("refit", "note", f"a diagnostic of the refit failed ({told})")
    drawn = DRAWS not in spoilt and within(folder, DRAWS).is_file()
    yield from (_held_to_draws if drawn else _held_to_files)(folder, made, told)
    untold = [word for word, key in (("the vintages", "history"), ("the fits without each family",
              "refits")) if key in account]
    if untold:
        yield Check("refit", "note", f"{' and '.join(untold)} were not fitted again: they are held "
                    "to their hashes alone")


def _held_to_files(folder: Path, made: Fit, told: str) -> Iterator[Check]:
    """Compare with estimates.csv, where the draws behind it are not there."""
    recorded = _recorded(folder)
    tables = []
    for each in made.series:
        own = recorded[(recorded["side"] == each.case.sides[0].id)
                       & recorded["quantity"].isin(each.design.quantities)]
        tables.append(held_against(own, each))
    table = pd.concat(tables, ignore_index=True)
    expected = {(each.case.sides[0].id, name) for each in made.series
                for name in each.design.quantities}
    there = set(zip(recorded["side"], recorded["quantity"], strict=True))
    if table.empty or expected != there:
        yield Check(f"refit and {ESTIMATES}", "differs",
                    "do not estimate the same quantities on the same days")
        return
    days = {str(day.date()) for day in recorded["date"]}
    now = {str(day) for each in made.series for day in each.design.grid.dates}
    if days != now:
        yield Check(f"days of {ESTIMATES}", "note", f"not those that this version makes: compared "
                    f"on {len(days & now):,} of {len(days):,}")
    yield _compared(f"refit and {ESTIMATES}", table, told)


def _held_to_draws(folder: Path, made: Fit, told: str) -> Iterator[Check]:
    """Compare with the draws, which state what estimates.csv does (`_told_alike`)."""
    kept = load_fit(folder)
    if all(np.array_equal(one.posterior["cumulative"].values, two.posterior["cumulative"].values)
           for one, two in zip(kept.series, made.series, strict=True)):
        yield Check(f"refit and {DRAWS}", "ok",
                    f"the same draws of every estimate, bit for bit ({told})")
        return
    tables = [compare(one, two).table for one, two in zip(kept.series, made.series, strict=True)]
    yield _compared(f"refit and {DRAWS}", pd.concat(tables, ignore_index=True), told)


def _compared(what: str, table: pd.DataFrame, told: str) -> Check:
    """Say whether any figure lies beyond Bonferroni's bound for all of them."""
    counted = table[table["counted"]]
    most = threshold(len(counted))
    worst = rows_of(counted.sort_values("errors", key=abs, ascending=False, kind="stable"))[:1]
    moved = int((counted["errors"].abs() > most).sum())
    said = "; ".join(
        f"furthest: {DAYS[row['statistic']]} of {say.noun(row['quantity'])} on "
        f"{row['date']:%Y-%m-%d}, {row['first']:.5g} recorded and {row['second']:.5g} again, "
        f"{abs(row['errors']):.1f} Monte Carlo errors apart ({most:.1f} allowed)" for row in worst)
    if moved:
        return Check(what, "differs", f"{moved:,} of {len(counted):,} figures beyond Monte Carlo "
                     f"error ({told}); {said}")
    return Check(what, "ok", f"{len(counted):,} figures within Monte Carlo error ({told}); {said}")


def _recorded(folder: Path) -> pd.DataFrame:
    """Read estimates.csv: days as datetime64, figures as numbers."""
    frame = pd.DataFrame(read_table(folder, ESTIMATES))
    words = ("date", "side", "quantity")
    numbers = {name: frame[name].astype(float) for name in frame.columns if name not in words}
    if not all(np.isfinite(values).all() for values in numbers.values()):
        raise ValueError(f"{ESTIMATES}: holds what is no number")
    return frame.assign(date=pd.to_datetime(frame["date"], format="%Y-%m-%d"), **numbers)
