"""A saved run put to the test: its files hashed again, its fit made again, figure by figure."""

from __future__ import annotations

import csv
import io
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
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
from estimate.model.comparison import held_against, other_draws, threshold
from estimate.model.result import (
    ACCOUNT,
    INPUTS,
    PRIORS,
    SCHEMA,
    SERIES,
    Fit,
    load_fit,
    read_account,
    read_inputs,
)
from estimate.model.runfiles import within
from estimate.model.summary import QUANTILES

from . import sentences as say
from .contents import contents
from .datafiles import estimates_csv
from .filecheck import CLAIMS, ESTIMATES, SUMMARY, Check, check_files, read_object, read_table
from .inert import plain
from .remade import ALIKE, WITH_VINTAGES, alike, made_again, same_bytes, same_summary
from .tables import rows_of
from .write import DRAWS

ENDS = {0.5: ("q25", "q75"), 0.8: ("q10", "q90"), 0.9: ("q05", "q95"), 0.95: ("q025", "q975")}
RISING = ("q025", "q05", "q10", "q25", "median", "q75", "q90", "q95", "q975")
TOLD_ALONE = f"what {ACCOUNT} tells of other fits, reasons of priors, command and times"
MOST_VERSIONS = 100  # told of one run; a fit names nine
COLUMNS = ("date", "side", "quantity", "mean", *RISING)  # of estimates.csv
MOST_QUANTITIES = 500  # of all sides; the largest war has some 40
SETTLED = ("case", "title", "as_of", "exclude", "input_sha256", "fingerprint", "priors_source",
           "priors")  # of run.json: what a refit of the inputs says too
OF_PRIOR = ("family", "parameters", "unit", "symbol", "span")  # all but why, and after whom


@dataclass(frozen=True, slots=True)
class Verified:
    """What `verify` found.

    Attributes
    ----------
    run : str
        The folder.
    checks : tuple of Check
        In the order in which they were made.
    by_hash : tuple of str
        Files that were held to their hashes alone: whoever wrote those anew can have changed them.
    """

    run: str
    checks: tuple[Check, ...]
    by_hash: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing differs."""
        return all(check.verdict != "differs" for check in self.checks)

    @property
    def sentence(self) -> str:
        """Give the verdict in a sentence that names what differs, or what rests on a hash alone."""
        wrong = [check.what for check in self.checks if check.verdict == "differs"]
        if wrong:
            return f"{self.run}: differs: {_few(wrong)}."
        alone = f"{', '.join(self.by_hash)}, and " if self.by_hash else ""
        return f"{self.run}: verified. Held to a hash alone: {alone}{TOLD_ALONE}."

    def told(self) -> dict[str, Any]:
        """Give everything as JSON can hold it."""
        return {"tool": "estimate", "schema": SCHEMA, "kind": "verification", "run": self.run,
                "verified": self.ok, "sentence": self.sentence, "by_hash": list(self.by_hash),
                "checks": [asdict(check) for check in self.checks]}


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - 6} more" if len(names) > 6 else ""
    return ", ".join(names[:6]) + more


def verify(
    run: Path | str, refit: bool = True, *, begin: Callable[[str], None] = lambda _: None,
    sampling: Callable[[int, int], None] | None = None,
) -> Verified:
    """Verify a saved run: hash what it is made of, make what it says again, and fit it again.

    With the draws, every file of the report is made from them again and must be the same to the
    byte; without them, from the refit, within Monte Carlo error where its draws are others.

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
    held = {name for name in account["files"] if not name.startswith(f"{INPUTS}/")}
    if any(name == ACCOUNT or name.startswith(f"{INPUTS}/") for name in spoilt):
        checks.append(Check("refit", "note", "not made: what it would be made from differs"))
        return Verified(plain(folder), tuple(checks))
    try:
        case, priors = read_inputs(folder)
        part = _about(folder, account, case)
        checks += [*_inputs(folder, account, case),
                   *_told_alike(folder, account, part.sides[0].id)]
        if any(check.verdict == "differs" and check.what == ESTIMATES for check in checks):
            return Verified(plain(folder), tuple(checks))
        versions = _versions(account)
        checks.append(versions)
        ours, made = versions.verdict == "ok", None
        drawn = DRAWS not in spoilt and within(folder, DRAWS).is_file()
        if drawn:
            made = load_fit(folder)
            if spoilt:
                checks.append(Check("report", "note", f"not made again from {DRAWS}: a file of it "
                                    "is not as it was written"))
            else:
                begin("writing the report again")
                checks += _made_again(folder, account, made, ours, held)
        if refit:
            again = _fitted(folder, account, part, priors, begin, sampling)
            begin("comparing")
            checks += _again(folder, account, again, made, ours, held)
        else:
            checks.append(Check("refit", "note", "not asked for"))
    except RunError:
        raise
    except (EstimateError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError,
            OSError, csv.Error) as error:
        lines = str(error).splitlines() or [type(error).__name__]
        checks.append(Check("run", "differs", f"cannot be read: {plain(lines[0])[:200]}"))
    return Verified(plain(folder), tuple(checks),
                    tuple(sorted(held - {c.what for c in checks if c.verdict == "not shipped"})))


def _about(folder: Path, account: Mapping[str, Any], case: Case) -> Case:
    """Give the part of the case that was fitted."""
    if "about" not in account:
        return case
    try:
        return case.about(*str(account["about"]).split(":"))
    except (EstimateError, LookupError, TypeError) as error:
        raise RunError(f"{folder / ACCOUNT}: no fit can be made as it says "
                       f"({plain(error)[:100]})") from error


def _inputs(folder: Path, account: Mapping[str, Any], case: Case) -> Iterator[Check]:
    """Check that the tables are those that were fitted, row by row, and their log."""
    alike = case.sha256 == account["input_sha256"]
    same = case.fingerprint == account.get("fingerprint", case.fingerprint)
    yield Check("tables as fitted", "ok" if alike and same else "differs",
                f"{say.several(len(case.claims), 'claim')}, fingerprint {case.fingerprint[:12]}…"
                if alike and same else f"are not those that {ACCOUNT} tells of")
    known = {*(f"{INPUTS}/{name}" for name in case.files), f"{INPUTS}/{PRIORS}"}
    for name in account["files"]:
        if name.startswith(f"{INPUTS}/") and name not in known:
            yield Check(name, "differs", "is no input of a case")
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


def _told_alike(folder: Path, account: Mapping[str, Any], side: str) -> Iterator[Check]:
    """Check that estimates.csv is a table of estimates and summary.json states its last rows.

    `side` is that of the headline; other series of it have rows too.
    """
    recorded, summary = _recorded(folder), read_object(folder / SUMMARY)
    wrong = _unsound(recorded, date.fromisoformat(account["as_of"]))
    if wrong:
        yield Check(ESTIMATES, "differs", wrong)
        return
    last = recorded[recorded["side"] == side].groupby("quantity", sort=False).tail(1)
    rows = {row["quantity"]: row for row in rows_of(last)}
    no = [name for name, told in summary["quantities"].items()
          if name not in rows or not alike([told["median"], *_ends(told["intervals"])],
                       [rows[name]["median"], *(rows[name][end] for pair in ENDS.values()
                                                for end in pair)])]
    head = summary["headline"]
    if head["interval"] is not None:
        row = rows[head["quantity"]]
        if not alike([head["median"], *_ends([head["interval"]])],
                     [row["median"], row["q05"], row["q95"]]) or head["interval"]["prob"] != 0.9:
            no.append("headline")
    yield Check(f"{SUMMARY} and {ESTIMATES}", "differs" if no else "ok",
                f"do not agree on {plain(', '.join(no))}" if no else
                f"state the same {say.several(len(rows), 'total')}")


def _ends(intervals: Sequence[Mapping[str, Any]]) -> list[float]:
    return [part[end] for part in intervals for end in ("low", "high")]


def _unsound(table: pd.DataFrame, as_of: date) -> str:
    """Say what no table of estimates holds: days that do not rise to as_of, ends that cross."""
    if len({*zip(table["side"], table["quantity"], strict=True)}) > MOST_QUANTITIES:
        return f"holds more than {MOST_QUANTITIES} quantities, which no fit has"
    values = table[list(RISING)].to_numpy()
    if (np.diff(values, axis=1) < 0).any() or (table["mean"] < 0).any():
        return "holds quantiles that do not rise"
    for (_, name), part in table.groupby(["side", "quantity"], sort=False):
        if not (part["date"].diff().dropna() > pd.Timedelta(0)).all():
            return f"days of {plain(name)} do not rise"
        if part["date"].iloc[-1].date() != as_of:
            return f"{plain(name)} ends on {part['date'].iloc[-1]:%Y-%m-%d}, the run on {as_of}"
    return ""


def _made_again(folder: Path, account: Mapping[str, Any], kept: Fit, ours: bool, held: set[str]
                ) -> Iterator[Check]:
    """Write the report again from its draws; `held` loses the names that this settles."""
    own = made_again(kept, account, vintages=True)
    held.discard(DRAWS)
    if not alike(account["diagnostics"], own.account["diagnostics"]):
        yield Check(f"{ACCOUNT} and {DRAWS}", "differs", "diagnostics are not those of the draws")
    if not ours:
        yield same_summary(contents(own), folder, ours, drawn=True)
        again = pd.concat([each.estimates() for each in own.series], ignore_index=True)
        recorded = _recorded(folder)
        numbers = [name for name in again.columns if again[name].dtype.kind == "f"]
        same = _keys(again) == _keys(recorded) and np.allclose(
            again[numbers], recorded[numbers], rtol=ALIKE, atol=ALIKE)
        held.difference_update((SUMMARY, ESTIMATES))
        yield Check(f"{ESTIMATES} and {DRAWS}", "ok" if same else "differs",
                    f"{len(recorded):,} rows are what the draws say" if same else
                    "the rows are not what the draws say")
        return
    count = 0
    for name, same in same_bytes(contents(own), folder):
        held.discard(name)
        count += same
        if not same:
            yield Check(f"{name} and {DRAWS}", "differs", "is not what the draws say; `estimate "
                        f"report {plain(folder)}` writes it again")
    yield Check(f"report and {DRAWS}", "ok", f"{say.several(count, 'file')} made again from the "
                "draws, the same to the byte")


def _versions(account: Mapping[str, Any]) -> Check:
    """Tell what the run was made with that is otherwise here; nothing is refused for it."""
    other = []
    for name, then in [*account["versions"].items()][:MOST_VERSIONS]:
        try:
            now = platform.python_version() if name == "python" else version(str(name))
        except (PackageNotFoundError, ValueError):
            now = "not here"
        if now != then:
            other.append(f"{plain(name)[:40]} {plain(then)[:40]} (here {now})")
    return Check("versions", "note" if other else "ok",
                 f"made with others: {', '.join(other[:12])}" if other else "the same as here")


def _fitted(
    folder: Path, account: Mapping[str, Any], case: Case, priors: Any,
    begin: Callable[[str], None], sampling: Callable[[int, int], None] | None,
) -> Fit:
    """Fit the case again as run.json says."""
    begin("loading the sampler")
    from estimate.model.fit import fit
    from estimate.model.sampler import Settings

    try:
        settings = Settings(**{name: account[name] for name in ("draws", "tune", "chains", "seed")})
        begin("compiling the model")
        return fit(case, as_of=date.fromisoformat(account["as_of"]), priors=priors,
                   exclude=tuple(map(str, account["exclude"])), settings=settings,
                   progress=sampling)
    except (EstimateError, ValueError, LookupError, TypeError) as error:
        raise RunError(f"{folder / ACCOUNT}: no fit can be made as it says "
                       f"({plain(error)[:100]})") from error


def _again(folder: Path, account: Mapping[str, Any], made: Fit, kept: Fit | None, ours: bool,
           held: set[str]) -> Iterator[Check]:
    """Compare what was fitted again with what is recorded."""
    told = f"seed {account['seed']}, {account['chains']} chains of {account['draws']:,} draws"
    then, now = (_settled(each) for each in (account, made.account))
    wrong = [key for key in SETTLED if key in account and not alike(then[key], now[key])]
    yield Check(f"refit and {ACCOUNT}", "differs" if wrong else "ok",
                f"say otherwise of {plain(', '.join(wrong))}" if wrong else
                "say the same of the case and its priors")
    if not made.account["diagnostics"]["ok"]:
        yield Check("refit", "note", f"a diagnostic of the refit failed ({told})")
    if kept is not None:
        yield from _held_to_draws(kept, made, told, account, held)
    else:
        yield from _held_to_files(folder, account, made, told, ours, held)
    untold = [words for words, key in (
        ("the vintages", "history"), ("the fits without each family", "refits"),
        ("those under other assumptions", "sensitivity")) if len(account.get(key) or ()) > (
            key == "sensitivity")]
    if untold:
        yield Check("refit", "note", f"{say.listed(untold)} were not fitted again")


def _settled(account: Mapping[str, Any]) -> dict[str, Any]:
    """Give what no draw moves; of the priors their numbers, which is all that inputs/ holds."""
    told = {key: account.get(key) for key in SETTLED}
    return told | {"priors": {row["name"]: [row.get(key) for key in OF_PRIOR]
                              for row in account["priors"]}}


def _held_to_files(folder: Path, account: Mapping[str, Any], made: Fit, told: str, ours: bool,
                   held: set[str]) -> Iterator[Check]:
    """Compare with what the report says, where the draws behind it are not there."""
    said, recorded = contents(made_again(made, account, vintages=False)), _recorded(folder)
    again = _numbers(list(csv.DictReader(io.StringIO(estimates_csv(said)))))
    if ours and _same_draws(recorded, again):
        aside = WITH_VINTAGES if "history" in account else ()
        count = 0
        for name, same in same_bytes(said, folder):
            if name in aside:
                continue
            held.discard(name)
            count += same
            if not same:
                yield Check(f"{name} and refit", "differs", "is not what the refit says")
        yield Check("refit and report", "ok", f"{say.several(count, 'file')} made again, the same "
                    f"to the byte ({told})")
        return
    held.difference_update((SUMMARY, ESTIMATES))
    held.add(f"the means in {ESTIMATES}")
    yield same_summary(said, folder, ours, drawn=False)
    if _keys(recorded) != _keys(again):
        same = {row[1:] for row in _keys(recorded)} == {row[1:] for row in _keys(again)}
        yield Check(f"rows of {ESTIMATES}", "differs" if ours or not same else "note",
                    f"are not of the {'days' if same else 'quantities'} that the refit has")
    yield _compared(f"refit and {ESTIMATES}", _against(recorded, made), told)


def _keys(table: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Give what each row of estimates is of."""
    return [*zip(table["date"], table["side"], table["quantity"], strict=True)]


def _same_draws(recorded: pd.DataFrame, again: pd.DataFrame) -> bool:
    """Whether a column is mostly the same to the last digit, which no other draws would give."""
    numbers = [name for name in again.columns if again[name].dtype.kind == "f"]
    return len(recorded) == len(again) and bool(
        ((recorded[numbers] == again[numbers]).mean() > 0.5).any())


def _against(recorded: pd.DataFrame, made: Fit) -> pd.DataFrame:
    """Compare estimates, of all series, with those of a refit."""
    return pd.concat([
        held_against(recorded[(recorded["side"] == each.case.sides[0].id)
                              & recorded["quantity"].isin(each.design.quantities)], each)
        for each in made.series], ignore_index=True)


def _held_to_draws(kept: Fit, made: Fit, told: str, account: Mapping[str, Any], held: set[str]
                   ) -> Iterator[Check]:
    """Compare with the draws, which state what the report does (`_made_again`)."""
    what, pairs = f"refit and {DRAWS}", [*zip(kept.series, made.series, strict=True)]
    if all(_same_tree(one, two) for one, two in pairs):
        yield Check(what, "ok", f"the same draws of everything, bit for bit ({told})")
        return
    held.update(name for name in account["files"] if not name.startswith(f"{INPUTS}/")
                and name not in (DRAWS, ESTIMATES, SUMMARY, "sources.csv"))
    kept_table = pd.concat([each.estimates() for each in kept.series], ignore_index=True)
    yield _compared(what, _against(kept_table, made), told)
    for one, two in pairs:
        count, moved = other_draws(one, two)
        yield Check(f"{what}: {plain(one.key)}", "differs" if moved else "ok",
                    f"beyond Monte Carlo error: {plain(', '.join(moved))[:200]}" if moved else
                    f"{count:,} quantiles of biases and all else within Monte Carlo error")


def _same_tree(kept: Fit, made: Fit) -> bool:
    """Whether every group that a fit makes is there, the same to the bit."""
    return all(name in kept.tree.children
               and kept.tree[name].to_dataset().equals(group.to_dataset())
               for name, group in made.tree.children.items() if name != SERIES)


def _compared(what: str, table: pd.DataFrame, told: str) -> Check:
    """Say whether any figure lies beyond Bonferroni's bound for all of them."""
    counted = table[table["counted"]]
    most = threshold(len(counted))
    worst = rows_of(counted.sort_values("errors", key=abs, ascending=False, kind="stable"))[:1]
    moved = int((counted["errors"].abs() > most).sum())
    said = "; ".join(
        f"furthest: the {_named(row['statistic'])} of {say.noun(row['quantity'])} on "
        f"{row['date']:%Y-%m-%d}, {row['first']:.5g} recorded and {row['second']:.5g} again, "
        f"{abs(row['errors']):.1f} Monte Carlo errors apart ({most:.1f} allowed)" for row in worst)
    if moved:
        return Check(what, "differs", f"{moved:,} of {len(counted):,} figures beyond Monte Carlo "
                     f"error ({told}); {said}")
    return Check(what, "ok", f"{len(counted):,} figures within Monte Carlo error ({told}); {said}")


def _named(statistic: str) -> str:
    """Name a column of estimates.csv: the median, the mean, the quantile of 5%."""
    share = QUANTILES.get(statistic)
    return statistic if share is None else f"quantile of {100 * share:g}%"


def _recorded(folder: Path) -> pd.DataFrame:
    """Read estimates.csv: days as datetime64, figures as numbers."""
    return _numbers(read_table(folder, ESTIMATES))


def _numbers(rows: list[dict[str, str]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows)
    if {*frame.columns} != {*COLUMNS}:
        raise ValueError(f"{ESTIMATES}: other columns than {', '.join(COLUMNS)}")
    words = ("date", "side", "quantity")
    numbers = {name: frame[name].astype(float) for name in frame.columns if name not in words}
    if not all(np.isfinite(values).all() for values in numbers.values()):
        raise ValueError(f"{ESTIMATES}: holds what is no number")
    return frame.assign(date=pd.to_datetime(frame["date"], format="%Y-%m-%d"), **numbers)
