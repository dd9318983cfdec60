"""The grid of days on which losses are laid out.

Three kinds of days are easily mixed up. The *event day* is when a loss happened; a claim's window
`from`–`as_of` is made of them, and so is this grid. The *published* day is when a claim became
known. The
*as-of day* of a fit is the last published day that it may look at; the grid ends there at the
latest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

MAX_STEPS = 120  # finer would cost time and show nothing: claims rarely come more often

Days = npt.NDArray[np.int64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - date(1970, 1, 1)).days


@dataclass(frozen=True)
class Grid:
    """Steps of whole days, both ends included.

    Parameters
    ----------
    first, last : Days
        Day numbers of each step's first and last day, shape (n_steps,).
    """

    first: Days
    last: Days

    @property
    def n_steps(self) -> int:
        """Number of steps."""
        return len(self.first)

    @property
    def lengths(self) -> Days:
        """Days in each step, shape (n_steps,)."""
        return self.last - self.first + 1

    @property
    def dates(self) -> list[date]:
        """Last day of each step: the day to which a cumulative figure runs."""
        return [date(1970, 1, 1) + timedelta(days=int(day)) for day in self.last]

    def step_of(self, day: date) -> int:
        """Give the first step that ends on that day or later; the last where none does."""
        return min(int(np.searchsorted(self.last, day_number(day))), self.n_steps - 1)

    def overlap(self, start: Days, end: Days) -> tuple[Days, Days]:
        """Days that each window shares with each step, and the last of them.

        Parameters
        ----------
        start, end : Days
            First and last day of each window, shape (n,).

        Returns
        -------
        days : Days
            Number of shared days, shape (n, n_steps).
        last : Days
            Last shared day (meaningless where there is none), shape (n, n_steps).
        """
        last = np.minimum(end[:, None], self.last)
        days = last - np.maximum(start[:, None], self.first) + 1
        return np.maximum(days, 0), last


def make_grid(start: date, end: date, steps: int = MAX_STEPS) -> Grid:
    """Daily grid when that makes at most so many steps, else whole weeks that do.

    Parameters
    ----------
    start, end : date
        First and last day, both included; `end` not before `start`.
    steps : int
        At most so many.

    Raises
    ------
    ValueError
        `end` is before `start`.
    """
    n_days = (end - start).days + 1
    if n_days < 1:
        raise ValueError(f"the grid would end on {end}, before it starts on {start}")
    step = 1 if n_days <= steps else 7 * math.ceil(n_days / (7 * steps))
    first = day_number(start) + np.arange(0, n_days, step)
    return Grid(first, np.minimum(first + step - 1, day_number(end)))
