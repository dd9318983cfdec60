"""Warnings: what looks wrong in a table that keeps every rule.

A fit goes on in spite of them, and the report prints them. Each function takes the claims as
`read_case` leaves them and notes problems whose `rule` is a sentence that names the claims.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd

from .casefile import ClaimTest
from .cells import parts, web_address
from .codes import FEW_DAYS, LONG_AFTER, NEAR_DAYS, YEARS
from .files import ACTIVITY_FILE, CASE_FILE, SOURCES_FILE
from .lint import STOCKS, each, note, prepared
from .lint_columns import mixed_columns
from .lint_derived import lines, shares
from .lint_quotes import quotes
from .lint_totals import running_totals
from .lint_twins import above_deployed, echoes, twins
from .problems import MAX_LISTED, Problems, nearest
from .words import QUANTITIES, RETRACTED

__all__ = ["doubt_activity", "look_for_doubts", "look_for_tests"]

_FRESH = r"\b(?:today|yesterday|tonight|overnight|this morning|last night|past 24 hours)\b"
"""Words of the days in which a figure is first told."""

_ALPHABETS = ("LATIN", "CYRILLIC", "GREEK")
_TWINS = str.maketrans("авекмнорстухіјѕαινορτυχ", "abekmhopctyxijsaivoptux")


def look_for_doubts(
    claims: pd.DataFrame,
    sources: pd.DataFrame,
    comparable: Sequence[str],
    start: date,
    end: date | None,
    problems: Problems,
) -> None:
    """Note all warnings about the claims.

    Parameters
    ----------
    claims, sources : DataFrame
        As in `Case`.
    comparable : sequence of str
        Scopes comparable with the total.
    start, end : date, date or None
        First and last day of the case.
    problems : Problems
        Where warnings are noted.
    """
    claims = claims[claims["scope"] != RETRACTED].reset_index(drop=True)
    table = prepared(claims, sources, comparable)
    _alike(sources, problems)
    _published_early(table, problems)
    _published_late(table, problems)
    if end is None:
        _published_long_after(table, problems)
    _addresses(table, problems)
    _scopes(table, comparable, problems)
    _outside(table, start, end, problems)
    _derived_early(table, problems)
    quotes(table, problems)
    running_totals(table, problems)
    twins(table, problems)
    echoes(table, dict(zip(sources["id"], sources["name"], strict=True)), problems)
    mixed_columns(table, problems)
    above_deployed(table, problems)
    shares(table, problems)
    lines(table, problems)


def doubt_activity(
    activity: pd.DataFrame, start: date, end: date | None, problems: Problems
) -> None:
    """Note the rows of activity.csv that miss the case, and names that say nothing.

    Parameters
    ----------
    activity : DataFrame
        As in `Case`.
    start, end : date, date or None
        First and last day of the case.
    problems : Problems
        Where warnings are noted.
    """
    outside = activity["to"] < pd.Timestamp(start)
    if end:
        outside |= activity["from"] > pd.Timestamp(end)
    for row in each(activity, outside, problems):
        rule = f"covers no day of the case, which runs from {start} to {end or 'now'}"
        day = str(activity["from"].iloc[row.Index])[:10]
        problems.add(ACTIVITY_FILE, row.row, "from", day, rule, "it says nothing",
                     "idle-activity")
    for name, own in activity.groupby("name", sort=True):
        if own["value"].nunique() == 1:
            rule = "all its rows have the same value, which says nothing of when losses happened"
            problems.add(ACTIVITY_FILE, int(own["row"].iloc[0]), "name", str(name), rule,
                         "add the days on which it was otherwise", "idle-activity")


def look_for_tests(
    claims: pd.DataFrame,
    comparable: Sequence[str],
    headline: str,
    include: Sequence[str],
    tests: Sequence[ClaimTest],
    lines: Mapping[str, int],
    problems: Problems,
) -> None:
    """Note the figures to be tested that no fit of the case can test."""
    spoken = set(claims.loc[claims["scope"].isin(list(comparable)), "quantity"])
    if claims["ambiguity"].str.contains("casualties", regex=False).any():
        spoken.add("casualties")
    estimated = {headline}
    if headline in QUANTITIES:
        if spoken & {"casualties", *include} - {headline}:
            estimated |= {"casualties", *include}
        if spoken & set(STOCKS):
            estimated |= {"deployed", *(spoken & {"returned"})}
    for at, test in enumerate(tests):
        if test.quantity not in estimated:
            row = lines.get(f"tests.{at}.quantity")
            rule = "no claim calls for an estimate of this quantity, so the figure is not tested"
            mend = f"test one of {', '.join(sorted(estimated))}"
            problems.add(CASE_FILE, row, "tests.quantity", test.quantity, rule, mend,
                         "untested-figure")


def _published_early(table: pd.DataFrame, problems: Problems) -> None:
    for claim in each(table, table["published"] < table["as_of"], problems):
        note(problems, "stale-window", claim,
             f"{claim.id} was published before {claim.as_of:%Y-%m-%d}, the last day it covers",
             "is as_of the day of the page, or published that of an older copy?",
             column="published", value=f"{claim.published:%Y-%m-%d}")


def _published_late(table: pd.DataFrame, problems: Problems) -> None:
    """Warn of a day of publication a year or two late to the week, or of fresh words long after."""
    late = (table["published"] - table["as_of"]).dt.days
    slip = np.any([late.between(year, year + FEW_DAYS) for year in YEARS], axis=0)
    fresh = (late > NEAR_DAYS) & table["wording"].str.contains(_FRESH, case=False, regex=True)
    for claim in each(table.assign(late=late, slip=slip), slip | fresh, problems):
        why = ("a year or two to the week" if claim.slip else
               "though its words are those of the day itself")
        note(problems, "stale-window", claim,
             f"{claim.id} was published {claim.late:,} days after {claim.as_of:%Y-%m-%d}, the last "
             f"day it covers, {why}",
             "is the year right?" if claim.slip else "does it cover later days?",
             column="published", value=f"{claim.published:%Y-%m-%d}")


def _published_long_after(table: pd.DataFrame, problems: Problems) -> None:
    """Warn of a single claim that stretches the case: the estimate runs to the last day of all."""
    days = table["published"].sort_values()
    if len(days) < 2 or days.iloc[-1] - days.iloc[-2] <= pd.Timedelta(days=LONG_AFTER):
        return
    for claim in each(table, table["published"] == days.iloc[-1], problems):
        note(problems, "stale-window", claim,
             f"{claim.id} was published more than a year after every other claim, and the estimate "
             "runs to that day", "is the year right?",
             column="published", value=f"{claim.published:%Y-%m-%d}")


def _alike(sources: pd.DataFrame, problems: Problems) -> None:
    """Warn of sources whose names or ids a reader cannot tell apart, or that mix alphabets."""
    for column in ("id", "name"):
        first: dict[str, str] = {}
        for name, text in zip(sources["id"], sources[column], strict=True):
            looks = _looks(text)
            other = first.setdefault(looks, name)
            if other != name:
                rule = f"{name} and {other} look alike: a reader cannot tell these sources apart"
                problems.add(SOURCES_FILE, None, column, text, rule, "give each its own name",
                             "look-alike")
            if any(len(_alphabets(part)) > 1 for part in text.split()):
                rule = f"{name}: letters of several alphabets in one word"
                problems.add(SOURCES_FILE, None, column, text, rule, "write it in one alphabet",
                             "look-alike")


def _looks(text: str) -> str:
    """Give a text as the eye takes it: no case, no hidden characters, look-alikes as one letter."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    seen = "".join(char for char in plain if unicodedata.category(char) != "Cf")
    return " ".join(seen.translate(_TWINS).split())


def _alphabets(word: str) -> set[str]:
    names = (unicodedata.name(char, "").partition(" ")[0] for char in word if char.isalpha())
    return {name for name in names if name in _ALPHABETS}


def _addresses(table: pd.DataFrame, problems: Problems) -> None:
    for claim in each(table, table["url"] == "", problems):
        note(problems, "missing-link", claim, f"{claim.id} has no address to check it by",
             "add the page where the figure was seen", column="url", value="")
    bad = [bool(url) and web_address(url) is None for url in table["url"]]
    for claim in each(table, bad, problems):
        rule = f"{claim.id}: not a web address, shown as text"
        mend = "write http:// or https://, and no '@' before the first single slash"
        note(problems, "bad-link", claim, rule, mend, column="url", value=claim.url)


def _scopes(table: pd.DataFrame, comparable: Sequence[str], problems: Problems) -> None:
    others = sorted(set(table["scope"]) - set(comparable))
    near = {scope: mend for scope in others[:MAX_LISTED] if (mend := _slip(scope, comparable))}
    if not near:
        return
    for claim in each(table, table["scope"].isin(list(near)), problems):
        rule = f"{claim.id} counts as partial, for its scope is not among the comparable ones"
        note(problems, "scope-slip", claim, rule, near[claim.scope],
             column="scope", value=claim.scope)


def _slip(scope: str, comparable: Sequence[str]) -> str:
    """Give a mend if a scope looks like a comparable one misspelt, else ''."""
    for known in comparable:
        if scope.strip().lower() == known.lower() or (
            abs(len(scope) - len(known)) <= 1 and sorted(scope) == sorted(known)
        ):
            return f"did you mean '{known}'?"
    close = [known for known in comparable if len(known) > 3 and abs(len(scope) - len(known)) <= 1]
    mend = nearest(scope, close)
    return mend if mend and scope[:1] == mend.split("'")[1][:1] else ""


def _outside(table: pd.DataFrame, start: date, end: date | None, problems: Problems) -> None:
    early = table["as_of"] < pd.Timestamp(start)
    late = table["from"] > pd.Timestamp(end) if end else early & False
    losses = table["comparable"] & ~table["quantity"].isin(STOCKS)
    for claim in each(table, losses & (early | late), problems):
        rule = f"{claim.id} covers no day of the case, which runs from {start} to {end or 'now'}"
        note(problems, "outside-case", claim, rule, "put right its days, or those of the case",
             column="as_of", value=f"{claim.as_of:%Y-%m-%d}")


def _derived_early(table: pd.DataFrame, problems: Problems) -> None:
    if not (table["derived_from"] != "").any():
        return
    days = dict(zip(table["id"], table["published"], strict=True))
    told = zip(table["derived_from"], table["published"], strict=True)
    early = [bool(cell) and any(days.get(name, day) > day for name in parts(cell))
             for cell, day in told]
    for claim in each(table, early, problems):
        later = [name for name in parts(claim.derived_from)
                 if days.get(name, claim.published) > claim.published]
        rule = f"{claim.id} is derived from {', '.join(later[:5])}, published later"
        note(problems, "derived-early", claim, rule, "is it the other way round?", *later[:5],
             column="derived_from", value=claim.derived_from)
