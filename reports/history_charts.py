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
            spread: Callable[[Habit], Spread], scale: Scale) -> Figure:
    rows = []
    for habit in habits:
        found, behind = spread(habit), habit.cases
        of = f", {behind.equipment} equipment" if behind.equipment else ""
        label = f"{say.relation(habit.relation)}, {VICTIMS[habit.victim]} ({behind.n}{of})"
        rows.append(Span(
            label, found.q05, found.q95, found.median,
            f"{say.ratio(found.median)}; 80% {say.ratio_span(found.q10, found.q90)}; 90% "
            f"{say.ratio_span(found.q05, found.q95)}; {behind.words('case')}",
            found.q10, found.q90, ink=habit.relation, pale=behind.n < FEW))
    read = [f"{row.name} {say.ratio_span(row.low, row.high)}" for row in rows if not row.pale]
    return spans(name, title, note, f"90% intervals, one row a kind of source and of victim: "
                 f"{'; '.join(read)}.", rows, scale)


def _kinds(habits: Sequence[Habit]) -> list[Habit]:
    return [habit for habit in habits if habit.cases.n >= FEW] or list(habits)


def _right(spreads: Sequence[Spread]) -> str:
    """Say of how many kinds of source a right figure is nothing unusual."""
    right = sum(found.q05 <= 1 <= found.q95 for found in spreads)
    return "all of them" if right == len(spreads) else f"{right} of them"


def ratios(habits: Sequence[Habit]) -> Figure:
    """Claim / truth of a new case's source, by relation and kind of victim."""
    known = [habit.ratio for habit in _kinds(habits)]
    above = sum(found.median > 1 for found in known)
    title = (f"{above} of {len(known)} kinds of source typically state more than the truth, yet a "
             f"right figure is within the 90% interval of {_right(known)}")
    return _figure(
        "ratios", title, "Claim divided by truth for a source of a new case, once early shortfalls "
        "are over: median, 80% (thick) and 90% intervals. In brackets the resolved cases behind "
        f"the row, and how many of them are of equipment. {OTHERS}", habits,
        lambda habit: habit.ratio, RATIO)


def early(habits: Sequence[Habit]) -> Figure:
    """Give what a figure told at once is to what it comes to in the end."""
    known = [habit.early for habit in _kinds(habits)]
    below = sum(found.median < 1 for found in known)
    title = (f"Told at once, {below} of {len(known)} kinds of source typically state less than "
             f"they come to; a complete figure is within the 90% interval of {_right(known)}")
    return _figure(
        "early", title, "A figure about losses of the same day, divided by what it comes to in the "
        f"end: median, 80% (thick) and 90% intervals. {OTHERS}", habits,
        lambda habit: habit.early,
        replace(RATIO, title="at once ÷ in the end (log scale)"))
