"""The model with a daily random walk in the place of its smooth shape, for comparison.

Sources, biases, priors and the density of every figure are those of `estimate.model.build`. Log
intensity is a Gaussian random walk with one step a day; its sd has the prior of the smooth shape's
scale, times the constant that gives both the same variance about their mean. `level="inside"` is
the plain form: the level sampled is the intensity of the first day. `level="reported"` samples what
the model samples, the reported level.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import Any, Literal

import numpy as np
import pymc
import pytensor.tensor

from estimate.model.basis import SHAPE_COLUMNS, damping
from estimate.model.build import build_model
from estimate.model.design import Design, plan
from estimate.model.evidence import Evidence
from estimate.model.priors import Priors

Level = Literal["inside", "reported"]
Tensor = Any  # pytensor ships no types
pt: Any = pytensor.tensor
pm: Any = pymc


def daily(evidence: Evidence) -> Design:
    """Lay out a case on a grid of days, however long it is."""
    return plan(evidence, steps=100_000)


def step_sd(n_days: int) -> float:
    """Sd of one day's step of a walk whose mean square about its mean is that of the smooth shape.

    Both are for a shape scale of one. A walk of T steps of variance s² has s² (T² - 1) / 6T.
    """
    smooth = float((damping(min(SHAPE_COLUMNS, n_days - 1)) ** 2).sum())
    return math.sqrt(smooth * 6 * n_days / (n_days**2 - 1))


def walked(design: Design, v: Mapping[str, Tensor], pace: Tensor, *, level: Level
           ) -> tuple[Tensor, Tensor | None]:
    """Share of the total on each day, and what stands between the sampled level and the total.

    `pace` is what silence and activity add to the log intensity, as in the model.
    """
    days = design.grid.n_steps
    steps = v["shape_z"]
    if days - 1 > SHAPE_COLUMNS:
        steps = pt.concatenate([steps, pm.Normal("steps", shape=days - 1 - SHAPE_COLUMNS)])
    walk = pt.concatenate([np.zeros(1), pt.cumsum(v["shape_scale"] * step_sd(days) * steps)])
    walk = walk + pace
    share = pt.special.softmax(walk)
    return share, None if level == "reported" else math.log(days) - pt.logsumexp(walk)


def build_random_walk(design: Design, priors: Priors, level: Level = "inside") -> pymc.Model:
    """Build the random-walk version of the model.

    Parameters
    ----------
    design : Design
        From `daily`.
    priors : Priors
        The assumptions.
    level : {"inside", "reported"}
        Which level is sampled.

    Returns
    -------
    pymc.Model
        As of `build_model`.

    Raises
    ------
    ValueError
        The grid is not one of two or more days.
    """
    if design.grid.n_steps < 2 or design.grid.lengths.max() > 1:
        raise ValueError("a daily random walk needs a grid of two or more single days")
    return build_model(design, priors, walk=partial(walked, level=level))
