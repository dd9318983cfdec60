"""Pictures of what history says of each kind of source, with the cases behind every row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from estimate.model.habits import Habit, Spread
from estimate.model.trust import VICTIMS

from . import sentences as say
from .figures import Figure
from .history_words import FEW
from .spans import RATIO, Scale, Span, spans

OTHERS = f"Pale: fewer than {FEW} cases, so mostly lent by its neighbours."


def _figure(name: str, title: str, note: str, habits: Sequence[Habit],
            of: Callable[[Habit], Spread], scale: Scale) -> Figure:
    rows = []
    for habit in habits:
        found = of(habit)
        label = f"{say.relation(habit.relation)}, {VICTIMS[habit.victim]} ({habit.n_cases})"
        rows.append(Span(
            label, found.q05, found.q95, found.median,
            f"{say.ratio(found.median)}; 80% {say.ratio_span(found.q10, found.q90)}; 90% "
            f"{say.ratio_span(found.q05, found.q95)}; {say.several(habit.n_cases, 'case')}",
            found.q10, found.q90, ink=habit.relation, pale=habit.n_cases < FEW))
    read = [f"{row.name} {say.ratio_span(row.low, row.high)}" for row in rows if not row.pale]
    return spans(name, title, note, f"90% intervals, one row a kind of source and of victim: "
                 f"{'; '.join(read)}.", rows, scale)


def ratios(habits: Sequence[Habit]) -> Figure:
    """Claim / truth of a new case's source, by relation and kind of victim."""
    known = [habit for habit in habits if habit.n_cases >= FEW]
    top = max(known or habits, key=lambda habit: habit.ratio.median)
    low = min(known or habits, key=lambda habit: habit.ratio.median)
    title = (f"From {say.ratio(low.ratio.median)} ({say.relation(low.relation)} on "
             f"{VICTIMS[low.victim]}) to {say.ratio(top.ratio.median)} times the truth "
             f"({say.relation(top.relation)} on {VICTIMS[top.victim]})")
    return _figure(
        "ratios", title, "Claim divided by truth for a source of a new case, once early shortfalls "
        "are over: median, 80% (thick) and 90% intervals. In brackets the resolved cases behind "
        f"the row. {OTHERS}", habits, lambda habit: habit.ratio, RATIO)


def early(habits: Sequence[Habit]) -> Figure:
    """Give what a figure told at once is to what it comes to in the end."""
    known = [habit for habit in habits if habit.n_cases >= FEW] or list(habits)
    least = min(known, key=lambda habit: habit.early.median)
    title = (f"Told at once, figures by {say.relation(least.relation)} on {VICTIMS[least.victim]} "
             f"hold {say.percent(least.early.median)} of what they come to")
    return _figure(
        "early", title, "A figure about losses of the same day, divided by what it comes to in the "
        f"end: median, 80% (thick) and 90% intervals. {OTHERS}", habits,
        lambda habit: habit.early,
        replace(RATIO, title="at once ÷ in the end (log scale)"))
