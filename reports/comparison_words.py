"""Two runs side by side, in sentences: the verdict, what moved, what changed, which claims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from estimate.model.changes import Change, Suspect
from estimate.model.comparison import FALSE_ALARM, Comparison
from estimate.model.diagnostics import MIN_ESS
from estimate.model.findings import MAX_PARETO_K

from . import sentences as say
from .inert import plain, short
from .tables import rows_of

SAME = "no difference beyond Monte Carlo error"
MOST_NAMED = 5  # in one sentence; the table has all
LONGEST_NAME = 36
STATISTICS = {"median": "the median", "q05": "the lower end of the 90% interval",
              "q95": "the upper end of the 90% interval"}
KINDS = {"added": "added", "removed": "removed", "changed": "changed",
         "heard": "heard only in the second run", "unheard": "heard only in the first run"}
_WHERE = {"claims": "Claims", "sources": "Sources", "case": "case.toml",
          "view": "How claims are taken", "as-of day": "As-of day", "excluded": "Left out",
          "priors": "Priors", "versions": "Versions", "sampling": "Sampling"}
_NOUNS = {"sources": "the table of sources", "case": "case.toml", "as-of day": "the as-of day",
          "excluded": "which sources are left out", "priors": "priors", "versions": "versions",
          "sampling": "sampling"}


@dataclass(frozen=True, slots=True)
class Names:
    """The runs of one comparison as a reader knows them; harmless text."""

    first: str
    second: str


def labels(runs: Sequence[str | Path]) -> list[str]:
    """Short quoted names of run folders: the last part of each path; all of it where alike."""
    whole = [plain(Path(run).as_posix()) for run in runs]
    last = [plain(Path(run).resolve().name) or "/" for run in runs]
    names = last if len(set(last)) == len(last) else whole
    cut = [name if len(name) <= LONGEST_NAME else "…" + name[1 - LONGEST_NAME:] for name in names]
    return [f"“{name}”" if cut.count(name) == 1 else f"“{name}” (run {place})"
            for place, name in enumerate(cut, 1)]


def verdict(told: Comparison, names: Names) -> str:
    """Say whether the runs differ, and where most."""
    start, moved = f"{names.second} against {names.first}: ", told.moved
    if told.same_draws:
        return f"{start}{SAME}. Both hold the same draws, bit for bit."
    if moved.empty:
        return f"{start}{SAME}."
    headline = told.first.case.headline
    if not told.headline_moved:
        others = [say.noun(name) for name in told.quantities
                  if (moved["quantity"] == name).any()]
        return (f"{start}{say.noun(headline)} did not move beyond Monte Carlo error, but "
                f"{say.listed(others)} did.")
    return f"{start}{_step(_foremost(told, headline))}."


def counted(told: Comparison) -> str:
    """Say how many figures were compared, and what counts as a difference."""
    every = int(told.table["counted"].sum())
    days = told.table["date"].nunique()
    return (
        f"{len(told.moved) or 'None'} of {every:,} figures ("
        f"{say.several(days, 'day')} up to {say.day(told.table['date'].max())}, "
        f"{say.several(len(told.quantities), 'quantity', 'quantities')}, the median and both ends "
        f"of the 90% interval) {'lies' if len(told.moved) == 1 else 'lie'} more than "
        f"{told.threshold:.1f} Monte Carlo errors apart. Two runs of one posterior would show any "
        f"such difference with a chance of at most {say.percent(FALSE_ALARM)}.")


def moves(told: Comparison) -> tuple[str, ...]:
    """One sentence a quantity that moved on days of which both runs speak; the headline first."""
    found, headline = [], told.first.case.headline
    for name in told.quantities:
        mine = told.moved[told.moved["quantity"] == name]
        if mine.empty:
            continue
        total = told.table.loc[told.table["quantity"] == name, "date"].nunique()
        number = mine["date"].nunique()
        at, most = rows_of(mine)[0], f"{number} of {say.several(total, 'day')}"
        if name == headline and at == _foremost(told, name):
            found.append(f"{say.capital(say.noun(name))} moved on {most}.")
        else:
            found.append(f"{say.capital(_step(at))}. It moved on {most}.")
    return tuple(found)


def alone(told: Comparison, names: Names) -> tuple[str, ...]:
    """Name the days and quantities of which one run alone speaks."""
    both = (names.first, names.second)
    found = [f"Only {both[which]} speaks of {days(start, end)}." for which, start, end
             in told.alone()]
    if told.first.case.start != told.second.case.start:
        found.append(f"The runs count from different days: {say.day(told.first.case.start)} and "
                     f"{say.day(told.second.case.start)}.")
    for which, fit in enumerate((told.first, told.second)):
        own = [say.noun(name) for name in fit.design.quantities if name not in told.quantities]
        if own:
            found.append(f"Only {both[which]} estimates {say.listed(own)}.")
    return tuple(found)


def days(start: date, end: date) -> str:
    """Give a stretch of days: `21 to 31 March 2024`."""
    if start == end:
        return say.day(start)
    if (start.year, start.month) == (end.year, end.month):
        return f"{start.day} to {say.day(end)}"
    return f"{say.day(start)} to {say.day(end)}"


def doubts(told: Comparison, names: Names) -> tuple[str, ...]:
    """Say why the Monte Carlo error itself may be wrong, and what is withheld elsewhere."""
    found = []
    for fit, name in ((told.first, names.first), (told.second, names.second)):
        checks = fit.account["diagnostics"]
        if not checks["ok"]:
            found.append(
                f"{name} failed a check of its sampler (R-hat {checks['max_rhat']:.3f}, smallest "
                f"effective sample size {min(checks['min_ess_bulk'], checks['min_ess_tail']):.0f}, "
                f"{say.several(checks['divergences'], 'divergence')}): its Monte Carlo error is "
                "itself doubtful.")
    if not told.enough:
        found.append(
            f"Behind one of the figures compared stand only {told.smallest_ess:.0f} effective "
            f"draws, and {MIN_ESS} are wanted: its Monte Carlo error is itself doubtful. Ask for "
            "more with --draws.")
    return tuple(found)


def blame(told: Comparison, names: Names) -> tuple[str, ...]:
    """Say which claims, or what else, may be behind a difference."""
    kinds = list(dict.fromkeys(change.where for change in told.changes))
    other = [_NOUNS[kind] for kind in kinds if kind in _NOUNS]
    if not told.suspects:
        if told.moved.empty:
            return ()
        if set(other) <= {_NOUNS["sampling"]}:
            return ("Nothing but the sampling changed, and draws of one posterior should agree: "
                    "one of the runs may not have converged. Fit both again with more --draws.",)
        return (f"Both runs hear the same claims; what changed: {say.listed(other)}.",)
    named = told.suspects[:MOST_NAMED]
    rest = len(told.suspects) - len(named)
    words = [_suspected(each, names) for each in named]
    if rest:
        words.append(f"{say.capital(say.several(rest, 'more claim'))} "
                     f"{'differs' if rest == 1 else 'differ'}; the table has them all.")
    if not told.headline_moved:
        words.append(f"With all that, {say.noun(told.first.case.headline)} did not move beyond "
                     "Monte Carlo error.")
    others = [word for word in other if word not in (_NOUNS["sampling"], _NOUNS["versions"])]
    if others:
        words.append(f"Changed too: {say.listed(others)}. How much of a difference is due to each "
                     "cannot be told from these runs.")
    return tuple(words)


def changed(changes: Sequence[Change]) -> tuple[str, ...]:
    """Say what differs beside the draws: one line for each kind of thing."""
    found = []
    for where, title in _WHERE.items():
        mine = [change for change in changes if change.where == where]
        if mine:
            found.append(f"{title}: {_group(where, mine)}.")
    return tuple(found) or ("Nothing differs but the draws.",)


def cell(text: str) -> str:
    """Text of one changed cell, harmless and short; `(empty)` where there is none."""
    return short(plain(text), 60) or "(empty)"


def effect(row: Mapping[str, Any]) -> str:
    """Give the influence of a claim in percent, or say that it cannot be told."""
    if row["pareto_k"] > MAX_PARETO_K:
        return f"cannot be told (Pareto k {row['pareto_k']:.2f})"
    return shift(row["influence"])


def shift(percentage: float) -> str:
    """Give a signed change in percent, two significant figures: `+27%`, `−0.84%`."""
    sign = "+" if percentage > 0 else "−" if percentage < 0 else ""
    return f"{sign}{say.ratio(abs(percentage))}%"


def claim_words(row: Mapping[str, Any]) -> str:
    """Give a claim as `Blue army: about 900 killed by 20 March 2024`."""
    figure = say.figure(row["bound"], row["value"], row["low"], row["high"])
    return (f"{short(plain(row['name']), LONGEST_NAME)}: {figure} {say.noun(row['quantity'])} by "
            f"{say.day(row['as_of'])}")


def _suspected(each: Suspect, names: Names) -> str:
    kind = {"heard": f"heard by {names.second} alone", "unheard": f"heard by {names.first} alone"}
    run = names.second if each.of_second else names.first
    head = (f"Claim {plain(each.claim)} was {kind.get(each.kind, KINDS[each.kind])} "
            f"({claim_words(each.row)}).")
    if each.row["pareto_k"] > MAX_PARETO_K:
        return (f"{head} How much it alone moves the headline of {run} cannot be told from the "
                f"draws (Pareto k {each.row['pareto_k']:.2f}).")
    return (f"{head} Without it alone the headline's median in {run} would change by "
            f"{shift(each.row['influence'])}.")


def _foremost(told: Comparison, quantity: str) -> Mapping[str, Any]:
    """Give the median on the last common day if it moved; else what moved most."""
    mine = told.moved[told.moved["quantity"] == quantity]
    last = mine[(mine["date"] == told.table["date"].max()) & (mine["statistic"] == "median")]
    return rows_of(mine if last.empty else last)[0]


def _step(row: Mapping[str, Any]) -> str:
    """Give `the median for killed by 10 March went from 150 to 190 (+27%), 9.3 … errors`."""
    change = shift(100 * (row["second"] / row["first"] - 1))
    before, after = say.count(row["first"]), say.count(row["second"])
    ends = f"went from {before} to {after}"
    if before == after:
        ends = f"is {after} in both when rounded"
    return (f"{STATISTICS[row['statistic']]} for {say.noun(row['quantity'])} by "
            f"{say.day(row['date'])} {ends} ({change}), {abs(row['errors']):.1f} Monte Carlo "
            "errors")


def _group(where: str, mine: Sequence[Change]) -> str:
    if where == "as-of day":
        return " → ".join(say.day(date.fromisoformat(text))
                          for text in (mine[0].before, mine[0].after))
    if where in ("claims", "sources"):
        parts = []
        for kind in ("added", "removed", "changed"):
            names = list(dict.fromkeys(change.name for change in mine if change.kind == kind))
            if names:
                parts.append(f"{len(names):,} {kind} ({_some(names, mine, kind)})")
        return ", ".join(parts)
    if where == "excluded":
        return ", ".join(f"{plain(change.name)} in the "
                         f"{'second' if change.kind == 'added' else 'first'} run only"
                         for change in mine)
    if where == "case":
        return f"{', '.join(change.name for change in mine)} changed"
    stated = [change for change in mine if not change.name.startswith("(")]
    words = [f"{plain(change.name)} {cell(change.before)} → {cell(change.after)}"
             for change in stated]
    if len(stated) > MOST_NAMED:
        named = ", ".join(plain(change.name) for change in stated[:MOST_NAMED])
        words = [f"{named} and {len(stated) - MOST_NAMED:,} more are not as they were"]
    origin = [f"from “{short(plain(change.before))}” to “{short(plain(change.after))}”"
              for change in mine if change.name == "(where from)"]
    return "; ".join(origin + words) or "how they hang together"


def _some(names: Sequence[str], mine: Sequence[Change], kind: str) -> str:
    words = []
    for name in names[:MOST_NAMED]:
        columns = [change.column for change in mine if change.name == name and change.column]
        words.append(plain(name) + (f": {', '.join(columns)}" if kind == "changed" else ""))
    more = len(names) - MOST_NAMED
    return ("; " if kind == "changed" else ", ").join(words) + (
        f" and {more:,} more" if more > 0 else "")
