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
from typing import Any

import pandas as pd

from estimate.data.case import Case
from estimate.data.problems import EstimateError
from estimate.data.words import PARTS, QUANTITIES

STATUSES = {
    "used": "evidence: the fit reads it",
    "partial": "shown, not compared with totals",
    "derived": "computed from or repeating other claims: shown, not evidence",
    "copy": "the same row again: shown, not evidence",
    "repeat": "a figure that its source carried forward: shown, not evidence",
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

    @property
    def used(self) -> pd.DataFrame:
        """The claims that the likelihood reads, fresh index."""
        return self.claims[self.claims["status"] == "used"].reset_index(drop=True)

    @property
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
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


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


def _partial(row: dict[str, Any], case: Case, end: date) -> str:
    """Say why a claim cannot be compared with the total; '' where it can."""
    quantity = row["quantity"]
    if quantity not in series_of(case.headline):
        return f"another series than {case.headline}"
    if row["scope"] not in case.comparable_scopes:
        return f"scope {row['scope']} is a part or a plan, not comparable with the total"
    if quantity in LOSSES and (row["as_of"].date() < case.start or row["from"].date() > end):
        return f"its window lies outside {case.start} to {end}"
    if quantity in PARTS and quantity not in (*case.casualties_include, case.headline):
        return f"{quantity}: not among what this case counts as casualties"
    return ""


def _origins(
    claims: pd.DataFrame, gone: set[str], partial: dict[str, str]
) -> dict[str, list[str]]:
    """Give the claims in view that each claim was computed from or repeats.

    A claim of an excluded source is no origin: those that it was itself derived from are named in
    its place. Where none of them is left, the first survivor by day of publication and id becomes
    the origin of the others.
    """
    rows = sorted(records(claims), key=lambda row: (row["published"], row["id"]))
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
    gone = _excluded(case, exclude)
    day: date = case.claims["published"].max().date() if as_of is None else as_of
    claims = case.claims[case.claims["published"] <= pd.Timestamp(day)].reset_index(drop=True)
    if claims.empty or day < case.start:
        first = max(case.claims["published"].min().date(), case.start)
        raise EstimateError(
            f"--as-of {day}: {case.id} begins on {case.start} and its first claim "
            f"was published on {case.claims['published'].min().date()}; "
            f"take a day from {first} on"
        )
    end = min(day, case.end) if case.end else day
    statuses: list[str] = []
    reasons: list[str] = []
    copies: dict[tuple[object, ...], str] = {}
    repeats: dict[tuple[object, ...], str] = {}
    partial = {row["id"]: _partial(row, case, end) for row in records(claims)}
    origins = _origins(claims, gone, partial)
    for row in records(claims):
        figure = (
            row["source"],
            row["side"],
            row["quantity"],
            row["bound"] == "at_most",
            str(row["value"]),
            str(row["low"]),
            str(row["high"]),
            row["from"],
            row["scope"],
        )
        whole = (*figure, row["as_of"], row["published"])
        if row["source"] in gone:
            status, reason = "excluded", f"source {row['source']} left out by --exclude"
        elif partial[row["id"]]:
            status, reason = "partial", partial[row["id"]]
        elif origins[row["id"]]:
            status, reason = "derived", f"derived from {', '.join(origins[row['id']])}"
        elif whole in copies:
            status, reason = "copy", f"same source, figure and days as {copies[whole]}"
        elif figure in repeats:
            status, reason = "repeat", f"{row['source']} carries {repeats[figure]} forward"
        else:
            status, reason = "used", "evidence"
            copies[whole] = repeats[figure] = row["id"]
        statuses.append(status)
        reasons.append(reason)
    claims = claims.assign(status=statuses, reason=reasons)
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
