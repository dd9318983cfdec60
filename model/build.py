"""The model, read from top to bottom like the methods section of a paper (docs/method.md).

`build_model` is the only place with a PyMC model in it. Priors come by name from `stated.py`; what
happened is in
`path.py`, how it was told in `witness.py`; `parameters.py` lays the parameters out as one vector.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pymc
import pytensor.tensor

from .design import DEPLOYED, HONOURED, IRRECOVERABLE, LOSS, NAMED, RETURNED, Design
from .parameters import lay_out, unpack
from .path import (
    SHAPE_COLUMNS,
    SHARE_COLUMNS,
    TROOP_COLUMNS,
    cosine_basis,
    damping,
    share_increments,
    split_parts,
)
from .priors import Priors
from .witness import log_density, log_told, log_zero, mean_decay, scale_of

Tensor = Any  # pytensor ships no types
pt: Any = pytensor.tensor
pm: Any = pymc
Values = Mapping[str, Tensor]
Walk = Callable[[Design, Values, Tensor], tuple[Tensor, Tensor | None]]
NOISE_SPREAD = 0.3  # log sd of the sources' scatters about the common one (docs/method.md, 3)


def reported_centre(design: Design) -> float:
    """Give the median log figure about losses, where the sampler starts; 0 if all are zero."""
    figures = design.observations.log_figure[design.states_level]
    return float(np.nanmedian(figures)) if np.isfinite(figures).any() else 0.0


def _activity(design: Design, v: Values) -> Tensor:
    """Give what silence and the indicators of activity.csv add to the log pace (t,)."""
    weights = [v[name] for name in ("quiet", "activity") if name in v]
    return pt.dot(pt.concatenate(weights), design.activity.rows) if weights else 0.0


def _growth(name: str, design: Design, v: Values, n_columns: int, pace: Tensor = 0.0) -> Tensor:
    """Share of a total in each step (t,); `pace` is added to its logarithm."""
    basis = cosine_basis(design.grid.n_steps, n_columns)
    columns = basis.shape[1]
    weighted = v[f"{name}_scale"] * damping(columns) * v[f"{name}_z"] if columns else None
    return share_increments(np.log(design.grid.lengths) + pace, basis, weighted)


def _bias(design: Design, v: Values) -> tuple[Tensor, Tensor]:
    """Bias of each source about losses (s,), and each source's extra about the killed (s,)."""
    relation = v["gamma"] + v["tau_relation"] * v["z_relation"]
    family = v["tau_family"] * v["z_family"]
    bias = (
        v["kappa"]
        + relation[design.relation_of]
        + pt.dot(design.family_weights, family)
        + v["tau_source"] * v["z_source"]
    )
    if not design.multipart:
        return bias, pt.zeros(len(design.sources))
    return bias, (v["tau_killed"] * v["z_killed"])[design.family_of]


def _losses(design: Design, v: Values, total: Tensor) -> dict[str, Tensor]:
    """Losses of each step by quantity, each (t,); `total` is that of all parts."""
    if not design.multipart:
        return {design.parts[0]: total}
    share = v["killed_share"]
    if "killed_share_z" in v:
        basis = cosine_basis(design.grid.n_steps, SHARE_COLUMNS)
        slow = v["killed_share_path"] * v["killed_share_z"] / np.arange(1, basis.shape[1] + 1)
        share = pt.sigmoid(pt.log(share) - pt.log1p(-share) + pt.dot(basis, slow))
    ratios = pt.concatenate([np.zeros(1)] + [v[f"{part}_ratio"] for part in design.parts[2:]])
    parts = split_parts(total, share, ratios)
    return {"casualties": total} | {name: parts[i] for i, name in enumerate(design.parts)}


def _troops(design: Design, v: Values, losses: dict[str, Tensor]) -> dict[str, Tensor]:
    """Troops sent and brought home by step, each (1 + t,): column 0 is before the grid."""
    lost = sum(losses[part] for part in IRRECOVERABLE if part in losses)
    remaining = pt.exp(v["log_remaining"])
    before = pt.sigmoid(v["present_before"])
    growth = (1 - before) * _growth("deployed", design, v, TROOP_COLUMNS)
    present = pt.concatenate([before, growth])
    sent = {"deployed": remaining * present + pt.concatenate([np.zeros(1), lost])}
    if "returned" in design.quantities:
        back = pt.cumsum(_growth("returned", design, v, TROOP_COLUMNS))
        home = v["returned_share"] * remaining * pt.cumsum(present)[1:] * back
        sent["returned"] = pt.concatenate([np.zeros(1), home[:1], pt.diff(home)])
    return sent


def _honoured(design: Design, v: Values, killed: Tensor) -> Tensor:
    """Logarithm of the length of each honoured reading's list, shape (r,)."""
    observations = design.observations
    shared, _ = design.grid.overlap(design.grid.first[:1], np.array(observations.stages[-1:]))
    dead = pt.log((killed * (shared[0] / design.grid.lengths)).sum() + 1e-10)
    lists = dead + pt.log(v["coverage_honoured"])
    if "list_growth" in v:
        earlier = pt.cumsum(pt.log(v["list_growth"])[::-1])[::-1]
        lists = pt.concatenate([lists + earlier, lists])
    length = lists[observations.index("stage")]
    before = observations.index("before_stage")
    if (before >= 0).any():  # the figure may be what a ceremony added
        shorter = pt.switch(before >= 0, lists[np.maximum(before, 0)] - length, -50.0)
        length = length + pt.log1mexp(pt.minimum(shorter, -1e-6))
    return length


def _means(design: Design, v: Values, steps: Tensor, bias: Tensor, extra: Tensor) -> Tensor:
    """Logarithm of the figure expected from each reading (r,), lists of the honoured left out."""
    observations, kinds = design.observations, design.kinds()
    speaker = design.source_of[observations.index("observation")]
    quantity = np.array([reading.quantity for reading in observations.readings])
    spoken = np.where(np.isin(kinds, (NAMED, HONOURED)), "killed", quantity)
    which = np.array([design.quantities.index(name) for name in spoken])
    fresh = v["m0"][design.relation_of[speaker]]
    unmatured = (fresh - 1) * (np.isin(kinds, (LOSS, NAMED)) & (observations.index("toll") == 0))
    decay = mean_decay(observations.lag, observations.span, v["maturation_days"])
    log_mean = log_told(
        steps,
        which,
        observations.mask,
        observations.recent,
        observations.recent_mask,
        decay,
        unmatured,
    )
    offset = (bias[speaker] + extra[speaker] * (quantity == "killed")) * (kinds == LOSS)
    toll = observations.index("toll")
    if toll.any():
        offset = offset + v["with_missing"] * toll
    if design.has(DEPLOYED) or design.has(RETURNED):
        sent = v["kappa_deployed"] + pt.dot(
            design.family_weights, v["tau_deployed"] * v["z_deployed"]
        )
        offset = offset + sent[speaker] * np.isin(kinds, (DEPLOYED, RETURNED))
    if design.has(NAMED):
        own = pt.log(v["coverage_named"]) + v["tau_source"] * v["z_source"]
        offset = offset + own[speaker] * (kinds == NAMED)
    owner = observations.index("observation")
    for name, waves in observations.drift.items():
        moved = pt.dot(waves[owner], v[f"tau_drift_{name}"] * v[f"drift_z_{name}"])
        offset = offset + moved * (kinds == LOSS)
    if observations.n_totals:
        flow = observations.flow_of[owner]
        offset = offset + v["flow_level"][flow] * (flow >= 0)
    return log_mean + offset


def build_model(design: Design, priors: Priors, *, rotated: bool = True, walk: Walk | None = None
                ) -> pymc.Model:
    """Build the model of a case.

    Parameters
    ----------
    design : Design
        From `plan`.
    priors : Priors
        The assumptions.
    rotated : bool
        Sample the reported level in the place of the total (docs/method.md, 4). The unrotated twin
        has a
        proper prior for every parameter.
    walk : callable, optional
        For benchmarks: another law of the shape, told what silence and activity add to the pace.
        Gives the share of the total in each step (t,)
        and, unless None, what is taken from the sampled level in the place of the reported one.

    Returns
    -------
    pymc.Model
        `vector` (standard normals, `parameters.named` tells them apart), `log_total`, `cumulative`
        (quantity,
        day), `bias`, `bias_killed` (source,), and by reading `log_mean`, `scale`, `log_joint`.
    """
    observations, kinds = design.observations, design.kinds()
    about = design.states_level
    rotated = rotated and len(about) > 0
    layout = lay_out(design, priors, rotated=rotated)
    coords = {
        "day": [str(day) for day in design.grid.dates],
        "quantity": list(design.quantities),
        "source": list(design.sources),
        "observation": observations.claim,
        "reading": np.arange(len(kinds)),
    }
    model: pymc.Model = pymc.Model(coords=coords)
    with model:
        log_figure: Tensor = pm.Data(
            "log_figure", np.nan_to_num(observations.log_figure), dims="observation"
        )
        zero: Tensor = pm.Data("zero", observations.zero.astype(float), dims="observation")
        v = unpack(layout, pm.Normal("vector", shape=layout.size))

        # What happened
        bias, extra = _bias(design, v)
        pace = _activity(design, v)
        shape, reported = (walk(design, v, pace) if walk
                           else (_growth("shape", design, v, SHAPE_COLUMNS, pace), None))
        if rotated:
            if reported is None:
                told = (shape * design.reported_part).sum()
                reported = bias[design.source_of[about]].mean() + pt.log(told)
            log_total = reported_centre(design) + pm.Flat("reported_level") - reported
            prior = priors["log_total"]
            pm.Potential(
                "log_total_prior",
                -0.5 * ((log_total - prior.mean) / prior.sd) ** 2
                - math.log(prior.sd)
                - 0.5 * math.log(2 * math.pi),
            )
        else:
            log_total = v["log_total"][0]
        losses = _losses(design, v, pt.exp(log_total) * shape)
        paths = {name: pt.concatenate([np.zeros(1), steps]) for name, steps in losses.items()}
        if design.troops:
            paths |= _troops(design, v, losses)
        steps = pt.stack([paths[name] for name in design.quantities])

        # How it was told
        owner = observations.index("observation")
        speaker = design.source_of[owner]
        log_mean = _means(design, v, steps, bias, extra)
        noise = (v["sigma"] * pt.exp(NOISE_SPREAD * v["z_noise"]))[speaker]
        if design.has(HONOURED):
            lists = _honoured(design, v, losses["killed"])
            log_mean = pt.switch(kinds == HONOURED, lists, log_mean)
            noise = pt.switch(kinds == HONOURED, v["sigma_list"], noise)
        scale = scale_of(
            noise,
            observations.grain[owner],
            observations.half_width[owner],
            1 + v["range_stretch"],
            log_mean,
        )
        bound = np.array([reading.bound for reading in observations.readings])
        hedge = v["hedge_cap"] * (bound == "at_most") - v["hedge_floor"] * (bound == "at_least")
        density = log_density(log_figure[owner], log_mean, scale, hedge, v["nu"])
        is_zero, is_not = log_zero(log_mean, scale, v["false_zero"])
        density = pt.switch(zero[owner] > 0, is_zero, is_not + density)
        stated, other = observations.index("stated"), observations.index("other")
        claims = density
        if "stated_reading" in v:
            density = (
                density
                + stated * pt.log(v["stated_reading"])
                + other * pt.log1p(-v["stated_reading"])
            )
            number, real = observations.padded()
            claims = pt.logsumexp(pt.switch(real, density[number], -1e300), axis=1)
        pm.Potential("likelihood", claims.sum())

        # What is kept
        pm.Deterministic("log_total", log_total)
        pm.Deterministic("cumulative", pt.cumsum(steps, axis=1)[:, 1:], dims=("quantity", "day"))
        pm.Deterministic("bias", bias, dims="source")
        pm.Deterministic("bias_killed", extra, dims="source")
        pm.Deterministic("log_mean", log_mean, dims="reading")
        pm.Deterministic("scale", scale, dims="reading")
        pm.Deterministic("log_joint", density, dims="reading")
    return model
