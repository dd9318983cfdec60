"""From a number of a report to the claims behind it, each with its address and its row's hash.

Only the files of a run are read, each held to its hash in run.json first; so a published run
without draws can be traced too.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from estimate.data.case import Case, read_case
from estimate.data.files import OPTIONAL_FILES
from estimate.data.fingerprint import row_hashes
from estimate.data.ledger import LOG_FILE
from estimate.data.problems import EstimateError, RunError, nearest
from estimate.data.strictjson import read_json
from estimate.data.words import EQUIPMENT, QUANTITIES
from estimate.model.evidence import quantities_read, records, series_of
from estimate.model.result import ACCOUNT, INPUTS, read_account
from estimate.model.runfiles import within

from . import sentences as say
from .filecheck import CLAIMS, ESTIMATES, SUMMARY, check_file, check_files, read_table
from .inert import plain
from .passages import definition
from .records import Behind, Traced

SOURCES, HISTORY = "sources.csv", "history.csv"
READ = (SUMMARY, ESTIMATES, SOURCES, CLAIMS, f"{INPUTS}/case.toml", f"{INPUTS}/sources.csv",
        f"{INPUTS}/claims.csv")
MAY_READ = tuple(f"{INPUTS}/{name}" for name in (*OPTIONAL_FILES, LOG_FILE))
KEYS = ("headline", "[SIDE:]QUANTITY[@DAY]", "bias:SOURCE", "anchor:SOURCE", "without:FAMILY",
        "known:DAY", "assumption-share", "claim:ID")
_DRAWS = "each of {n:,} posterior draws is a whole course of events (docs/method.md, 2)"


class Trail:
    """The files of a run, read once and held to their hashes.

    Parameters
    ----------
    folder : Path
        Folder that `estimate fit` wrote, or a published copy.

    Raises
    ------
    EstimateError
        It is no run, or a file that is needed is not as it was written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.account = folder, read_account(folder)
        found = self.account.get("files")
        listed: Mapping[str, Any] = found if isinstance(found, Mapping) else {}
        sealed = next(check_files(folder, self.account))  # the account's own hash comes first
        there = [name for name in MAY_READ
                 if name in listed or os.path.lexists(folder / name)]
        for check in (sealed, *(check_file(within(folder, name), name, listed.get(name))
                                for name in (*READ, *there))):
            if check.verdict != "ok":
                raise RunError(f"{folder / check.what}: {check.detail}; "
                               "`estimate verify` tells all that differs")
        try:
            self.summary: dict[str, Any] = read_json(folder / SUMMARY)
            self.estimates, self.sources, self.claims = (
                read_table(folder, name) for name in (ESTIMATES, SOURCES, CLAIMS))
            self.case: Case = read_case(folder / INPUTS)
            self.as_of = date.fromisoformat(self.account["as_of"])
        except ValueError as error:
            raise RunError(f"{folder}: cannot be read ({plain(error)[:80]}); write the report "
                           "again with `estimate report`") from error
        self.side = str(self.account.get("about", self.case.sides[0].id)).partition(":")[0]
        self.rows = {row["id"]: row for row in records(self.case.claims)}
        self.hashes = row_hashes(self.case.claims)
        recorded = {row["id"]: row.get("row_sha256") for row in self.claims}
        wrong = [name for name, found in recorded.items()
                 if name not in self.rows or found not in (None, self.hashes[name])]
        if wrong:
            raise RunError(f"{folder / CLAIMS}: {plain(', '.join(wrong[:6]))}: not the rows of "
                           f"{INPUTS}/claims.csv; `estimate report` writes the file again")

    def behind(self, row: Mapping[str, str], bears: str) -> Behind:
        """Give a row of the run's claims.csv with where it comes from."""
        claim = self.rows[row["id"]]
        first, last, published = (f"{claim[name]:%Y-%m-%d}"
                                  for name in ("from", "as_of", "published"))
        return Behind(
            row["id"], row["source"], row["name"], row["family"], row["quantity"],
            f"{say.figure(claim['bound'], claim['value'], claim['low'], claim['high'])} "
            f"{say.noun(row['quantity'])}", first, last, published, claim["url"],
            claim["wording"], self.hashes[row["id"]], f"{INPUTS}/claims.csv", int(claim["row"]),
            row["status"], bears,
            *(float(row[name]) if row[name] else None for name in ("influence", "pareto_k")))

    def heard(self, side: str, quantity: str, last: str = "") -> tuple[Behind, ...]:
        """Give the claims that a fit of this quantity reads, and how each bears on it."""
        linked, found = series_of(quantity), []
        for row in self.claims:
            if row["status"] != "used" or row["side"] != side or row["quantity"] not in linked:
                continue
            states = quantity in quantities_read(dict(row)) and (not last or row["from"] <= last)
            found.append(self.behind(row, "states it" if states else "through the model"))
        return _ranked(found)

    def of(self, **wanted: Sequence[str]) -> tuple[Behind, ...]:
        """Give the used claims whose columns hold one of the values wanted of each."""
        return _ranked([self.behind(row, "states it") for row in self.claims
                        if row["status"] == "used"
                        and all(row[name] in values for name, values in wanted.items())])


def _ranked(found: list[Behind]) -> tuple[Behind, ...]:
    return tuple(sorted(found, key=lambda each: (
        -abs(each.influence or 0.0) if math.isfinite(each.influence or 0.0) else 0.0, each.id)))


def trace(trail: Trail, key: str = "headline") -> Traced:
    """Trace a number to its claims.

    Parameters
    ----------
    trail : Trail
        The run.
    key : str
        `headline`; `killed@2025-04-30`, `blue:tanks`; `bias:SOURCE` or `anchor:SOURCE`;
        `without:FAMILY`; `known:DAY`; `assumption-share`; or the id of a claim.

    Returns
    -------
    Traced

    Raises
    ------
    EstimateError
        The run has no such number; the nearest is named.
    """
    kind, _, rest = key.partition(":")
    try:
        return _made(trail, key, kind, rest)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise RunError(f"{trail.folder}: its files do not read as those of a report "
                       f"({type(error).__name__}: {plain(error)[:80]}); write them again with "
                       "`estimate report`") from error


def _made(trail: Trail, key: str, kind: str, rest: str) -> Traced:
    makers = {"bias": _bias, "anchor": _anchor, "without": _without, "known": _known,
              "claim": _claim}
    if key == "headline":
        return _headline(trail)
    if key == "assumption-share":
        return _share(trail)
    if kind in makers and rest:
        return makers[kind](trail, rest)
    quantity, _, day = key.partition("@")
    side, _, quantity = quantity.rpartition(":")
    if any(row["quantity"] == quantity for row in trail.estimates):
        return _estimate(trail, side or trail.side, quantity, day)
    return _claim(trail, key)


def _unknown(trail: Trail, key: str, known: Sequence[str]) -> EstimateError:
    mend = nearest(key, known) or f"one of {', '.join(known[:12])}"
    return EstimateError(f"{plain(key)[:80]!r}: no such number in {trail.folder}; {plain(mend)}")


def _headline(trail: Trail) -> Traced:
    head = trail.summary["headline"]
    side, quantity = trail.side, head["quantity"]
    if head["interval"] is None:
        return Traced("headline", plain(head["sentence"]), {}, SUMMARY, _meaning(trail, quantity),
                      "withheld: the figures stated are given in the place of a range",
                      trail.heard(side, quantity))
    made = _estimate(trail, side, quantity, "")
    figures = {"median": head["median"], "q05": head["interval"]["low"],
               "q95": head["interval"]["high"]}
    return Traced("headline", plain(head["sentence"]), figures, SUMMARY, made.definition,
                  made.derivation, made.claims)


def _meaning(trail: Trail, quantity: str) -> str:
    told = definition(quantity, {**QUANTITIES, **EQUIPMENT}, trail.case.casualties_include)
    own = {each.id: each.name for each in trail.case.series}
    return plain(f"{say.noun(quantity)}: {told or own.get(quantity, 'lost')}; cumulative from "
                 f"{trail.case.start}")


def _estimate(trail: Trail, side: str, quantity: str, day: str) -> Traced:
    rows = {row["date"]: row for row in trail.estimates
            if row["side"] == side and row["quantity"] == quantity}
    if not rows:
        sides = sorted({f"{row['side']}:{row['quantity']}" for row in trail.estimates})
        raise _unknown(trail, f"{side}:{quantity}", sides)
    day = day or max(rows)
    ends = [each for each in sorted(rows) if each >= day]
    if not _is_day(day) or day < str(trail.case.start) or not ends:
        raise EstimateError(f"{plain(day)[:40]!r}: no day of the estimate; write one from "
                            f"{trail.case.start} to {max(rows)}")
    asked, day = day, ends[0]
    row = rows[day]
    step = "" if day == asked else f"; no step ends on {asked}, this one holds it"
    figures = {name: float(value) for name, value in row.items()
               if name not in ("date", "side", "quantity")}
    part = "" if len({each["side"] for each in trail.estimates}) == 1 else f"{side}:"
    return Traced(
        f"{part}{quantity}@{day}",
        f"{say.noun(quantity)} by {say.day(date.fromisoformat(day))}: "
        f"{say.span(figures['q05'], figures['q95'])} (90% interval), median "
        f"{say.count(figures['median'])}", figures, ESTIMATES, _meaning(trail, quantity),
        f"{_of_draws(trail)}; the figure is the median of what they hold by that day, the interval "
        f"their 5% and 95% quantiles{step}", trail.heard(side, quantity, day))


def _of_draws(trail: Trail) -> str:
    return _DRAWS.format(n=trail.account["chains"] * trail.account["draws"])


def _source(trail: Trail, name: str, needed: str) -> dict[str, str]:
    rows = {row["source"]: row for row in trail.sources if row[needed]}
    if name not in rows:
        raise _unknown(trail, name, sorted(rows))
    return rows[name]


def _bias(trail: Trail, name: str) -> Traced:
    row = _source(trail, name, "median")
    figures = {key: float(row[key]) for key in ("median", "q05", "q95", "prior_median",
                                                "prior_q05", "prior_q95", "learned")}
    return Traced(
        f"bias:{name}", f"bias of {row['name']}: {say.ratio_span(figures['q05'], figures['q95'])} "
        f"(90% interval), median {say.ratio(figures['median'])}", figures, SOURCES,
        f"its figures for {say.noun(row['about'])} divided by the truth, once late",
        f"{_of_draws(trail)}, and holds a bias of each source (docs/method.md, 3): what is assumed "
        "of such a source, moved by how its claims lie to everybody's", trail.of(source=[name]))


def _anchor(trail: Trail, name: str) -> Traced:
    row = _source(trail, name, "anchor_median")
    figures = {key: float(row[f"anchor_{key}"]) for key in ("median", "q05", "q95")}
    quantity = trail.summary["headline"]["quantity"]
    return Traced(
        f"anchor:{name}", f"{say.noun(quantity)} if {row['name']} were right: "
        f"{say.span(figures['q05'], figures['q95'])} (90% interval), median "
        f"{say.count(figures['median'])}", figures, SOURCES, _meaning(trail, quantity),
        "the headline of each draw times the bias of this source in that draw (docs/method.md, 6)",
        trail.of(source=[name]))


def _without(trail: Trail, name: str) -> Traced:
    refits = trail.account.get("refits", {})
    rows = {each["family"]: each for each in refits.get("families", ())}
    if not rows:
        raise EstimateError(f"without:{plain(name)[:40]}: this run has no fits without a family; "
                            "make one with `estimate fit --refits`")
    if name not in rows:
        raise _unknown(trail, name, sorted(rows))
    row, quantity = rows[name], trail.summary["headline"]["quantity"]
    figures = {key: float(row[old]) for key, old in (("median", "median"), ("q05", "low"),
                                                     ("q95", "high"), ("change", "change"))}
    return Traced(
        f"without:{name}", f"{say.noun(quantity)} without the family {plain(name)}: "
        f"{say.span(figures['q05'], figures['q95'])} (90% interval), median "
        f"{say.count(figures['median'])}", figures, ACCOUNT, _meaning(trail, quantity),
        "a fit of its own in which the claims listed here are not heard; change is the logarithm "
        "of its median divided by that of all", trail.of(id=row["claims"]))


def _known(trail: Trail, name: str) -> Traced:
    path, told = within(trail.folder, HISTORY), trail.account["files"].get(HISTORY)
    if told is None or check_file(path, HISTORY, told).verdict != "ok":
        raise EstimateError(f"known:{plain(name)[:40]}: {HISTORY} is not there as it was written; "
                            "`estimate fit --history` makes it")
    rows = {row["known"]: row for row in read_table(trail.folder, HISTORY)}
    if name not in rows:
        raise _unknown(trail, name, list(rows))
    row, quantity = rows[name], trail.summary["headline"]["quantity"]
    figures = {key: float(row[key]) for key in ("median", "q05", "q95") if row[key]}
    says = (f"{say.span(figures['q05'], figures['q95'])} (90% interval), median "
            f"{say.count(figures['median'])}" if figures else
            "withheld: fewer than three independent origins spoke")
    early = [each["id"] for each in trail.claims if each["published"] <= name]
    return Traced(
        f"known:{name}", f"{say.noun(quantity)} as could be known by "
        f"{say.day(date.fromisoformat(name))}: {says}", figures, HISTORY,
        _meaning(trail, quantity),
        "a fit of its own that reads the claims published by that day; influence is that on the "
        "headline of today", trail.of(id=early, quantity=sorted(series_of(quantity))))


def _share(trail: Trail) -> Traced:
    share = trail.summary["assumption_share"]
    quantity = trail.summary["headline"]["quantity"]
    return Traced(
        "assumption-share", f"assumption share: {say.percent(share)}", {"share": share}, SUMMARY,
        "how much of the uncertainty of the headline, on a log scale, would remain however many "
        "more figures of the same kind these sources gave",
        "sd(log headline | every reported level) / sd(log headline | data), a Gaussian conditional "
        "at the posterior's scatters (docs/method.md, 6)",
        trail.heard(trail.side, quantity))


def _claim(trail: Trail, name: str) -> Traced:
    rows = {row["id"]: row for row in trail.claims}
    if name not in rows:
        raise _unknown(trail, name, [*KEYS, *(f"bias:{row['source']}" for row in trail.sources),
                                     *rows, *(row["quantity"] for row in trail.estimates)])
    row = rows[name]
    figures = {key: float(row[key]) for key in ("value", "low", "high", "predictive_median",
                                                "predictive_q05", "predictive_q95", "surprise",
                                                "influence", "pareto_k") if row[key]}
    own = trail.behind(row, "is it")
    told = f"used as: {row['status']}" + (f" ({row['reason']})" if row["reason"] else "")
    via = f"; passed on by {row['via']}" if row["via"] else ""
    above = [trail.behind(rows[each], "is behind it") for each in
             (part.strip() for part in row["derived_from"].split(";")) if each in rows]
    return Traced(f"claim:{name}", f"{own.states}, says {row['name']}", figures, CLAIMS,
                  f"covers {own.first} to {own.last}, published {own.published}", f"{told}{via}",
                  (own, *above))


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == 10
