"""What history says of each kind of source, as numbers that a reader knows: ratios and days."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from estimate.data.words import RELATIONS, ROUTES, VICTIMS

from .hyper import cell, for_case
from .layout import FORMS, IN_NUMPY
from .learned import ALL, DEFAULT_ROUTES, History
from .priors import PRIORS
from .taught import Count

Z80, Z90 = 1.2816, 1.6449  # ends of central 80% and 90% intervals of a normal


@dataclass(frozen=True)
class Spread:
    """A median with central 80% and 90% intervals."""

    median: float
    q05: float
    q10: float
    q90: float
    q95: float


@dataclass(frozen=True)
class Habit:
    """How sources of one relation err about one kind of victim, in a case not seen before.

    Parameters
    ----------
    relation, victim : str
        The cell.
    cases : Count
        Resolved cases behind it.
    ratio : Spread
        Claim / truth of a new source in a new case, at long lag, before the scatter of its figures.
    early : Spread
        A figure told at once, divided by what it comes to in the end (m₀).
    """

    relation: str
    victim: str
    cases: Count
    ratio: Spread
    early: Spread


def _spread(mean: float, sd: float) -> Spread:
    return Spread(*(math.exp(mean + z * sd) for z in (0.0, -Z90, -Z80, Z80, Z90)))


def habits(history: History, routes: Mapping[str, float] = DEFAULT_ROUTES) -> list[Habit]:
    """Give what a new case's sources are like, one entry for each relation and kind of victim.

    The log ratio is γ + κ + τ_ρ ε + τ_f β (docs/method.md, 3 and 7); scales are integrated out by
    their second moment, as in `hyper.for_case`.

    Parameters
    ----------
    history : History
        From `read_learned`.
    routes : mapping of str to float
        Weight of each route by which the case may have come in.

    Returns
    -------
    list of Habit
        In the order of `RELATIONS` and `VICTIMS`.
    """
    joint = for_case(history.joints[ALL], routes)
    scatter = 0.0
    for name in ("tau_relation", "tau_family"):
        mean, covariance = joint.part([name])
        scatter += math.exp(2 * mean[0] + 2 * covariance[0, 0])
    counts, out = history.counts(), []
    for relation in RELATIONS:
        for victim in VICTIMS:
            mean, covariance = joint.part([cell("gamma", relation, victim), "kappa"])
            early, about = joint.part([cell("m0", relation, victim)])
            out.append(Habit(
                relation, victim, counts.get(cell("gamma", relation, victim), Count()),
                _spread(float(mean.sum()), math.sqrt(covariance.sum() + scatter)),
                _spread(float(early[0]), math.sqrt(about[0, 0]))))
    return out


def routes(history: History) -> dict[str, Spread]:
    """Give the error that all sources of a new case share, as a ratio, by the case's route."""
    out = {}
    for route in ROUTES:
        mean, covariance = for_case(history.joints[ALL], {route: 1.0}).part(["kappa"])
        out[route] = _spread(float(mean[0]), math.sqrt(covariance[0, 0]))
    return out


def together(history: History) -> dict[str, Spread]:
    """Give the log sd with which sources of one relation move together, by the case's route."""
    out = {}
    for route in ROUTES:
        mean, covariance = history.joints[ALL].part([f"tau_relation[{route}]"])
        out[route] = _spread(float(mean[0]), math.sqrt(covariance[0, 0]))
    return out


def scalars(history: History) -> dict[str, Spread]:
    """Give what is learned of all sources alike, each on its own scale, by name of the prior."""
    forms = {prior.name: IN_NUMPY[FORMS[prior.family]] for prior in PRIORS}
    joint, out = for_case(history.joints[ALL], DEFAULT_ROUTES), {}
    for name in joint.names:
        if name in forms and "[" not in name:
            mean, covariance = joint.part([name])
            ends = mean[0] + math.sqrt(covariance[0, 0]) * np.array([0, -Z90, -Z80, Z80, Z90])
            out[name] = Spread(*(float(end) for end in forms[name](ends)))
    return out
