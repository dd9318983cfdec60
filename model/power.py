"""How far the headline moves when one prior weighs more or less (docs/method.md, 6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from arviz_stats.base import array
from scipy.linalg import solve_triangular
from scipy.special import logit
from scipy.stats import norm

from .findings import MAX_PARETO_K
from .grid import Floats
from .priors import Joint, Priors

if TYPE_CHECKING:
    from .result import Fit

array_stats: Any = array.array_stats  # arviz ships no types

LISTS = ("coverage_honoured", "coverage_named")  # priors of the share of the dead on lists
ALONE = ("kappa", "gamma", "lists", "log_total")
TOGETHER = "bias"  # κ, γ, lists and all deviates of bias as one group
COMPONENTS = (*ALONE, TOGETHER)
SCALES = {"z_relation": "tau_relation", "z_family": "tau_family", "z_source": "tau_source",
          "z_killed": "tau_killed"}  # deviates of bias, and what each is multiplied by
NEAR = (0.8, 1.25)  # powers between which psense takes its slope: Kallioinen et al. 2024
FAR = (0.5, 2.0)  # powers at which the headline is told: half and twice the prior's weight
SAY = 0.05  # psense below which a prior moves the answer little: Kallioinen et al. 2024
MAX_REFIT_RHAT = 1.05  # of a refit with few draws, whose median is wanted to a few percent
FLAT = 1e-6  # log density: a prior that varies less over the draws weighs all of them alike
ENDS = (0.05, 0.5, 0.95)


def moments(priors: Priors, names: list[str]) -> tuple[Floats, Floats]:
    """Mean (k,) and covariance (k, k) of some priors before their forms, learned together or not.

    Parameters
    ----------
    priors : Priors
        The assumptions.
    names : list of str
        Length k.

    Returns
    -------
    mean, covariance : Floats
    """
    mean = np.array([priors[name].mean for name in names])
    covariance = np.diag([priors[name].sd ** 2 for name in names])
    if priors.joint:
        learned = [i for i, name in enumerate(names) if name in priors.joint.names]
        covariance[np.ix_(learned, learned)] = priors.joint.part([names[i] for i in learned])[1]
    return mean, covariance


def restated(priors: Priors, names: list[str], mean: Floats, covariance: Floats) -> Priors:
    """Give some priors another mean (k,) and covariance (k, k); all that are joint are among them.

    Raises
    ------
    ValueError
        A prior with a joint distribution is not among the names.
    """
    table = dict(priors)
    for i, name in enumerate(names):
        table[name] = replace(table[name], parameters={
            "mean": float(mean[i]), "sd": float(np.sqrt(covariance[i, i]))})
    joint = priors.joint
    if joint:
        place = [names.index(name) for name in joint.names]
        joint = Joint(joint.names, mean[place], covariance[np.ix_(place, place)])
    return Priors(tuple(table.values()), priors.source, joint)


def log_densities(priors: Priors, cells: list[str], values: Mapping[str, Floats]
                  ) -> dict[str, Floats]:
    """Log prior density of each component.

    The total, κ, γ given κ, and what lists hold given both sum to their joint density; all of bias
    is κ, γ, lists and the deviates of relations, families and sources, given their scales.

    Parameters
    ----------
    priors : Priors
        The assumptions.
    cells : list of str
        Priors of the entries of `gamma` (r).
    values : mapping of str to Floats
        Draws of `log_total` (…), `kappa` (…), `gamma` (…, r), and of those that the model has of
        `LISTS` (…) and of the keys of `SCALES` (…, n).

    Returns
    -------
    dict of str to Floats
        One (…) for each of `COMPONENTS`, save `lists` where the model has none.
    """
    lists, n = [name for name in LISTS if name in values], 1 + len(cells)
    mean, covariance = moments(priors, ["kappa", *cells, *lists])
    lower = np.linalg.cholesky(covariance)
    x = np.concatenate([values["kappa"][..., None], values["gamma"],
                        *(logit(values[name])[..., None] for name in lists)], axis=-1) - mean
    z = solve_triangular(lower, x.reshape(-1, len(mean)).T, lower=True).T.reshape(x.shape)
    each = norm.logpdf(z) - np.log(np.diag(lower))
    total = priors["log_total"]
    scatter = [norm.logpdf(values[name]).sum(axis=-1) for name in SCALES if name in values]
    of_lists = {"lists": each[..., n:].sum(axis=-1)} if lists else {}
    return {"kappa": each[..., 0], "gamma": each[..., 1:n].sum(axis=-1), **of_lists,
            TOGETHER: each.sum(axis=-1) + sum(scatter),
            "log_total": norm.logpdf(values["log_total"], total.mean, total.sd)}


def raised(priors: Priors, cells: list[str], component: str, power: float,
           lists: Sequence[str] = ()) -> Priors:
    """Raise one component of the prior to a power, all else given it unchanged.

    A normal to the power α has the standard deviation divided by √α. With the covariance LL' of
    total, κ, γ, lists and all other joint parameters, in this order, dividing the component's
    columns of L by √α does so, and leaves what comes later as it was given what comes before.
    Deviates z to the power α are N(0, 1/α): τ z is then as if the scale τ were divided by √α, so
    log τ is shifted.

    Parameters
    ----------
    priors : Priors
        The assumptions.
    cells : list of str
        Priors of the relations that the case has.
    component : str
        One of `COMPONENTS`.
    power : float
        Above 0; more than 1 gives the prior more weight.
    lists : sequence of str
        Those of `LISTS` that the case has.

    Returns
    -------
    Priors
    """
    blocks = {"log_total": ["log_total"], "kappa": ["kappa"], "gamma": cells, "lists": [*lists]}
    names = [name for block in blocks.values() for name in block]
    blocks[TOGETHER] = ["kappa", *cells, *lists]
    joint = priors.joint.names if priors.joint else ()
    names += [name for name in dict.fromkeys((*joint, *SCALES.values())) if name not in names]
    mean, covariance = moments(priors, names)
    if component == TOGETHER:
        mean -= 0.5 * np.log(power) * np.isin(names, list(SCALES.values()))
    scale = np.array([power**-0.5 if name in blocks[component] else 1.0 for name in names])
    lower = np.linalg.cholesky(covariance) * scale
    return restated(priors, names, mean, lower @ lower.T)


def told(headline: Floats, weights: Floats | None = None) -> dict[str, float]:
    """Median and central 90 % interval of draws (n,), each with its weight (n,) if any.

    Returns
    -------
    dict of str to float
        `median`, `low`, `high`.
    """
    low, median, high = np.quantile(headline, ENDS, weights=weights, method="inverted_cdf")
    return {"median": float(median), "low": float(low), "high": float(high)}


def weigh(log_prior: Floats, power: float) -> tuple[Floats, float]:
    """Pareto-smoothed weights of draws (n,) were the prior raised to a power, and Pareto k.

    Parameters
    ----------
    log_prior : Floats
        Log density of that prior in each draw (n,).
    power : float
        Above 0.

    Returns
    -------
    weights : Floats
        Shape (n,); they sum to one.
    pareto_k : float
    """
    if np.ptp(log_prior) < FLAT:  # its tail has no shape to smooth
        return np.full(len(log_prior), 1 / len(log_prior)), 0.0
    # psislw takes log-likelihoods to be left out, so the sign of the log weights is turned
    log_weights, pareto_k = array_stats.psislw((1 - power) * log_prior)
    weights = np.exp(log_weights - log_weights.max())
    return weights / weights.sum(), float(pareto_k)


def headline_draws(fit: Fit) -> Floats:
    """Draws of the headline on the as-of day (n,)."""
    return fit.cumulative[fit.case.headline][:, -1]


def power(fit: Fit) -> list[dict[str, Any]]:
    """Power-scaling sensitivity of the headline to each component (Kallioinen et al. 2024).

    Parameters
    ----------
    fit : Fit
        The draws, with their `log_prior`.

    Returns
    -------
    list of dict
        One for each of `COMPONENTS` that the fit has: `component`; `psense` (how far the
        distribution of the log headline moves when the prior's weight doubles; None where Pareto k
        says that the weights do not tell); `pareto_k` of that; `scaled`, for each of the powers
        `FAR` a dict of `power`, `pareto_k`, `by` (`weights`, or None where they do not tell) and,
        where told, `median`, `low`, `high` (90 %).
    """
    headline, rows = headline_draws(fit), []
    log_prior = fit.tree["log_prior"].to_dataset()
    for component in (name for name in COMPONENTS if name in log_prior):
        density = log_prior[component].values.ravel()
        near = [weigh(density, alpha) for alpha in NEAR]
        k = max(pareto_k for _, pareto_k in near)
        slope = array_stats.power_scale_sense(
            np.log(headline)[None], *(weights[None] for weights, _ in near), *NEAR)
        rows.append({
            "component": component, "pareto_k": k,
            "psense": float(slope) if k <= MAX_PARETO_K else None,
            "scaled": [_scaled(headline, density, alpha) for alpha in FAR]})
    return rows


def _scaled(headline: Floats, density: Floats, alpha: float) -> dict[str, Any]:
    weights, pareto_k = weigh(density, alpha)
    known: dict[str, Any] = {"power": alpha, "pareto_k": pareto_k, "by": None}
    if pareto_k <= MAX_PARETO_K:
        known |= {"by": "weights", **told(headline, weights)}
    return known
