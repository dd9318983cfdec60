"""Which claims speak.

Every claim published up to the as-of day gets one status and one sentence that says why. Only
`used` claims
reach the likelihood; all are shown. Rows published later are dropped before anything else looks at
the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from estimate.data.case import Case
from estimate.data.problems import EstimateError
from estimate.data.words import PARTS, QUANTITIES, RETRACTED

from .grid import Ints

STATUSES = {
    "used": "evidence: the fit reads it",
    "partial": "shown, not compared with totals",
    "derived": "computed from or repeating other claims: shown, not evidence",
    "copy": "the same row again: shown, not evidence",
    "repeat": "a figure that its source carried forward: shown, not evidence",
    "retracted": "taken back by the analyst: shown, not evidence",
    "excluded": "left out by --exclude",
}
LOSSES = (*PARTS, "casualties")
READINGS = {  # what an ambiguous quantity may mean beside what it was coded as
    "killed|casualties": ("killed", "casualties"),
    "casualties|wounded": ("casualties", "wounded"),
}


@dataclass(frozen=True)
class Evidence:
    """The claims of a case as known on one day.

    Parameters
    ----------
    case : Case
        The whole case.
    as_of : date
        Last published day that counts.
    exclude : tuple of str
        Sources (with their members) left out.
    claims : DataFrame
        Claims in view, the case's columns plus `status` and `reason`.
    """

    case: Case
    as_of: date
    exclude: tuple[str, ...]
    claims: pd.DataFrame

    @cached_property
    def used(self) -> pd.DataFrame:
        """The claims that the likelihood reads, fresh index."""
        return self.claims[self.claims["status"] == "used"].reset_index(drop=True)

    @cached_property
    def sources(self) -> pd.DataFrame:
        """Sources with a claim in view, indexed by id."""
        speaking = self.case.sources["id"].isin(self.claims["source"])
        return self.case.sources[speaking].set_index("id", drop=False)

    def counts(self) -> dict[str, int]:
        """Give number of claims in view by status, with `total`."""
        by_status = self.claims["status"].value_counts()
        return {"total": len(self.claims)} | {s: int(by_status.get(s, 0)) for s in STATUSES}


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Give the rows of a frame as dictionaries."""
    names = list(map(str, frame.columns))
    cells = zip(*(frame[name].tolist() for name in frame.columns), strict=True)
    return [dict(zip(names, row, strict=True)) for row in cells]


def series_of(headline: str) -> set[str]:
    """Quantities that one fit links: people together, or one kind of equipment."""
    return set(QUANTITIES) if headline in QUANTITIES else {headline}


def missing_is_open(case: Case) -> bool:
    """Whether the missing are people not yet accounted for, and no final state: in a disaster."""
    return case.headline == "killed" and case.sides[0].victim == "disaster"


def quantities_read(row: dict[str, Any]) -> set[str]:
    """Quantities that a claim may speak of, ambiguity included."""
    read = {str(row["quantity"])}
    for word in str(row["ambiguity"]).split(";"):
        read.update(READINGS.get(word, ()))
    return read


def last_published(case: Case) -> date:
    """Give the day of the latest claim that was not taken back, or of all where all were."""
    stands = case.claims.loc[case.claims["scope"] != RETRACTED, "published"]
    last: date = (case.claims["published"] if stands.empty else stands).max().date()
    return last


def _excluded(case: Case, exclude: tuple[str, ...]) -> set[str]:
    known = set(case.sources["id"])
    for name in exclude:
        if name not in known:
            near = get_close_matches(name, sorted(known), 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise EstimateError(f"--exclude {name!r}: no such source in {case.id}{hint}")
    out = set(exclude)
    parent = dict(zip(case.sources["id"], case.sources["parent"], strict=True))
    for source in known:
        above = source
        while above := parent[above]:
            if above in exclude:
                out.add(source)
    return out


def _pair_missing(claims: pd.DataFrame) -> pd.DataFrame:
    """Keep missing people as evidence only beside the dead of the same days, source and day."""
    key = ["source", "side", "from", "as_of", "published"]
    used = claims["status"] == "used"
    dead = claims[used & (claims["quantity"] == "killed")].set_index(key).index
    missing = used & (claims["quantity"] == "missing")
    alone = missing & ~claims.set_index(key).index.isin(dead)
    claims.loc[alone, ["status", "reason"]] = [
        "partial", "missing people without the dead of that day: not yet a loss"]
    claims.loc[missing & ~alone, "reason"] = "evidence: added to the dead of that day"
    return claims


def _partial(claims: pd.DataFrame, case: Case, end: date) -> pd.Series:
    """Say why each claim cannot be compared with the total; '' where it can."""
    quantity, scope = claims["quantity"], claims["scope"]
    said = pd.Series("", index=claims.index, dtype=object)
    losses = quantity.isin(LOSSES)
    counted = quantity.isin([*case.casualties_include, case.headline])
    outside = (claims["as_of"] < pd.Timestamp(case.start)) | (claims["from"] > pd.Timestamp(end))
    uncounted = quantity.isin(PARTS) & ~counted
    said[uncounted] = quantity[uncounted] + ": not among what this case counts as casualties"
    said[losses & outside] = f"its window lies outside {case.start} to {end}"
    apart = ~scope.isin(case.comparable_scopes)
    said[apart] = "scope " + scope[apart] + " is a part or a plan, not comparable with the total"
    said[~quantity.isin(series_of(case.headline))] = f"another series than {case.headline}"
    return said


def _origins(
    claims: pd.DataFrame, gone: set[str], partial: dict[str, str]
) -> dict[str, list[str]]:
    """Give the claims in view that each claim was computed from or repeats.

    A claim of an excluded source is no origin: those that it was itself derived from are named in
    its place. Where none of them is left, the first survivor by day of publication and id becomes
    the origin of the others.
    """
    if not (claims["derived_from"] != "").any():
        return {}
    rows = records(claims[["id", "source", "derived_from", "published"]])
    rows.sort(key=lambda row: (row["published"], row["id"]))
    named = {row["id"]: row["derived_from"].split(";") for row in rows}
    out = {row["id"] for row in rows if row["source"] in gone}
    found: dict[str, list[str]] = {}
    heirs: dict[str, str] = {}  # excluded origin: its first survivor
    for row in rows:
        ahead = [each for each in named[row["id"]] if each in named]
        alive: dict[str, None] = {}
        lost: dict[str, None] = {}
        while ahead:
            each = ahead.pop(0)
            above = [origin for origin in named[each] if origin in named]
            if each not in out:
                alive[each] = None
            elif each not in lost:
                lost[each] = None
                ahead += above
        found[row["id"]] = list(alive)
        if lost and not alive and row["id"] not in out and not partial[row["id"]]:
            heir = next((heirs[each] for each in lost if each in heirs), row["id"])
            found[row["id"]] = [heir] if heir != row["id"] else []
            for each in lost:
                heirs.setdefault(each, heir)
    return found


def _judged(claims: pd.DataFrame, case: Case, end: date, gone: set[str]) -> pd.DataFrame:
    """Give each claim its status and the sentence that says why."""
    ids, source = claims["id"], claims["source"]
    partial = _partial(claims, case, end)
    origins = _origins(claims, gone, dict(zip(ids, partial, strict=True)))
    derived = pd.Series([", ".join(origins.get(str(name), ())) for name in ids], index=ids.index,
                        dtype=object)
    status = pd.Series("used", index=claims.index, dtype=object)
    reason = pd.Series("evidence", index=claims.index, dtype=object)
    for word, said, why in (
        ("derived", derived != "", "derived from " + derived),
        ("partial", partial != "", partial),
        ("excluded", source.isin(gone), "source " + source + " left out by --exclude"),
    ):
        status[said], reason[said] = word, why[said]
    back = claims["scope"] == RETRACTED
    status[back], reason[back] = "retracted", "taken back: the note says why"
    heard = claims[status == "used"].assign(cap=claims["bound"] == "at_most")
    first = _first_of(heard, [
        "source", "side", "quantity", "cap", "value", "low", "high", "from", "scope"])
    again = first != np.arange(len(heard))
    same = again & (heard[["as_of", "published"]].to_numpy()
                    == heard[["as_of", "published"]].to_numpy()[first]).all(axis=1)
    before = heard["id"].iloc[first].set_axis(heard.index)
    status[heard.index[again]] = np.where(same[again], "copy", "repeat")
    reason[heard.index[again]] = np.where(
        same, "same source, figure and days as " + before,
        heard["source"] + " carries " + before + " forward")[again]
    return claims.assign(status=status.astype("str"), reason=reason.astype("str"))


def _first_of(table: pd.DataFrame, key: list[str]) -> Ints:
    """Place of the first row that is alike in these columns, for each row (n,)."""
    code = table.groupby(key, dropna=False, sort=False).ngroup().to_numpy()
    _, first = np.unique(code, return_index=True)
    return np.asarray(first[code], dtype=np.int64)


def select(case: Case, as_of: date | None = None, exclude: tuple[str, ...] = ()) -> Evidence:
    """Give each claim in view its status.

    Parameters
    ----------
    case : Case
        From `read_case`.
    as_of : date, optional
        Last published day that counts; the latest one in the table unless told.
    exclude : tuple of str
        Source ids to leave out; an umbrella takes its members along.

    Returns
    -------
    Evidence

    Raises
    ------
    TypeError
        `case` was not made by `read_case`.
    EstimateError
        Nothing was published by `as_of`, an excluded source is unknown, or no claim is left that
        speaks of losses.
    """
    if not isinstance(case, Case):
        raise TypeError("expected a Case: call read_case() first")
    if case.claims.empty:
        side = case.sides[0].id
        raise EstimateError(
            f"{case.id}: no claim is about the {case.headline} of {side!r}: add one, or have "
            "case.toml name first a side that claims.csv speaks of, with its headline")
    gone = _excluded(case, exclude)
    day = as_of or last_published(case)
    claims = case.claims[case.claims["published"] <= pd.Timestamp(day)].reset_index(drop=True)
    if claims.empty or day < case.start:
        first = max(case.claims["published"].min().date(), case.start)
        raise EstimateError(
            f"--as-of {day}: {case.id} begins on {case.start} and its first claim "
            f"was published on {case.claims['published'].min().date()}; "
            f"take a day from {first} on"
        )
    end = min(day, case.end) if case.end else day
    claims = _judged(claims, case, end, gone)
    if missing_is_open(case):
        claims = _pair_missing(claims)
    evidence = Evidence(case, day, tuple(sorted(exclude)), claims)
    speaks = evidence.used["quantity"].isin([*LOSSES, "named_dead", case.headline])
    if not speaks.any():
        raise EstimateError(
            f"{case.id}: of {len(claims)} claims published by {day} none can be "
            f"compared with the total of {case.headline}; `estimate check` shows "
            "each claim's scope, and case.toml lists the comparable ones"
        )
    return evidence
