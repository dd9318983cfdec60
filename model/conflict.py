"""Whose figures conflict with the rest, and who moves the answer: what is told of each refit.

No sampler here: `refits.py` makes the refits, the reports read them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .grid import Floats

LEVEL = 0.05  # chance that any family of a case without conflict is flagged
MOVES = 2.0  # Monte Carlo standard errors from which a change of the median is one


@dataclass(frozen=True)
class Refit:
    """The case without one family.

    Parameters
    ----------
    family : str
        Whose claims are not heard.
    claims : list of str
        Those of them that speak of losses.
    median, low, high : float
        The headline without them: median and central 90 % interval.
    change, change_mcse : float
        log(median without / median with everybody), and its Monte Carlo standard error.
    moves : bool
        Whether the change is more than twice that error.
    ratio : float
        What the family stated over what the refit expects of it: geometric middle of its claims.
    p, p_holm : float
        Two-sided conflict p-value, alone and after Holm over the families of the case.
    conflict : bool
        Whether `p_holm` is below 5 %.
    diagnostics : dict
        `ok`, `rhat`, `ess_bulk`, `ess_tail` of the headline, and `divergences`.
    """

    family: str
    claims: list[str]
    median: float
    low: float
    high: float
    change: float
    change_mcse: float
    moves: bool
    ratio: float
    p: float
    p_holm: float
    conflict: bool
    diagnostics: dict[str, Any]

    @property
    def ok(self) -> bool:
        """Whether the refit passed its gates."""
        return bool(self.diagnostics["ok"])


def holm(p: Sequence[float]) -> list[float]:
    """Adjust p-values for there being several (Holm 1979, Scand. J. Statist. 6:65–70).

    Parameters
    ----------
    p : sequence of float
        Length n.

    Returns
    -------
    list of float
        Length n, each at most 1. The chance that any true null falls below a level is at most that
        level, however the p-values hang together.

    Examples
    --------
    >>> holm([0.01, 0.5, 0.02])
    [0.03, 0.5, 0.04]
    """
    values = np.asarray(p, dtype=float)
    order = np.argsort(values, kind="stable")
    steps = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1))
    out = np.empty(len(values))
    out[order] = np.minimum(steps, 1.0)
    return [float(x) for x in out]


def tail(stated: Floats, expected: Floats) -> tuple[float, float]:
    """How far one family's figures lie from what was expected of them, taken together.

    The statistic is the median over the claims of (log figure - centre) / spread, centre and spread
    being those of the expected figures: a level, which one odd figure hardly moves. It is compared
    with itself on figures drawn anew, so its size needs no approximation.

    Parameters
    ----------
    stated : Floats
        Log figures of the family's claims (k,).
    expected : Floats
        Log figures that it would have been expected to state (draws, k).

    Returns
    -------
    p, ratio : float
        Two-sided tail probability, never 0, and exp of the median of log figure - centre.
    """
    low, centre, high = np.quantile(expected, [0.25, 0.5, 0.75], axis=0)
    spread = np.maximum(high - low, 1e-9)
    drawn = np.median((expected - centre) / spread, axis=1)
    own = float(np.median((stated - centre) / spread))
    below, above = int((drawn <= own).sum()), int((drawn >= own).sum())
    p = min(1.0, 2 * (min(below, above) + 1) / (len(drawn) + 1))
    return p, float(np.exp(np.median(stated - centre)))


def ranked(rows: Sequence[Refit]) -> list[Refit]:
    """Put movers first.

    A mover is a family without which the median changes by more than twice its Monte Carlo error.
    Movers whose figures conflict with the rest come before the others, then the larger change: an
    honest family that is the only voice of its kind may move the answer further than one whose
    figures nobody bears out (docs/liar.md). Refits that failed their gates are last.

    Parameters
    ----------
    rows : sequence of Refit

    Returns
    -------
    list of Refit
    """
    return sorted(rows, key=lambda row: (not row.ok, not row.moves, not row.conflict,
                                         -abs(row.change), row.family))


def adjusted(rows: list[Refit]) -> list[Refit]:
    """Holm over all families; one whose refit failed is never flagged."""
    p = holm([row.p if row.ok else 1.0 for row in rows])
    return [replace(row, p_holm=each, conflict=row.ok and each < LEVEL)
            for row, each in zip(rows, p, strict=True)]
