"""What draws can show of a tail: a chance, how many draws stand behind it, how small it may be."""

from __future__ import annotations

from typing import Any

import numpy as np
from arviz_stats.base import array
from scipy.stats import beta

from .grid import Floats

array_stats: Any = array.array_stats  # arviz ships no types

FEWEST = 10  # effective draws: with fewer, a mean of theirs is known to a third of an sd at best
SURE = 0.95  # of the upper limit of a chance that too few draws show


def effective(draws: Floats) -> float:
    """Effective number of draws of a quantity (chains, draws): bulk or tail, the smaller."""
    sizes = [array_stats.ess(draws, method="bulk"),
             array_stats.ess(draws, method="tail", prob=(0.05, 0.95))]
    return float(min([draws.size, *(size for size in sizes if np.isfinite(size))]))


def beyond(draws: Floats, value: float) -> dict[str, float]:
    """Chance that the truth lies on either side of a figure, from nothing but counts of draws.

    Parameters
    ----------
    draws : Floats
        Shape (chains, draws).
    value : float
        The figure.

    Returns
    -------
    dict
        `probability_at_most`, `probability_at_least`; `effective_draws` n; `limit_at_most`,
        `limit_at_least`: upper 95% limits of both chances, were n draws independent (Clopper &
        Pearson 1934, *Biometrika* 26:404-413). No shape of the tail is assumed.
    """
    n = effective(draws)
    found = {"effective_draws": n}
    for name, hits in (("at_most", draws <= value), ("at_least", draws >= value)):
        share = float(hits.mean())
        found[f"probability_{name}"] = share
        found[f"limit_{name}"] = (
            1.0 if share == 1 else float(beta.ppf(SURE, share * n + 1, n - share * n)))
    return found
