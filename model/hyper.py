"""What is learned from history: names, what is assumed before looking, how a case draws anew.

Every learned parameter is real before its form (`layout.IN_NUMPY`): a bias is a logarithm, a scale
the logarithm of a scale. What is known of all of them together is one multivariate normal, before
looking (`before`) and after (`calibrate.calibrate`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from estimate.data.words import RELATIONS, ROUTES, VICTIMS

from .priors import Floats, Joint

CELLS = tuple((relation, victim) for relation in RELATIONS for victim in VICTIMS)


def cell(table: str, relation: str, victim: str) -> str:
    """Name of a cell of a relation × victim table."""
    return f"{table}[{relation},{victim}]"


@dataclass(frozen=True)
class Shrunk:
    """Before looking at history: a table of cells that lean on each other.

    Parameters
    ----------
    mean : float
        Of every cell.
    every, relation, victim, own : float
        Standard deviations of what all cells share, those of one relation, those of one kind of
        victim, and a cell alone.
    why : str
        The reason.
    """

    mean: float
    every: float
    relation: float
    victim: float
    own: float
    why: str

    @property
    def covariance(self) -> Floats:
        """Covariance of the cells in the order of `CELLS`, shape (c, c)."""
        relations = np.array([relation for relation, _ in CELLS])
        victims = np.array([victim for _, victim in CELLS])
        return np.asarray(
            self.every**2
            + self.relation**2 * (relations[:, None] == relations)
            + self.victim**2 * (victims[:, None] == victims)
            + self.own**2 * np.eye(len(CELLS))
        )


@dataclass(frozen=True)
class Single:
    """Before looking at history: one parameter, mean and sd before its form."""

    mean: float
    sd: float
    why: str


TABLES = {
    "gamma": Shrunk(0.0, 0.3, 0.4, 0.3, 0.4, "no side is taken to err in either direction before "
                    "history is looked at; a cell may lie off by a factor of 3"),
    "m0": Shrunk(math.log(0.8), 0.4, 0.4, 0.4, 0.3, "a fresh count may hold a third of the losses, "
                 "or twice as many as there are"),
}
SINGLES: dict[str, Single] = {
    "tau_m0": Single(math.log(0.4), 0.5, "fresh counts of one kind of source differ by a factor of "
                     "1.5 from case to case"),
    **{f"kappa_mean[{route}]": Single(0.0, 0.2, "cases that came in one way may err together")
       for route in ROUTES},
    **{f"tau_kappa[{route}]": Single(math.log(0.35), 0.5, "all sources of a case may be off "
                                     "together by a factor of 1.4, or 2") for route in ROUTES},
    **{f"tau_relation[{route}]": Single(math.log(0.3), 0.5, "sources of one relation move "
                                        "together in a case") for route in ROUTES},
    "tau_family": Single(math.log(0.3), 0.5, "families of one relation differ"),
    "maturation_days": Single(math.log(5), 0.7, "early counts catch up within weeks"),
    "sigma": Single(math.log(0.2), 0.5, "scatter of a source's figures about its own bias"),
    "nu": Single(math.log(4), 0.4, "claims have heavy tails"),
    "hedge_floor": Single(math.log(0.2), 0.5, "who says 'at least' stays a little below"),
    "hedge_cap": Single(math.log(0.3), 0.5, "who says 'at most' stays above"),
    "range_stretch": Single(0.0, 0.7, "stated ranges are too narrow"),
    "false_zero": Single(-3.0, 1.0, "'no losses' seldom says nothing about losses"),
    "coverage_named": Single(0.2, 0.8, "a by-name count finds a part of the dead"),
    "with_missing": Single(0.0, 0.4, "dead plus missing of one day, against the later toll"),
}
NAMES = (*(cell(table, *pair) for table in TABLES for pair in CELLS), *SINGLES)


def before() -> Joint:
    """Give what is assumed of all learned parameters before looking at history."""
    n, c = len(NAMES), len(CELLS)
    mean, covariance = np.zeros(n), np.zeros((n, n))
    for i, table in enumerate(TABLES.values()):
        mean[i * c:(i + 1) * c] = table.mean
        covariance[i * c:(i + 1) * c, i * c:(i + 1) * c] = table.covariance
    for i, single in enumerate(SINGLES.values(), len(TABLES) * c):
        mean[i], covariance[i, i] = single.mean, single.sd**2
    return Joint(NAMES, mean, covariance)


def unbiased() -> Joint:
    """Give the same without any mean bias or maturation: the idea of Radford et al. 2023.

    Source biases have mean zero by assumption, early figures are told in full, and only scales are
    learned. It is a baseline of the backtest, not a prior to use.
    """
    known = before()
    held = np.array([name.startswith(("gamma[", "m0[", "kappa_mean[")) or name == "tau_m0"
                     for name in NAMES])
    mean, covariance = known.mean.copy(), known.covariance.copy()
    mean[held] = 0.0
    mean[NAMES.index("tau_m0")] = math.log(1e-3)
    covariance[held, :] = covariance[:, held] = 0.0
    covariance[held, held] = 1e-8
    return Joint(NAMES, mean, covariance)


def for_case(learned: Joint, routes: Mapping[str, float]) -> Joint:
    """Give what a new case's parameters are like, from what is learned of many.

    The case's own κ and m₀ are drawn anew: κ about the mean of its route with that route's scale,
    log m₀ about its cell with the scale τ_m. Those scales are integrated out by their second
    moment; log τ_ρ has the mean and variance of the routes'.

    Parameters
    ----------
    learned : Joint
        Of `NAMES`.
    routes : Mapping
        Weight of each route by which the case may have come in; they sum to one.

    Returns
    -------
    Joint
        Of `kappa`, `tau_relation`, the cells of `gamma` and `m0`, and the other learned parameters.
    """
    def square(name: str) -> float:  # E[scale^2] of a lognormal scale
        mean, covariance = learned.part([name])
        return math.exp(2 * mean[0] + 2 * covariance[0, 0])

    kept = [name for name in learned.names
            if not name.startswith(("kappa_mean", "tau_kappa", "tau_relation", "tau_m0"))]
    weights = np.array([routes.get(route, 0.0) for route in ROUTES])
    mixed = {name: [f"{table}[{route}]" for route in ROUTES]
             for name, table in (("kappa", "kappa_mean"), ("tau_relation", "tau_relation"))}
    load = np.zeros((len(mixed) + len(kept), len(learned.names)))
    for i, of_routes in enumerate(mixed.values()):
        load[i, [learned.names.index(name) for name in of_routes]] = weights
    for i, name in enumerate(kept, len(mixed)):
        load[i, learned.names.index(name)] = 1.0
    mean, covariance = load @ learned.mean, load @ learned.covariance @ load.T
    for i, of_routes in enumerate(mixed.values()):  # what lies between the routes
        centres, spread = learned.part(of_routes)
        covariance[i, i] += sum(
            weight * ((centre - mean[i]) ** 2 + max(v - covariance[i, i], 0.0))
            for weight, centre, v in zip(weights, centres, np.diag(spread), strict=True))
    covariance[0, 0] += sum(weight * square(f"tau_kappa[{route}]")
                            for weight, route in zip(weights, ROUTES, strict=True))
    for i, name in enumerate(kept, len(mixed)):
        if name.startswith("m0["):
            covariance[i, i] += square("tau_m0")
    return Joint((*mixed, *kept), mean, covariance)
