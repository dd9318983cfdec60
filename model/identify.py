"""What sets the level: what no number of further claims could remove (docs/method.md, 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import logit

from .design import HONOURED, LOSS, NAMED, Design
from .grid import Floats
from .priors import Priors

if TYPE_CHECKING:
    from .result import Fit

MOSTLY_ASSUMPTION = 0.9  # above this share the headline says so


def origins(fit: Fit) -> list[str]:
    """Families that speak of losses and build on no other, sorted."""
    sources = fit.evidence.case.sources.set_index("id")
    design = fit.design
    heard = {
        design.observations.source[r.observation]
        for r in design.observations.readings
        if r.kind in (LOSS, HONOURED, NAMED)
    }
    return sorted({str(sources.loc[s, "family"]) for s in heard if not sources.loc[s, "roots"]})


def statements(design: Design) -> list[tuple[str, int]]:
    """Give what is known when each source's reported level is: (quantity, source) pairs, sorted."""
    spoken = set()
    first: set[int] = set()
    for reading in design.observations.readings:
        if reading.observation not in first:
            first.add(reading.observation)
            name = {HONOURED: "honoured", NAMED: "named"}.get(reading.kind, reading.quantity)
            if reading.kind in (LOSS, HONOURED, NAMED):
                spoken.add((name, int(design.source_of[reading.observation])))
    if any(name == "honoured" for name, _ in spoken):  # one list, whoever counts it
        spoken = {pair for pair in spoken if pair[0] != "honoured"} | {("honoured", -1)}
    return sorted(spoken)


def _shared_factor(design: Design, priors: Priors) -> Floats:
    """Lower triangle of the prior covariance of κ and each relation's γ, (1 + relations) square."""
    names = ["kappa", *(priors.cell("gamma", *cell).name for cell in design.cells)]
    if priors.joint and set(names) <= set(priors.joint.names):
        return np.linalg.cholesky(priors.joint.part(names)[1])
    return np.diag([priors[name].sd for name in names])


def bias_covariance(
    design: Design,
    priors: Priors,
    spoken: list[tuple[str, int]],
    scatter: dict[str, float],
    coverage: dict[str, float],
) -> Floats:
    """Prior covariance of the statements' biases, given the scatters.

    Parameters
    ----------
    design : Design
        Voices and their families.
    priors : Priors
        The assumptions.
    spoken : list of (str, int)
        From `statements`, length k.
    scatter : dict of str to float
        `tau_relation`, `tau_family`, `tau_source`, `tau_killed`.
    coverage : dict of str to float
        Share of the killed that each kind of list holds, about which its logarithm is linearised.

    Returns
    -------
    Floats
        Shape (k, k).
    """
    k, s = len(spoken), len(design.sources)
    relations = np.eye(len(design.relations))[design.relation_of]
    families = np.eye(len(design.families))[design.family_of]
    shared = np.concatenate([np.ones((s, 1)), relations], axis=1)
    loads = [
        shared @ _shared_factor(design, priors),
        relations * scatter["tau_relation"],
        design.family_weights * scatter["tau_family"],
        np.eye(s) * scatter["tau_source"],
        families * scatter.get("tau_killed", 0.0),
    ]
    sizes = np.cumsum([0] + [load.shape[1] for load in loads])
    rows = np.zeros((k, sizes[-1] + 2))
    for row, (name, source) in enumerate(spoken):
        if name in ("honoured", "named"):
            held = f"coverage_{name}"
            rows[row, sizes[-1] + (name == "named")] = priors[held].sd * (1 - coverage[held])
            if name == "named":
                rows[row, sizes[3] : sizes[4]] = loads[3][source]
            continue
        for i, load in enumerate(loads):
            if i < 4 or name == "killed":
                rows[row, sizes[i] : sizes[i + 1]] = load[source]
    return np.asarray(rows @ rows.T)


def known_sd(
    design: Design,
    priors: Priors,
    scatter: dict[str, float],
    coverage: dict[str, float],
    killed_share: float,
    headline: str,
) -> float:
    """Log sd of the headline when every source's reported level is known without error.

    Parameters
    ----------
    design, priors, scatter, coverage
        As for `bias_covariance`.
    killed_share : float
        Share of the casualties killed, about which the parts are linearised.
    headline : str
        Quantity.

    Returns
    -------
    float
    """
    spoken = [
        pair
        for pair in statements(design)
        if pair[0] in ("casualties", "killed", "wounded", "honoured", "named", headline)
    ]
    ratio = killed_share / (1 - killed_share) if design.multipart else 0.0
    slope = {"killed": 1.0, "honoured": 1.0, "named": 1.0, "wounded": -ratio}
    if not design.multipart:
        slope = {}
    prior_share = priors["killed_share"].sd * (1 - killed_share) if design.multipart else 1e-6
    precision = np.diag([1 / priors["log_total"].sd ** 2, 1 / prior_share**2])
    if spoken:
        loads = np.array([[1.0, slope.get(name, 0.0)] for name, _ in spoken])
        covariance = bias_covariance(design, priors, spoken, scatter, coverage)
        covariance += 1e-9 * np.eye(len(spoken))
        precision = precision + loads.T @ np.linalg.solve(covariance, loads)
    direction = np.array([1.0, slope.get(headline, 0.0)])
    return float(np.sqrt(direction @ np.linalg.solve(precision, direction)))


def identification(fit: Fit) -> dict[str, Any]:
    """How much of the headline's interval is assumption.

    Parameters
    ----------
    fit : Fit
        The draws.

    Returns
    -------
    dict
        `assumption_share` (0 to 1), `sd_total` and `sd_known` (log sds of the headline given the
        data, and given
        every source's reported level), `origins`, `n_origins`, `closed_form` (words).
    """
    design, headline = fit.design, fit.case.headline
    scatter = {
        name: float(np.sqrt((fit.draws(name) ** 2).mean()))
        for name in ("tau_relation", "tau_family", "tau_source", "tau_killed")
        if name in fit.posterior
    }
    coverage = {
        name: float(1 / (1 + np.exp(-logit(fit.draws(name)).mean())))
        for name in ("coverage_honoured", "coverage_named")
        if name in fit.posterior
    }
    share = 0.0
    if design.multipart:
        killed, total = fit.cumulative["killed"][:, -1], fit.cumulative["casualties"][:, -1]
        share = float(1 / (1 + np.exp(-logit(killed / total).mean())))
    known = known_sd(design, fit.priors, scatter, coverage, share, headline)
    given = float(np.log(fit.cumulative[headline][:, -1]).std())
    names = origins(fit)
    return {
        "assumption_share": min(1.0, known / given),
        "sd_total": given,
        "sd_known": known,
        "origins": names,
        "n_origins": len(names),
        "closed_form": "sd(log headline | every reported level) / sd(log headline | data), "
        "Gaussian conditional at the posterior's scatters",
    }
