"""Words of the fan charts: the finding, the note beneath, and what a listener is told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd

from estimate.model.activity import SILENCE

from . import sentences as say
from .marks import Marks, drawn, half_way, short_name
from .passages import SPOKEN

MOST_ABOVE = 4  # claims above the frame that the note tells one by one


def fan_title(quantity: str, low: float, high: float, curve: pd.DataFrame, told: Sequence[date],
              titled: bool) -> str:
    """Give finding of a fan chart: the range, and when half of it had happened.

    Parameters
    ----------
    quantity : str
    low, high : float
        The range, in people or things.
    curve : DataFrame
        The estimate by day: date and median.
    told : sequence of date
        Days on which claims about losses end, from `told_days`: between two far apart, and before
        the first, the day of half is what is assumed of the path, so none is named.
    titled : bool
        Whether a range may be given.
    """
    what = say.noun(quantity)
    if not titled:
        return f"{say.capital(what)}: what was stated, and when"
    title = f"{say.capital(say.span(low, high))} {what}"
    half = half_way(curve)
    if half is None or len(curve) < 3 or not told:
        return title
    half, last = pd.Timestamp(half).date(), pd.Timestamp(curve["date"].iloc[-1]).date()
    told = sorted({min(day, last) for day in told})
    if half < told[0]:
        if told[0] >= last:
            return title
        reached = curve.loc[curve["date"].dt.date <= told[0], "median"].iloc[-1]
        share = say.probability(float(reached / curve["median"].iloc[-1]))
        return f"{title}, {share} of them by {say.day(told[0])}, the first day with a figure"
    before = max(day for day in told if day <= half)
    after = min((day for day in told if day >= half), default=last)
    if (after - before).days <= SILENCE:
        return f"{title}, half of them by {say.day(half)}"
    if after == last and last not in told:
        return f"{title}, half of them after {say.day(before)}, the last day with a figure"
    return f"{title}, half of them between {say.day(before)} and {say.day(after)}"


def told_days(claims: pd.DataFrame, headline: str) -> list[date]:
    """Give the days on which used claims about losses end."""
    used = claims[(claims["status"] == "used") & claims["quantity"].isin([*SPOKEN, headline])]
    return [stamp.date() for stamp in used["as_of"]]


def fan_note(marks: Marks, people: str) -> str:
    """Line under a fan chart."""
    filled, hollow = drawn(marks.rows)
    parts = [
        f"{say.capital(people)}, cumulative. Bands hold 50, 80, 90 and 95% of the estimate, the "
        "line is its median.",
        f"Marks: {say.several(filled, 'claim')} used as evidence"
        + (f", and {hollow} hollow that repeat or derive from others." if hollow else "."),
        above_words(marks),
        marks.left_out,
    ]
    return " ".join(part for part in parts if part)


def above_words(marks: Marks) -> str:
    """Say what the claims above a chart's frame state; empty without any."""
    told = [f"{mark['says']} ({short_name(mark['name'])})" for mark in marks.above]
    if len(told) > MOST_ABOVE:
        told = [*told[:MOST_ABOVE], f"{len(told) - MOST_ABOVE} more"]
    return f"Arrows at the upper edge: stated above the frame, {say.listed(told)}." if told else ""


def fan_text(quantity: str, people: str, curve: pd.DataFrame) -> str:
    """Give what a fan chart shows, for who cannot see it."""
    if curve.empty:
        return ""
    rows = curve.iloc[sorted({0, len(curve) // 4, len(curve) // 2, len(curve) - 1})]
    read = [f"{say.span(r['q05'], r['q95'])} by {say.day(r['date'])}" for _, r in rows.iterrows()]
    return (
        f"Fan chart of {say.noun(quantity)}, {people}, cumulative over time, 90% intervals: "
        f"{'; '.join(read)}."
    )


def known_words(
    quantity: str, people: str, known: pd.DataFrame, marks: Marks
) -> dict[str, str]:
    """Title, note and text of a fan over days of knowledge (rows of `known`)."""
    first, last = known.iloc[0], known.iloc[-1]
    read = [f"{say.span(r['q05'], r['q95'])} on {say.day(r['date'])}"
            for _, r in known.iloc[sorted({0, len(known) // 2, len(known) - 1})].iterrows()]
    return {
        "title": f"{say.capital(say.noun(quantity))} by the day of knowledge: "
                 f"{say.span(first['q05'], first['q95'])} on {say.day(first['date'])}, "
                 f"{say.span(last['q05'], last['q95'])} on {say.day(last['date'])}",
        "note": f"{say.capital(people)}: the total up to each day, as it could be estimated on "
                "that day from the claims published by then, with today's priors. Bands hold 50, "
                "80, 90 and 95%. Marks: claims on the day of their publication. "
                f"{above_words(marks)}".rstrip(),
        "text": f"Estimate of {say.noun(quantity)}, {people}, by day of knowledge, 90% intervals: "
                f"{'; '.join(read)}. {say.several(len(marks.rows), 'claim')} drawn.",
    }
