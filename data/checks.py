"""Which rules sources.csv, claims.csv and activity.csv must keep, and how they hang together."""

import re
import unicodedata

import numpy as np
import pandas as pd

from .casefile import Settings
from .cells import parts
from .files import ACTIVITY_FILE, CASE_FILE, CLAIMS_FILE, SOURCES_FILE
from .problems import Problems, nearest
from .rules import (
    Read,
    ambiguities_fit,
    figures_fit_bounds,
    flag,
    no_cycles,
    ordered,
    refers,
    unique,
)

__all__ = [
    "MAX_ACTIVITIES",
    "MAX_SOURCES",
    "check_activity",
    "check_claims",
    "check_figures",
    "check_sources",
    "ids",
]

MAX_SOURCES = 5000
"""Sources that a case may have."""

MAX_ACTIVITIES = 20
"""Names that activity.csv may have: each is a parameter of the fit."""

_PLAIN = re.compile(r"[A-Za-z0-9_.-]+")


def ids(read: Read, column: str = "id") -> list[str]:
    """Give all ids of a table, those of uneven records too."""
    loose = [name.strip() for name in read.table.loose.get(column, ())]
    return [name for name in [*read.values.get(column, ()), *loose] if name]


def check_sources(sources: Read, settings: Settings, problems: Problems) -> None:
    """Note what is wrong with the sources as a whole."""
    unique(sources, "id", problems)
    _plain_ids(sources, problems)
    if len(sources.table.rows) > MAX_SOURCES:
        problems.add(SOURCES_FILE, None, "", "", f"more than {MAX_SOURCES:,} sources")
    if sources.table.sound and "id" in sources:
        for column in ("parent", "builds_on"):
            refers(sources, column, ids(sources), SOURCES_FILE, problems)
    no_cycles(sources, "parent", "a source cannot be its own ancestor", problems)
    no_cycles(sources, "builds_on", "a source cannot build on itself", problems)
    _check_relations(sources, settings, problems)


def _plain_ids(sources: Read, problems: Problems) -> None:
    """Rule: ids of sources are made of plain letters, so that no two look alike."""
    names = sources.values.get("id", np.array([], dtype=object))
    strange = np.array([bool(name) and not _PLAIN.fullmatch(name) for name in names], dtype=bool)
    rule = "the id of a source has only letters a-z and A-Z, digits, '_', '-' and '.'"
    flag(sources, strange, "id", rule, problems, lambda at: _plainer(names[at]))


def _plainer(name: str) -> str:
    short = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    short = re.sub(r"[^A-Za-z0-9_.-]+", "_", short).strip("_")
    return f"write {short}" if short else "spell it in Latin letters"


def _check_relations(sources: Read, settings: Settings, problems: Problems) -> None:
    """Rule: a relation given side by side names every side of the case, and no other."""
    if "relation" not in sources or not settings.sides:
        return
    sides = {side.id for side in settings.sides}
    cells = sources.values["relation"]
    named = {c: {part.rpartition(":")[0] for part in parts(c)} for c in set(cells) if ":" in c}
    wrong = np.array([cell in named and named[cell] != sides for cell in cells])
    rule = f"name each side of case.toml once: {', '.join(sorted(sides))}"
    flag(sources, wrong, "relation", rule, problems)


def check_figures(claims: Read, problems: Problems, surplus: Problems) -> None:
    """Note what is wrong with claims whatever case they are about; surplus figures apart."""
    unique(claims, "id", problems)
    figures_fit_bounds(claims, problems, surplus)
    ordered(claims, "low", "high", "low is above high", problems)
    ordered(claims, "from", "as_of", "from is after as_of", problems)
    if "published" in claims and "from" in claims:
        early = claims.values["published"] < claims.values["from"]
        flag(claims, early, "published", "published before the first day it covers", problems)
    ambiguities_fit(claims, problems)
    if claims.table.sound and "id" in claims:
        refers(claims, "derived_from", ids(claims), CLAIMS_FILE, problems)
    no_cycles(claims, "derived_from", "a claim cannot be derived from itself", problems)


def check_claims(
    claims: Read, sources: Read | None, settings: Settings, problems: Problems
) -> None:
    """Note what is wrong with the claims of one case as a whole."""
    check_figures(claims, problems, problems)
    if sources and sources.table.sound and "id" in sources:
        refers(claims, "source", ids(sources), SOURCES_FILE, problems)
    if claims.table.sound and "id" in claims:
        known = ids(claims)
        for at, remark in enumerate(settings.remarks):
            if remark.claim not in set(known):
                row = settings.lines.get(f"remarks.{at}.claim")
                mend = nearest(remark.claim, known[:2000])
                rule = f"not in {CLAIMS_FILE}"
                problems.add(CASE_FILE, row, "remarks.claim", remark.claim, rule, mend)
    _check_sides(claims, settings, problems)


def _check_sides(claims: Read, settings: Settings, problems: Problems) -> None:
    """Rule: where there are several sides, each claim names one of them."""
    sides = [side.id for side in settings.sides]
    if "side" in claims:
        if sides:
            refers(claims, "side", sides, CASE_FILE, problems)
        if len(sides) > 1:
            flag(claims, claims.blank["side"], "side", "empty", problems, f"one of {sides}")
    elif len(sides) > 1:
        problems.add(CLAIMS_FILE, 1, "side", "", "missing column", "the case has several sides")


def check_activity(activity: Read, problems: Problems) -> None:
    """Note what is wrong with activity.csv as a whole."""
    ordered(activity, "from", "to", "from is after to", problems)
    if not {"from", "to", "name"} <= set(activity.values):
        return
    names = activity.values["name"]
    if len(set(names)) > MAX_ACTIVITIES:
        rule = f"{len(set(names)):,} names; at most {MAX_ACTIVITIES} are allowed"
        problems.add(ACTIVITY_FILE, None, "name", "", rule, "keep those that say most")
    first = activity.values["from"]
    last = np.where(np.isnat(activity.values["to"]), first, activity.values["to"])
    # By number: a name that is no UTF-8, a fault told elsewhere, is none that pandas takes.
    number = np.unique(np.asarray(names, dtype=object), return_inverse=True)[1]
    table = pd.DataFrame({"name": number, "first": first, "last": last})
    known = table[(names != "") & ~np.isnat(first)].sort_values(["name", "first"], kind="stable")
    if known.empty:
        return
    before = known.groupby("name")["last"].transform(lambda days: days.cummax().shift())
    again = np.zeros(len(names), dtype=bool)
    again[known.index[known["first"] <= before]] = True
    rule = "another row of the same name covers this day too"
    flag(activity, again, "from", rule, problems, "let the rows of one name follow each other")
