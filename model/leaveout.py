"""What history says without one conflict, by importance weights from the draws of all.

The weight of a draw of the hyperparameters is one over the density that it gives to the conflict's
claims. Given them the cases are apart, so that density is a product over the conflict's cases, each
an integral over the case's own deviates. It is estimated by importance sampling from a normal whose
mean is linear in the hyperparameters, fitted to the draws; the weights over draws are then Pareto
smoothed (Vehtari, Simpson, Gelman, Yao & Gabry 2024, JMLR 25(72)).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pymc
from arviz_stats.base import array
from scipy.special import gammaln, logsumexp

from .grid import Floats, Ints
from .hyper import NAMES
from .priors import Joint

MAX_PARETO_K = 0.7  # above it weights are not to be trusted (Vehtari et al. 2024)
POINTS = 40  # of each integral: its error is then small beside the spread of the weights
THINNED = 2000  # draws that are weighed
DEGREES = 5.0  # of the t that points are drawn from: tails wider than any normal's
FROM_PRIOR = 0.1  # share of the points that are drawn from the deviates' own N(0, 1)
array_stats: Any = array.array_stats  # arviz ships no types


@dataclass(frozen=True)
class Deviates:
    """Draws of everything that is a standard normal in the library's model.

    Parameters
    ----------
    hyper : Floats
        What all cases share, of each draw (s, h).
    own : dict of str to Floats
        Each case's own deviates by variable (s, n).
    owner : dict of str to Ints
        Case of each of them (n,).
    """

    hyper: Floats
    own: Mapping[str, Floats]
    owner: Mapping[str, Ints]


def _padded(owner: Ints, n_cases: int) -> Ints:
    """Places of each case's deviates (c, d), -1 where it has no more."""
    width = int(np.bincount(owner, minlength=n_cases).max())
    places = np.full((n_cases, width), -1)
    for case in range(n_cases):
        mine = np.flatnonzero(owner == case)
        places[case, :len(mine)] = mine
    return places


def case_evidence(density: Callable[[Floats, Floats], Floats], drawn: Deviates, n_cases: int,
                  seed: int, progress: Callable[[int, int], None] | None = None) -> Floats:
    """Log density of each case's claims given what all cases share.

    Parameters
    ----------
    density : callable
        Log density (c,) of each case's claims, given `hyper` (h,) and all own deviates (n,).
    drawn : Deviates
        Joint draws.
    n_cases : int
        c.
    seed : int
        Of the points.
    progress : callable, optional
        Told the draws done and the draws in all.

    Returns
    -------
    Floats
        Shape (c, s).
    """
    rng = np.random.default_rng(seed)
    own = np.concatenate(list(drawn.own.values()), axis=1)
    places = _padded(np.concatenate(list(drawn.owner.values())), n_cases)
    real, draws = places >= 0, len(own)
    given = np.concatenate([np.ones((draws, 1)), drawn.hyper], axis=1)
    slope = np.linalg.lstsq(given, own, rcond=None)[0]
    centre, left = given @ slope, own - given @ slope
    width, size = real.shape[1], real.sum(axis=1)
    root = np.zeros((n_cases, width, width))
    for case in range(n_cases):
        mine = places[case, :size[case]]
        covariance = np.atleast_2d(np.cov(left[:, mine].T)) + 1e-6 * np.eye(len(mine))
        root[case, :len(mine), :len(mine)] = np.linalg.cholesky(covariance)
        root[case, len(mine):, len(mine):] = np.eye(width - len(mine))
    back = np.linalg.inv(root)
    log_scale = np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1)
    constant = (gammaln((DEGREES + size) / 2) - gammaln(DEGREES / 2)
                - size / 2 * np.log(DEGREES * np.pi) - log_scale)
    out = np.empty((n_cases, draws))
    for s in range(draws):
        middle = np.where(real, centre[s][places], 0.0)
        normal = rng.normal(size=(POINTS, n_cases, width)) * real
        tail = np.sqrt(DEGREES / rng.chisquare(DEGREES, size=(POINTS, n_cases, 1)))
        points = middle + tail * (root @ normal[..., None])[..., 0]
        prior = rng.uniform(size=(POINTS, n_cases, 1)) < FROM_PRIOR
        points = np.where(prior, rng.normal(size=points.shape) * real, points)
        gap = (back @ (points - middle)[..., None])[..., 0]
        log_t = constant - (DEGREES + size) / 2 * np.log1p((gap**2).sum(axis=2) / DEGREES)
        log_normal = -0.5 * ((points**2).sum(axis=2) + size * np.log(2 * np.pi))
        log_drawn = np.logaddexp(np.log1p(-FROM_PRIOR) + log_t, np.log(FROM_PRIOR) + log_normal)
        told = np.empty((POINTS, n_cases))
        vector = np.empty(own.shape[1])
        for j in range(POINTS):
            vector[places[real]] = points[j][real]
            told[j] = density(drawn.hyper[s], vector)
        out[:, s] = logsumexp(told + log_normal - log_drawn, axis=0) - np.log(POINTS)
        if progress:
            progress(s + 1, draws)
    return out


def compiled_density(model: pymc.Model, drawn: Deviates, shared: Sequence[str]
                     ) -> Callable[[Floats, Floats], Floats]:
    """Compile the log density of each case's claims.

    Parameters
    ----------
    model : pymc.Model
        From `build_library`.
    drawn : Deviates
        For the sizes and the order of the deviates.
    shared : sequence of str
        Variables that `hyper` of the deviates is made of, in order.

    Returns
    -------
    callable
        As `case_evidence` takes it.
    """
    values = {rv.name: model.rvs_to_values[rv] for rv in model.free_RVs}
    shapes = {name: model.initial_point()[value.name].shape for name, value in values.items()}
    order = [*shared, *drawn.own]
    with model:
        swapped = model.replace_rvs_by_values([model["case_density"]])
        function: Any = pymc.pytensorf.compile(
            [values[name] for name in order], swapped[0], mode="NUMBA")

    def density(hyper: Floats, own: Floats) -> Floats:
        arguments, at = [], {"h": 0, "o": 0}
        for name in order:
            side, vector = ("h", hyper) if name in shared else ("o", own)
            size = int(np.prod(shapes[name]))
            arguments.append(vector[at[side]:at[side] + size].reshape(shapes[name]))
            at[side] += size
        return np.asarray(function(*arguments))

    return density


def leave_out(learned: Floats, evidence: Floats) -> tuple[Joint, float]:
    """Give what history says without some cases.

    Parameters
    ----------
    learned : Floats
        Draws of `hyper.NAMES` from all cases (s, h).
    evidence : Floats
        Log density of the cases to be left out in each draw (s,).

    Returns
    -------
    Joint, float
        Of `hyper.NAMES`, and the Pareto k of the weights.
    """
    log_weights, pareto_k = array_stats.psislw(evidence)
    weights = np.exp(log_weights - log_weights.max())
    weights /= weights.sum()
    mean = weights @ learned
    return Joint(NAMES, mean, np.cov(learned.T, aweights=weights)), float(pareto_k)
