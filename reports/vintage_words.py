"""What could be known when, as sentences and a table: the estimate by the day of knowledge."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from estimate.model.findings import MAX_PARETO_K
from estimate.model.known import Arrival, Vintage

from . import sentences as say
from .inert import plain
from .marks import short_name
from .passages import FEWEST_ORIGINS, withheld
from .tables import Row, Table, number_cell, rows_of, table, text_cell

MOST_TOLD = 3  # moves told in sentences; the table has them all
LONGEST_NAME = 60  # letters of a source's name
LARGE = 0.2  # of the median: the last such move stands beneath the headline
ALONE = 0.02  # a claim without which the median moves by less is not said to move it
AXES = (
    "Two kinds of days are kept apart: the day on which losses happened, and the day on which an "
    "estimate could be made. Here time is the second: every range uses only the claims published "
    "by its day."
)
TODAY = (
    "What is assumed is today's for every day: the priors, some of which rest on cases settled "
    "later, and how sources and claims are coded. So this is what the method would have said, not "
    "what was thought at the time."
)
_DAYS = {"claim": "each day on which a claim was published",
         "week": "the last day of each week on which a claim was published",
         "month": "the last day of each month on which a claim was published"}


@dataclass(frozen=True, slots=True)
class Known:
    """The estimate by the day of knowledge.

    Attributes
    ----------
    vintages : tuple of Vintage
        In the order of their days; empty where none were made.
    words : tuple of str
        Paragraphs.
    table : Table or None
        One row a day of knowledge.
    title : str
        Finding of the chart.
    last_move : str
        The last large move of the estimate, to stand beneath the headline; empty without one.
    """

    vintages: tuple[Vintage, ...]
    words: tuple[str, ...]
    table: Table | None = None
    title: str = ""
    last_move: str = ""


@dataclass(frozen=True, slots=True)
class Stated:
    """What a claim says: its source's short name, its figure in words, what it counts."""

    name: str
    figure: str
    noun: str

    def __str__(self) -> str:
        """Give the claim as it reads in a sentence."""
        return f"{self.name}, {self.figure} {self.noun}"


def told(vintage: Vintage) -> bool:
    """Whether enough independent origins spoke for a range to be given."""
    return vintage.n_origins >= FEWEST_ORIGINS


def known(case: Any, made: Sequence[Vintage], every: str = "claim",
          influence: Mapping[str, float] | None = None) -> Known:
    """Put vintages into words.

    Parameters
    ----------
    case : estimate.data.case.Case
    made : sequence of Vintage
        From `Fit.vintages` or `estimate.model.vintages.vintages`.
    every : str
        What they were made for each of.
    influence : mapping of str to float, optional
        Change of today's headline, in percent, were a claim left out; NaN where it cannot be told.
    """
    if not made:
        return Known((), (
            "Not made in this run: “estimate fit --history” fits the case again for each day on "
            "which a claim was published, from only the claims published by then.",))
    names = {row["id"]: plain(row["name"]) for row in rows_of(case.sources)}
    stated = {
        row["id"]: Stated(
            short_name(names[row["source"]], LONGEST_NAME),
            say.figure(row["bound"], row["value"], row["low"], row["high"]),
            say.noun(row["quantity"]))
        for row in rows_of(case.claims)}
    moves = largest(made)
    what = say.noun(case.headline)
    now = as_judged_now(made, case.headline)
    words = [f"{AXES} {say.capital(say.several(len(made), 'day'))} of knowledge: {_DAYS[every]}.",
             _then_and_now(case, made, plain(case.sides[0].name)), _hindsight(made, now),
             *(_move(made, place, stated, first=i == 0) for i, place in
               enumerate(moves[:MOST_TOLD]))]
    if len(made) > 1 and not moves and told(made[-1]):
        words.append("No day's claims moved the estimate of the days before by more than the error "
                     "of the sampler.")
    if failed := [say.short_day(vintage.as_of) for vintage in made if not vintage.ok]:
        words.append(
            f"The sampler failed its checks for {len(failed)} of {len(made)} days, also when run "
            f"longer: {say.listed(failed)}. These estimates may be off by more than is told, and "
            "no move to or from them is named.")
    return Known(tuple(made), (*filter(None, words), TODAY), _table(made, stated, what, now),
                 _title(made, moves), _last_move(made, moves, stated, influence or {}))


def largest(made: Sequence[Vintage]) -> list[int]:
    """Places of the vintages that moved the estimate of the same days, most people first.

    Left out are moves within the error of the sampler, and those to or from a vintage that failed
    a check or whose range is withheld.
    """
    moves = [i for i in range(1, len(made)) if made[i].beyond_error
             and all(told(each) and each.ok for each in made[i - 1:i + 1])]
    return sorted(moves, key=lambda i: -abs(anew(made, i) - made[i - 1].median))


def anew(made: Sequence[Vintage], place: int) -> float:
    """Give the median for the vintage before's day, judged with this vintage's claims."""
    return made[place - 1].median * math.exp(made[place].revision)


def as_judged_now(made: Sequence[Vintage], headline: str) -> list[float]:
    """Give the last vintage's median for the day of each vintage; spread evenly inside a step."""
    curve = made[-1].curves[headline]
    days = [day.toordinal() for day in curve.days]
    step = days[1] - days[0] if len(days) > 1 else 1
    return np.interp([each.as_of.toordinal() for each in made], [days[0] - step, *days],
                     [0.0, *curve.lines["median"]]).tolist()


def cause(vintage: Vintage) -> Arrival | None:
    """Give the only new evidence, or else what pulls furthest the way the estimate moved."""
    if len(vintage.new) == 1:
        return vintage.new[0]
    sign = math.copysign(1.0, vintage.revision)
    pulls = [each for each in vintage.new
             if each.pareto_k <= MAX_PARETO_K and abs(math.expm1(-each.influence)) >= ALONE
             and (math.isnan(vintage.revision) or sign * each.influence > 0)]
    return max(pulls, key=lambda each: abs(each.influence), default=None)


def _percent(log_ratio: float) -> str:
    return say.change(100 * math.expm1(log_ratio))


def _rise(log_ratio: float) -> str:
    return f"{'rose' if log_ratio > 0 else 'fell'} by {_percent(log_ratio).lstrip('+−')}"


def _then_and_now(case: Any, made: Sequence[Vintage], people: str) -> str:
    first = next((vintage for vintage in made if told(vintage)), None)
    last = made[-1]
    if first is None or not told(last):
        mine = case.claims[(case.claims["quantity"] == case.headline)
                           & (case.claims["published"].dt.date <= last.as_of)]
        figures = mine[["value", "low", "high"]].stack()
        return withheld([""] * last.n_origins, figures, last.as_of)
    what = say.what_happened(case.headline, people)
    text = ""
    if first is not made[0]:
        text = (f"From {say.day(made[0].as_of)} on claims could be compared with the total, but "
                f"fewer than {FEWEST_ORIGINS} independent origins spoke: no range is given. ")
    text += (f"The first range could be given on {say.day(first.as_of)}: between "
             f"{say.count(first.low)} and {say.count(first.high)} {what} by then "
             f"({say.percent(say.INTERVAL)} interval).")
    if first is last:
        return text
    return (f"{text} What was published by {say.day(last.as_of)} gives {say.count(last.low)} to "
            f"{say.count(last.high)} by that day.")


def _move(made: Sequence[Vintage], place: int, stated: Mapping[str, Stated], *, first: bool) -> str:
    vintage, before = made[place], made[place - 1]
    day, until = say.day(vintage.as_of), say.day(before.as_of)
    text = ("The largest move of the same days' estimate: on " if first else "Next: on ") + (
        f"{day} the median for {until} {_rise(vintage.revision)}, from {say.count(before.median)} "
        f"to {say.count(anew(made, place))}. ")
    if not vintage.new:
        return text + "None of the claims of that day is evidence by itself."
    found = cause(vintage)
    number = len(vintage.new)
    if found is None:
        if any(not each.pareto_k <= MAX_PARETO_K for each in vintage.new):
            return text + (f"Which of its {say.several(number, 'new claim')} did it cannot be told "
                           "from this fit.")
        return text + f"No single one of its {say.several(number, 'new claim')} does it alone."
    said, name = stated[found.claim], plain(found.claim)
    which = f"The only new evidence of that day is claim {name} ({said})."
    if number > 1:
        which = (
            f"Of {number} new claims the one that pulls furthest is {name} ({said}): without it "
            f"the median for {day} would be {_percent(-found.influence).lstrip('+−')} "
            f"{'lower' if found.influence > 0 else 'higher'}.")
    return text + (
        f"{which} Having read it, that day's fit expects of this source "
        f"{say.span(found.predictive_q05, found.predictive_q95)} {said.noun} (90% interval; median "
        f"{say.count(found.predictive_median)}).")


def _title(made: Sequence[Vintage], moves: Sequence[int]) -> str:
    if not told(made[-1]):
        return "What was stated by each day was too little for a range"
    if not moves:
        return "New claims hardly changed what was estimated for the days before"
    vintage, before = made[moves[0]], made[moves[0] - 1]
    return (f"The claims of {say.day(vintage.as_of)} moved the estimate most: for "
            f"{say.day(before.as_of)} its median went from {say.count(before.median)} to "
            f"{say.count(anew(made, moves[0]))}")


def _last_move(made: Sequence[Vintage], moves: Sequence[int], stated: Mapping[str, Stated],
               influence: Mapping[str, float]) -> str:
    large = [i for i in moves if abs(math.expm1(made[i].revision)) >= LARGE]
    if not large or not told(made[-1]):
        return ""
    vintage, before = made[max(large)], made[max(large) - 1]
    only = vintage.new[0].claim if len(vintage.new) == 1 else ""
    without = influence.get(only, math.nan)
    now = "" if math.isnan(without) else (
        f" Left out, it would make today's median {say.change(without).lstrip('+−')} "
        f"{'higher' if without > 0 else 'lower'}.")
    what = (f"The only new evidence of that day is {plain(only)}, {stated[only]}.{now}" if only else
            f"{say.capital(say.several(len(vintage.claims), 'claim'))} came on that day.")
    return (f"The estimate last moved by more than {say.percent(LARGE)} on "
            f"{say.day(vintage.as_of)}: before, it was {say.span(before.low, before.high)} by "
            f"{say.day(before.as_of)} (median {say.count(before.median)}; now "
            f"{say.count(anew(made, max(large)))} for that day). {what}")


def _hindsight(made: Sequence[Vintage], now: Sequence[float]) -> str:
    """Count how often the ranges of old hold what is now thought of their days."""
    old = [(each, median) for each, median in zip(made[:-1], now, strict=False) if told(each)]
    if not old or not told(made[-1]):
        return ""
    held = sum(each.low <= median <= each.high for each, median in old)
    half = sum(each.q25 <= median <= each.q75 for each, median in old)
    return (f"Of {say.several(len(old), 'earlier range')} the 90% interval holds what is now the "
            f"median for its day in {held or 'none'}, the 50% interval in {half or 'none'}. They "
            "share most of their claims, so these are not that many trials, and today's median is "
            "not the truth.")


def _came(vintage: Vintage, stated: Mapping[str, Stated]) -> tuple[str, str]:
    """Give what weighs most among the new claims, and how much."""
    count = say.several(len(vintage.claims), "claim")
    if len(vintage.new) != len(vintage.claims):
        count += f", {len(vintage.new) or 'none'} as evidence"
    found = cause(vintage)
    if found is None:
        return count, ""
    alone = "the only new evidence" if len(vintage.new) == 1 else (
        f"without it {_percent(-found.influence)}")
    return count, f"{plain(found.claim)}: {stated[found.claim]}; {alone}"


def _table(made: Sequence[Vintage], stated: Mapping[str, Stated], what: str,
           now: Sequence[float]) -> Table:
    rows = []
    for place, vintage in enumerate(made):
        day = say.short_day(vintage.as_of)
        count, weighs = _came(vintage, stated)
        shown = told(vintage)
        compared = place > 0 and shown and told(made[place - 1])
        moved, added = (_percent(x) if compared else "–" for x in (vintage.revision,
                                                                   vintage.growth))
        if compared and not vintage.beyond_error:
            moved = f"({moved})"
        origins = say.several(vintage.n_origins, "origin")
        rows.append(Row((
            text_cell(day if vintage.ok else f"{day} (failed a check)"),
            number_cell(say.span(vintage.low, vintage.high) if shown else "no range",
                        "" if shown else origins),
            number_cell(say.count(vintage.median) if shown else "–"),
            number_cell(say.count(now[place]) if told(made[-1]) else "–"),
            number_cell(moved), number_cell(added), text_cell(count),
            text_cell(weighs if shown else ""),
        ), faint=not shown or not vintage.ok))
    return table(
        f"{say.capital(what)} by the day in the first column, estimated from only the claims "
        "published by then. As judged now: the last row's median for the day of each row. The fits "
        "are shorter than the one behind the headline, which may differ from the last row by the "
        "error of the sampler. Judged anew: change of the median for the day of the row above, for "
        "new claims came; in brackets where it is within the error of the sampler. Days added: "
        "change of the median from that day to this one, with the same claims. Pulls furthest: the "
        "new claim that pulls the way the estimate moved, and how the median would change without "
        f"it. Grey: fewer than {FEWEST_ORIGINS} independent origins, or a fit that failed a check.",
        ("Known on", "90% interval", "Median", "As judged now", "Judged anew", "Days added",
         "What came", "Pulls furthest"), rows)
