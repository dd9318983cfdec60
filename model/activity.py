"""What tells when losses happened beside the claims: long silences, and activity.csv.

Each row is an indicator over the steps of the grid; its weight times it is added to the logarithm
of the pace of losses before the softmax (docs/method.md, 2). So it moves losses in time and never
the total. A row that is the same in all steps would cancel, and is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .evidence import LOSSES, Evidence
from .grid import Days, Floats, Grid, day_number

SILENCE = 60  # days without word of losses: while losses go on somebody sums them up each month
SMALLEST = 0.05  # of an indicator's mean is added to it: a day of nought is few, and not never
FLAT = 1e-12  # rows that vary less would cancel


@dataclass(frozen=True)
class Activity:
    """Indicators of a design.

    Parameters
    ----------
    quiet : bool
        Whether the first is silence.
    told : tuple of str
        Names of the others, those of activity.csv, sorted.
    rows : Floats
        What each weight is multiplied with (i, t).
    """

    quiet: bool
    told: tuple[str, ...]
    rows: Floats


def last_days(evidence: Evidence, grid: Grid) -> Days:
    """Days of the grid on which the window of a used claim about losses ends, sorted.

    Lists of names and the side's own figures count too.
    """
    used = evidence.used
    spoken = used["quantity"].isin([*LOSSES, "named_dead", evidence.case.headline])
    days = np.array([day_number(day.date()) for day in used.loc[spoken, "as_of"]], dtype=np.int64)
    return np.unique(np.minimum(days[days >= grid.first[0]], grid.last[-1]))


def silences(evidence: Evidence, grid: Grid) -> Days:
    """Long stretches of days on which no claim about losses ends.

    Parameters
    ----------
    evidence : Evidence
        From `select`.
    grid : Grid
        The days.

    Returns
    -------
    Days
        Day numbers of the first and last day of each (k, 2), after the first claim's last day: at
        least `SILENCE` days between two claims, or from the last claim to the end of the grid.
    """
    ends = last_days(evidence, grid)
    runs = np.stack([ends + 1, np.append(ends[1:] - 1, grid.last[-1])[:len(ends)]], axis=1)
    return np.asarray(runs[runs[:, 1] - runs[:, 0] + 1 >= SILENCE])


def by_step(days: Days, grid: Grid) -> Floats:
    """Part of each step inside stretches of days (k, 2) that do not overlap: (t,)."""
    shared, _ = grid.overlap(days[:, 0], days[:, 1])
    return np.asarray(shared.sum(axis=0) / grid.lengths)


def _indicator(rows: pd.DataFrame, grid: Grid) -> Floats:
    """Logarithm of an indicator by step over its mean (t,); 0 in steps that no row covers."""
    n_days = int(grid.last[-1] - grid.first[0]) + 1
    daily = np.full(n_days, np.nan)
    for first, last, value in zip(rows["from"], rows["to"], rows["value"], strict=True):
        start, end = (day_number(day.date()) - int(grid.first[0]) for day in (first, last))
        daily[max(start, 0):max(end + 1, 0)] = value
    starts = grid.first - grid.first[0]
    days = np.add.reduceat(~np.isnan(daily), starts, dtype=np.float64)
    sums = np.add.reduceat(np.nan_to_num(daily), starts)
    if not sums.any():
        return np.zeros(grid.n_steps)
    mean = sums.sum() / days.sum()
    each = np.divide(sums, days, out=np.full(grid.n_steps, mean), where=days > 0)
    return np.asarray(np.log((each / mean + SMALLEST) / (1 + SMALLEST)))


def indicators(evidence: Evidence, grid: Grid) -> Activity:
    """Give the indicators of a case on its grid.

    Parameters
    ----------
    evidence : Evidence
        From `select`.
    grid : Grid
        The days.

    Returns
    -------
    Activity
    """
    quiet = -by_step(silences(evidence, grid), grid)
    named = {str(name): _indicator(own, grid)
             for name, own in evidence.case.activity.groupby("name", sort=True)}
    told = {name: row for name, row in named.items() if np.ptp(row) > FLAT}
    silent = bool(np.ptp(quiet) > FLAT)
    rows = [*([quiet] if silent else []), *told.values()]
    return Activity(silent, tuple(told), np.array(rows).reshape(len(rows), grid.n_steps))
