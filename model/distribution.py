"""The posterior's distribution functions, small enough to travel inside a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .grid import Floats

if TYPE_CHECKING:
    from .result import Fit

POINTS = 400  # a chance read between two of them is off by less than 1/400


def probabilities() -> Floats:
    """Probabilities at which the distributions are kept: the middles of 400 equal parts (400,)."""
    return (np.arange(POINTS) + 0.5) / POINTS


def distributions(fit: Fit) -> dict[str, Floats]:
    """Quantiles of the cumulative losses on each day of the grid.

    Parameters
    ----------
    fit : Fit
        The draws.

    Returns
    -------
    dict of str to Floats
        By quantity, people or things (days, 400), each row ascending.
    """
    at = probabilities()
    return {name: np.quantile(draws, at, axis=0).T for name, draws in fit.cumulative.items()}
