"""What two runs of one case do not share: claims, sources, days, priors, versions, sampling."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pandas as pd

from estimate.data.words import CLAIM_COLUMNS, SOURCE_COLUMNS

from .evidence import records

if TYPE_CHECKING:
    from .result import Fit

# Columns of a claim that the likelihood reads; the others are for readers.
READ = ("source", "side", "quantity", "bound", "value", "low", "high", "from", "as_of", "published",
        "ambiguity")
CASE_FIELDS = ("title", "question", "victim", "start", "end", "headline", "sides",
               "comparable_scopes", "casualties_include", "exclusions", "remarks", "tests",
               "conflict", "route")
SAMPLING = ("seed", "draws", "tune", "chains")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not as it was.

    Attributes
    ----------
    where : str
        `claims`, `sources`, `case`, `view` (how a claim is taken), `as-of day`, `excluded`,
        `priors`, `versions` or `sampling`.
    name : str
        Id of the claim or source, key of case.toml, name of the prior, package or setting.
    kind : str
        `added`, `removed` or `changed`.
    column : str
        The column that changed; empty where there are no columns, or for a whole row.
    before, after : str
        As text; empty for what is not there.
    """

    where: str
    name: str
    kind: str
    column: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Suspect:
    """A claim that only one of two runs hears, or that they read otherwise.

    Attributes
    ----------
    claim : str
        Its id.
    kind : str
        `added` or `removed` (it is in one table only), `changed` (both hear it, but its cells
        differ), `heard` or `unheard` (both tables have it, but only the second or the first run
        takes it as evidence).
    of_second : bool
        Whether what follows is from the second run.
    row : dict
        The claim as `summary.claims` gives it in that run, with `influence` (change of the
        headline's median in percent if this claim alone is left out) and `pareto_k`.
    """

    claim: str
    kind: str
    of_second: bool
    row: Mapping[str, Any]


def changes(first: Fit, second: Fit) -> tuple[Change, ...]:
    """List everything that differs between two runs beside their draws.

    Parameters
    ----------
    first, second : Fit
        Two runs of one case.

    Returns
    -------
    tuple of Change
        Data first, then days and exclusions, priors, versions, sampling.
    """
    one, two = first.account, second.account
    return (
        *_table("claims", first.case.claims, second.case.claims,
                [column.name for column in CLAIM_COLUMNS]),
        *_table("sources", first.case.sources, second.case.sources,
                [column.name for column in SOURCE_COLUMNS]),
        *_fields("case", *({key: _text(getattr(fit.case, key)) for key in CASE_FIELDS}
                           for fit in (first, second))),
        *_fields("view", *_statuses(first, second)),
        *_fields("as-of day", {"as-of day": str(first.as_of)}, {"as-of day": str(second.as_of)}),
        *_fields("excluded", *(dict.fromkeys(account["exclude"], "left out")
                               for account in (one, two))),
        *_fields("priors", _priors(first), _priors(second)),
        *_fields("versions", *({name: str(number) for name, number in account["versions"].items()}
                               for account in (one, two))),
        *_fields("sampling", *({name: str(account[name]) for name in SAMPLING}
                               for account in (one, two))),
    )


def suspects(first: Fit, second: Fit) -> tuple[Suspect, ...]:
    """List the claims whose being heard, or whose reading, differs between two runs.

    Parameters
    ----------
    first, second : Fit
        Two runs of one case.

    Returns
    -------
    tuple of Suspect
        The most influential first.
    """
    heard = [{row["id"]: row for row in records(fit.evidence.used)} for fit in (first, second)]
    tables = [set(fit.case.claims["id"]) for fit in (first, second)]
    told: list[dict[str, Mapping[str, Any]]] = [{}, {}]
    found = []
    for claim in sorted(heard[0].keys() | heard[1].keys()):
        before, after = (rows.get(claim) for rows in heard)
        if before and after:
            if all(_text(before[name]) == _text(after[name]) for name in READ):
                continue
            kind = "changed"
        elif after:
            kind = "heard" if claim in tables[0] else "added"
        else:
            kind = "unheard" if claim in tables[1] else "removed"
        which, fit = (1, second) if after else (0, first)
        if not told[which]:
            told[which] = {row["id"]: row for row in records(fit.claims())}
        found.append(Suspect(claim, kind, after is not None, told[which][claim]))
    return tuple(sorted(found, key=lambda each: (-abs(each.row["influence"]), each.claim)))


def _text(value: Any) -> str:
    """Give one cell or field as text, the same for the same value."""
    if value is None or value != value:
        return ""
    if isinstance(value, pd.Timestamp | date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, tuple):
        if value and not isinstance(value[0], str):
            return json.dumps([asdict(each) for each in value], ensure_ascii=False, default=str)
        return "; ".join(value)
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _table(
    where: str, before: pd.DataFrame, after: pd.DataFrame, columns: Iterable[str]
) -> Iterator[Change]:
    """Compare two tables row by row, by id."""
    one, two = ({row["id"]: row for row in records(frame)} for frame in (before, after))
    for name in sorted(one.keys() | two.keys()):
        if name not in two or name not in one:
            kind = "removed" if name in one else "added"
            yield Change(where, name, kind, "", "", "")
            continue
        for column in columns:
            old, new = _text(one[name].get(column)), _text(two[name].get(column))
            if old != new:
                yield Change(where, name, "changed", column, old, new)


def _fields(where: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    """Compare two records field by field, in the order of the first."""
    for name in [*before, *(name for name in after if name not in before)]:
        old, new = before.get(name, ""), after.get(name, "")
        if old != new:
            kind = "changed" if name in before and name in after else (
                "removed" if name in before else "added")
            yield Change(where, name, kind, "", old, new)


def _statuses(first: Fit, second: Fit) -> tuple[dict[str, str], dict[str, str]]:
    """How each run takes the claims that both tables hold."""
    shared = set(first.case.claims["id"]) & set(second.case.claims["id"])
    one, two = (dict(zip(fit.evidence.claims["id"], fit.evidence.claims["status"], strict=True))
                for fit in (first, second))
    return ({name: one.get(name, "not in view") for name in sorted(shared)},
            {name: two.get(name, "not in view") for name in sorted(shared)})


def _priors(fit: Fit) -> dict[str, str]:
    """Give each prior as text; where they come from; the digest of all, joint ones included."""
    told = {name: f"{prior.family}, mean {prior.mean:.6g}, sd {prior.sd:.6g}"
            for name, prior in fit.priors.items()}
    digest = sha256(fit.priors.to_json().encode()).hexdigest()
    return {"(where from)": fit.priors.source, "(SHA-256 of all)": digest, **told}
