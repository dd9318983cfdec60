"""How it was told: the mean, scale and density of a stated figure, given what happened.

Functions of tensors, without model context; docs/method.md section 3 has the formulas, and
tests/model compares each with a twin in numpy.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytensor.tensor

from .constants import (
    HEDGE_NODES,
    HEDGE_WEIGHTS,
    LOG_HALF,
    LOG_HEDGE_WEIGHTS,
    LOGISTIC_SCALE,
    TINY,
)
from .grid import Floats, Ints

Tensor = Any  # pytensor ships no types
pt: Any = pytensor.tensor

__all__ = ["HEDGE_NODES", "HEDGE_WEIGHTS", "LOGISTIC_SCALE", "LOG_HALF", "LOG_HEDGE_WEIGHTS",
           "TINY", "log_density", "log_told", "log_zero", "mean_decay", "scale_of", "student_t"]


def mean_decay(lag: Floats, span: Floats, days: Tensor) -> Tensor:
    """Mean of exp(-d / tau) over `span` consecutive days of which the last is `lag` days old.

    Parameters
    ----------
    lag, span : Floats
        Days, any equal shapes.
    days : Tensor
        tau, in days, a scalar.

    Returns
    -------
    Tensor
        The geometric sum exp(-lag/tau) (1 - exp(-span/tau)) / (span (1 - exp(-1/tau))).
    """
    return pt.exp(-lag / days) * pt.expm1(-span / days) / (span * pt.expm1(-1 / days))


def log_told(steps: Tensor, which: Ints, mask: Floats, recent: Ints, recent_mask: Floats,
             decay: Tensor, unmatured: Tensor) -> Tensor:
    """Logarithm of the losses in each window that a count of that day would hold.

    Parameters
    ----------
    steps : Tensor
        Losses by quantity (or case) and step, shape (q, 1 + t).
    which : Ints
        Row of `steps` that each reading speaks of (r,).
    mask : Floats
        Part of each step inside each window (r, 1 + t).
    recent : Ints
        Columns of the steps that were fresh when the claim was published (r, k).
    recent_mask : Floats
        Part of those steps inside the window, 0 where there is none (r, k).
    decay : Tensor
        From `mean_decay` for those steps (r, k).
    unmatured : Tensor
        m0 - 1: what a count misses of a fresh loss, or 0 (r,).

    Returns
    -------
    Tensor
        Shape (r,).
    """
    whole = (steps[which] * mask).sum(axis=1)
    place = which[:, None] * mask.shape[1] + recent
    fresh = (steps.ravel()[place] * recent_mask * decay).sum(axis=1)
    return pt.log(whole + unmatured * fresh + TINY)


def scale_of(noise: Tensor, grain: Floats, half_width: Floats, stretch: Tensor,
             log_mean: Tensor) -> Tensor:
    """Scale of a log figure: noise, rounding, stretched range, and the Poisson noise of a count.

    Parameters
    ----------
    noise : Tensor
        Scatter of the source (r,).
    grain, half_width : Floats
        Relative rounding grain; half-width of a range in sds (r,).
    stretch : Tensor
        lambda, at least 1.
    log_mean : Tensor
        Logarithm of the figure expected (r,).

    Returns
    -------
    Tensor
        Shape (r,).
    """
    return pt.sqrt(noise**2 + grain**2 / 12 + (stretch * half_width) ** 2
                   + 1 / (pt.exp(log_mean) + 0.5))


def student_t(x: Tensor, nu: Tensor) -> Tensor:
    """Log density of a standard Student-t with `nu` degrees of freedom."""
    return (pt.gammaln((nu + 1) / 2) - pt.gammaln(nu / 2) - 0.5 * pt.log(nu * np.pi)
            - (nu + 1) / 2 * pt.log1p(x**2 / nu))


def log_density(log_figure: Tensor, log_mean: Tensor, scale: Tensor, hedge: Tensor,
                nu: Tensor) -> Tensor:
    """Log density of a log figure whose source hedges by an exponential amount.

    Parameters
    ----------
    log_figure, log_mean, scale : Tensor
        Shape (r,).
    hedge : Tensor
        Signed mean of the hedge (r,): negative for `at_least`, positive for `at_most`, else 0.
    nu : Tensor
        Degrees of freedom.

    Returns
    -------
    Tensor
        Shape (r,).
    """
    gap = (log_figure - log_mean)[:, None] - hedge[:, None] * HEDGE_NODES
    density = student_t(gap / scale[:, None], nu) + LOG_HEDGE_WEIGHTS
    return pt.logsumexp(density, axis=1) - pt.log(scale)


def log_zero(log_mean: Tensor, scale: Tensor, false_zero: Tensor) -> tuple[Tensor, Tensor]:
    """Log probability that a claim is zero, and that it is not.

    Parameters
    ----------
    log_mean, scale : Tensor
        Shape (r,).
    false_zero : Tensor
        Chance of a zero that says nothing about losses.

    Returns
    -------
    zero, nonzero : Tensor
        Shape (r,); their exponentials sum to one.
    """
    below = (LOG_HALF - log_mean) / (LOGISTIC_SCALE * scale)
    nonzero = pt.log1p(-false_zero) - pt.softplus(below)
    return pt.log(false_zero + (1 - false_zero) * pt.sigmoid(below)), nonzero
