"""What history says, in sentences: how each kind of source errs, and how figures are told."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from estimate.model.diagnostics import MAX_RHAT, MIN_ESS
from estimate.model.habits import Habit, Spread, habits, routes, scalars, together
from estimate.model.learned import History
from estimate.model.taught import Count
from estimate.model.trust import VICTIMS

from . import sentences as say

CASE_OF = {"famous": "a famous case", "outsiders": "a case from outsiders",
           "ordinary": "an ordinary case"}
FEW = 5  # cases: below, a cell says little more than what its neighbours lend it
WHO = {"self": "The side's own figure", "ally": "An ally's figure",
       "adversary": "An enemy's figure", "third_party_state": "A third state's figure",
       "independent": "An independent recorder's figure", "media": "An outlet's figure"}


def subject(habit: Habit) -> str:
    """Say whose figure it is, and for whom: `An enemy's figure for soldiers`."""
    return f"{WHO[habit.relation]} for {VICTIMS[habit.victim]}"


def _rests(cases: Count) -> str:
    lent = ", so mostly lent by its neighbours" if cases.n < FEW else ""
    return f"({cases.words('case')}{lent})"


def times(x: float) -> str:
    """Give a factor: `2.6 times`, `0.64 of`."""
    return f"{say.ratio(x)} times" if say.rounded(x) >= 1 else f"{say.ratio(x)} of"


def ratio_words(habit: Habit) -> str:
    """Say what a source's figure is to the truth, once the early shortfall is over."""
    high = habit.ratio.median >= 1
    tail = (f"more than {times(habit.ratio.q90)}" if high else
            f"less than {times(habit.ratio.q10)}")
    return (f"{subject(habit)} is typically {times(habit.ratio.median)} the truth, and in one case "
            f"in ten {tail} it {_rests(habit.cases)}.")


def early_words(habit: Habit) -> str:
    """Say what a figure about losses of the same day is to what it comes to in the end."""
    early = habit.early
    return (f"{subject(habit)}, told at once, is typically {times(early.median)} what it comes to "
            f"in the end, in nine cases in ten between {say.ratio(early.q05)} and "
            f"{say.ratio(early.q95)} {_rests(habit.cases)}.")


def _range(spread: Spread) -> str:
    return f"(90% interval {say.ratio_span(spread.q05, spread.q95)})"


def _shares(spread: Spread) -> str:
    return f"(90% interval {say.percent(spread.q05)} to {say.percent(spread.q95)})"


def _factor(spread: Spread) -> str:
    return (f"a factor of {say.ratio(math.exp(spread.median))} (90% interval "
            f"{say.ratio_span(math.exp(spread.q05), math.exp(spread.q95))})")


def told_words(history: History) -> list[str]:
    """Say what holds for figures of all sources: scales, tails, hedges, ranges, zeros, lists."""
    of = scalars(history)
    lines = [f"All sources of a case together are typically {times(spread.median)} the truth, in "
             f"nine cases in ten between {say.ratio(spread.q05)} and {say.ratio(spread.q95)}, "
             f"in {CASE_OF[name]}."
             for name, spread in routes(history).items()]

    def factor(name: str) -> str:
        return _factor(of[name])

    days, stretch, sums = of["maturation_days"], of["range_stretch"], of["with_missing"]
    return [
        *lines,
        *(f"Sources of one relation move together in {CASE_OF[name]}: one standard "
          f"deviation is {_factor(spread)}." for name, spread in together(history).items()),
        f"Families of one relation differ: one standard deviation is {factor('tau_family')}.",
        f"A source's figures scatter about its own level: the scale is {factor('sigma')}, "
        f"the tails those of a Student t of {say.ratio(of['nu'].median)} degrees of freedom "
        f"{_range(of['nu'])}.",
        "What is missing from a fresh figure shrinks to about a third in "
        f"{say.ratio(days.median)} days {_range(days)}.",
        f"Who says “at least” stays {factor('hedge_floor')} below what is believed, in the mean.",
        f"Who says “at most” stays {factor('hedge_cap')} above it, in the mean.",
        f"A stated range counts {say.ratio(1 + stretch.median)} times as wide as it is told "
        f"(90% interval {say.ratio_span(1 + stretch.q05, 1 + stretch.q95)}).",
        f"A “no losses” says nothing about losses with a chance of "
        f"{say.percent(of['false_zero'].median)} {_shares(of['false_zero'])}.",
        "A count by name that tries to be complete holds "
        f"{say.percent(of['coverage_named'].median)} of the dead {_shares(of['coverage_named'])}.",
        f"In disasters, dead and missing together are {times(math.exp(sums.median))} the later "
        f"toll (90% interval {say.ratio_span(math.exp(sums.q05), math.exp(sums.q95))}).",
    ]


def words(history: History) -> list[str]:
    """Say what history says of each kind of source, with the number of cases behind each sentence.

    Cells without a case are left out.

    Parameters
    ----------
    history : History
        From `read_learned`.

    Returns
    -------
    list of str
    """
    told = [habit for habit in habits(history) if habit.cases.n]
    return [*map(ratio_words, told), *map(early_words, told), *told_words(history)]


def learning_words(learning: Mapping[str, Any]) -> str:
    """Say how the learned priors of one fit were sampled; '' for others, or where nobody tells.

    Parameters
    ----------
    learning : dict
        As `History.learning` gives it.
    """
    if not learning:
        return ""
    rhat, ess = float(learning["max_rhat"]), float(learning["min_ess"])
    without = ", none of them of this case's own conflict" if learning["without"] else ""
    text = (f"How sources err was learned from {say.several(learning['n_cases'], 'resolved case')}"
            f"{without}.")
    if rhat < MAX_RHAT and ess > MIN_ESS:
        return text
    return (f"{text} That learning was sampled short of what is asked of a fit: R-hat "
            f"{rhat:.3f} (below {MAX_RHAT} is asked) and {ess:.0f} effective draws (above "
            f"{MIN_ESS}) of the parameter that fared worst, so the middle of a learned prior may "
            f"be off by about {say.percent(ess**-0.5)} of its standard deviation. "
            "docs/calibration.md tells more.")
