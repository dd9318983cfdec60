"""Warnings: what looks wrong in a table that keeps every rule.

A fit goes on in spite of them, and the report prints them. Each function takes the claims as
`read_case` leaves them and notes problems whose `rule` is a sentence that names the claims.
"""

import math
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from .casefile import ClaimTest
from .cells import parts, web_address
from .files import ACTIVITY_FILE, CASE_FILE, CLAIMS_FILE, SOURCES_FILE
from .problems import MAX_LISTED, Problems, nearest
from .words import QUANTITIES, RETRACTED

__all__ = [
    "ECHO_DAYS",
    "JUMP",
    "doubt_activity",
    "look_for_doubts",
    "look_for_tests",
    "untransposed",
]

ECHO_DAYS = 7
"""Days within which the same figure from two sources may be one report passed on."""

ECHO_FIGURE = 100
"""Smaller figures agree by chance too often to be called an echo."""

JUMP = 10.0
"""A running total that grows by this factor from one figure to the next."""

LONG_AFTER = 366
"""Days after every other claim from which a day of publication looks like a slip of the year."""

_ALPHABETS = ("LATIN", "CYRILLIC", "GREEK")
_TWINS = str.maketrans("авекмнорстухіјѕαινορτυχ", "abekmhopctyxijsaivoptux")

_STOCKS = ("deployed", "returned")


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
    table = claims.assign(
        centre=claims["value"].fillna((claims["low"] * claims["high"]) ** 0.5),
        least=np.where(claims["bound"] == "at_most", 0.0, claims["value"].fillna(claims["low"])),
        most=np.where(
            claims["bound"] == "at_least", np.inf, claims["value"].fillna(claims["high"])
        ),
        comparable=claims["scope"].isin(list(comparable)),
    )
    _alike(sources, problems)
    _published_early(table, problems)
    _published_long_after(table, problems)
    _addresses(table, problems)
    _scopes(table, comparable, problems)
    _outside(table, start, end, problems)
    _derived_early(table, problems)
    _running_totals(table, problems)
    _echoes(table, dict(zip(sources["id"], sources["name"], strict=True)), problems)
    _more_than_sent(table, problems)


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
    for row in _each(activity, outside, problems):
        rule = f"covers no day of the case, which runs from {start} to {end or 'now'}"
        day = str(activity["from"].iloc[row.Index])[:10]
        problems.add(ACTIVITY_FILE, row.row, "from", day, rule, "it says nothing")
    for name, own in activity.groupby("name", sort=True):
        if own["value"].nunique() == 1:
            rule = "all its rows have the same value, which says nothing of when losses happened"
            problems.add(ACTIVITY_FILE, int(own["row"].iloc[0]), "name", str(name), rule,
                         "add the days on which it was otherwise")


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
        if spoken & set(_STOCKS):
            estimated |= {"deployed", *(spoken & {"returned"})}
    for at, test in enumerate(tests):
        if test.quantity not in estimated:
            row = lines.get(f"tests.{at}.quantity")
            rule = "no claim calls for an estimate of this quantity, so the figure is not tested"
            mend = f"test one of {', '.join(sorted(estimated))}"
            problems.add(CASE_FILE, row, "tests.quantity", test.quantity, rule, mend)


def untransposed(figure: float, least: float, most: float) -> float | None:
    """Give the number made by swapping two neighbouring digits that lies within bounds, if any.

    >>> untransposed(17820, 18608, 19000)
    18720.0
    """
    digits = f"{figure:.0f}"
    for at in range(len(digits) - 1):
        swapped = digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]
        if swapped != digits and least <= float(swapped) <= most:
            return float(swapped)
    return None


def _say(figure: float) -> str:
    return f"{figure:,.0f}"


def _each(table: pd.DataFrame, mask: Any, problems: Problems) -> Iterator[Any]:
    """Give the rows where `mask` is True, as named tuples, in the order of the file.

    No more than can be listed; the others are only counted.
    """
    if places := _first(table, mask, problems):
        yield from table.iloc[places].itertuples()


def _first(table: pd.DataFrame, mask: Any, problems: Problems) -> list[int]:
    """Give the places of rows where `mask` is True, in the order of the file, as `_each` does."""
    places = np.flatnonzero(mask)
    ranked = places[np.argsort(table["row"].to_numpy()[places], kind="stable")]
    problems.skip(max(0, len(ranked) - MAX_LISTED))
    return [int(place) for place in ranked[:MAX_LISTED]]


def _published_early(table: pd.DataFrame, problems: Problems) -> None:
    for claim in _each(table, table["published"] < table["as_of"], problems):
        problems.add(
            CLAIMS_FILE,
            claim.row,
            "published",
            f"{claim.published:%Y-%m-%d}",
            f"{claim.id} was published before {claim.as_of:%Y-%m-%d}, the last day it covers",
        )


def _published_long_after(table: pd.DataFrame, problems: Problems) -> None:
    """Warn of a single claim that stretches the case: the estimate runs to the last day of all."""
    days = table["published"].sort_values()
    if len(days) < 2 or days.iloc[-1] - days.iloc[-2] <= pd.Timedelta(days=LONG_AFTER):
        return
    for claim in _each(table, table["published"] == days.iloc[-1], problems):
        problems.add(
            CLAIMS_FILE,
            claim.row,
            "published",
            f"{claim.published:%Y-%m-%d}",
            f"{claim.id} was published more than a year after every other claim, and the estimate "
            "runs to that day",
            "is the year right?",
        )


def _alike(sources: pd.DataFrame, problems: Problems) -> None:
    """Warn of sources whose names or ids a reader cannot tell apart, or that mix alphabets."""
    for column in ("id", "name"):
        first: dict[str, str] = {}
        for name, text in zip(sources["id"], sources[column], strict=True):
            looks = _looks(text)
            other = first.setdefault(looks, name)
            if other != name:
                rule = f"{name} and {other} look alike: a reader cannot tell these sources apart"
                problems.add(SOURCES_FILE, None, column, text, rule, "give each its own name")
            if any(len(_alphabets(part)) > 1 for part in text.split()):
                rule = f"{name}: letters of several alphabets in one word"
                problems.add(SOURCES_FILE, None, column, text, rule, "write it in one alphabet")


def _looks(text: str) -> str:
    """Give a text as the eye takes it: no case, no hidden characters, look-alikes as one letter."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    seen = "".join(char for char in plain if unicodedata.category(char) != "Cf")
    return " ".join(seen.translate(_TWINS).split())


def _alphabets(word: str) -> set[str]:
    names = (unicodedata.name(char, "").partition(" ")[0] for char in word if char.isalpha())
    return {name for name in names if name in _ALPHABETS}


def _addresses(table: pd.DataFrame, problems: Problems) -> None:
    for claim in _each(table, table["url"] == "", problems):
        problems.add(CLAIMS_FILE, claim.row, "url", "", f"{claim.id} has no address to check it by")
    bad = [bool(url) and web_address(url) is None for url in table["url"]]
    for claim in _each(table, bad, problems):
        rule = f"{claim.id}: not a web address, shown as text"
        mend = "write http:// or https://, and no '@' before the first single slash"
        problems.add(CLAIMS_FILE, claim.row, "url", claim.url, rule, mend)


def _scopes(table: pd.DataFrame, comparable: Sequence[str], problems: Problems) -> None:
    others = sorted(set(table["scope"]) - set(comparable))
    near = {scope: mend for scope in others[:MAX_LISTED] if (mend := _slip(scope, comparable))}
    if not near:
        return
    for claim in _each(table, table["scope"].isin(list(near)), problems):
        rule = f"{claim.id} counts as partial, for its scope is not among the comparable ones"
        problems.add(CLAIMS_FILE, claim.row, "scope", claim.scope, rule, near[claim.scope])


def _slip(scope: str, comparable: Sequence[str]) -> str:
    """Give a mend if a scope looks like a comparable one misspelt, else ''."""
    for each in comparable:
        if scope.strip().lower() == each.lower() or (
            abs(len(scope) - len(each)) <= 1 and sorted(scope) == sorted(each)
        ):
            return f"did you mean '{each}'?"
    close = [each for each in comparable if len(each) > 3 and abs(len(scope) - len(each)) <= 1]
    mend = nearest(scope, close)
    return mend if mend and scope[:1] == mend.split("'")[1][:1] else ""


def _outside(table: pd.DataFrame, start: date, end: date | None, problems: Problems) -> None:
    early = table["as_of"] < pd.Timestamp(start)
    late = table["from"] > pd.Timestamp(end) if end else early & False
    losses = table["comparable"] & ~table["quantity"].isin(_STOCKS)
    for claim in _each(table, losses & (early | late), problems):
        rule = f"{claim.id} covers no day of the case, which runs from {start} to {end or 'now'}"
        problems.add(CLAIMS_FILE, claim.row, "as_of", f"{claim.as_of:%Y-%m-%d}", rule)


def _derived_early(table: pd.DataFrame, problems: Problems) -> None:
    if not (table["derived_from"] != "").any():
        return
    days = dict(zip(table["id"], table["published"], strict=True))
    told = zip(table["derived_from"], table["published"], strict=True)
    early = [bool(cell) and any(days.get(each, day) > day for each in parts(cell))
             for cell, day in told]
    for claim in _each(table, early, problems):
        later = [each for each in parts(claim.derived_from)
                 if days.get(each, claim.published) > claim.published]
        rule = f"{claim.id} is derived from {', '.join(later[:5])}, published later"
        problems.add(CLAIMS_FILE, claim.row, "derived_from", claim.derived_from, rule)


def _running_totals(table: pd.DataFrame, problems: Problems) -> None:
    """Warn of totals of one source that fall, or grow tenfold from one figure to the next."""
    stream = ["source", "side", "quantity", "scope", "from"]
    told = table[
        (table["derived_from"] == "")
        & table["comparable"]
        & ~table["quantity"].isin(_STOCKS)
        & (table["ambiguity"] == "")
    ]
    needed = [
        *stream,
        "as_of",
        "published",
        "row",
        "id",
        "bound",
        "value",
        "least",
        "most",
        "centre",
    ]
    told = told[needed].sort_values(needed[:8], kind="stable")
    same = (told[stream] == told[stream].shift()).all(axis=1)
    before = told.shift()
    falls = same & (told["most"] < before["least"])
    leaps = same & (before["centre"] > 0) & (told["centre"] >= JUMP * before["centre"])
    for at in _first(told, falls | leaps, problems):
        now, then = told.iloc[at], told.iloc[at - 1]
        after = told.iloc[at + 1] if at + 1 < len(told) and same.iloc[at + 1] else None
        ceiling = float(after["most"]) if after is not None else float("inf")
        floor = 0.0
        if at >= 2 and same.iloc[at - 1]:
            floor = float(told["least"].iloc[at - 2])
        verb = "falls to" if falls.iloc[at] else "jumps to"
        rule = (
            f"{now['source']}'s running total of {now['quantity']} {verb} {_say(now['centre'])} "
            f"({now['id']}) from {_say(then['centre'])} ({then['id']})"
        )
        mend = "is there a digit too many or too few?"
        if falls.iloc[at]:
            mend = _swap_mend([(now, then["least"], ceiling), (then, floor, now["most"])])
        problems.add(CLAIMS_FILE, int(now["row"]), "value", _say(now["centre"]), rule, mend)


def _swap_mend(suspects: list[tuple[Any, float, float]]) -> str:
    """Say which figure would fit between its bounds with two digits swapped, changing least."""
    found = [
        (abs(math.log(swapped / claim["value"])), claim["id"], swapped)
        for claim, least, most in suspects
        if claim["value"] > 0 and (swapped := untransposed(claim["value"], least, most))
    ]
    if not found:
        return ""
    _, name, swapped = min(found)
    return f"were digits swapped in {name}, {_say(swapped)}?"


def _echoes(table: pd.DataFrame, names: Mapping[str, str], problems: Problems) -> None:
    """Warn when a source states another's figure within days and `via` names nobody."""
    told = table[(table["derived_from"] == "") & (table["centre"] >= ECHO_FIGURE)]
    told = told[told["comparable"] & ~told["quantity"].isin(_STOCKS)]
    keys = ["side", "quantity", "scope", "centre"]
    told = told[[*keys, "published", "row", "id", "source", "via"]]
    told = told.sort_values([*keys, "published", "row"], kind="stable")
    same = (told[keys] == told[keys].shift()).all(axis=1)
    soon = (told["published"] - told["published"].shift()) <= pd.Timedelta(days=ECHO_DAYS)
    other = told["source"] != told["source"].shift()
    for at in _first(told, same & soon & other, problems):
        now, then = told.iloc[at], told.iloc[at - 1]
        heard = now["via"].lower()
        if then["source"].lower() in heard or names[then["source"]].lower() in heard:
            continue
        days = (now["published"] - then["published"]).days
        when = f"{days} day{'s' * (days > 1)} before" if days else "on the same day"
        rule = (
            f"{now['id']} states the figure that {then['source']} stated in {then['id']} {when}: "
            "possibly an echo"
        )
        mend = f"if it repeats {then['id']}, say so in derived_from"
        problems.add(CLAIMS_FILE, int(now["row"]), "value", _say(now["centre"]), rule, mend)


def _more_than_sent(table: pd.DataFrame, problems: Problems) -> None:
    """Warn of people lost that are more than any comparable figure for those deployed."""
    sent = table[table["comparable"] & (table["quantity"] == "deployed")]
    if sent.empty:
        return
    ceiling = sent.assign(top=sent["value"].fillna(sent["high"])).groupby("side")["top"].max()
    people = table["quantity"].isin([q for q in QUANTITIES if q != "deployed"])
    most = table["side"].map(ceiling)
    over = people & (table["least"] > most)
    for claim in _each(table.assign(sent=most), over, problems):
        rule = (
            f"{claim.id} states more {claim.quantity} than the {_say(claim.sent)} deployed "
            "by the largest comparable claim"
        )
        problems.add(CLAIMS_FILE, claim.row, "value", _say(claim.least), rule)
