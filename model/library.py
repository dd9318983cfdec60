"""One hierarchical model of many resolved cases: the truth is known, its telling is learned.

The same words as in `build.py`, over all cases at once: a claim's mean, scale and density come
from `witness.py`, the shape of losses from `path.py`. Errors that no second voice tells apart (the
case's and its only relation's, a relation's and its only source's) are drawn as one, with the
variances summed: the same density with fewer parameters. docs/method.md, 7.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pymc
import pytensor.tensor

from estimate.data.case import Case
from estimate.data.library import Library, Truth
from estimate.data.problems import EstimateError

from .basis import cosine_basis, damping
from .constants import NOISE_SPREAD
from .design import LOSS, NAMED, Design, plan
from .evidence import select
from .grid import Floats, Ints
from .hyper import NAMES, before, cell
from .priors import PRIORS, Joint
from .witness import log_density, log_told, log_zero, mean_decay, scale_of

Tensor = Any  # pytensor ships no types
pt: Any = pytensor.tensor
pm: Any = pymc
BAND_SDS = 2 * 1.645  # a truth's band is read as a central 90 % interval
LEAST_SD = 0.02  # no truth is known better than to 2 %
STEPS, SHAPE_COLUMNS = 12, 4  # few claims of history tell when a loss fell: coarser than in a fit
UNTOLD_ROUTE = "famous"  # of a case whose route is not said: it was kept because it was disputed
LOWEST = 0.5  # what the zero end of a band counts as
STATED = {row.name: row for row in PRIORS}


@dataclass(frozen=True)
class Told:
    """One resolved case: what was claimed, and what it was settled at."""

    case: Case
    design: Design
    truth: Truth


def log_truth(truth: Truth) -> tuple[float, float]:
    """Mean and sd of the logarithm of a settled truth above zero."""
    sd = np.log(max(truth.high, LOWEST) / max(truth.low, LOWEST)) / BAND_SDS
    return float(np.log(truth.best)), float(max(sd, LEAST_SD))


def tell(library: Library, names: Sequence[str] | None = None) -> dict[str, Told]:
    """Lay out the cases from which history can be learned, by id; all unless some are named.

    A claim has no ratio to a truth of zero, so such cases stay out; so do cases without a claim
    that can be compared with the total.
    """
    told = {}
    for name in library.ids if names is None else names:
        truth = library.truth(name)
        if truth.best > 0:
            case = library.case(name)
            try:
                told[name] = Told(case, plan(select(case), case.end, STEPS), truth)
            except EstimateError:
                continue
    return told


@dataclass(frozen=True)
class Stack:
    """The cases' arrays on top of each other; c cases, r readings, s sources, t steps at most.

    Parameters
    ----------
    cases : tuple of str
        Ids (c,).
    route : list of str
        Route by which each case came in (c,).
    relation_case : Ints
        Case of each relation that speaks in a case (k,).
    relation_cell : list of (str, str)
        Its relation and kind of victim (k,).
    source_relation : Ints
        Relation (of those k) of each source (s,).
    heard : Ints
        Number of relations that speak in each case (c,).
    lone : ndarray of bool
        Relations with one source in their case, which counts nobody by name (k,).
    case_of, source_of, owner : Ints
        Case, source and observation of each reading (r,).
    arrays : dict of str to ndarray
        What `Observations` holds of each reading (r, …).
    several : Ints
        Cases of more than one step (m,).
    log_lengths : Floats
        Log length of each step (c, t), very low where a case has none.
    basis, columns : Floats
        Cosine columns (c, t, K) and their damping (c, K), 0 where a case has none.
    """

    cases: tuple[str, ...]
    route: list[str]
    relation_case: Ints
    relation_cell: list[tuple[str, str]]
    source_relation: Ints
    heard: Ints
    lone: Any
    case_of: Ints
    source_of: Ints
    owner: Ints
    arrays: dict[str, Any]
    several: Ints
    log_lengths: Floats
    basis: Floats
    columns: Floats


def stack(told: Mapping[str, Told]) -> Stack:
    """Put the cases' arrays on top of each other, padded to the longest."""
    steps = max(one.design.grid.n_steps for one in told.values())
    fields: dict[str, list[Any]] = {}
    relation_case: list[int] = []
    relation_cell: list[tuple[str, str]] = []
    source_relation: list[int] = []
    log_lengths = np.full((len(told), steps), -1e9)
    basis = np.zeros((len(told), steps, SHAPE_COLUMNS))
    columns = np.zeros((len(told), SHAPE_COLUMNS))
    n = 0
    for c, one in enumerate(told.values()):
        design, seen = one.design, one.design.observations
        t = design.grid.n_steps
        log_lengths[c, :t] = np.log(design.grid.lengths)
        own = cosine_basis(t, SHAPE_COLUMNS)
        basis[c, :t, :own.shape[1]] = own
        columns[c, :own.shape[1]] = damping(own.shape[1])
        first_relation, first_source = len(relation_case), len(source_relation)
        relation_case += [c] * len(design.relations)
        relation_cell += [(relation, design.victim) for relation in design.relations]
        source_relation += (first_relation + design.relation_of).tolist()
        kinds = design.kinds()
        spoken = np.array([r.quantity == one.case.headline for r in seen.readings])
        states = seen.flow_of[seen.index("observation")] < 0  # flows say how a total grew
        keep = np.flatnonzero(((spoken & (kinds == LOSS)) | (kinds == NAMED)) & states)
        owner = seen.index("observation")[keep]
        places, renumbered = np.unique(owner, return_inverse=True)
        bound = np.array([seen.readings[i].bound for i in keep])
        mask = np.zeros((len(keep), 1 + steps))
        mask[:, :1 + t] = seen.mask[keep]
        width = seen.recent.shape[1]
        wide = {name: np.zeros((len(keep), 1 + steps)) for name in ("recent", "part")}
        lag, span = np.zeros((len(keep), 1 + steps)), np.ones((len(keep), 1 + steps))
        wide["recent"][:, :width] = seen.recent[keep]
        wide["part"][:, :width] = seen.recent_mask[keep]
        lag[:, :width], span[:, :width] = seen.lag[keep], seen.span[keep]
        for name, values in {
            "case": np.full(len(keep), c), "source": first_source + design.source_of[owner],
            "owner": n + renumbered, "mask": mask, **wide, "lag": lag, "span": span,
            "named": kinds[keep] == NAMED, "toll": seen.index("toll")[keep],
            "hedge": (bound == "at_most") * 1.0 - (bound == "at_least"),
            "stated": seen.index("stated")[keep], "other": seen.index("other")[keep],
            "log_figure": np.nan_to_num(seen.log_figure[owner]), "zero": seen.zero[owner],
            "grain": seen.grain[owner], "half_width": seen.half_width[owner],
        }.items():
            fields.setdefault(name, []).append(values)
        n += len(places)
    arrays = {name: np.concatenate(values) for name, values in fields.items()}
    widest = max(int((arrays["part"] > 0).sum(axis=1).max()), 1)
    for name in ("recent", "part", "lag", "span"):
        arrays[name] = arrays[name][:, :widest]
    several = np.flatnonzero(columns.any(axis=1))
    counting = np.isin(np.arange(len(source_relation)), arrays["source"][arrays["named"]])
    lone = (np.bincount(source_relation) == 1) & (
        np.bincount(source_relation, weights=counting) == 0)
    return Stack(
        tuple(told), [one.case.route or UNTOLD_ROUTE for one in told.values()],
        np.array(relation_case), relation_cell, np.array(source_relation),
        np.bincount(relation_case), lone, arrays["case"], arrays["source"], arrays["owner"], arrays,
        several, log_lengths, basis, columns)


SHARED = ("hyper", "z_stated")  # what all cases share; every other deviate is one case's own


def owners(s: Stack) -> dict[str, Ints]:
    """Case of each deviate of each variable of the library's model that is a case's own (n,)."""
    every = np.arange(len(s.cases))
    sources = s.relation_case[s.source_relation]
    owner = {
        "z_truth": every, "z_shape_scale": s.several,
        "z_shape": np.repeat(s.several, SHAPE_COLUMNS), "z_kappa": np.flatnonzero(s.heard > 1),
        "z_relation": s.relation_case[~s.lone], "z_m0": s.relation_case, "z_source": sources,
        "z_noise": sources}
    return {name: cases for name, cases in owner.items() if len(cases)}


def build_library(told: Mapping[str, Told], known: Joint | None = None) -> pymc.Model:
    """Build the hierarchical model of many resolved cases.

    Parameters
    ----------
    told : mapping of str to Told
        From `tell`.
    known : Joint, optional
        What is assumed before looking; `hyper.before()` unless told.

    Returns
    -------
    pymc.Model
        `hyper` (h,) standard normals, `learned` (h,), the parameters of `hyper.NAMES` before their
        forms, and `case_density` (c,), the log density of each case's claims. Its data can be
        swapped: `seen` (c,) is 1 for a case that is looked at, `log_truth` and `truth_sd` (c,) hold
        the truths, `log_figure` and `zero` (r,) the figures, `mean` (h,) and `factor` (h, h) what
        is assumed before looking.
    """
    s = stack(told)
    a, known = s.arrays, known or before()
    centre, sd = np.array([log_truth(one.truth) for one in told.values()]).T
    place = {name: i for i, name in enumerate(NAMES)}
    model: pymc.Model = pymc.Model(coords={"hyperparameter": NAMES, "case": s.cases})
    with model:
        seen: Tensor = pm.Data("seen", np.ones(len(s.cases)), dims="case")
        log_best: Tensor = pm.Data("log_truth", centre, dims="case")
        truth_sd: Tensor = pm.Data("truth_sd", sd, dims="case")
        log_figure: Tensor = pm.Data("log_figure", a["log_figure"])
        zero: Tensor = pm.Data("zero", a["zero"].astype(float))

        # What is learned
        mean: Tensor = pm.Data("mean", known.mean)
        factor: Tensor = pm.Data("factor", np.linalg.cholesky(known.covariance))
        y = mean + pt.dot(factor, pm.Normal("hyper", shape=len(NAMES)))
        pm.Deterministic("learned", y, dims="hyperparameter")

        def scale(name: str) -> Tensor:
            return pt.exp(y[place[name]])

        def at(names: list[str]) -> Tensor:
            return y[np.array([place[name] for name in names])]

        # What happened: the settled total, along a share path of its own
        log_total = log_best + truth_sd * pm.Normal("z_truth", shape=len(s.cases))
        rate = pt.as_tensor(s.log_lengths)
        if len(s.several):
            width = STATED["shape_scale"]
            wide = pm.Normal("z_shape_scale", shape=len(s.several))
            spread = pt.exp(width.mean + width.sd * wide)
            weights = s.columns[s.several] * spread[:, None] * pm.Normal(
                "z_shape", shape=(len(s.several), SHAPE_COLUMNS))
            moved = (s.basis[s.several] * weights[:, None, :]).sum(axis=2)
            rate = pt.set_subtensor(rate[s.several], rate[s.several] + moved)
        steps = pt.exp(log_total)[:, None] * pt.special.softmax(rate, axis=1)
        steps = pt.concatenate([np.zeros((len(s.cases), 1)), steps], axis=1)

        # How it was told
        def drawn(name: str, among: Ints, n: int) -> Tensor:
            z = pt.zeros(n)
            return pt.set_subtensor(z[among], pm.Normal(name, shape=len(among))) if len(
                among) else z

        n_relations, n_sources = len(s.relation_case), len(s.source_relation)
        tau_kappa = pt.exp(at([f"tau_kappa[{r}]" for r in s.route]))
        kappa = at([f"kappa_mean[{r}]" for r in s.route]) + tau_kappa * drawn(
            "z_kappa", np.flatnonzero(s.heard > 1), len(s.cases))
        tau_relation = pt.exp(at([f"tau_relation[{s.route[c]}]" for c in s.relation_case]))
        passed = (s.heard[s.relation_case] == 1) * tau_kappa[s.relation_case]
        relation_sd = pt.sqrt(tau_relation**2 + passed**2)
        relation = (kappa[s.relation_case] + at([cell("gamma", *p) for p in s.relation_cell])
                    + relation_sd * drawn("z_relation", np.flatnonzero(~s.lone), n_relations))
        fresh = pt.exp(at([cell("m0", *pair) for pair in s.relation_cell])
                       + scale("tau_m0") * pm.Normal("z_m0", shape=n_relations))
        alone = np.exp(STATED["tau_source"].mean)  # each source is a family of its own here
        deviate = pm.Normal("z_source", shape=n_sources)
        source_sd = pt.sqrt(scale("tau_family") ** 2 + alone**2 + s.lone[s.source_relation]
                            * relation_sd[s.source_relation] ** 2)
        bias = relation[s.source_relation] + source_sd * deviate
        named = -pt.softplus(-y[place["coverage_named"]]) + alone * deviate
        noise = scale("sigma") * pt.exp(NOISE_SPREAD * pm.Normal("z_noise", shape=n_sources))
        matures = (fresh[s.source_relation][s.source_of] - 1) * (a["toll"] == 0)
        pairs, which = np.unique(np.stack([a["lag"].ravel(), a["span"].ravel()]), axis=1,
                                 return_inverse=True)
        decay = mean_decay(pairs[0], pairs[1], scale("maturation_days"))
        log_mean = log_told(
            steps, s.case_of, a["mask"], a["recent"].astype(np.int64), a["part"],
            decay[which.reshape(a["lag"].shape)], matures)
        log_mean = log_mean + pt.switch(
            a["named"], named[s.source_of],
            bias[s.source_of] + y[place["with_missing"]] * a["toll"])
        width = scale_of(noise[s.source_of], a["grain"], a["half_width"],
                         1 + scale("range_stretch"), log_mean)
        hedge = (scale("hedge_cap") * (a["hedge"] > 0) - scale("hedge_floor") * (a["hedge"] < 0))
        density = log_density(log_figure, log_mean, width, hedge, scale("nu"))
        is_zero, is_not = log_zero(log_mean, width, pt.sigmoid(y[place["false_zero"]]))
        density = pt.switch(zero > 0, is_zero, is_not + density)
        if (a["stated"] + a["other"]).any():
            omega = STATED["stated_reading"]
            coded = omega.mean + omega.sd * pm.Normal("z_stated")
            density = (density - a["stated"] * pt.softplus(-coded)
                       - a["other"] * pt.softplus(coded))
        claims = density[np.unique(s.owner, return_index=True)[1]]
        doubles = np.flatnonzero(np.bincount(s.owner) > 1)
        for o in doubles:
            claims = pt.set_subtensor(claims[o], pt.logsumexp(density[s.owner == o]))
        owner_case = s.case_of[np.unique(s.owner, return_index=True)[1]]
        of_case = np.zeros((len(s.cases), len(owner_case)))
        of_case[owner_case, np.arange(len(owner_case))] = 1.0
        density_of = pm.Deterministic("case_density", pt.dot(of_case, claims), dims="case")
        pm.Potential("claims", (density_of * seen).sum())
    return model
